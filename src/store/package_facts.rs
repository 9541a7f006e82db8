//! The enrichment data of packages in the disk cache, so that any run can add it to the documents
//! it writes.
//!
//! Each group has its own entry per package, so that enrichers running at the same time never
//! overwrite each other. Written by `enrich`, read by `pipeline`, shared by all profiles.

use std::collections::BTreeMap;

use pyfa_http::{Bucket, DiskCache};
use serde_json::{Map, Value};

use crate::model::{FactGroup, PackageKey, RegistryKind};

/// Entries are JSON objects of document fields, by group and package.
const PACKAGE_FACTS: Bucket = Bucket::new("package-facts", 2);

/// Replaces the entry of a group for a package. Null, which removes a field of a document, is left out.
pub async fn write(
    cache: &DiskCache,
    group: FactGroup,
    package: &PackageKey,
    fields: &Map<String, Value>,
) {
    let known: BTreeMap<&String, &Value> = fields
        .iter()
        .filter(|(_, value)| !value.is_null())
        .collect();
    if let Ok(bytes) = serde_json::to_vec(&known) {
        let key = cache_key(group, package);
        cache.put(PACKAGE_FACTS, &key, bytes.into()).await;
    }
}

/// Reads the fields of all groups for a package. An unreadable entry counts as missing.
pub async fn read_all(cache: &DiskCache, package: &PackageKey) -> Map<String, Value> {
    let mut fields = Map::new();
    for group in FactGroup::ALL {
        fields.extend(read(cache, *group, package).await);
    }
    fields
}

/// Reads the fields of one group for a package; empty if there is no entry.
pub async fn read(cache: &DiskCache, group: FactGroup, package: &PackageKey) -> Map<String, Value> {
    let bytes = cache.get(PACKAGE_FACTS, &cache_key(group, package)).await;
    let fields = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    fields.unwrap_or_default()
}

fn cache_key(group: FactGroup, package: &PackageKey) -> String {
    let PackageKey { registry, name } = package;
    match registry {
        // Entries are older than the second registry.
        RegistryKind::PyPi => format!("{}\n{name}", group.name),
        RegistryKind::Npm => format!("{}\n{registry}\n{name}", group.name),
    }
}
