//! The bounds of the map. No I/O.

use std::time::Duration;

/// How far the map grows, and how it is kept up to date.
#[derive(Debug, Clone, PartialEq)]
pub struct DiscoverySettings {
    /// Developers that a run syncs.
    pub count: usize,
    /// Steps from a seed up to which developers are synced.
    pub depth: i64,
    /// Entries of the longest list that is read.
    pub breadth: u64,
    /// Developers that the map holds at most.
    pub size: u64,
    /// After this time, data counts as old.
    pub age: Duration,
    /// How long a list that GitHub has refused is not asked for again.
    pub refusal: Duration,
    /// The share of each quota to use, from 0 to 1.
    pub quota_share: f64,
    /// Points of each quota that are left alone, whatever the share.
    pub threshold: u64,
}

const DAY: Duration = Duration::from_hours(24);

impl Default for DiscoverySettings {
    fn default() -> Self {
        Self {
            count: 5,
            depth: 2,
            breadth: 10_000,
            size: 1_000_000,
            age: DAY * 7,
            refusal: DAY * 30,
            quota_share: 0.5,
            threshold: 25,
        }
    }
}

impl DiscoverySettings {
    /// After this time, a developer whose counts have changed is synced again.
    pub(super) fn pause(&self) -> Duration {
        self.age.min(DAY)
    }
}
