//! A job as the database holds it. No I/O.

use jiff::Timestamp;
use serde::Serialize;

use super::kind::JobKind;
use crate::database::{DatabaseError, Row, from_milliseconds};

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum JobState {
    /// For its time, or for a worker.
    Waiting,
    Running,
    Done,
    /// Ended, with something left for the next run.
    Partly,
    Failed,
    Cancelled,
}

impl JobState {
    pub const ALL: [Self; 6] = [
        Self::Waiting,
        Self::Running,
        Self::Done,
        Self::Partly,
        Self::Failed,
        Self::Cancelled,
    ];

    /// Its name in the database and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Partly => "partly",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// What a newer version of the program may have written counts as ended.
    pub(super) fn from_name(name: &str) -> Self {
        let mut all = Self::ALL.into_iter();
        all.find(|state| state.name() == name)
            .unwrap_or(Self::Failed)
    }

    #[must_use]
    pub fn has_ended(self) -> bool {
        !matches!(self, Self::Waiting | Self::Running)
    }
}

/// One job.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Job {
    pub id: i64,
    /// The name of its [`JobKind`], or one that a newer version of the program knows.
    pub kind: String,
    /// A profile or a repository; empty for everything that the settings name.
    pub target: String,
    pub state: JobState,
    /// Not before this time.
    pub run_at: Timestamp,
    /// The highest first.
    pub priority: i64,
    /// Runs that have failed, or whose worker was lost.
    pub attempts: i64,
    pub max_attempts: i64,
    /// Who runs it, or ran it last.
    pub worker: Option<String>,
    pub host: Option<String>,
    pub lease_until: Option<Timestamp>,
    pub cancel_requested: bool,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    /// The schedule that has made it, and the time that was due.
    pub schedule: Option<String>,
    pub due: Option<Timestamp>,
    /// Why it has failed, or waits.
    pub error: Option<String>,
    /// What the last run has done; null if there is none, or it was not asked for.
    pub report: serde_json::Value,
    #[serde(skip)]
    pub(super) fence: i64,
}

impl Job {
    /// The kind, if this version of the program knows it.
    #[must_use]
    pub fn known_kind(&self) -> Option<JobKind> {
        JobKind::from_name(&self.kind)
    }

    pub(super) fn from_row(row: &Row) -> Result<Self, DatabaseError> {
        let time = |column: &str| row.integer(column).map(from_milliseconds);
        let optional_time = |column: &str| {
            let found = row.optional_integer(column)?;
            Ok::<_, DatabaseError>(found.map(from_milliseconds))
        };
        Ok(Self {
            id: row.integer("id")?,
            kind: row.text("kind")?,
            target: row.text("target")?,
            state: JobState::from_name(&row.text("state")?),
            run_at: time("run_at")?,
            priority: row.integer("priority")?,
            attempts: row.integer("attempts")?,
            max_attempts: row.integer("max_attempts")?,
            worker: row.optional_text("worker")?,
            host: row.optional_text("host")?,
            lease_until: optional_time("lease_until")?,
            cancel_requested: row.boolean("cancel_requested")?,
            created_at: time("created_at")?,
            started_at: optional_time("started_at")?,
            finished_at: optional_time("finished_at")?,
            schedule: row.optional_text("schedule")?,
            due: optional_time("due")?,
            error: row.optional_text("error")?,
            report: row.json("report")?,
            fence: row.integer("fence")?,
        })
    }
}
