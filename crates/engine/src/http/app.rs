//! What every request shares, and the admin key.

use std::sync::Arc;

use super::capacity::{Capacity, Share, Shares};
use crate::engine::Engine;
use crate::keys::KeyRing;

/// What every request shares.
pub(crate) struct App {
    pub(super) engine: Arc<Engine>,
    pub(super) keys: KeyRing,
    pub(super) shares: Shares,
}

impl App {
    pub(super) fn capacity(&self, share: Share) -> &Capacity {
        self.shares.get(share)
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
