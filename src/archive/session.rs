//! What a sync works with: GitHub, a request to stop, and the lease of its job.

use std::sync::Arc;

use jiff::tz::TimeZone;

use super::error::ArchiveError;
use super::week::Week;
use crate::database::{Lease, LeaseState};
use crate::forge::github::GitHub;
use crate::progress::Stop;

/// A sync at work.
#[derive(Debug)]
pub struct ArchiveSession {
    pub github: GitHub,
    stop: Stop,
    /// `None` if nobody else can be at the same work.
    lease: Option<Arc<dyn Lease>>,
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
            stop,
            lease: None,
        }
    }

    /// Asks and writes only while `lease` is held.
    #[must_use]
    pub fn with_lease(mut self, lease: Arc<dyn Lease>) -> Self {
        self.lease = Some(lease);
        self
    }

    /// Fails if the sync has to end here.
    pub(super) fn check_stop(&self) -> Result<(), ArchiveError> {
        match self.lease.as_ref().map(|lease| lease.state()) {
            Some(LeaseState::Lost) => Err(ArchiveError::LeaseLost),
            Some(LeaseState::CancelRequested) => Err(ArchiveError::Stopped),
            _ if self.stop.is_requested() => Err(ArchiveError::Stopped),
            _ => Ok(()),
        }
    }

    /// Does `work`, which may be left at any `await`, unless the sync has to end before: nobody who
    /// leaves waits for a slow answer.
    pub(super) async fn until_stopped<T>(
        &self,
        work: impl Future<Output = Result<T, ArchiveError>>,
    ) -> Result<T, ArchiveError> {
        tokio::select! {
            biased;
            () = self.stop.clone().requested() => {
                self.check_stop()?;
                Err(ArchiveError::Stopped)
            }
            done = work => done,
        }
    }

    /// Whether somebody else may be at the same work by now.
    pub(super) fn has_lost_lease(&self) -> bool {
        let state = self.lease.as_ref().map(|lease| lease.state());
        state == Some(LeaseState::Lost)
    }
}
