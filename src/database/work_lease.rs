//! What a run asks before each step: whether somebody wants it to end, and whether it still has the
//! job's lease, if it works for a job.
//!
//! Writes nothing itself but what it is handed. Held by the sessions of `activity`, `discovery`, `board` and `archive`.

use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::time::Instant;

use super::error::DatabaseError;
use super::handle::Database;
use super::lease::{Lease, LeaseState};
use super::statement::Transaction;
use crate::progress::Stop;

/// How often a wait looks whether the lease is still held, which does not say when it ends.
const LEASE_CHECK: Duration = Duration::from_secs(5);

/// What lets a run go on; clones are the same one.
#[derive(Debug, Clone)]
pub struct WorkLease {
    stop: Stop,
    /// `None` if nobody else can be at the same work.
    lease: Option<Arc<dyn Lease>>,
}

/// Why a run has to end here. What it has stored stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WorkEnded {
    /// Another worker has the job now: nothing more may be written.
    #[error("another worker has taken over this job, so this one has stopped")]
    LeaseLost,
    /// Somebody has asked for it.
    #[error("stopped as requested; the next run goes on from here")]
    Stopped,
}

impl WorkLease {
    /// Of a run that nobody else can be at.
    #[must_use]
    pub fn new(stop: Stop) -> Self {
        Self { stop, lease: None }
    }

    /// The same for a run of a job.
    #[must_use]
    pub fn with(mut self, lease: Arc<dyn Lease>) -> Self {
        self.lease = Some(lease);
        self
    }

    /// Whether the run may go on.
    ///
    /// # Errors
    ///
    /// [`WorkEnded`] if it may not.
    pub fn check(&self) -> Result<(), WorkEnded> {
        match self.lease.as_ref().map(|lease| lease.state()) {
            Some(LeaseState::Lost) => Err(WorkEnded::LeaseLost),
            Some(LeaseState::CancelRequested) => Err(WorkEnded::Stopped),
            _ if self.stop.is_requested() => Err(WorkEnded::Stopped),
            _ => Ok(()),
        }
    }

    /// Waits, unless the run has to end before.
    ///
    /// # Errors
    ///
    /// [`WorkEnded`] if it has to.
    pub async fn wait(&self, time: Duration) -> Result<(), WorkEnded> {
        let end = Instant::now() + time;
        loop {
            self.check()?;
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            tokio::select! {
                () = self.stop.clone().requested() => {}
                () = tokio::time::sleep(left.min(LEASE_CHECK)) => {}
            }
        }
    }

    /// Does `work`, which may be left at any `await`, unless a stop is requested before.
    ///
    /// # Errors
    ///
    /// Those of `work`, or [`WorkEnded`].
    pub async fn until_stopped<T, E>(
        &self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E>
    where
        E: From<WorkEnded>,
    {
        tokio::select! {
            biased;
            () = self.stop.clone().requested() => {
                self.check()?;
                Err(WorkEnded::Stopped.into())
            }
            done = work => done,
        }
    }

    /// Runs all statements, or none if the lease is lost; how many rows each has changed.
    ///
    /// # Errors
    ///
    /// The database's, or [`WorkEnded::LeaseLost`].
    pub async fn commit<E>(&self, database: &Database, work: Transaction) -> Result<Vec<u64>, E>
    where
        E: From<DatabaseError> + From<WorkEnded>,
    {
        let work = match &self.lease {
            Some(lease) => work.only_if(lease.guard()),
            None => work,
        };
        let done = database.commit(work).await?;
        done.ok_or_else(|| WorkEnded::LeaseLost.into())
    }
}
