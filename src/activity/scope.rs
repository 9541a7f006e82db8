//! Which repositories, organisations and profiles are followed, and how far back. No I/O.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::model::RepositorySlug;

const DAY: Duration = Duration::from_hours(24);

/// What is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityScope {
    /// Their repositories and their members.
    pub organisations: Vec<String>,
    pub repositories: Vec<RepositorySlug>,
    /// The repositories behind their packages, as their collections name them.
    pub profiles: Vec<String>,
    /// How many days back the first sync of a repository begins.
    pub first_days: u32,
    /// How many days back closed ones are refreshed.
    pub closed_days: u32,
    /// How many days back closed pull requests are compared, whether they were merged.
    pub reconcile_days: u32,
    /// Since when they are compared once a day.
    pub reconcile_since: Date,
    /// Logins of bots that GitHub does not know as such; `None` leaves the list as it is.
    pub bots: Option<Vec<String>>,
}

impl Default for ActivityScope {
    fn default() -> Self {
        Self {
            organisations: Vec::new(),
            repositories: Vec::new(),
            profiles: Vec::new(),
            first_days: 5,
            closed_days: 7,
            reconcile_days: 52 * 7,
            reconcile_since: jiff::civil::date(2019, 1, 1),
            bots: None,
        }
    }
}

impl ActivityScope {
    /// Whether nothing is followed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.organisations.is_empty() && self.repositories.is_empty() && self.profiles.is_empty()
    }

    pub(super) fn first(&self, now: Timestamp) -> Timestamp {
        days_before(now, self.first_days)
    }

    pub(super) fn closed(&self, now: Timestamp) -> Timestamp {
        days_before(now, self.closed_days)
    }

    pub(super) fn reconcile(&self, now: Timestamp) -> Timestamp {
        days_before(now, self.reconcile_days)
    }

    pub(super) fn reconcile_daily(&self) -> Timestamp {
        let midnight = self.reconcile_since.to_zoned(TimeZone::UTC);
        midnight.map_or(Timestamp::UNIX_EPOCH, |midnight| midnight.timestamp())
    }
}

/// In whole seconds, which are all that the search understands.
fn days_before(now: Timestamp, days: u32) -> Timestamp {
    let earlier = now.checked_sub(DAY.saturating_mul(days));
    let seconds = earlier.map_or(0, Timestamp::as_second);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH)
}
