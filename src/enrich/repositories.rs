//! The repositories behind the packages of a collection, as far as their addresses tell. Reads the
//! collection and changes nothing. Called by `cli`, for metrics of a profile.

use std::collections::BTreeMap;

use super::packages::{ExtraFields, PackageQuery, read_packages};
use crate::model::repository::own_repository;
use crate::model::{ProjectName, RepositorySlug};
use crate::search::{Client, SearchError};

/// Reads which package has which repository on GitHub; packages without one are left out.
pub async fn read_repositories(
    search: &Client,
    collection: &str,
) -> Result<BTreeMap<ProjectName, RepositorySlug>, SearchError> {
    let query = PackageQuery {
        fields: &[],
        extra: ExtraFields::Addresses,
        name: None,
        registry: None,
    };
    let packages = read_packages(search, collection, query).await?;
    let named = packages.into_iter().filter_map(|package| {
        let own = own_repository(package.addresses.iter().map(|one| &**one));
        Some((package.name, own.github()?.clone()))
    });
    Ok(named.collect())
}
