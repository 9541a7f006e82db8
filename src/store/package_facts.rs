//! What enrichers have learned of a package, kept in the disk cache for whoever writes documents.
//!
//! Each source has an entry of its own per project, so that two that run at once never overwrite
//! each other. Written by `enrich`, read by `pipeline`, shared by all profiles.

use pyfa_http::{Bucket, DiskCache};
use serde_json::{Map, Value};

use crate::model::ProjectName;

/// Fields by source and project.
const PACKAGE_FACTS: Bucket = Bucket::new("package-facts", 2);

/// Who learns facts of packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    GitHub,
    Downloads,
}

impl Source {
    const ALL: [Self; 2] = [Self::GitHub, Self::Downloads];

    fn key(self, project: &ProjectName) -> String {
        let name = match self {
            Self::GitHub => "github",
            Self::Downloads => "downloads",
        };
        format!("{name}\n{project}")
    }
}

/// Keeps what `source` knows of a project now, in place of what it knew.
pub async fn learn(
    cache: &DiskCache,
    source: Source,
    project: &ProjectName,
    fields: &Map<String, Value>,
) {
    if let Ok(bytes) = serde_json::to_vec(fields) {
        let key = source.key(project);
        cache.put(PACKAGE_FACTS, &key, bytes.into()).await;
    }
}

/// What all sources know of a project. An entry that cannot be read counts as missing.
pub async fn of(cache: &DiskCache, project: &ProjectName) -> Map<String, Value> {
    let mut known = Map::new();
    for source in Source::ALL {
        known.extend(by(cache, source, project).await);
    }
    known
}

/// What one source knows of a project; empty where it knows nothing.
pub async fn by(cache: &DiskCache, source: Source, project: &ProjectName) -> Map<String, Value> {
    let bytes = cache.get(PACKAGE_FACTS, &source.key(project)).await;
    let fields = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    fields.unwrap_or_default()
}
