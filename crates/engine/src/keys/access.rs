//! Who asks, and what their key permits.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::api_key::{Key, KeyRecord};

/// A permission, with what a scoped key adds to every search.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Grant {
    /// Search parameters that win over those of the request.
    pub(crate) embedded: Map<String, Value>,
    /// Who asks.
    pub(crate) holder: KeyHolder,
}

/// Who asks: what their key covers also bounds the names in a body and what a list shows.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct KeyHolder(pub(super) HolderReach);

#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum HolderReach {
    #[default]
    Nothing,
    /// That of an admin key.
    Everything,
    Key(Arc<Key>),
}

impl KeyHolder {
    /// Whether a collection or alias of this name is within reach. The empty name stands for what
    /// concerns all of them.
    pub(crate) fn covers(&self, name: &str) -> bool {
        match &self.0 {
            HolderReach::Nothing => false,
            HolderReach::Everything => true,
            HolderReach::Key(key) => key.covers(name),
        }
    }

    /// Whether another key's collections are all within reach.
    pub(super) fn oversees(&self, other: &Key) -> bool {
        match &self.0 {
            HolderReach::Nothing => false,
            HolderReach::Everything => true,
            HolderReach::Key(key) => key.oversees(other.record()),
        }
    }

    /// Whether a key that permits this may be made: nothing that the maker's own key does not.
    pub(super) fn may_make(&self, wanted: &KeyRecord) -> bool {
        match &self.0 {
            HolderReach::Nothing => false,
            HolderReach::Everything => true,
            HolderReach::Key(key) => key.oversees(wanted) && key.outranks(wanted),
        }
    }
}
