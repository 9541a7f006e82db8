//! The documents of a collection that come from the run's registry.
//!
//! Several registries may fill one collection. A run counts, compares and changes the documents of
//! its own registry only. Called by `target` and `run_pipeline`; reads only.

use super::error::RunError;
use crate::model::RegistryKind;
use crate::search;
use crate::store::Ledger;

/// The part of a collection that belongs to one registry.
pub(super) struct OwnDocuments<'r> {
    pub search: &'r search::Client,
    pub ledger: &'r Ledger,
    /// Real name of the collection.
    pub collection: &'r str,
    pub registry: RegistryKind,
}

impl OwnDocuments<'_> {
    /// The filter that selects them; `None` where no filter can, because documents of older programs
    /// do not say where they come from.
    pub(super) fn filter(&self) -> Option<String> {
        (self.registry != RegistryKind::default()).then(|| filter_of(self.registry))
    }

    /// How many of the collection's `total` documents they are.
    pub(super) async fn count(&self, total: u64) -> Result<u64, RunError> {
        if total == 0 {
            return Ok(0);
        }
        if let Some(filter) = self.filter() {
            return self.count_matches(&filter).await;
        }
        // As long as no other registry is recorded, there is nothing to tell apart.
        let recorded = self
            .ledger
            .find_collections(self.search.identity(), self.collection)
            .await?;
        let mut own = total;
        for other in recorded.into_keys().filter(|kind| *kind != self.registry) {
            own = own.saturating_sub(self.count_matches(&filter_of(other)).await?);
        }
        Ok(own)
    }

    async fn count_matches(&self, filter: &str) -> Result<u64, RunError> {
        let counted = self.search.count_filtered(self.collection, filter);
        Ok(counted.await?)
    }
}

fn filter_of(registry: RegistryKind) -> String {
    format!("registry:={registry}")
}
