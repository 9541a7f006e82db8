//! What the disk cache keeps for the pipeline: releases as the registry served them, and facts.
//!
//! Shared by all profiles. Deleting it costs requests, never data. A dry run reads it only.

use std::collections::HashMap;

use bytes::Bytes;
use pyfa_http::{Bucket, DiskCache};
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::model::{ProjectName, Release};
use crate::registry::pypi;

/// `info` and files of a release, by registry, project and version.
const RELEASES: Bucket = Bucket::new("releases", 1);
/// What enrichers know of a package, by project.
const PACKAGE_FACTS: Bucket = Bucket::new("package-facts", 1);
/// What registries say of the advisories of a project's releases.
const ADVISORIES: Bucket = Bucket::new("advisories", 1);

/// Writes are gathered up to so many, because each batch costs a thread hop.
const MOST_IN_A_BATCH: usize = 64;

/// The cache as one run uses it.
pub(super) struct ReleaseCache {
    cache: DiskCache,
    registry: String,
    /// `None` in a dry run.
    writer: Option<mpsc::Sender<(String, Bytes)>>,
}

impl ReleaseCache {
    /// The cache of a run that reads `registry`, and the task that writes for it.
    ///
    /// The task ends once the returned cache has been dropped.
    #[must_use]
    pub(super) fn new(cache: DiskCache, registry: &str, read_only: bool) -> (Self, Option<JoinHandle<()>>) {
        let registry = registry.to_owned();
        if read_only {
            return (Self { cache, registry, writer: None }, None);
        }
        let (sender, mut receiver) = mpsc::channel::<(String, Bytes)>(2 * MOST_IN_A_BATCH);
        let target = cache.clone();
        let task = tokio::spawn(async move {
            let mut batch = Vec::new();
            while receiver.recv_many(&mut batch, MOST_IN_A_BATCH).await > 0 {
                // A cache that cannot be written costs requests later; the client warns.
                let _ = target.put_many(RELEASES, std::mem::take(&mut batch)).await;
            }
        });
        (Self { cache, registry, writer: Some(sender) }, Some(task))
    }

    /// The release, if the cache has it with just these files.
    pub(super) async fn release(
        &self,
        name: &ProjectName,
        version: &str,
        fingerprint: u64,
    ) -> Option<Release> {
        let bytes = self.cache.get(RELEASES, &self.release_key(name, version)).await?;
        pypi::from_cache(&bytes, fingerprint)
    }

    /// Keeps a release, soon.
    pub(super) async fn keep_release(&self, name: &ProjectName, version: &str, bytes: Vec<u8>) {
        if let Some(writer) = &self.writer {
            // The task ends only after this sender.
            let _ = writer.send((self.release_key(name, version), bytes.into())).await;
        }
    }

    /// What enrichers have learned of the package.
    pub(super) async fn package_facts(&self, name: &ProjectName) -> Option<Map<String, Value>> {
        let bytes = self.cache.get(PACKAGE_FACTS, name.as_str()).await?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Advisory facts by version.
    pub(super) async fn advisories(&self, name: &ProjectName) -> HashMap<String, Map<String, Value>> {
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
        if self.writer.is_none() {
            return;
        }
        let mut known = self.advisories(name).await;
        known.insert(version.to_owned(), facts);
        if let Ok(bytes) = serde_json::to_vec(&known) {
            let entry = (self.project_key(name), Bytes::from(bytes));
            let _ = self.cache.put_many(ADVISORIES, vec![entry]).await;
        }
    }

    fn project_key(&self, name: &ProjectName) -> String {
        format!("{}\n{name}", self.registry)
    }

    fn release_key(&self, name: &ProjectName, version: &str) -> String {
        format!("{}\n{name}\n{version}", self.registry)
    }
}
