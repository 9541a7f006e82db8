//! What was read of a collection last, for as long as it is believed. No I/O.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long it is believed.
const VALID: Duration = Duration::from_mins(1);

/// A value, and when it was read.
#[derive(Debug)]
pub(super) struct TimedCache<T>(Mutex<Option<(Instant, T)>>);

impl<T> Default for TimedCache<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T: Clone> TimedCache<T> {
    pub(super) fn get(&self) -> Option<T> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = last.as_ref().filter(|(since, _)| since.elapsed() < VALID);
        fresh.map(|(_, value)| value.clone())
    }

    pub(super) fn set(&self, value: T) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some((Instant::now(), value));
    }
}
