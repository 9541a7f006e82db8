//! Jobs, the schedules that make them, and the worker that runs them.
//!
//! A job is a row of the database with a kind and a target. A worker takes it with a lease that it
//! prolongs while the job runs; a worker that is killed or paused loses it, and another one runs the
//! job again. So a job runs at least once, and every run but the last is kept from writing: by the
//! fence of its [`JobLease`], which grows with every run.
//!
//! Knows no kind's work: `cli` implements [`JobRunner`]. Prints nothing.

mod abilities;
mod error;
mod history;
mod job;
mod kind;
mod lease;
mod outcome;
mod queue;
mod runner;
mod schedule;
mod scheduler;
mod worker;
mod workers;

pub use abilities::{Abilities, Lack};
pub use error::{JobError, ScheduleError};
pub use history::HistoryLimits;
pub use job::{Job, JobState};
pub use kind::JobKind;
pub use lease::JobLease;
pub use outcome::JobOutcome;
pub use queue::{Added, Cancelled, JobRequest, Queue, QueueCounts};
pub use runner::{JobContext, JobRunner};
pub use schedule::{Schedule, parse_time_zone};
pub use scheduler::{ScheduleStatus, Scheduler};
pub use worker::{Worker, WorkerSettings};
pub use workers::{WorkerStatus, fetch_workers, why_nobody_runs};
