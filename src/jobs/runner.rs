//! What a worker needs to have jobs done: their targets, and their runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::LocalBoxFuture;

use super::abilities::Abilities;
use super::job::Job;
use super::kind::JobKind;
use super::lease::JobLease;
use super::outcome::JobOutcome;
use crate::progress::Stop;

/// What a run is given.
#[derive(Debug, Clone)]
pub struct JobContext {
    /// Held by this run; it asks before it writes.
    pub lease: Arc<JobLease>,
    /// Requested when the job is cancelled, its lease is lost, or the worker ends.
    pub stop: Stop,
}

/// Does the work of jobs.
pub trait JobRunner: Send + Sync + 'static {
    /// Why the targets of schedules are not known.
    type TargetsError: std::error::Error;

    /// Looks which jobs can be run here now. Others are left to other workers.
    fn find_abilities(&self) -> Abilities;

    /// The targets of schedules that are due: one job is made for each. A kind without a target stays
    /// due.
    ///
    /// # Errors
    ///
    /// If they are not known now. The schedules stay due.
    fn fetch_targets(
        &self,
        kinds: &[JobKind],
    ) -> impl Future<Output = Result<BTreeMap<JobKind, Vec<String>>, Self::TargetsError>> + Send;

    /// Does the work of a job once. Runs on a thread of its own, so it may block.
    fn run(&self, kind: JobKind, job: Job, context: JobContext) -> LocalBoxFuture<'_, JobOutcome>;

    /// Something that people at the worker want to read.
    fn note(&self, text: &str);
}
