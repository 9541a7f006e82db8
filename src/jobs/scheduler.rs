//! Makes jobs when they are due.
//!
//! The last due time of each schedule is in the database, and only the host that moves it makes the
//! jobs. So each time becomes jobs once, whatever number of hosts run; a time that passed while none
//! ran is made up for once, with the last one.

use jiff::Timestamp;
use serde::Serialize;

use super::error::JobError;
use super::kind::JobKind;
use super::queue::{ADD, NewJob, unique_key};
use super::runner::JobRunner;
use super::schedule::Schedule;
use crate::database::{Database, Statement, Transaction, from_milliseconds, to_milliseconds};

/// What the clock asks for comes after what a person asks for.
const PRIORITY: i64 = 0;

/// The schedules of the settings, and the database that remembers them.
#[derive(Debug, Clone)]
pub struct Scheduler {
    database: Database,
    schedules: Vec<Schedule>,
}

/// A schedule, and when it is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ScheduleStatus {
    pub kind: JobKind,
    pub cron: String,
    /// The last time that has become jobs; `None` if none has yet.
    pub last: Option<Timestamp>,
    pub next: Option<Timestamp>,
}

impl ScheduleStatus {
    /// Schedules that no worker has seen yet.
    #[must_use]
    pub fn of_unseen(schedules: &[Schedule], now: Timestamp) -> Vec<Self> {
        let status = schedules.iter().map(|schedule| Self {
            kind: schedule.kind,
            cron: schedule.cron.clone(),
            last: None,
            next: schedule.next_due(now),
        });
        status.collect()
    }
}

impl Scheduler {
    #[must_use]
    pub fn new(database: Database, schedules: Vec<Schedule>) -> Self {
        Self {
            database,
            schedules,
        }
    }

    /// Makes the jobs of all schedules that are due; how many jobs that were.
    pub(super) async fn add_due_jobs(&self, runner: &impl JobRunner) -> Result<u64, JobError> {
        let now = self.database.fetch_now().await?;
        let mut due = Vec::new();
        for schedule in &self.schedules {
            if let Some(at) = schedule.last_due(now)
                && self.fetch_last(schedule, now).await? < at
            {
                due.push((schedule, at));
            }
        }
        if due.is_empty() {
            return Ok(0);
        }
        let kinds: Vec<JobKind> = due.iter().map(|(schedule, _)| schedule.kind).collect();
        let targets = match runner.fetch_targets(&kinds).await {
            Ok(targets) => targets,
            Err(why) => {
                runner.note(&format!(
                    "scheduled jobs are due, but their targets could not be read: {why}"
                ));
                return Ok(0);
            }
        };
        let mut added = 0;
        for (schedule, at) in due {
            // Another host may have what this one lacks, or there is something to do later.
            if let Some(targets) = targets.get(&schedule.kind)
                && !targets.is_empty()
            {
                added += self.add_jobs(schedule, at, targets, now).await?;
            }
        }
        Ok(added)
    }

    /// All schedules, and when they are due.
    pub async fn fetch_status(&self) -> Result<Vec<ScheduleStatus>, JobError> {
        let now = self.database.fetch_now().await?;
        let text = "SELECT name, last_made FROM schedules";
        let rows = self
            .database
            .query(Statement::new(text, Vec::new()))
            .await?;
        let mut status = ScheduleStatus::of_unseen(&self.schedules, now);
        for row in &rows {
            let name = row.text("name")?;
            let last = row.optional_integer("last_made")?.map(from_milliseconds);
            let mut named = status.iter_mut();
            if let Some(schedule) = named.find(|schedule| schedule.kind.name() == name) {
                schedule.last = last;
            }
        }
        Ok(status)
    }

    /// The last time that has become jobs. A schedule that is seen for the first time, or has changed,
    /// begins now, so that nothing starts by surprise; so does one from a clock that was ahead.
    async fn fetch_last(&self, schedule: &Schedule, now: Timestamp) -> Result<Timestamp, JobError> {
        let name = schedule.kind.name();
        let select = "SELECT cron, last_due FROM schedules WHERE name = $1";
        let statement = Statement::new(select, vec![name.into()]);
        if let Some(row) = self.database.query(statement).await?.first() {
            let last = from_milliseconds(row.integer("last_due")?);
            if row.text("cron")? == schedule.cron && last <= now {
                return Ok(last);
            }
        }
        let insert = "INSERT INTO schedules (name, cron, last_due) VALUES ($1, $2, $3)
                    ON CONFLICT (name) DO UPDATE SET cron = excluded.cron,
                        last_due = excluded.last_due";
        let values = vec![
            name.into(),
            schedule.cron.as_str().into(),
            to_milliseconds(now).into(),
        ];
        self.database.write(Statement::new(insert, values)).await?;
        Ok(now)
    }

    /// Makes the jobs of one time, unless another host has.
    async fn add_jobs(
        &self,
        schedule: &Schedule,
        due: Timestamp,
        targets: &[String],
        now: Timestamp,
    ) -> Result<u64, JobError> {
        let name = schedule.kind.name();
        let text = "UPDATE schedules SET last_due = $3, last_made = $3, cron = $2
             WHERE name = $1 AND last_due < $3";
        let values = vec![
            name.into(),
            schedule.cron.as_str().into(),
            to_milliseconds(due).into(),
        ];
        let rows = targets
            .iter()
            .map(|target| {
                let job = NewJob {
                    kind: schedule.kind,
                    target,
                    unique_key: &unique_key(schedule.kind, target),
                    run_at: now,
                    priority: PRIORITY,
                    schedule: Some((name, due)),
                };
                job.into_values()
            })
            .collect();
        let add = self
            .database
            .dialect()
            .with_clock(ADD)
            .replace("RETURNING id", "");
        let work = Transaction::new()
            .only_if(Statement::new(text, values))
            .and(Statement::for_each(add, rows));
        let added = self.database.commit(work).await?;
        Ok(added.unwrap_or_default().into_iter().sum())
    }
}
