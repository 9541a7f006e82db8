//! The enrichment data of packages in the disk cache, so that any run can add it to the documents
//! it writes.
//!
//! Each source has its own entry per project, so that enrichers running at the same time never
//! overwrite each other. Written by `enrich`, read by `pipeline`, shared by all profiles.

use pyfa_http::{Bucket, DiskCache};
use serde_json::{Map, Value};

use crate::model::ProjectName;

/// Entries are JSON objects of document fields, by source and project.
const PACKAGE_FACTS: Bucket = Bucket::new("package-facts", 2);

/// The enricher that an entry comes from.
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

/// Replaces the entry of `source` for a project.
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

/// Reads the fields of all sources for a project. An unreadable entry counts as missing.
pub async fn of(cache: &DiskCache, project: &ProjectName) -> Map<String, Value> {
    let mut fields = Map::new();
    for source in Source::ALL {
        fields.extend(by(cache, source, project).await);
    }
    fields
}

/// Reads the fields of one source for a project; empty if there is no entry.
pub async fn by(cache: &DiskCache, source: Source, project: &ProjectName) -> Map<String, Value> {
    let bytes = cache.get(PACKAGE_FACTS, &source.key(project)).await;
    let fields = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    fields.unwrap_or_default()
}
