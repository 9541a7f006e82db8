//! The releases of the package that was asked for last, release by release.
//!
//! A packument has them all. They are usually in the disk cache by the time the pipeline wants one; a
//! dry run and `--force` have to ask.

use std::collections::BTreeMap;

use xxhash_rust::xxh3::xxh3_64;

use crate::model::ProjectName;
use crate::registry::project::{FetchedRelease, Project};

/// The releases of a package that is asked for release by release.
pub(super) struct ReadPackage {
    name: ProjectName,
    /// By version, in the form that the disk cache keeps, which takes the least memory.
    releases: BTreeMap<String, Vec<u8>>,
}

impl ReadPackage {
    pub(super) fn new(project: Project) -> Self {
        let latest = (
            project.latest.release.version().to_owned(),
            project.latest.cached,
        );
        let further = project.further.releases.into_iter();
        let further = further.map(|release| (release.version, release.cached));
        Self {
            releases: further.chain([latest]).collect(),
            name: project.name,
        }
    }

    /// Whether it is this package.
    pub(super) fn is_of(&self, name: &ProjectName) -> bool {
        self.name == *name
    }

    /// The release of this version.
    pub(super) fn get(&self, version: &str) -> Option<FetchedRelease> {
        let cached = self.releases.get(version)?;
        Some(FetchedRelease {
            release: serde_json::from_slice(cached).ok()?,
            fingerprint: xxh3_64(cached),
            vulnerabilities: None,
            cached: cached.clone(),
        })
    }
}
