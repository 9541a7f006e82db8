//! Makes jobs when they are due.
//!
//! The last due time of each schedule is in the database, and only the host that moves it makes the
//! jobs. So each time becomes jobs once, whatever number of hosts run; a time that passed while none
//! ran is made up for once, with the last one.

use jiff::Timestamp;
use serde::Serialize;

use super::clock::{from_milliseconds, to_milliseconds};
use super::error::JobError;
use super::kind::JobKind;
use super::queue::{ADD, values_of};
use super::runner::JobRunner;
use super::schedule::Schedule;
use crate::database::{Database, Statement, Transaction};

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
    /// The last time that has become jobs; `None` if no worker has seen the schedule yet.
    pub last: Option<Timestamp>,
    pub next: Option<Timestamp>,
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
        let now = self.database.now().await?;
        let mut added = 0;
        for schedule in &self.schedules {
            let Some(due) = schedule.last_due(now) else {
                continue;
            };
            if self.fetch_last(schedule, now).await? >= due {
                continue;
            }
            let targets = match runner.fetch_targets(schedule.kind).await {
                Ok(targets) => targets,
                Err(why) => {
                    runner.note(&format!(
                        "the schedule {} is due, but its targets are not known: {why}",
                        schedule.kind
                    ));
                    continue;
                }
            };
            added += self.add_jobs(schedule, due, &targets, now).await?;
        }
        Ok(added)
    }

    /// All schedules, and when they are due.
    pub async fn fetch_status(&self) -> Result<Vec<ScheduleStatus>, JobError> {
        let now = self.database.now().await?;
        let text = "SELECT name, last_due FROM schedules";
        let rows = self
            .database
            .query(Statement::new(text, Vec::new()))
            .await?;
        let mut status = Vec::with_capacity(self.schedules.len());
        for schedule in &self.schedules {
            let mut last = None;
            for row in &rows {
                if row.text("name")? == schedule.kind.name() {
                    last = Some(from_milliseconds(row.integer("last_due")?));
                }
            }
            status.push(ScheduleStatus {
                kind: schedule.kind,
                cron: schedule.cron.clone(),
                last,
                next: schedule.next_due(now),
            });
        }
        Ok(status)
    }

    /// The last time that has become jobs. A schedule that is seen for the first time begins now, so
    /// that nothing starts by surprise.
    async fn fetch_last(&self, schedule: &Schedule, now: Timestamp) -> Result<Timestamp, JobError> {
        let name = schedule.kind.name();
        let text = "SELECT last_due FROM schedules WHERE name = $1";
        let found = Statement::new(text, vec![name.into()]);
        if let Some(row) = self.database.query(found).await?.first() {
            return Ok(from_milliseconds(row.integer("last_due")?));
        }
        let text = "INSERT INTO schedules (name, cron, last_due) VALUES ($1, $2, $3)
                    ON CONFLICT DO NOTHING";
        let values = vec![
            name.into(),
            schedule.cron.as_str().into(),
            to_milliseconds(now).into(),
        ];
        self.database.write(Statement::new(text, values)).await?;
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
        let text =
            "UPDATE schedules SET last_due = $3, cron = $2 WHERE name = $1 AND last_due < $3";
        let values = vec![
            name.into(),
            schedule.cron.as_str().into(),
            to_milliseconds(due).into(),
        ];
        let rows = targets
            .iter()
            .map(|target| values_of(schedule.kind, target, now, PRIORITY, Some((name, due))))
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
