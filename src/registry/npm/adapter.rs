//! npm behind the seam: which request answers which question of the pipeline.

use std::collections::BTreeSet;

use futures::FutureExt;
use futures::future::BoxFuture;
use pyfa_http::{Bucket, HttpRequest};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use xxhash_rust::xxh3::xxh3_64;

use super::held::ReadPackage;
use super::manifest::{ManifestContext, translate};
use super::packument::{Packument, PackumentError, deprecation};
use super::people::accounts;
use super::{DOCUMENT_LIMIT, Npm};
use crate::model::{ProjectName, RegistryKind, Release, Serial, VersionScheme, upload_time};
use crate::profile::Rules;
use crate::registry::error::RegistryError;
use crate::registry::index::{Index, Sought};
use crate::registry::interface::Registry;
use crate::registry::project::{
    Absence, FetchedRelease, FurtherReleases, Project, ProjectStatus, ReleaseSummary, UnreadProject,
};

/// Tags of documents, by registry and package.
const TAGS: Bucket = Bucket::new("npm-tags", 1);

/// The tag of a document, and what the document with it says.
#[derive(Serialize, Deserialize)]
struct KnownTag {
    etag: String,
    serial: Option<Serial>,
}

impl Registry for Npm {
    fn kind(&self) -> RegistryKind {
        RegistryKind::Npm
    }

    fn identity(&self) -> &str {
        &self.identity
    }

    fn max_concurrency(&self) -> usize {
        self.workers
    }

    fn statistics(&self) -> pyfa_http::HttpStatistics {
        let mut statistics = self.http.statistics();
        if let Some(changes) = &self.changes {
            statistics.add(&changes.statistics());
        }
        statistics
    }

    fn has_complete_index(&self) -> bool {
        false
    }

    fn version_scheme(&self) -> VersionScheme {
        VersionScheme::Semantic
    }

    fn settings_of_documents(&self) -> String {
        match self.readmes_from_files {
            0 => String::new(),
            count => format!("readmes from {count} files"),
        }
    }

    fn read_cached_release(&self, bytes: &[u8], fingerprint: u64) -> Option<Release> {
        (xxh3_64(bytes) == fingerprint).then(|| serde_json::from_slice(bytes).ok())?
    }

    fn fetch_index<'a>(
        &'a self,
        sought: &'a Sought,
    ) -> BoxFuture<'a, Result<Index, RegistryError>> {
        self.find(sought).map(Ok).boxed()
    }

    fn fetch_project<'a>(
        &'a self,
        name: &'a ProjectName,
        announced: Option<Serial>,
    ) -> BoxFuture<'a, Result<UnreadProject, RegistryError>> {
        async move {
            let fetched = self.fetch_changed_project(name, announced, None).await?;
            fetched.ok_or_else(|| RegistryError::Broken {
                what: format!("package `{name}`"),
                why: "it answers \"not modified\" although nothing was said to be known".to_owned(),
            })
        }
        .boxed()
    }

    fn fetch_changed_project<'a>(
        &'a self,
        name: &'a ProjectName,
        _: Option<Serial>,
        known: Option<Serial>,
    ) -> BoxFuture<'a, Result<Option<UnreadProject>, RegistryError>> {
        self.request_package(name, known).boxed()
    }

    fn read_project(&self, unread: UnreadProject) -> BoxFuture<'_, Result<Project, RegistryError>> {
        self.translate_package(unread).boxed()
    }

    fn fetch_absence<'a>(
        &'a self,
        name: &'a ProjectName,
        _: Option<Serial>,
    ) -> BoxFuture<'a, Result<Absence, RegistryError>> {
        self.request_absence(name).boxed()
    }

    fn fetch_release<'a>(
        &'a self,
        name: &'a ProjectName,
        version: &'a str,
        announced: Option<Serial>,
    ) -> BoxFuture<'a, Result<FetchedRelease, RegistryError>> {
        async move {
            // Others wait, so that a package of a thousand releases is read once.
            let mut held = self.held.lock().await;
            if held.as_ref().is_none_or(|held| !held.is_of(name)) {
                // One at a time.
                *held = None;
                let unread = self.fetch_project(name, announced).await?;
                *held = Some(ReadPackage::new(self.read_project(unread).await?));
            }
            let release = held.as_ref().and_then(|held| held.get(version));
            release.ok_or_else(|| RegistryError::NotFound {
                what: format!("release `{version}` of package `{name}`"),
            })
        }
        .boxed()
    }

    fn fetch_projects_by_classifier<'a>(
        &'a self,
        classifier: &'a str,
    ) -> BoxFuture<'a, Result<BTreeSet<ProjectName>, RegistryError>> {
        async move {
            let keyword = Rules::of_npm(
                [classifier.to_owned()],
                [],
                BTreeSet::new(),
                BTreeSet::new(),
                BTreeSet::new(),
            );
            let sought = Sought {
                rules: keyword,
                finds_new: true,
                known: Vec::new(),
            };
            let index = self.find(&sought).await;
            Ok(index.projects.into_iter().map(|entry| entry.name).collect())
        }
        .boxed()
    }
}

impl Npm {
    /// The document of a package; `None` if it is still the one that was read at `known`.
    async fn request_package(
        &self,
        name: &ProjectName,
        known: Option<Serial>,
    ) -> Result<Option<UnreadProject>, RegistryError> {
        let what = format!("package `{name}`");
        let key = format!("{}\n{name}", self.identity);
        let tag = match known {
            Some(known) => self
                .read_tag(&key)
                .await
                .filter(|tag| tag.serial == Some(known)),
            None => None,
        };
        let was_conditional = tag.is_some();
        let request = HttpRequest::new(self.url_of(&[name.as_str()]), "project")
            .accept("application/json")
            .body_limit(DOCUMENT_LIMIT)
            .etag(tag.map(|tag| tag.etag));
        let answer = self.get(request, &what).await?;
        if answer.not_modified {
            return Ok(None);
        }
        let etag = answer.etag().map(str::to_owned);
        let body = answer.body.clone();
        drop(answer);
        let head = match Packument::read(&body, name) {
            Ok(packument) => packument.head(),
            Err(error) => return Err(self.refusal(what, error)),
        };
        if let Some(etag) = etag {
            // A new document at the serial of the old one: such a serial does not tell what was read.
            let serial = head
                .serial
                .filter(|serial| !was_conditional || Some(*serial) != known);
            if let Ok(tag) = serde_json::to_vec(&KnownTag { etag, serial }) {
                self.cache.put(TAGS, &key, tag.into()).await;
            }
        }
        Ok(Some(UnreadProject {
            name: name.clone(),
            head,
            body,
        }))
    }

    async fn read_tag(&self, key: &str) -> Option<KnownTag> {
        let bytes = self.cache.get(TAGS, key).await?;
        serde_json::from_slice(&bytes).ok()
    }

    /// What an answer means that cannot be read as a package.
    #[expect(clippy::unused_self, reason = "it belongs to the client's answers")]
    fn refusal(&self, what: String, error: PackumentError) -> RegistryError {
        match error {
            PackumentError::Withdrawn(withdrawal) => RegistryError::NotFound {
                what: format!("{what}: it {}", withdrawal.as_str()),
            },
            // Whatever is between us and the registry mixes up its answers; that will pass.
            PackumentError::OtherPackage(_) => RegistryError::Broken {
                what,
                why: error.to_string(),
            },
            PackumentError::Json(_) | PackumentError::WithoutReleases => {
                RegistryError::unreadable(&what, error)
            }
        }
    }

    async fn translate_package(&self, unread: UnreadProject) -> Result<Project, RegistryError> {
        let UnreadProject { name, head, body } = unread;
        let what = format!("package `{name}`");
        let packument =
            Packument::read(&body, &name).map_err(|error| self.refusal(what.clone(), error))?;
        let (times, owners) = (packument.times(), packument.maintainers());
        let latest_version = packument.latest().to_owned();
        let mut releases = Vec::new();
        let mut further = FurtherReleases::of(body.clone());
        let mut latest = None;
        let mut status = None;
        for (position, version) in packument.versions().into_iter().enumerate() {
            let manifest = packument.manifest(version);
            let is_latest = version == latest_version;
            let is_near = position < self.readmes_from_files;
            let may_fetch = is_near || is_latest && self.readmes_from_files > 0;
            let readme = self
                .read_readme(&name, version, &packument, &manifest, may_fetch)
                .await?;
            let context = ManifestContext {
                name: &name,
                version,
                maintainers: &owners,
                time: times.get(version).and_then(Value::as_str),
                tags: packument.tags_of(version).collect(),
                readme,
            };
            let release = translate(&manifest, context);
            let cached = serde_json::to_vec(&release)
                .map_err(|error| RegistryError::unreadable(&what, error))?;
            let fingerprint = xxh3_64(&cached);
            releases.push(ReleaseSummary {
                version: version.to_owned(),
                fingerprint,
                is_yanked: deprecation(&manifest).is_some(),
                uploaded: release
                    .files
                    .first()
                    .and_then(upload_time)
                    .map(jiff::Timestamp::as_second),
            });
            if is_latest {
                status = deprecation(&manifest).map(|_| ProjectStatus::Deprecated);
                latest = Some(FetchedRelease {
                    release,
                    fingerprint,
                    vulnerabilities: None,
                    cached,
                });
            } else {
                further.add(version, &cached);
            }
        }
        let latest =
            latest.ok_or_else(|| RegistryError::unreadable(&what, "it has no latest release"))?;
        Ok(Project {
            name,
            serial: head.serial,
            latest,
            maintainers: accounts(&owners),
            status,
            releases,
            further,
        })
    }
}
