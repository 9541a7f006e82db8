//! Counts of what went over the network.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use serde::Serialize;

/// What a client did so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Statistics {
    /// Requests sent, retries included, by kind.
    pub requests: BTreeMap<&'static str, u64>,
    /// How many of them were repetitions.
    pub retries: u64,
    /// Bytes of bodies received, after decompression.
    pub bytes: u64,
    /// Requests answered by an equal one that was in flight already.
    pub merged: u64,
    /// Time spent waiting for a host's rate, its pause, or a retry, summed over requests.
    pub waited: Duration,
}

/// The counters behind [`Statistics`]: one lock held for an addition.
#[derive(Debug, Default)]
pub(crate) struct Counters(Mutex<Statistics>);

impl Counters {
    pub(crate) fn count(&self, change: impl FnOnce(&mut Statistics)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(crate) fn read(&self) -> Statistics {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
