//! What a sync has done. Plain data.

use jiff::Timestamp;
use serde::Serialize;

use super::item::Counts;
use super::week::Week;

/// What a sync has done, and why it has ended before its end, if it has.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SyncReport {
    /// Weeks that were read, also those without an item.
    pub weeks: u64,
    /// Of these weeks.
    pub items: Counts,
    /// Everything before the end of this week is archived.
    pub finished_through: Option<Week>,
    /// Of the whole archive.
    pub total: Counts,
    /// Requests.
    pub calls: u64,
    /// Entries that lack what every such entry has.
    pub unreadable: u64,
    /// Weeks that the sync has left to the next one.
    pub weeks_left: u64,
    /// When the next one can go on, where waiting is all that is needed.
    pub wait_until: Option<Timestamp>,
    /// Why weeks are left.
    pub why: Option<String>,
    /// The archive was begun again, because it has other weeks or other repositories now.
    pub was_cleared: bool,
}

impl SyncReport {
    /// Whether all weeks up to now were read.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.why.is_none()
    }

    /// How many items were read.
    #[must_use]
    pub fn read(&self) -> u64 {
        self.items.values().sum()
    }
}
