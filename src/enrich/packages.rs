//! The packages of a collection: their documents' ids, their addresses, and what an enricher has
//! written into them.
//!
//! A collection may hold a hundred thousand documents, so only what an enricher needs is kept of
//! each. Reads the collection and changes nothing.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use futures::TryStreamExt;
use serde_json::{Map, Value};

use crate::model::{Document, Owner, ProjectName};
use crate::search::{Client, SearchError, filter};

/// Servers limit a query.
const LONGEST_FILTER: usize = 1_000;
/// What is read of each document, beside the enricher's own fields.
const FIELDS: [&str; 7] = [
    "name",
    "version",
    "is_latest",
    "version_order",
    "upload_timestamp",
    "registry",
    "yanked",
];
/// What is read beside them by who wants addresses.
const ADDRESSES: [&str; 5] = [
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
    pub(super) version: String,
    /// Whether it comes from PyPI; what older programs wrote does not say, and does.
    pub(super) is_pypi: bool,
    pub(super) is_latest: bool,
    /// Whether its author has withdrawn it.
    pub(super) is_yanked: bool,
    /// Unix seconds; 0 where the registry does not say.
    pub(super) uploaded: i64,
    /// The enricher's fields.
    pub(super) own: Arc<Map<String, Value>>,
    order: String,
    addresses: Arc<Document>,
    owner: Owner,
}

/// All packages of a collection, or `only` one, in the order of their names. `own` are the
/// enricher's fields.
pub(super) async fn read(
    search: &Client,
    collection: &str,
    own: &[&str],
    only: Option<&ProjectName>,
) -> Result<Vec<Package>, SearchError> {
    let fields = [&FIELDS[..], &ADDRESSES, own].concat();
    read_fields(search, collection, &fields, only).await
}

/// The same without addresses, which are the larger part.
pub(super) async fn read_without_addresses(
    search: &Client,
    collection: &str,
    own: &[&str],
    only: Option<&ProjectName>,
) -> Result<Vec<Package>, SearchError> {
    let fields = [&FIELDS[..], own].concat();
    read_fields(search, collection, &fields, only).await
}

async fn read_fields(
    search: &Client,
    collection: &str,
    fields: &[&str],
    only: Option<&ProjectName>,
) -> Result<Vec<Package>, SearchError> {
    if let Some(filter) = only.and_then(of_package) {
        let found = read_matching(search, collection, fields, Some(&filter), only).await?;
        // A collection may part words in a way of its own, and then hides other spellings.
        if !found.is_empty() {
            return Ok(found);
        }
    }
    read_matching(search, collection, fields, None, only).await
}

async fn read_matching(
    search: &Client,
    collection: &str,
    fields: &[&str],
    filter: Option<&str>,
    only: Option<&ProjectName>,
) -> Result<Vec<Package>, SearchError> {
    let documents = search.export_fields(collection, filter, fields);
    let mut documents = std::pin::pin!(documents);
    let mut packages: BTreeMap<ProjectName, Vec<Release>> = BTreeMap::new();
    while let Some(fields) = documents.try_next().await? {
        // What is no document of ours is somebody else's business.
        let Ok(document) = serde_json::from_value::<Document>(Value::Object(fields)) else {
            continue;
        };
        let name = ProjectName::new(&document.name);
        if document.name.is_empty() || only.is_some_and(|only| *only != name) {
            continue;
        }
        let releases = packages.entry(name).or_default();
        let addresses = Document {
            home_page: document.home_page,
            bugtrack_url: document.bugtrack_url,
            download_url: document.download_url,
            docs_url: document.docs_url,
            project_urls: document.project_urls,
            ..Document::default()
        };
        // Most releases have what their neighbours have.
        let known = releases.iter().find(|one| *one.addresses == addresses);
        let addresses = known.map_or_else(|| Arc::new(addresses), |one| one.addresses.clone());
        let facts = document.facts;
        let known = releases.iter().find(|one| *one.own == facts);
        let facts = known.map_or_else(|| Arc::new(facts), |one| one.own.clone());
        releases.push(Release {
            id: document.id,
            own: facts,
            version: document.version,
            is_pypi: document.registry != "npm",
            is_latest: document.is_latest,
            is_yanked: document.yanked,
            uploaded: document.upload_timestamp,
            order: document.version_order,
            addresses,
            owner: Owner::new(&document.name, &document.registry),
        });
    }
    Ok(packages.into_iter().filter_map(package).collect())
}

/// A filter that finds the documents of a package, in whatever spelling of its name, and perhaps
/// those of neighbours; `None` where only all documents do.
fn of_package(name: &ProjectName) -> Option<String> {
    let quoted = filter::quote(name.as_str()).filter(|quoted| quoted.len() <= LONGEST_FILTER)?;
    Some(format!("name:={quoted}"))
}

/// Drops what does not come from PyPI.
pub(super) fn keep_pypi(packages: &mut Vec<Package>) {
    for package in packages.iter_mut() {
        package.releases.retain(|release| release.is_pypi);
    }
    packages.retain(|package| !package.releases.is_empty());
}

/// The ids that belong to other projects by now. An id that follows the rule of
/// [`Document::id_of`] never does; one that an older program has made may pass to the release that
/// the rule gives it to.
pub(super) async fn displaced<'r>(
    search: &Client,
    collection: &str,
    releases: impl Iterator<Item = &'r Release>,
) -> Result<HashSet<&'r str>, SearchError> {
    let former: Vec<&Release> = releases.filter(|one| !one.has_lasting_id()).collect();
    let ids: Vec<&str> = former.iter().map(|one| one.id.as_str()).collect();
    let owners = search.fetch_owners(collection, &ids).await?;
    let is_displaced = |one: &&Release| {
        let owner = owners.get(&one.id);
        owner.is_some_and(|owner| !owner.is_same(&one.owner))
    };
    let displaced = former.into_iter().filter(is_displaced);
    Ok(displaced.map(|one| one.id.as_str()).collect())
}

impl Release {
    fn has_lasting_id(&self) -> bool {
        self.id == Document::id_of(self.owner.name(), &self.version)
    }

    fn order(&self) -> (bool, &str, i64) {
        (self.is_latest, &self.order, self.uploaded)
    }
}

fn package((name, mut releases): (ProjectName, Vec<Release>)) -> Option<Package> {
    releases.sort_by(|one, other| other.order().cmp(&one.order()));
    let mut addresses: Vec<Arc<Document>> = Vec::new();
    for release in &releases {
        if !addresses
            .iter()
            .any(|known| Arc::ptr_eq(known, &release.addresses))
        {
            addresses.push(release.addresses.clone());
        }
    }
    Some(Package {
        name,
        display_name: releases.first()?.owner.name().to_owned(),
        releases,
        addresses,
    })
}

/// Whether `own` has all values of `wanted`; numbers count as what they are worth, absent values
/// as null.
pub(super) fn holds(own: &Map<String, Value>, wanted: &Map<String, Value>) -> bool {
    wanted.iter().all(|(field, value)| {
        let there = own.get(field).unwrap_or(&Value::Null);
        there == value || (there.is_number() && there.as_f64() == value.as_f64())
    })
}

impl Package {
    /// The newest release's addresses: `home_page`, `project_urls.<label>`.
    pub(super) fn newest_urls(&self) -> BTreeMap<String, String> {
        let Some(newest) = self.addresses.first() else {
            return BTreeMap::new();
        };
        let labelled = newest.project_urls.iter();
        labelled
            .map(|(label, url)| (format!("project_urls.{label}"), url.clone()))
            .chain([("home_page".to_owned(), newest.home_page.clone())])
            .filter(|(_, url)| !url.is_empty())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{ProjectName, holds, of_package};

    fn compare(own: &Value, wanted: &Value) -> Option<bool> {
        Some(holds(own.as_object()?, wanted.as_object()?))
    }

    #[test]
    fn names_are_quoted_in_filters_or_left_out() {
        let filter = |name: &str| of_package(&ProjectName::new(name));
        assert_eq!(filter("Plone_API").as_deref(), Some("name:=`plone-api`"));
        for name in ["", "a` || name:!=`b", "a\\", &"a".repeat(2_000)] {
            assert_eq!(filter(name), None, "{name}");
        }
    }

    #[test]
    fn values_that_mean_the_same_are_equal() {
        let own = json!({"a": 1, "b": ["x"], "c": 3});
        for same in [
            json!({"a": 1.0}),
            json!({"d": null}),
            json!({"b": ["x"], "c": 3}),
        ] {
            assert_eq!(compare(&own, &same), Some(true), "{same}");
        }
        for other in [
            json!({"a": 2}),
            json!({"a": null}),
            json!({"a": "1"}),
            json!({"d": 0}),
        ] {
            assert_eq!(compare(&own, &other), Some(false), "{other}");
        }
    }
}
