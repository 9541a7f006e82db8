//! What an export says of a release, as far as two exports are compared.

use std::collections::BTreeMap;

/// One release.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Record {
    /// The full name, which no package of another registry has.
    pub(super) name: String,
    pub(super) version: String,
    /// A key that sorts versions; empty where an export has none.
    pub(super) order: String,
    /// Whether it stands for its package.
    pub(super) is_latest: bool,
    pub(super) health: Option<i64>,
    /// Of everything that the registry says of it; `None` where an export has less than that.
    pub(super) digest: Option<String>,
    /// The same for each field; only where an export has whole documents.
    pub(super) fields: Option<BTreeMap<String, u64>>,
}

/// The releases of a package, the lowest version first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Package {
    /// The normalised name.
    pub(super) project: String,
    pub(super) records: Vec<Record>,
}

impl Package {
    /// The release that stands for the package: the one that says so, or the highest version.
    pub(super) fn latest(&self) -> Option<&Record> {
        let latest = self.records.iter().rfind(|record| record.is_latest);
        latest.or(self.records.last())
    }
}
