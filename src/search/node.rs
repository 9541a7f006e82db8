//! One node: the transport to it, and whether it has failed lately.
//!
//! Used by [`failover`](super::failover) alone, which decides what counts as a failure.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::transport::Transport;

pub(super) struct Node {
    /// As the transport names it.
    pub(super) address: String,
    pub(super) transport: Box<dyn Transport>,
    down_until: Mutex<Option<Instant>>,
}

impl Node {
    pub(super) fn new(transport: impl Transport + 'static) -> Self {
        Self {
            address: transport.address(),
            transport: Box::new(transport),
            down_until: Mutex::new(None),
        }
    }

    pub(super) fn is_down(&self) -> bool {
        let until = *self
            .down_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| until > Instant::now())
    }

    pub(super) fn mark_up(&self) {
        self.set_down_until(None);
    }

    pub(super) fn mark_down_for(&self, duration: Duration) {
        self.set_down_until(Some(Instant::now() + duration));
    }

    fn set_down_until(&self, until: Option<Instant>) {
        *self
            .down_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = until;
    }
}
