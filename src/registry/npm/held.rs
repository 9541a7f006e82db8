//! The releases of the package that was asked for last, release by release.
//!
//! A packument has them all. They are usually in the disk cache by the time the pipeline wants one; a
//! dry run and `--force` have to ask.

use xxhash_rust::xxh3::xxh3_64;

use crate::model::ProjectName;
use crate::registry::project::{FetchedRelease, FurtherReleases, Project};

/// The releases of a package that is asked for release by release.
pub(super) struct ReadPackage {
    name: ProjectName,
    releases: FurtherReleases,
}

impl ReadPackage {
    pub(super) fn new(project: Project) -> Self {
        let mut releases = project.further.without_document();
        let latest = project.latest;
        releases.add(latest.release.version(), &latest.cached);
        Self {
            releases,
            name: project.name,
        }
    }

    /// Whether it is this package.
    pub(super) fn is_of(&self, name: &ProjectName) -> bool {
        self.name == *name
    }

    /// The release of this version.
    pub(super) fn get(&self, version: &str) -> Option<FetchedRelease> {
        let mut releases = self.releases.all();
        let (_, cached) = releases.find(|(of, _)| *of == version)?;
        Some(FetchedRelease {
            release: serde_json::from_slice(cached).ok()?,
            fingerprint: xxh3_64(cached),
            vulnerabilities: None,
            cached: cached.to_vec(),
        })
    }
}
