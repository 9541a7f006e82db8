//! Which fields a collection has, so that a search names no other.
//!
//! A collection made by an older version lacks some, and a server refuses a search that names one of
//! these. `requests` reads the schema once in a while and remembers it here.

use std::collections::HashSet;
use std::sync::Arc;

/// Fields that older collections lack.
const ADDED: [&str; 11] = [
    "requires_names",
    "name_joined",
    "first_upload",
    "status",
    "health_band",
    "dependents",
    "search_rank",
    "peer_versions",
    "provenance",
    "trusted_publisher",
    "has_twins",
];

/// The fields that a search may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fields {
    /// Those of the collection's schema.
    Listed(Arc<HashSet<String>>),
    /// The schema cannot be read; all of ours.
    All,
    /// The schema cannot be read, and one of the newer fields is missing.
    WithoutAdded,
}

impl Fields {
    pub(super) fn has(&self, name: &str) -> bool {
        match self {
            Self::Listed(names) => names.contains(name),
            Self::All => true,
            Self::WithoutAdded => !ADDED.contains(&name),
        }
    }
}
