//! What a sync works with: GitHub, a request to stop, and the lease of its job.

use std::sync::Arc;

use jiff::tz::TimeZone;

use super::error::ArchiveError;
use super::week::Week;
use crate::database::{Lease, WorkEnded, WorkLease};
use crate::forge::github::GitHub;
use crate::progress::Stop;

/// A sync at work.
#[derive(Debug)]
pub struct ArchiveSession {
    pub github: GitHub,
    lease: WorkLease,
}

/// What a sync is asked for.
#[derive(Debug, Clone)]
pub struct SyncRequest {
    /// Whose archive; `None` for that of the token's owner.
    pub login: Option<String>,
    /// Reads from this week on, also what was read before.
    pub since: Option<Week>,
    /// Reads private repositories too; `None` as before.
    pub private: Option<bool>,
    /// Of the weeks; `None` as before.
    pub zone: Option<TimeZone>,
}

impl ArchiveSession {
    #[must_use]
    pub fn new(github: GitHub, stop: Stop) -> Self {
        Self {
            github,
            lease: WorkLease::new(stop),
        }
    }

    /// Asks and writes only while `lease` is held.
    #[must_use]
    pub fn with_lease(mut self, lease: Arc<dyn Lease>) -> Self {
        self.lease = self.lease.with(lease);
        self
    }

    /// Fails if the sync has to end here.
    pub(super) fn check_stop(&self) -> Result<(), ArchiveError> {
        Ok(self.lease.check()?)
    }

    /// Does `work`, which may be left at any `await`, unless the sync has to end before: nobody who
    /// leaves waits for a slow answer.
    pub(super) fn until_stopped<T>(
        &self,
        work: impl Future<Output = Result<T, ArchiveError>>,
    ) -> impl Future<Output = Result<T, ArchiveError>> {
        self.lease.until_stopped(work)
    }

    /// Whether somebody else may be at the same work by now.
    pub(super) fn has_lost_lease(&self) -> bool {
        self.lease.check() == Err(WorkEnded::LeaseLost)
    }
}
