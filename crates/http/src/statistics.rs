//! What a client has sent and received, in numbers.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use serde::Serialize;

/// What a client has sent and received.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct HttpStatistics {
    /// Requests sent, including retries, by kind.
    pub requests: BTreeMap<&'static str, u64>,
    /// Retries.
    pub retries: u64,
    /// Bytes of bodies received, after decompression.
    pub bytes: u64,
    /// Requests that shared the response of an equal request in flight.
    pub merged: u64,
    /// Time spent waiting for rate limits, `Retry-After` and backoff, summed over requests.
    pub waited: Duration,
}

impl HttpStatistics {
    /// Adds what another client has sent and received.
    pub fn add(&mut self, other: &Self) {
        for (kind, count) in &other.requests {
            *self.requests.entry(kind).or_default() += count;
        }
        self.retries += other.retries;
        self.bytes += other.bytes;
        self.merged += other.merged;
        self.waited += other.waited;
    }
}

/// The counters behind [`HttpStatistics`]. The lock is held for one addition.
#[derive(Debug, Default)]
pub(crate) struct HttpCounters(Mutex<HttpStatistics>);

impl HttpCounters {
    pub(crate) fn update(&self, change: impl FnOnce(&mut HttpStatistics)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(crate) fn snapshot(&self) -> HttpStatistics {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
