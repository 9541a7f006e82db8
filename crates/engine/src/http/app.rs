//! What every request shares, and the admin key.

use std::sync::Arc;

use super::capacity::Capacity;
use crate::engine::Engine;
use crate::keys::KeyRing;

/// What every request shares.
pub(crate) struct App {
    pub(super) engine: Arc<Engine>,
    pub(super) keys: KeyRing,
    /// Of the folder's own commands.
    pub(super) own: Capacity,
    /// Of everybody else.
    pub(super) others: Capacity,
}

impl App {
    pub(super) fn capacity(&self, is_own: bool) -> &Capacity {
        if is_own { &self.own } else { &self.others }
    }
}

/// The key that may do everything; never shown, not even by `Debug`.
#[derive(Clone)]
pub struct AdminKey(pub(super) String);

impl AdminKey {
    /// Takes the value; an empty one is refused by [`serve`](super::serve).
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }
}

impl std::fmt::Debug for AdminKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("AdminKey(…)")
    }
}
