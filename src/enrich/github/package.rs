//! A package and its own repository, as far as its addresses tell. Pure; read by the lookup and by
//! the report.

use std::collections::BTreeMap;

use crate::enrich::packages::Package;
use crate::model::PackageKey;
use crate::model::repository::{OwnRepository, own_repository};

/// A package, and which repository it names as its own.
#[derive(Debug)]
pub(super) struct PackageRepository {
    pub(super) key: PackageKey,
    /// As the newest release spells it.
    pub(super) display_name: String,
    pub(super) own: OwnRepository,
    /// The newest release's addresses: `home_page`, `project_urls.<label>`.
    pub(super) urls: BTreeMap<String, String>,
}

impl PackageRepository {
    pub(super) fn new(package: &Package) -> Self {
        Self {
            key: package.key.clone(),
            display_name: package.display_name.clone(),
            own: own_repository(package.addresses.iter().map(|one| &**one)),
            urls: package.newest_urls(),
        }
    }
}
