//! Remembers what the last syncs could not do, for `pyfa activity status`: a sync that has failed, a
//! repository that could not be read, and those that a sync did not come to.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::error::ActivityError;
use super::report::SyncReport;
use super::session::ActivitySession;
use crate::database::{Database, DatabaseError, Statement, Transaction};

/// The name of a problem of a whole sync.
const WHOLE_SYNC: &str = "";

/// How the reason begins for a repository that a sync has not come to.
pub(super) const NOT_REACHED: &str = "not reached: ";

/// What no sync has named for so long is followed no more.
const FORGOTTEN: Duration = Duration::from_hours(24 * 30);

/// What a sync could not do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SyncProblem {
    /// `update`, `events` or `daily`.
    pub schedule: String,
    /// A repository, an organisation or a profile in lower case; empty for the whole sync.
    pub name: String,
    pub why: String,
    /// When a sync first had it, without one in between that had not.
    pub since: Timestamp,
    pub seen_at: Timestamp,
}

impl SyncProblem {
    #[must_use]
    pub fn is_of_whole_sync(&self) -> bool {
        self.name == WHOLE_SYNC
    }
}

/// Reads all problems, those of whole syncs first.
pub(super) async fn fetch_problems(database: &Database) -> Result<Vec<SyncProblem>, DatabaseError> {
    let text = "SELECT schedule, name, why, since, seen_at FROM sync_problems
                ORDER BY name, schedule";
    let rows = database.query(Statement::new(text, Vec::new())).await?;
    let mut problems = Vec::with_capacity(rows.len());
    for row in rows {
        problems.push(SyncProblem {
            schedule: row.text("schedule")?,
            name: row.text("name")?,
            why: row.text("why")?,
            since: row.time("since")?,
            seen_at: row.time("seen_at")?,
        });
    }
    Ok(problems)
}

/// Stores the problems of a sync in the place of those that it had before with the same names.
/// `failure` has ended it before its end.
pub(super) async fn keep_problems(
    session: &ActivitySession,
    schedule: &'static str,
    report: &SyncReport,
    failure: Option<&ActivityError>,
) -> Result<(), ActivityError> {
    let now = session.database.fetch_now().await?;
    let mut problems: BTreeMap<String, String> = BTreeMap::new();
    if let Some(failure) = failure {
        problems.insert(WHOLE_SYNC.to_owned(), failure.to_string());
        for name in &report.not_reached {
            problems.insert(name.to_lowercase(), format!("{NOT_REACHED}{failure}"));
        }
    }
    for problem in &report.problems {
        problems.insert(problem.of.to_lowercase(), problem.why.clone());
    }
    let reached = report.reached.iter().map(|name| name.to_lowercase());
    let settled: Vec<String> = reached
        .chain([WHOLE_SYNC.to_owned()])
        .filter(|name| !problems.contains_key(name))
        .collect();
    let known = fetch_problems(&session.database).await?;
    let of_this = |name: &str| {
        let mut of_this = known.iter().filter(|known| known.schedule == schedule);
        of_this.any(|known| known.name == name)
    };
    let settled: Vec<_> = settled.into_iter().filter(|name| of_this(name)).collect();
    let is_old = |known: &SyncProblem| known.seen_at + FORGOTTEN < now;
    if problems.is_empty() && settled.is_empty() && !known.iter().any(is_old) {
        return Ok(());
    }
    let delete = settled
        .iter()
        .map(|name| vec![schedule.into(), name.as_str().into()]);
    let store = problems.iter().map(|(name, why)| {
        vec![
            schedule.into(),
            name.as_str().into(),
            why.as_str().into(),
            now.into(),
        ]
    });
    let work = Transaction::new()
        .and(Statement::for_each(
            "DELETE FROM sync_problems WHERE schedule = $1 AND name = $2",
            delete.collect(),
        ))
        .and(Statement::for_each(
            "INSERT INTO sync_problems (schedule, name, why, since, seen_at)
             VALUES ($1, $2, $3, $4, $4)
             ON CONFLICT (schedule, name) DO UPDATE SET why = excluded.why,
                 seen_at = excluded.seen_at",
            store.collect(),
        ))
        .and(Statement::new(
            "DELETE FROM sync_problems WHERE seen_at < $1",
            vec![(now - FORGOTTEN).into()],
        ));
    session.commit(work).await?;
    Ok(())
}
