//! What people and schedules do with jobs: add, list, cancel, run again.

use jiff::Timestamp;
use serde::Serialize;

use super::error::JobError;
use super::job::{Job, JobState};
use super::kind::JobKind;
use crate::database::{
    Database, Statement, Transaction, Value, from_milliseconds, to_milliseconds,
};

/// How many runs of a job may fail, or lose their worker.
const MAX_ATTEMPTS: i64 = 5;

/// What a person asks for comes before what the clock asks for.
const PRIORITY_OF_PEOPLE: i64 = 10;

pub(super) const ADD: &str = "INSERT INTO jobs (kind, target, exclusive_key, unique_key, state,
        run_at, priority, attempts, max_attempts, fence, cancel_requested, created_at, schedule, due)
    VALUES ($1, $2, $3, $4, 'waiting', $5, $6, 0, $7, 0, FALSE, {now}, $8, $9)
    ON CONFLICT DO NOTHING
    RETURNING id";

/// One that waits for later is due at once when somebody asks for it.
const BRING_FORWARD: &str = "UPDATE jobs SET run_at = $2, priority = $3
    WHERE unique_key = $1 AND state = 'waiting' AND run_at > $2 RETURNING id";

const FIND_UNFINISHED: &str =
    "SELECT id FROM jobs WHERE unique_key = $1 AND state IN ('waiting', 'running')";

const FIND_LIKE: &str = "SELECT other.id FROM jobs
    JOIN jobs AS other ON other.unique_key = jobs.unique_key
    WHERE jobs.id = $1 AND other.id <> $1 AND other.state IN ('waiting', 'running')";

/// The columns that a list shows: all but the report, which can be large.
const LIST: &str =
    "SELECT id, kind, target, state, run_at, priority, attempts, max_attempts, worker,
        host, fence, lease_until, cancel_requested, created_at, started_at, finished_at, schedule,
        due, error
    FROM jobs";

/// One that has failed is off the list of what needs a person.
const CANCEL_WAITING: &str =
    "UPDATE jobs SET state = 'cancelled', finished_at = {now}, error = NULL
    WHERE id = $1 AND state IN ('waiting', 'failed') RETURNING id";

const CANCEL_RUNNING: &str = "UPDATE jobs SET cancel_requested = TRUE
    WHERE id = $1 AND state = 'running' RETURNING id";

const RETRY: &str = "UPDATE jobs
    SET state = 'waiting', run_at = {now}, attempts = 0, error = NULL, finished_at = NULL,
        cancel_requested = FALSE, priority = $2
    WHERE id = $1 AND state NOT IN ('waiting', 'running') RETURNING id";

const CANCEL_ALL_WAITING: &str =
    "UPDATE jobs SET state = 'cancelled', finished_at = {now}, error = NULL
    WHERE kind = $1 AND target = $2 AND state = 'waiting'";

const CANCEL_ALL_RUNNING: &str = "UPDATE jobs SET cancel_requested = TRUE
    WHERE kind = $1 AND target = $2 AND state = 'running' RETURNING id";

const FORGET: &str = "DELETE FROM jobs WHERE kind = $1 AND target = $2 AND state <> 'running'";

const FIND_LATEST: &str = "SELECT state, run_at FROM jobs
    WHERE kind = $1 AND target = $2 ORDER BY id DESC LIMIT 1";

/// The jobs of a database.
#[derive(Debug, Clone)]
pub struct Queue {
    database: Database,
}

/// A job to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRequest {
    pub kind: JobKind,
    pub target: String,
    /// Not before this time; `None` for now.
    pub run_at: Option<Timestamp>,
}

/// What has become of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Added {
    pub id: i64,
    /// Whether a job that does the same was waiting or running already.
    pub existed: bool,
}

/// What has become of a cancellation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cancelled {
    AtOnce,
    /// Its worker stops as soon as it can.
    Requested,
}

/// How many jobs there are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct QueueCounts {
    /// Waiting, and due.
    pub due: u64,
    /// Waiting for their time.
    pub later: u64,
    pub running: u64,
    pub failed: u64,
    /// Since when the first of those that are due is due.
    pub oldest_due: Option<Timestamp>,
}

impl Queue {
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// Adds a job for a person, unless one that does the same waits or runs.
    ///
    /// # Errors
    ///
    /// [`JobError::Target`] if a job of this kind cannot have the target.
    pub async fn add(&self, request: &JobRequest) -> Result<Added, JobError> {
        let JobRequest {
            kind,
            target,
            run_at,
        } = request;
        kind.check_target(target)?;
        let now = self.database.fetch_now().await?;
        // A job for a certain time is in the way of no other.
        let unique_key = match run_at {
            Some(at) => format!("{} {at}", unique_key(*kind, target)),
            None => unique_key(*kind, target),
        };
        let run_at = run_at.unwrap_or(now).max(now);
        // A job that ends between the two statements is no duplicate.
        loop {
            let values = NewJob {
                kind: *kind,
                target,
                unique_key: &unique_key,
                run_at,
                priority: PRIORITY_OF_PEOPLE,
                schedule: None,
            };
            let added = self.write_returning(ADD, values.into_values()).await?;
            if let Some(id) = added {
                return Ok(Added { id, existed: false });
            }
            let values = vec![
                unique_key.as_str().into(),
                to_milliseconds(run_at).into(),
                PRIORITY_OF_PEOPLE.into(),
            ];
            if let Some(id) = self.write_returning(BRING_FORWARD, values).await? {
                return Ok(Added { id, existed: true });
            }
            let values = vec![unique_key.as_str().into()];
            let found = Statement::new(FIND_UNFINISHED, values);
            if let Some(row) = self.database.query(found).await?.first() {
                return Ok(Added {
                    id: row.integer("id")?,
                    existed: true,
                });
            }
        }
    }

    /// Fetches a job with its report.
    pub async fn fetch(&self, id: i64) -> Result<Job, JobError> {
        let statement = Statement::new("SELECT * FROM jobs WHERE id = $1", vec![id.into()]);
        let rows = self.database.query(statement).await?;
        let row = rows.first().ok_or(JobError::NotFound { id })?;
        Ok(Job::from_row(row)?)
    }

    /// Lists jobs without their reports: what waits and runs, then what has ended, the last first.
    pub async fn list(
        &self,
        states: &[JobState],
        kind: Option<JobKind>,
        limit: u32,
    ) -> Result<Vec<Job>, JobError> {
        let names: Vec<String> = states
            .iter()
            .map(|state| format!("'{}'", state.name()))
            .collect();
        let text = format!(
            "{LIST} WHERE state IN ({}) AND ($1 = '' OR kind = $1)
             ORDER BY CASE state WHEN 'running' THEN 0 WHEN 'waiting' THEN 1 ELSE 2 END,
                 CASE WHEN state = 'waiting' THEN run_at END, finished_at DESC, id DESC
             LIMIT $2",
            names.join(", ")
        );
        let kind = kind.map_or("", JobKind::name);
        let values = vec![kind.into(), i64::from(limit).into()];
        let rows = self.database.query(Statement::new(text, values)).await?;
        let jobs: Result<Vec<Job>, _> = rows.iter().map(Job::from_row).collect();
        Ok(jobs?)
    }

    /// Cancels a job that waits or has failed, or asks the worker of one that runs to stop.
    pub async fn cancel(&self, id: i64) -> Result<Cancelled, JobError> {
        let waiting = self
            .write_returning(CANCEL_WAITING, vec![id.into()])
            .await?;
        if waiting.is_some() {
            return Ok(Cancelled::AtOnce);
        }
        let running = self
            .write_returning(CANCEL_RUNNING, vec![id.into()])
            .await?;
        if running.is_some() {
            return Ok(Cancelled::Requested);
        }
        let state = self.fetch(id).await?.state.name();
        Err(JobError::Ended { id, state })
    }

    /// Lets a job that has ended run again, with all its attempts.
    pub async fn retry(&self, id: i64) -> Result<(), JobError> {
        let values = vec![id.into(), PRIORITY_OF_PEOPLE.into()];
        match self.write_returning(RETRY, values).await {
            Ok(Some(_)) => Ok(()),
            Ok(None) => {
                let state = self.fetch(id).await?.state.name();
                Err(JobError::NotEnded { id, state })
            }
            Err(JobError::Database(error)) if error.is_conflict() => {
                let found = Statement::new(FIND_LIKE, vec![id.into()]);
                match self.database.query(found).await?.first() {
                    Some(row) => Err(JobError::Duplicate {
                        id,
                        other: row.integer("id")?,
                    }),
                    // It has just ended.
                    None => Err(error.into()),
                }
            }
            Err(error) => Err(error),
        }
    }

    /// Cancels everything that waits; how many jobs that were.
    pub async fn cancel_waiting(&self) -> Result<u64, JobError> {
        let text = "UPDATE jobs SET state = 'cancelled', finished_at = {now}, error = NULL
                    WHERE state = 'waiting'";
        let text = self.database.dialect().with_clock(text);
        Ok(self
            .database
            .write(Statement::new(text, Vec::new()))
            .await?)
    }

    /// Counts jobs.
    pub async fn fetch_counts(&self) -> Result<QueueCounts, JobError> {
        let text = self.database.dialect().with_clock(
            "SELECT state, CASE WHEN run_at <= {now} THEN 1 ELSE 0 END AS is_due,
                 COUNT(*) AS jobs, MIN(run_at) AS oldest
             FROM jobs GROUP BY 1, 2",
        );
        let rows = self
            .database
            .query(Statement::new(text, Vec::new()))
            .await?;
        let mut counts = QueueCounts::default();
        for row in rows {
            let jobs = u64::try_from(row.integer("jobs")?).unwrap_or_default();
            match (row.text("state")?.as_str(), row.integer("is_due")? == 1) {
                ("waiting", true) => {
                    counts.due += jobs;
                    counts.oldest_due = row.optional_integer("oldest")?.map(from_milliseconds);
                }
                ("waiting", false) => counts.later += jobs,
                ("running", _) => counts.running += jobs,
                ("failed", _) => counts.failed += jobs,
                _ => {}
            }
        }
        Ok(counts)
    }

    /// Ends all jobs of a kind with a target; whether one is still running, and has been told to stop.
    pub async fn end_all(&self, kind: JobKind, target: &str) -> Result<bool, JobError> {
        let values = || vec![kind.name().into(), target.into()];
        let text = self.database.dialect().with_clock(CANCEL_ALL_WAITING);
        self.database.write(Statement::new(text, values())).await?;
        let running = self.write_returning(CANCEL_ALL_RUNNING, values()).await?;
        Ok(running.is_some())
    }

    /// Removes all jobs of a kind with a target that do not run.
    pub async fn forget(&self, kind: JobKind, target: &str) -> Result<(), JobError> {
        let values = vec![kind.name().into(), target.into()];
        let forget = Statement::new(FORGET, values);
        self.database
            .commit_and_erase(Transaction::new().and(forget))
            .await?;
        Ok(())
    }

    /// How the latest job of a kind with a target stands, and when it runs.
    pub async fn find_latest(
        &self,
        kind: JobKind,
        target: &str,
    ) -> Result<Option<(JobState, Timestamp)>, JobError> {
        let values = vec![kind.name().into(), target.into()];
        let rows = self
            .database
            .query(Statement::new(FIND_LATEST, values))
            .await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let state = JobState::from_name(&row.text("state")?);
        Ok(Some((state, from_milliseconds(row.integer("run_at")?))))
    }

    async fn write_returning(
        &self,
        text: &'static str,
        values: Vec<Value>,
    ) -> Result<Option<i64>, JobError> {
        let text = self.database.dialect().with_clock(text);
        let rows = self
            .database
            .write_returning(Statement::new(text, values))
            .await?;
        match rows.first() {
            Some(row) => Ok(Some(row.integer("id")?)),
            None => Ok(None),
        }
    }
}

/// Jobs with the same key do the same.
pub(super) fn unique_key(kind: JobKind, target: &str) -> String {
    format!("{kind} {target}")
}

/// What [`ADD`] adds.
pub(super) struct NewJob<'n> {
    pub(super) kind: JobKind,
    pub(super) target: &'n str,
    pub(super) unique_key: &'n str,
    pub(super) run_at: Timestamp,
    pub(super) priority: i64,
    /// The name of the schedule that makes it, and the time that was due.
    pub(super) schedule: Option<(&'n str, Timestamp)>,
}

impl NewJob<'_> {
    pub(super) fn into_values(self) -> Vec<Value> {
        let (schedule, due) = self.schedule.unzip();
        vec![
            self.kind.name().into(),
            self.target.into(),
            self.kind.exclusive_key(self.target).into(),
            self.unique_key.into(),
            to_milliseconds(self.run_at).into(),
            self.priority.into(),
            MAX_ATTEMPTS.into(),
            schedule.map(str::to_owned).into(),
            due.map(to_milliseconds).into(),
        ]
    }
}
