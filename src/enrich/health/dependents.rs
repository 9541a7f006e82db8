//! How many packages of a collection require each of them. Pure; called by the enricher.

use std::collections::HashMap;

use super::percentiles::Percentiles;
use crate::enrich::packages::Package;
use crate::model::PackageKey;

/// The number of packages whose latest release requires a package.
#[derive(Debug, Default)]
pub(super) struct Dependents(HashMap<PackageKey, u32>);

impl Dependents {
    /// Counts for all packages of a collection.
    pub(super) fn count(packages: &[Package]) -> Self {
        let mut counts: HashMap<PackageKey, u32> = packages
            .iter()
            .map(|package| (package.key.clone(), 0))
            .collect();
        for package in packages {
            let required = package.releases.first().map(|latest| &latest.required);
            for name in required.into_iter().flat_map(|names| names.iter()) {
                // A requirement is about the registry that the package comes from.
                let required = PackageKey {
                    registry: package.key.registry,
                    name: name.clone(),
                };
                // Some require themselves, with an extra.
                if required != package.key
                    && let Some(count) = counts.get_mut(&required)
                {
                    *count += 1;
                }
            }
        }
        Self(counts)
    }

    /// Those of a package; 0 for one that is not in the collection.
    pub(super) fn of(&self, package: &PackageKey) -> u32 {
        self.0.get(package).copied().unwrap_or_default()
    }

    pub(super) fn percentiles(&self) -> Percentiles {
        self.0.values().map(|count| i64::from(*count)).collect()
    }
}
