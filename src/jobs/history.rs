//! Keeps the history of jobs short.

use std::time::Duration;

use super::error::JobError;
use crate::database::{Database, Statement, milliseconds};

/// How much is kept of jobs that have ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryLimits {
    /// Jobs of each kind and state, so that many that are done do not hide the few that have failed.
    pub jobs: u32,
    pub age: Duration,
}

impl Default for HistoryLimits {
    fn default() -> Self {
        Self {
            jobs: 100,
            age: Duration::from_hours(24 * 90),
        }
    }
}

/// Deletes what is beyond the limits; how many jobs that were.
pub(super) async fn prune(database: &Database, limits: HistoryLimits) -> Result<u64, JobError> {
    let text = database.dialect().with_clock("DELETE FROM jobs WHERE id IN (
             SELECT id FROM (
                 SELECT id, finished_at,
                     ROW_NUMBER() OVER (PARTITION BY kind, state ORDER BY finished_at DESC, id DESC) AS place
                 FROM jobs WHERE state NOT IN ('waiting', 'running')) AS ended
             WHERE place > $1 OR finished_at < {now} - $2)");
    let values = vec![
        i64::from(limits.jobs).into(),
        milliseconds(limits.age).into(),
    ];
    Ok(database.write(Statement::new(text, values)).await?)
}
