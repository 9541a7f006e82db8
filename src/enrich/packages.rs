//! The packages of a collection: the ids of their documents, their addresses, and the facts that
//! an enricher has written to them.
//!
//! A collection may hold a hundred thousand documents, so only what an enricher needs is kept of
//! each. Reads the collection and changes nothing. Called by the driver.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use futures::TryStreamExt;
use serde_json::{Map, Value};

use crate::model::{
    Document, Owner, PackageKey, PackageName, ProjectName, RegistryKind, document_id,
};
use crate::search::{Client, SearchError, filter};
use crate::transform::requires_names;

/// Servers limit the length of a query.
const LONGEST_FILTER: usize = 1_000;
/// What is read of each document, besides the enricher's own fields.
const FIELDS: [&str; 7] = [
    "name",
    "version",
    "is_latest",
    "version_order",
    "upload_timestamp",
    "registry",
    "yanked",
];

/// What is read of each document besides the enricher's own fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExtraFields {
    None,
    /// The addresses of each package, which are most of a document's metadata.
    Addresses,
    /// Which projects each release requires.
    Requirements,
}

impl ExtraFields {
    fn fields(self) -> &'static [&'static str] {
        match self {
            Self::None => &[],
            Self::Addresses => &[
                "home_page",
                "bugtrack_url",
                "download_url",
                "docs_url",
                "project_urls",
                "repository_directory",
                "repository_url",
            ],
            // Documents of older programs have requirements, but not the names in them.
            Self::Requirements => &["requires_dist", "requires_names"],
        }
    }
}

/// A package with its documents.
#[derive(Debug)]
pub struct Package {
    pub(super) key: PackageKey,
    /// As the newest release spells it.
    pub(super) display_name: String,
    /// Newest first.
    pub(super) releases: Vec<PackageRelease>,
    /// The distinct sets of addresses that its releases have, starting with the newest release's.
    pub(super) addresses: Vec<Arc<Document>>,
}

/// A document, as much of it as enrichers need.
#[derive(Debug)]
pub struct PackageRelease {
    pub(super) id: String,
    pub(super) version: String,
    pub(super) is_latest: bool,
    pub(super) is_yanked: bool,
    /// Unix seconds; 0 where the registry does not say.
    pub(super) uploaded: i64,
    /// The enricher's fields, as the document carries them now.
    pub(super) carried: Arc<Map<String, Value>>,
    /// The projects that it requires, if the enricher wants them; sorted.
    pub(super) required: Arc<[ProjectName]>,
    order: String,
    addresses: Arc<Document>,
    owner: Owner,
    registry: RegistryKind,
}

/// Which packages are read, and which of their fields.
#[derive(Debug, Clone, Copy)]
pub(super) struct PackageQuery<'q> {
    /// The enricher's fields.
    pub(super) fields: &'q [&'static str],
    /// What to read besides.
    pub(super) extra: ExtraFields,
    /// Only this package.
    pub(super) name: Option<&'q PackageName>,
    /// Only documents from this registry.
    pub(super) registry: Option<RegistryKind>,
}

/// Reads packages, in the order of their names.
pub(super) async fn read_packages(
    search: &Client,
    collection: &str,
    query: PackageQuery<'_>,
) -> Result<Vec<Package>, SearchError> {
    let fields = [&FIELDS[..], query.extra.fields(), query.fields].concat();
    let filter = query.name.and_then(|name| name_filter(name.as_str()));
    let mut packages = read_matching(search, collection, &fields, filter.as_deref(), query).await?;
    // A collection may split words in its own way, and then the filter misses other spellings.
    if packages.is_empty() && filter.is_some() {
        packages = read_matching(search, collection, &fields, None, query).await?;
    }
    Ok(packages)
}

async fn read_matching(
    search: &Client,
    collection: &str,
    fields: &[&str],
    filter: Option<&str>,
    query: PackageQuery<'_>,
) -> Result<Vec<Package>, SearchError> {
    let mut documents = std::pin::pin!(search.export_fields(collection, filter, fields));
    let mut releases_by_key: BTreeMap<PackageKey, Vec<PackageRelease>> = BTreeMap::new();
    while let Some(fields) = documents.try_next().await? {
        // A document that does not have our form was not written by us.
        let Ok(document) = serde_json::from_value::<Document>(Value::Object(fields)) else {
            continue;
        };
        let Some(key) = PackageKey::of_document(&document.name, &document.registry) else {
            continue;
        };
        let is_other = query.name.is_some_and(|only| !only.is(&key));
        if is_other || query.registry.is_some_and(|kind| kind != key.registry) {
            continue;
        }
        let releases = releases_by_key.entry(key).or_default();
        let release = PackageRelease::new(document, releases);
        releases.push(release);
    }
    Ok(releases_by_key
        .into_iter()
        .filter_map(|(key, releases)| Package::new(key, releases))
        .collect())
}

/// A filter that finds all documents of a package, however its name is spelled, and maybe some of
/// similar names; `None` where no filter does.
fn name_filter(name: &str) -> Option<String> {
    let quoted = filter::quote(name).filter(|quoted| quoted.len() <= LONGEST_FILTER)?;
    Some(format!("name:={quoted}"))
}

/// Finds the documents among `releases` that belong to other projects by now, and gives their ids.
/// An id that follows the rule of [`document_id`] never changes hands; one that an older program
/// has made may pass to the release that the rule gives it to.
pub(super) async fn find_reassigned_ids<'r>(
    search: &Client,
    collection: &str,
    releases: impl Iterator<Item = &'r PackageRelease>,
) -> Result<HashSet<&'r str>, SearchError> {
    let doubtful: Vec<&PackageRelease> = releases.filter(|one| !one.has_lasting_id()).collect();
    let ids: Vec<&str> = doubtful.iter().map(|one| one.id.as_str()).collect();
    let owners = search.fetch_owners(collection, &ids).await?;
    let is_reassigned = |one: &&PackageRelease| {
        let owner = owners.get(&one.id);
        owner.is_some_and(|owner| !owner.is_same(&one.owner))
    };
    let reassigned = doubtful.into_iter().filter(is_reassigned);
    Ok(reassigned.map(|one| one.id.as_str()).collect())
}

impl PackageRelease {
    /// Most releases carry the same addresses, facts and requirements as their `neighbours`, and
    /// share them.
    fn new(document: Document, neighbours: &[Self]) -> Self {
        let owner = Owner::new(&document.name, &document.registry);
        let registry = RegistryKind::named(&document.registry).unwrap_or_default();
        let required = required_names(&document);
        let same_required = neighbours.iter().find(|one| *one.required == *required);
        let addresses = Document {
            home_page: document.home_page,
            bugtrack_url: document.bugtrack_url,
            download_url: document.download_url,
            docs_url: document.docs_url,
            project_urls: document.project_urls,
            repository_directory: document.repository_directory,
            repository_url: document.repository_url,
            ..Document::default()
        };
        let facts = document.facts;
        let same_addresses = neighbours.iter().find(|one| *one.addresses == addresses);
        let same_facts = neighbours.iter().find(|one| *one.carried == facts);
        Self {
            id: document.id,
            version: document.version,
            is_latest: document.is_latest,
            is_yanked: document.yanked,
            uploaded: document.upload_timestamp,
            carried: same_facts.map_or_else(|| Arc::new(facts), |one| one.carried.clone()),
            required: same_required.map_or_else(|| required.into(), |one| one.required.clone()),
            order: document.version_order,
            addresses: same_addresses
                .map_or_else(|| Arc::new(addresses), |one| one.addresses.clone()),
            owner,
            registry,
        }
    }

    fn has_lasting_id(&self) -> bool {
        self.id == document_id(self.registry, self.owner.name(), &self.version)
    }

    fn sort_key(&self) -> (bool, &str, i64) {
        (self.is_latest, &self.order, self.uploaded)
    }

    /// Whether the document carries all of `fields`, except for differences in `insignificant`
    /// ones. Numbers are compared by value, and null is the same as no value.
    pub(super) fn carries(&self, fields: &Map<String, Value>, insignificant: &[&str]) -> bool {
        holds(&self.carried, fields, insignificant)
    }
}

fn holds(
    carried: &Map<String, Value>,
    fields: &Map<String, Value>,
    insignificant: &[&str],
) -> bool {
    fields.iter().all(|(field, value)| {
        let there = carried.get(field).unwrap_or(&Value::Null);
        there == value
            || (there.is_number() && there.as_f64() == value.as_f64())
            || insignificant.contains(&field.as_str())
    })
}

/// The projects that the release of a document requires.
fn required_names(document: &Document) -> Vec<ProjectName> {
    let registry = RegistryKind::named(&document.registry).unwrap_or_default();
    // Older programs wrote no names.
    let names = match registry {
        _ if !document.requires_names.is_empty() => Cow::Borrowed(&document.requires_names),
        RegistryKind::PyPi => Cow::Owned(requires_names(&document.requires_dist)),
        RegistryKind::Npm => {
            let required = document.requires_dist.iter();
            Cow::Owned(required.filter_map(|text| npm_requirement(text)).collect())
        }
    };
    let names = names.iter().map(|name| registry.project_name(name));
    names.collect()
}

/// The name in `name@range`; that of a scope begins with the same sign.
fn npm_requirement(text: &str) -> Option<String> {
    let at = text.get(1..)?.find('@')? + 1;
    text.get(..at).map(str::to_owned)
}

impl Package {
    /// `None` without releases.
    fn new(key: PackageKey, mut releases: Vec<PackageRelease>) -> Option<Self> {
        releases.sort_by(|one, other| other.sort_key().cmp(&one.sort_key()));
        let mut addresses: Vec<Arc<Document>> = Vec::new();
        for release in &releases {
            let is_known = |known: &Arc<Document>| Arc::ptr_eq(known, &release.addresses);
            if !addresses.iter().any(is_known) {
                addresses.push(release.addresses.clone());
            }
        }
        Some(Self {
            key,
            display_name: releases.first()?.owner.name().to_owned(),
            releases,
            addresses,
        })
    }

    /// The newest release's addresses: `home_page`, `project_urls.<label>`.
    pub(super) fn newest_urls(&self) -> BTreeMap<String, String> {
        let Some(newest) = self.addresses.first() else {
            return BTreeMap::new();
        };
        let labelled = newest.project_urls.iter();
        labelled
            .map(|(label, url)| (format!("project_urls.{label}"), url.clone()))
            .chain([
                ("home_page".to_owned(), newest.home_page.clone()),
                ("repository_url".to_owned(), newest.repository_url.clone()),
            ])
            .filter(|(_, url)| !url.is_empty())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{holds, name_filter};

    fn compare(carried: &Value, fields: &Value) -> Option<bool> {
        Some(holds(carried.as_object()?, fields.as_object()?, &[]))
    }

    #[test]
    fn names_are_quoted_in_filters_or_left_out() {
        assert_eq!(
            name_filter("Plone_API").as_deref(),
            Some("name:=`Plone_API`")
        );
        for name in ["", "a` || name:!=`b", "a\\", &"a".repeat(2_000)] {
            assert_eq!(name_filter(name), None, "{name}");
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
