//! Counts of requests by kind, the highest number in flight, and the last paths.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// The number of paths kept.
const MAX_PATHS: usize = 10_000;

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestKind {
    /// `GET /simple/`
    Index,
    /// `GET /simple/<name>/`
    SimpleDetail,
    /// `GET /pypi/<name>/json`
    Project,
    /// `GET /pypi/<name>/<version>/json`
    Release,
    /// `POST /pypi`, with any method
    Browse,
    /// Anything else.
    Other,
}

/// The number of requests since the start or the last reset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Requests for the index.
    pub index: u64,
    /// Requests for the Simple detail of a project.
    pub simple_detail: u64,
    /// Requests for a project document.
    pub project: u64,
    /// Requests for a release document.
    pub release: u64,
    /// XML-RPC calls.
    pub browse: u64,
    /// Requests for anything else.
    pub other: u64,
    /// All requests.
    pub total: u64,
    /// The highest number of requests in flight.
    pub max_in_flight: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    kinds: [AtomicU64; 6],
    in_flight: AtomicU64,
    max_in_flight: AtomicU64,
    paths: Mutex<VecDeque<String>>,
}

/// Counts one request as in flight until it is dropped.
pub(super) struct InFlight<'a>(&'a Counters);

impl Counters {
    pub(super) fn begin(&self, kind: RequestKind, path: &str) -> InFlight<'_> {
        self.kinds[kind as usize].fetch_add(1, Relaxed);
        let now = self.in_flight.fetch_add(1, Relaxed) + 1;
        self.max_in_flight.fetch_max(now, Relaxed);
        let mut paths = self.paths.lock().unwrap_or_else(PoisonError::into_inner);
        if paths.len() == MAX_PATHS {
            paths.pop_front();
        }
        paths.push_back(path.to_owned());
        InFlight(self)
    }

    pub(super) fn counts(&self) -> Counts {
        let count = |kind: RequestKind| self.kinds[kind as usize].load(Relaxed);
        Counts {
            index: count(RequestKind::Index),
            simple_detail: count(RequestKind::SimpleDetail),
            project: count(RequestKind::Project),
            release: count(RequestKind::Release),
            browse: count(RequestKind::Browse),
            other: count(RequestKind::Other),
            total: self.kinds.iter().map(|kind| kind.load(Relaxed)).sum(),
            max_in_flight: self.max_in_flight.load(Relaxed),
        }
    }

    pub(super) fn recent_paths(&self) -> Vec<String> {
        self.paths
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .cloned()
            .collect()
    }

    pub(super) fn reset(&self) {
        for count in &self.kinds {
            count.store(0, Relaxed);
        }
        self.max_in_flight.store(0, Relaxed);
        self.paths
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Relaxed);
    }
}
