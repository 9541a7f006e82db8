//! PyPI behind the seam: which request answers which question of the pipeline.

use std::collections::BTreeSet;

use futures::FutureExt;
use futures::future::BoxFuture;

use super::project::parse_project;
use super::{PyPi, release};
use crate::model::{ProjectName, RegistryKind, Release, Serial, VersionScheme};
use crate::registry::error::RegistryError;
use crate::registry::index::{Index, Sought};
use crate::registry::interface::Registry;
use crate::registry::project::{Absence, FetchedRelease, Project, ProjectStatus, UnreadProject};

impl Registry for PyPi {
    fn kind(&self) -> RegistryKind {
        RegistryKind::PyPi
    }

    fn identity(&self) -> &str {
        &self.identity
    }

    fn max_concurrency(&self) -> usize {
        self.workers
    }

    fn statistics(&self) -> pyfa_http::HttpStatistics {
        self.http.statistics()
    }

    fn version_scheme(&self) -> VersionScheme {
        VersionScheme::Pep440
    }

    fn read_cached_release(&self, bytes: &[u8], fingerprint: u64) -> Option<Release> {
        release::from_cache(bytes, fingerprint)
    }

    fn fetch_index<'a>(&'a self, _: &'a Sought) -> BoxFuture<'a, Result<Index, RegistryError>> {
        self.request_index().boxed()
    }

    fn fetch_project<'a>(
        &'a self,
        name: &'a ProjectName,
        announced: Option<Serial>,
    ) -> BoxFuture<'a, Result<UnreadProject, RegistryError>> {
        self.request_project(name, announced).boxed()
    }

    fn read_project(&self, unread: UnreadProject) -> BoxFuture<'_, Result<Project, RegistryError>> {
        async move {
            // The text is freed here: the client waits with large answers until others are.
            let mut document = parse_project(unread)?;
            if let Some(releases) = document.releases.take() {
                return Ok(document.with_releases(releases, None));
            }
            let page = self.request_simple_page(&document.name, document.serial);
            let page = page.await?;
            Ok(document.with_releases(page.releases, Some(page.status)))
        }
        .boxed()
    }

    fn fetch_absence<'a>(
        &'a self,
        name: &'a ProjectName,
        announced: Option<Serial>,
    ) -> BoxFuture<'a, Result<Absence, RegistryError>> {
        async move {
            let page = match self.request_simple_page(name, announced).await {
                Ok(page) => page,
                Err(error) if error.is_not_found() => return Ok(Absence::Gone),
                Err(error) => return Err(error),
            };
            Ok(match page.status {
                ProjectStatus::Quarantined => Absence::Quarantined,
                _ if page.releases.is_empty() => Absence::WithoutReleases,
                _ => Absence::Inconsistent,
            })
        }
        .boxed()
    }

    fn fetch_release<'a>(
        &'a self,
        name: &'a ProjectName,
        version: &'a str,
        announced: Option<Serial>,
    ) -> BoxFuture<'a, Result<FetchedRelease, RegistryError>> {
        self.request_release(name, version, announced).boxed()
    }

    fn fetch_projects_by_classifier<'a>(
        &'a self,
        classifier: &'a str,
    ) -> BoxFuture<'a, Result<BTreeSet<ProjectName>, RegistryError>> {
        self.request_browse(classifier).boxed()
    }
}
