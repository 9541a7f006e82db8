//! What the disk cache keeps for the pipeline: releases as the registry served them, and facts.
//!
//! Shared by all profiles. Deleting it costs requests, never data. A dry run reads it only.

use std::collections::HashMap;

use pyfa_http::{Bucket, DiskCache};
use serde_json::{Map, Value};

use crate::model::{ProjectName, Release};
use crate::registry::pypi;

/// `info` and files of a release, by registry, project and version.
const RELEASES: Bucket = Bucket::new("releases", 1);
/// What enrichers know of a package, by project.
const PACKAGE_FACTS: Bucket = Bucket::new("package-facts", 1);
/// What registries say of the advisories of a project's releases.
const ADVISORIES: Bucket = Bucket::new("advisories", 1);

/// The cache as one run uses it.
pub(super) struct ReleaseCache {
    cache: DiskCache,
    registry: String,
    read_only: bool,
}

impl ReleaseCache {
    /// The cache of a run that reads `registry`.
    #[must_use]
    pub(super) fn new(cache: DiskCache, registry: &str, read_only: bool) -> Self {
        Self {
            cache,
            registry: registry.to_owned(),
            read_only,
        }
    }

    /// Brings what was kept to the disk.
    pub(super) async fn flush(&self) {
        self.cache.flush().await;
    }

    /// The release, if the cache has it with just these files.
    pub(super) async fn release(
        &self,
        name: &ProjectName,
        version: &str,
        fingerprint: u64,
    ) -> Option<Release> {
        let bytes = self
            .cache
            .get(RELEASES, &self.release_key(name, version))
            .await?;
        pypi::from_cache(&bytes, fingerprint)
    }

    /// Keeps a release, soon.
    pub(super) async fn keep_release(&self, name: &ProjectName, version: &str, bytes: Vec<u8>) {
        if !self.read_only {
            self.cache
                .put(RELEASES, &self.release_key(name, version), bytes.into())
                .await;
        }
    }

    /// What enrichers have learned of the package.
    pub(super) async fn package_facts(&self, name: &ProjectName) -> Option<Map<String, Value>> {
        let bytes = self.cache.get(PACKAGE_FACTS, name.as_str()).await?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Advisory facts by version.
    pub(super) async fn advisories(
        &self,
        name: &ProjectName,
    ) -> HashMap<String, Map<String, Value>> {
        match self.cache.get(ADVISORIES, &self.project_key(name)).await {
            Some(bytes) => serde_json::from_slice(&bytes).unwrap_or_default(),
            None => HashMap::new(),
        }
    }

    /// Adds what was learned of one release.
    pub(super) async fn learn_advisories(
        &self,
        name: &ProjectName,
        version: &str,
        facts: Map<String, Value>,
    ) {
        if self.read_only {
            return;
        }
        let mut known = self.advisories(name).await;
        known.insert(version.to_owned(), facts);
        if let Ok(bytes) = serde_json::to_vec(&known) {
            self.cache
                .put(ADVISORIES, &self.project_key(name), bytes.into())
                .await;
        }
    }

    fn project_key(&self, name: &ProjectName) -> String {
        format!("{}\n{name}", self.registry)
    }

    fn release_key(&self, name: &ProjectName, version: &str) -> String {
        format!("{}\n{name}\n{version}", self.registry)
    }
}
