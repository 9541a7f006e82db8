//! What the disk cache keeps for the pipeline: releases as the registry served them, and facts.
//!
//! Shared by all profiles. Deleting it costs requests, never data. A dry run opens it to
//! read, and then nothing is kept.

use std::sync::Arc;

use pyfa_http::{Bucket, DiskCache};
use serde_json::{Map, Value};

use crate::model::{PackageKey, ProjectName, Release};
use crate::registry::Registry;
use crate::store::package_facts;

/// `info` and files of a release, by registry, project and version.
const RELEASES: Bucket = Bucket::new("releases", 1);
/// What registries say of the advisories of a project's releases.
const ADVISORIES: Bucket = Bucket::new("advisories", 1);

/// The cache as one run uses it.
pub(super) struct ReleaseCache {
    cache: DiskCache,
    registry: Arc<dyn Registry>,
}

impl ReleaseCache {
    /// The cache of a run that reads `registry`.
    #[must_use]
    pub(super) fn new(cache: DiskCache, registry: Arc<dyn Registry>) -> Self {
        Self { cache, registry }
    }

    /// Writes to the disk what was kept.
    pub(super) async fn flush(&self) {
        self.cache.flush().await;
    }

    /// The release, if the cache has it with just these files.
    pub(super) async fn read_release(
        &self,
        name: &ProjectName,
        version: &str,
        fingerprint: u64,
    ) -> Option<Release> {
        let key = self.release_key(name, version);
        let bytes = self.cache.get(RELEASES, &key).await?;
        self.registry.read_cached_release(&bytes, fingerprint)
    }

    /// Keeps a release, soon.
    pub(super) async fn keep_release(&self, name: &ProjectName, version: &str, bytes: Vec<u8>) {
        self.cache
            .put(RELEASES, &self.release_key(name, version), bytes.into())
            .await;
    }

    /// What enrichers have learned of the package.
    pub(super) async fn read_package_facts(&self, name: &ProjectName) -> Map<String, Value> {
        let key = PackageKey {
            registry: self.registry.kind(),
            name: name.clone(),
        };
        package_facts::read_all(&self.cache, &key).await
    }

    /// What registries have said of the advisories of a release.
    pub(super) async fn read_advisories(
        &self,
        name: &ProjectName,
        version: &str,
    ) -> Option<Map<String, Value>> {
        let key = self.release_key(name, version);
        let bytes = self.cache.get(ADVISORIES, &key).await?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Keeps what a registry has just said about a release.
    pub(super) async fn keep_advisories(
        &self,
        name: &ProjectName,
        version: &str,
        facts: &Map<String, Value>,
    ) {
        if let Ok(bytes) = serde_json::to_vec(facts) {
            self.cache
                .put(ADVISORIES, &self.release_key(name, version), bytes.into())
                .await;
        }
    }

    fn release_key(&self, name: &ProjectName, version: &str) -> String {
        format!("{}\n{name}\n{version}", self.registry.identity())
    }
}
