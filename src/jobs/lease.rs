//! Takes jobs, keeps them while they run, and gives them back.
//!
//! Everything that writes to a running job names its fence, so that a run whose lease was lost
//! changes nothing.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::abilities::Abilities;
use super::error::JobError;
use super::job::{Job, JobState};
use super::outcome::JobOutcome;
use crate::database::{
    Database, DatabaseSettings, Dialect, Heartbeat, Lease, LeaseState, Row, Statement, Transaction,
    milliseconds, to_milliseconds,
};
use crate::search::WritePermit;

/// How long a job waits for the host that ran the last one on its target, which has its ledger and
/// caches, if a worker of that host was seen as lately.
const PREFERENCE: Duration = Duration::from_mins(2);

/// After a failure, a job waits this long, then twice as long, and so on.
const FIRST_BACKOFF: Duration = Duration::from_mins(1);
const LONGEST_BACKOFF: Duration = Duration::from_hours(6);

/// Jobs of which nobody can be told to stop, or which have cost too many workers, end here. The fence
/// grows whenever somebody other than the worker ends its run.
const END_LOST: &str = "UPDATE jobs
    SET state = CASE WHEN cancel_requested THEN 'cancelled' ELSE 'failed' END, fence = fence + 1,
        finished_at = {now}, lease_until = NULL,
        error = 'its worker was lost; ' || attempts || ' of ' || max_attempts || ' attempts were made'
    WHERE state = 'running' AND lease_until < {now}
        AND (cancel_requested OR attempts >= max_attempts) AND id NOT IN ({own})";

/// A job of a lost worker that this one cannot run waits for others, instead of keeping those that it
/// excludes from running.
const LEAVE_LOST: &str = "UPDATE jobs
    SET state = 'waiting', fence = fence + 1, lease_until = NULL, error = 'its worker was lost'
    WHERE state = 'running' AND lease_until < {now} AND id NOT IN ({own}) AND NOT ({can_run})";

/// The next job: one that is due, or whose worker is lost. Only one of those that exclude each other.
const CLAIM: &str = "UPDATE jobs
    SET state = 'running', worker = $1, host = $2, fence = fence + 1, attempts = attempts + 1,
        lease_until = {now} + $3, started_at = {now}, finished_at = NULL, cancel_requested = FALSE
    WHERE id = (
        SELECT id FROM jobs AS candidate
        WHERE ((state = 'waiting' AND run_at <= {now})
                OR (state = 'running' AND lease_until < {now} AND id NOT IN ({own})))
            AND {can_run}
            AND NOT EXISTS (
                SELECT 1 FROM jobs AS other
                WHERE other.exclusive_key = candidate.exclusive_key AND other.state = 'running'
                    AND other.id <> candidate.id)
            AND (state = 'running' OR run_at <= {now} - $4 OR NOT EXISTS (
                SELECT 1 FROM workers
                WHERE workers.host <> $2 AND workers.seen_at > {now} - $4 AND workers.host = (
                    SELECT last.host FROM jobs AS last
                    WHERE last.exclusive_key = candidate.exclusive_key AND last.host IS NOT NULL
                    ORDER BY last.started_at DESC LIMIT 1)))
        ORDER BY priority DESC, run_at, id LIMIT 1 {lock})
    RETURNING *";

const PROLONG: &str = "UPDATE jobs SET lease_until = {now} + $3
    WHERE id = $1 AND fence = $2 AND state = 'running'
    RETURNING id, cancel_requested";

/// A run that was ended by its own worker has kept its fence.
const FIND_ENDED: &str = "SELECT id FROM jobs WHERE id = $1 AND fence = $2 AND state <> 'running'";

const GUARD: &str =
    "UPDATE jobs SET fence = fence WHERE id = $1 AND fence = $2 AND state = 'running'";

/// A run that has failed and may be tried again, or that has to wait.
const PUT_BACK: &str = "UPDATE jobs
    SET state = CASE WHEN cancel_requested THEN 'cancelled' ELSE 'waiting' END,
        finished_at = CASE WHEN cancel_requested THEN {now} END,
        lease_until = NULL, attempts = attempts - $3, run_at = $4, error = $5, report = $6
    WHERE id = $1 AND fence = $2 AND state = 'running'";

const END: &str = "UPDATE jobs
    SET state = CASE WHEN cancel_requested AND $3 <> 'done' THEN 'cancelled' ELSE $3 END,
        finished_at = {now}, lease_until = NULL, error = $4, report = $5
    WHERE id = $1 AND fence = $2 AND state = 'running'";

/// A job that this process runs, for as long as it can prolong its lease.
#[derive(Debug)]
pub struct JobLease {
    id: i64,
    fence: i64,
    heartbeat: Heartbeat,
}

/// Who takes jobs, and for how long.
pub(super) struct Claimant<'c> {
    pub(super) settings: &'c DatabaseSettings,
    pub(super) worker: &'c str,
    pub(super) host: &'c str,
    pub(super) lease: Duration,
    /// Jobs that it runs. After a machine has slept, their leases may seem to have ended.
    pub(super) own: &'c [i64],
    /// It takes no others.
    pub(super) abilities: &'c Abilities,
}

/// Takes the next job, if one is due.
pub(super) async fn claim(
    database: &Database,
    claimant: &Claimant<'_>,
) -> Result<Option<(Job, JobLease)>, JobError> {
    let Claimant {
        settings,
        worker,
        host,
        lease,
        own,
        abilities,
    } = *claimant;
    let dialect = database.dialect();
    let own: Vec<String> = own.iter().map(ToString::to_string).collect();
    let own = if own.is_empty() {
        "0".to_owned()
    } else {
        own.join(", ")
    };
    let fill_in = |text: &str| {
        let text = dialect.with_clock(text).replace("{own}", &own);
        text.replace("{can_run}", &condition_of(abilities))
    };
    let statement = |text: &str| Statement::new(fill_in(text), Vec::new());
    let clear_up = Transaction::new()
        .and(statement(END_LOST))
        .and(statement(LEAVE_LOST));
    database.commit(clear_up).await?;
    let lease_milliseconds = milliseconds(lease);
    let values = vec![
        worker.into(),
        host.into(),
        lease_milliseconds.into(),
        milliseconds(PREFERENCE).into(),
    ];
    let taken_at = Instant::now();
    let rows = match database
        .write_returning(Statement::new(
            fill_in(CLAIM).replace("{lock}", row_lock(dialect)),
            values,
        ))
        .await
    {
        // Another worker has just taken a job of the same target.
        Err(error) if error.is_conflict() => return Ok(None),
        rows => rows?,
    };
    let Some(row) = rows.into_iter().next() else {
        return Ok(None);
    };
    let job = Job::from_row(&row)?;
    let prolong = Statement::new(
        dialect.with_clock(PROLONG),
        vec![job.id.into(), job.fence.into(), lease_milliseconds.into()],
    );
    let heartbeat = Heartbeat::start(settings.clone(), prolong, lease, row, taken_at)?;
    let lease = JobLease {
        id: job.id,
        fence: job.fence,
        heartbeat,
    };
    Ok(Some((job, lease)))
}

/// Whether a job is one that a worker with these abilities takes.
fn condition_of(abilities: &Abilities) -> String {
    let [with_target, without_target] = abilities.known_kinds().map(|kinds| {
        // A list of nothing is not a list to `PostgreSQL`.
        let names = kinds.iter().map(|kind| kind.name()).chain([""]);
        let names: Vec<String> = names.map(|name| format!("'{name}'")).collect();
        names.join(", ")
    });
    format!(
        "(target <> '' AND kind IN ({with_target}) OR target = '' AND kind IN ({without_target}))"
    )
}

fn row_lock(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "",
        Dialect::Postgres => "FOR UPDATE SKIP LOCKED",
    }
}

impl WritePermit for JobLease {
    fn is_held(&self) -> bool {
        self.state() != LeaseState::Lost
    }
}

impl Lease for JobLease {
    fn state(&self) -> LeaseState {
        match self.heartbeat.row() {
            None => LeaseState::Lost,
            Some(row) if is_cancelled(&row) => LeaseState::CancelRequested,
            Some(_) => LeaseState::Held,
        }
    }

    fn guard(&self) -> Statement {
        Statement::new(GUARD, vec![self.id.into(), self.fence.into()])
    }
}

impl JobLease {
    /// Waits until the job is cancelled or its lease is lost.
    pub(super) async fn wait_for_end(&self) {
        self.heartbeat.wait_until(is_cancelled).await;
    }

    /// Writes how the run has ended, once: an answer that was lost on its way is asked for again.
    /// `false` if the job is somebody else's by now.
    pub(super) async fn end(
        &self,
        database: &Database,
        attempts: i64,
        max_attempts: i64,
        outcome: JobOutcome,
    ) -> Result<bool, JobError> {
        let now = database.fetch_now().await?;
        let statement = match outcome {
            JobOutcome::Done { report } => self.ended(JobState::Done, None, report),
            JobOutcome::Partly { report } => self.ended(JobState::Partly, None, report),
            JobOutcome::Impossible { why } => {
                self.ended(JobState::Failed, Some(why), serde_json::Value::Null)
            }
            JobOutcome::Wait { until, why, report } => {
                self.put_back(until.max(now), 1, Some(why), report)
            }
            JobOutcome::Stopped { report } => self.put_back(now, 1, None, report),
            JobOutcome::Failed { why, report } if attempts >= max_attempts => {
                self.ended(JobState::Failed, Some(why), report)
            }
            JobOutcome::Failed { why, report } => {
                self.put_back(now + backoff(attempts), 0, Some(why), report)
            }
        };
        let (text, values) = statement;
        let statement = Statement::new(database.dialect().with_clock(text), values);
        if database.write(statement).await? > 0 {
            return Ok(true);
        }
        let values = vec![self.id.into(), self.fence.into()];
        let ended = database.query(Statement::new(FIND_ENDED, values)).await?;
        Ok(!ended.is_empty())
    }

    fn ended(
        &self,
        state: JobState,
        error: Option<String>,
        report: serde_json::Value,
    ) -> (&'static str, Vec<crate::database::Value>) {
        let values = vec![
            self.id.into(),
            self.fence.into(),
            state.name().into(),
            error.into(),
            report.into(),
        ];
        (END, values)
    }

    /// `returned` attempts are not counted.
    fn put_back(
        &self,
        run_at: Timestamp,
        returned: i64,
        why: Option<String>,
        report: serde_json::Value,
    ) -> (&'static str, Vec<crate::database::Value>) {
        let values = vec![
            self.id.into(),
            self.fence.into(),
            returned.into(),
            to_milliseconds(run_at).into(),
            why.into(),
            report.into(),
        ];
        (PUT_BACK, values)
    }
}

fn is_cancelled(row: &Row) -> bool {
    row.boolean("cancel_requested").unwrap_or_default()
}

fn backoff(attempts: i64) -> Duration {
    let doublings = u32::try_from(attempts.clamp(1, 16) - 1).unwrap_or_default();
    FIRST_BACKOFF
        .saturating_mul(2_u32.pow(doublings))
        .min(LONGEST_BACKOFF)
}

#[cfg(test)]
mod tests {
    use super::{FIRST_BACKOFF, LONGEST_BACKOFF, backoff};

    #[test]
    fn failures_are_retried_later_and_later() {
        assert_eq!(backoff(1), FIRST_BACKOFF);
        assert_eq!(backoff(3), FIRST_BACKOFF * 4);
        assert_eq!(backoff(i64::MAX), LONGEST_BACKOFF);
        assert_eq!(backoff(0), FIRST_BACKOFF);
    }
}
