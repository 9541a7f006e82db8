//! Which packages a run is about. Pure; made by `cli`, read by the driver.

use super::packages::Package;
use crate::model::PackageName;

/// Which packages of which collection are meant.
#[derive(Debug, Clone)]
pub struct PackageSelection {
    /// Alias or collection.
    pub target: String,
    /// Only this package.
    pub name: Option<PackageName>,
    /// Only this many packages, in alphabetical order.
    pub limit: Option<usize>,
    /// Ask no source and write nothing.
    pub dry_run: bool,
}

impl PackageSelection {
    /// All packages of a collection, to be written.
    #[must_use]
    pub fn all(target: impl Into<String>) -> Self {
        Self {
            target: target.into(),
            name: None,
            limit: None,
            dry_run: false,
        }
    }

    /// Drops the packages that are not meant.
    pub(super) fn narrow(&self, packages: &mut Vec<Package>) {
        if let Some(name) = &self.name {
            packages.retain(|package| name.is(&package.key));
        }
        packages.truncate(self.limit.unwrap_or(usize::MAX));
    }
}
