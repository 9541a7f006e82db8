//! What a worker needs of whoever knows how a job is done.

use std::sync::Arc;

use futures::future::LocalBoxFuture;
use jiff::Timestamp;

use super::job::Job;
use super::kind::JobKind;
use super::lease::JobLease;
use crate::progress::Stop;

/// How the run of a job has ended.
#[derive(Debug, Clone, PartialEq)]
pub enum JobOutcome {
    /// Everything is done.
    Done { report: serde_json::Value },
    /// Something is left, which the next run by the clock picks up.
    Partly { report: serde_json::Value },
    /// It goes on at this time, and until then cannot. Costs no attempt.
    Wait {
        until: Timestamp,
        why: String,
        report: serde_json::Value,
    },
    /// It was told to stop, and goes on when it is run again. Costs no attempt.
    Stopped { report: serde_json::Value },
    /// It has failed, and may succeed when it is tried again.
    Failed {
        why: String,
        report: serde_json::Value,
    },
    /// It has failed, and will again until somebody changes something.
    Impossible { why: String },
}

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
    /// The targets of a schedule: one job is made for each. Called when a schedule is due.
    ///
    /// # Errors
    ///
    /// A sentence that says why they are not known now. The schedule stays due.
    fn fetch_targets(
        &self,
        kind: JobKind,
    ) -> impl Future<Output = Result<Vec<String>, String>> + Send;

    /// Does the work of a job once. Runs on a thread of its own, so it may block.
    fn run(&self, kind: JobKind, job: Job, context: JobContext) -> LocalBoxFuture<'_, JobOutcome>;

    /// Something that people at the worker want to read.
    fn note(&self, text: &str);
}
