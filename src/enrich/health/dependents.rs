//! How many packages of a collection require each of them. Pure; called by the enricher.

use std::collections::HashMap;

use super::percentiles::Percentiles;
use crate::enrich::packages::Package;
use crate::model::ProjectName;

/// The number of packages whose latest release requires a package.
#[derive(Debug, Default)]
pub(super) struct Dependents(HashMap<ProjectName, u32>);

impl Dependents {
    /// Counts for all packages of a collection.
    pub(super) fn count(packages: &[Package]) -> Self {
        let mut counts: HashMap<ProjectName, u32> = packages
            .iter()
            .map(|package| (package.name.clone(), 0))
            .collect();
        for package in packages {
            let required = package.releases.first().map(|latest| &latest.required);
            for name in required.into_iter().flat_map(|names| names.iter()) {
                // Some require themselves, with an extra.
                if *name != package.name
                    && let Some(count) = counts.get_mut(name)
                {
                    *count += 1;
                }
            }
        }
        Self(counts)
    }

    /// Those of a package; 0 for one that is not in the collection.
    pub(super) fn of(&self, name: &ProjectName) -> u32 {
        self.0.get(name).copied().unwrap_or_default()
    }

    pub(super) fn percentiles(&self) -> Percentiles {
        self.0.values().map(|count| i64::from(*count)).collect()
    }
}
