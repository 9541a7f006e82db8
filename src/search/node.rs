//! One node: where it is, and how it did when it was asked last.
//!
//! A server stands at an address. The engine of a folder may move: its process ends and another one
//! takes its place. Asked by [`Nodes`](super::nodes::Nodes) alone.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Embedded;
use super::nodes::Fault;

pub(super) struct Node {
    place: Place,
    down_until: Mutex<Option<Instant>>,
}

/// Where a node is found.
enum Place {
    /// At an address without a slash at the end, without user and password.
    Fixed(String),
    /// Wherever the engine of a folder answers now.
    Embedded(Arc<Embedded>),
}

impl Node {
    pub(super) fn new(base: String) -> Self {
        Self {
            place: Place::Fixed(base),
            down_until: Mutex::new(None),
        }
    }

    pub(super) fn embedded(engine: Arc<Embedded>) -> Self {
        Self {
            place: Place::Embedded(engine),
            down_until: Mutex::new(None),
        }
    }

    /// For people to read; for ledger and locks to know it by.
    pub(super) fn name(&self) -> String {
        match &self.place {
            Place::Fixed(base) => base.clone(),
            Place::Embedded(engine) => engine.identity(),
        }
    }

    pub(super) async fn base(&self) -> Result<String, (Fault, String)> {
        match &self.place {
            Place::Fixed(base) => Ok(base.clone()),
            Place::Embedded(engine) => {
                let address = engine.address().await;
                address.map_err(|why| (Fault::Unsent, why))
            }
        }
    }

    /// Whether a node that was not reached at `base` may be somewhere else by now.
    pub(super) async fn has_moved(&self, base: &str) -> bool {
        match &self.place {
            Place::Fixed(_) => false,
            Place::Embedded(engine) => {
                engine.lost(base).await;
                true
            }
        }
    }

    pub(super) fn is_down(&self) -> bool {
        let until = *self
            .down_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| until > Instant::now())
    }

    pub(super) fn mark(&self, down_for: Option<Duration>) {
        let until = down_for.map(|duration| Instant::now() + duration);
        *self
            .down_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = until;
    }
}
