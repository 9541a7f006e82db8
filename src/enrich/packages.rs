//! The packages of a collection: their documents' ids, their addresses, and what an enricher has
//! written into them.
//!
//! A collection may hold a hundred thousand documents, so only what an enricher needs is kept of
//! each. Reads the collection and changes nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::TryStreamExt;
use serde_json::{Map, Value};
use xxhash_rust::xxh3::Xxh3;

use crate::model::{Document, ProjectName};
use crate::search::{Client, SearchError};

/// What is read of each document, beside the enricher's own fields.
const FIELDS: [&str; 10] = [
    "name",
    "version",
    "is_latest",
    "version_order",
    "upload_timestamp",
    "home_page",
    "bugtrack_url",
    "download_url",
    "docs_url",
    "project_urls",
];

/// A project with its documents.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) name: ProjectName,
    /// As the newest release spells it.
    pub(super) display_name: String,
    /// Newest first.
    pub(super) releases: Vec<Release>,
    /// The addresses of the releases, each set once, those of the newest release first.
    pub(super) addresses: Vec<Arc<Document>>,
}

/// A document, as far as it matters here.
#[derive(Debug)]
pub(super) struct Release {
    pub(super) id: String,
    /// [`digest`] of the enricher's fields.
    pub(super) digest: u64,
    order: (bool, String, i64),
    addresses: Arc<Document>,
    display_name: String,
}

/// All packages of a collection whose display name contains `part`, in the order of their names.
/// `own` are the enricher's fields.
pub(super) async fn read(
    search: &Client,
    collection: &str,
    own: &[&str],
    part: Option<&str>,
) -> Result<Vec<Package>, SearchError> {
    let fields = [&FIELDS, own].concat();
    let lines = search.export(collection, None, &fields);
    let mut lines = std::pin::pin!(lines);
    let mut packages: BTreeMap<ProjectName, Vec<Release>> = BTreeMap::new();
    while let Some(line) = lines.try_next().await? {
        // What is no document of ours is somebody else's business.
        let Ok(document) = serde_json::from_slice::<Document>(&line) else {
            continue;
        };
        if document.name.is_empty() || part.is_some_and(|part| !document.name.contains(part)) {
            continue;
        }
        let releases = packages.entry(ProjectName::new(&document.name)).or_default();
        let addresses = Document {
            home_page: document.home_page,
            bugtrack_url: document.bugtrack_url,
            download_url: document.download_url,
            docs_url: document.docs_url,
            project_urls: document.project_urls,
            ..Document::default()
        };
        // Most releases have the addresses of their neighbours.
        let known = releases.iter().find(|one| *one.addresses == addresses);
        let addresses = known.map_or_else(|| Arc::new(addresses), |one| one.addresses.clone());
        releases.push(Release {
            id: document.id,
            digest: digest(own, &document.facts),
            order: (
                document.is_latest,
                document.version_order,
                document.upload_timestamp,
            ),
            addresses,
            display_name: document.name,
        });
    }
    Ok(packages.into_iter().filter_map(package).collect())
}

fn package((name, mut releases): (ProjectName, Vec<Release>)) -> Option<Package> {
    releases.sort_by(|one, other| other.order.cmp(&one.order));
    let mut addresses: Vec<Arc<Document>> = Vec::new();
    for release in &releases {
        if !addresses.iter().any(|known| Arc::ptr_eq(known, &release.addresses)) {
            addresses.push(release.addresses.clone());
        }
    }
    Some(Package {
        name,
        display_name: releases.first()?.display_name.clone(),
        releases,
        addresses,
    })
}

/// Tells whether two documents have the same values in `fields`; numbers count as what they are
/// worth, absent values as null.
pub(super) fn digest(fields: &[&str], values: &Map<String, Value>) -> u64 {
    let mut state = Xxh3::new();
    for field in fields {
        let value = values.get(*field).unwrap_or(&Value::Null);
        match value.as_f64() {
            Some(number) => state.update(&number.to_bits().to_le_bytes()),
            None => state.update(value.to_string().as_bytes()),
        }
        state.update(&[0xff]);
    }
    state.digest()
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::digest;

    fn of(value: &Value) -> u64 {
        let values = value.as_object().cloned().unwrap_or_else(Map::new);
        digest(&["a", "b"], &values)
    }

    #[test]
    fn values_that_mean_the_same_are_equal() {
        assert_eq!(of(&json!({"a": 1, "c": 1})), of(&json!({"a": 1.0, "b": null})));
        for other in [json!({"a": 2}), json!({"b": 1}), json!({"a": "1"}), json!({"a": [1]})] {
            assert_ne!(of(&json!({"a": 1})), of(&other), "{other}");
        }
    }
}
