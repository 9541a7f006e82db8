//! What can go wrong with jobs and schedules.

use crate::database::DatabaseError;

/// A job cannot be added, found or changed.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    #[error(transparent)]
    Database(#[from] DatabaseError),

    #[error("there is no job {id}; `pyfa jobs list` shows those that are kept")]
    NotFound { id: i64 },

    #[error("a job `{kind}` cannot have the target `{target}`: {why}")]
    Target {
        kind: &'static str,
        target: String,
        why: String,
    },

    #[error("a job `{kind}` needs a target, as in `--target {example}`")]
    NoTarget {
        kind: &'static str,
        example: &'static str,
    },

    #[error("job {id} is {state}; only one that has ended can be run again")]
    NotEnded { id: i64, state: &'static str },

    #[error("job {id} is {state}, so there is nothing to cancel")]
    Ended { id: i64, state: &'static str },

    #[error(
        "job {id} cannot be run again, because job {other} does the same and has not ended; \
         `pyfa jobs show {other}` shows it"
    )]
    Duplicate { id: i64, other: i64 },

    /// The heartbeat cannot be started.
    #[error("the lease of a job cannot be kept alive: {0}")]
    Heartbeat(#[from] std::io::Error),
}

impl JobError {
    /// Whether the same may succeed later, without anybody changing anything.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Database(error) if error.is_temporary())
    }
}

/// A schedule makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    #[error("is not a schedule like `0 5 * * *` (minute, hour, day, month, weekday): {0}")]
    Cron(String),

    #[error("never comes")]
    Never,

    #[error("is not a time zone like `Europe/Berlin` or `UTC`")]
    TimeZone,
}
