//! The repositories on GitHub behind the packages of a profile, as its collection names them.
//!
//! A package has one repository, found as the enrichment finds it: its newest release that names one
//! decides. Reads the collection as a stream and keeps a line for each package. Changes nothing.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use futures::TryStreamExt;
use serde_json::Value;

use super::error::ActivityError;
use crate::model::repository::own_repository;
use crate::model::{Document, PackageKey, RepositorySlug};
use crate::search::{Client, SearchError};

const FIELDS: [&str; 9] = [
    "name",
    "is_latest",
    "version_order",
    "upload_timestamp",
    "home_page",
    "bugtrack_url",
    "download_url",
    "docs_url",
    "project_urls",
];

/// The newest release of a package that names a repository.
struct Newest {
    sort_key: (bool, String, i64),
    /// `None` if the repository is not on GitHub.
    slug: Option<Arc<RepositorySlug>>,
}

/// Lists the repositories behind a profile's packages, each once, in the order of their names.
pub(super) async fn list_profile_repositories(
    search: &Client,
    profile: &str,
) -> Result<Vec<RepositorySlug>, ActivityError> {
    let listed = list_package_repositories(search, profile).await;
    listed.map_err(|error| ActivityError::Packages {
        profile: profile.to_owned(),
        why: match error {
            SearchError::NotFound { .. } => {
                format!("there is no such collection; `pyfa up {profile}` fills it")
            }
            error => error.to_string(),
        },
    })
}

/// Lists the repositories behind the packages of a collection, each once, in the order of their
/// names.
///
/// # Errors
///
/// If there is no such collection, or the server does not answer.
pub async fn list_package_repositories(
    search: &Client,
    collection: &str,
) -> Result<Vec<RepositorySlug>, SearchError> {
    let mut slugs: BTreeMap<String, Arc<RepositorySlug>> = BTreeMap::new();
    let mut packages: HashMap<PackageKey, Newest> = HashMap::new();
    let mut documents = std::pin::pin!(search.export_fields(collection, None, &FIELDS));
    while let Some(fields) = documents.try_next().await? {
        // A document that does not have our form was not written by us.
        let Ok(document) = serde_json::from_value::<Document>(Value::Object(fields)) else {
            continue;
        };
        let own = own_repository([&document]);
        if document.name.is_empty() || own.named.is_none() {
            continue;
        }
        // Releases share their repository, and many packages do.
        let slug = own.github().map(|slug| {
            let known = slugs.entry(slug.key());
            Arc::clone(known.or_insert_with(|| Arc::new(slug.clone())))
        });
        let newest = Newest {
            sort_key: (
                document.is_latest,
                document.version_order,
                document.upload_timestamp,
            ),
            slug,
        };
        let Some(key) = PackageKey::of_document(&document.name, &document.registry) else {
            continue;
        };
        match packages.get_mut(&key) {
            Some(known) if known.sort_key >= newest.sort_key => {}
            Some(known) => *known = newest,
            None => _ = packages.insert(key, newest),
        }
    }
    let mut found: BTreeMap<String, Arc<RepositorySlug>> = BTreeMap::new();
    for slug in packages.into_values().filter_map(|newest| newest.slug) {
        found.insert(slug.key(), slug);
    }
    Ok(found.into_values().map(|slug| (*slug).clone()).collect())
}
