//! Years that have passed: issues and pull requests by their creation, with their timelines, the newest
//! first.
//!
//! A mark says how far back everything is stored, so a back-fill that was stopped goes on there.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use super::error::ActivityError;
use super::followed::find_repositories;
use super::report::{ActivityProblem, SyncReport};
use super::rows::RepositoryIdentity;
use super::scope::ActivityScope;
use super::session::ActivitySession;
use super::steps::{TimelineScope, count_created, read_created, read_timelines};
use crate::database::{Statement, Transaction};

const MARK: &str = "backfill";

/// A chunk with fewer issues is followed by one of twice its length.
const FEW: u64 = 100;

/// Requests an hour that GitHub allows, if it has not said yet.
const USUAL_LIMIT: u64 = 5_000;

/// A time that is to be filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub since: Timestamp,
    /// Not included.
    pub until: Timestamp,
    /// How much is read before the mark moves, if much has happened.
    pub chunk: Duration,
}

/// What is left to do.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Estimate {
    pub repositories: u64,
    /// Issues and pull requests, each of which costs at least a request for its timeline.
    pub issues: u64,
    /// At the pace that the quota allows.
    pub hours: f64,
    /// What could not be counted, and why.
    pub problems: Vec<ActivityProblem>,
}

/// Counts what a back-fill has left to read. `share` is the part of the quota that may be used.
pub async fn estimate_backfill(
    session: &ActivitySession,
    scope: &ActivityScope,
    period: Period,
    share: f64,
) -> Result<Estimate, ActivityError> {
    let mut report = SyncReport::default();
    let mut estimate = Estimate::default();
    for repository in find_repositories(session, scope, &mut report).await? {
        estimate.repositories += 1;
        let filled = fetch_filled(session, &repository, period).await?;
        if let Some(until) = last_second(period.since, filled.since) {
            let count = count_created(session, &repository, period.since, until).await;
            let name = repository.to_string();
            estimate.issues += report.check(&name, count)?.unwrap_or(0);
        }
    }
    let limit = session.github.statistics().quotas.rest;
    let limit = limit.map_or(USUAL_LIMIT, |quota| quota.limit);
    let requests = estimate.issues + estimate.issues.div_ceil(100);
    estimate.hours = requests as f64 / (limit as f64 * share).max(1.0);
    estimate.problems = report.problems;
    Ok(estimate)
}

/// Fills the time from its end to its beginning. `chunk_done` is called after each chunk with how far
/// back a repository is filled.
pub async fn backfill(
    session: &ActivitySession,
    scope: &ActivityScope,
    period: Period,
    mut chunk_done: impl FnMut(&str, Timestamp),
) -> Result<SyncReport, ActivityError> {
    let mut report = SyncReport::default();
    fill_all(session, scope, period, &mut chunk_done, &mut report).await?;
    Ok(report)
}

/// As [`backfill`], but when GitHub asks to wait, calls `waiting`, and goes on after that time.
pub async fn backfill_patiently(
    session: &ActivitySession,
    scope: &ActivityScope,
    period: Period,
    mut chunk_done: impl FnMut(&str, Timestamp),
    mut waiting: impl FnMut(&ActivityError, Duration),
) -> Result<SyncReport, ActivityError> {
    let mut report = SyncReport::default();
    loop {
        let done = fill_all(session, scope, period, &mut chunk_done, &mut report).await;
        let Err(error) = done else {
            return Ok(report);
        };
        let Some(after) = error.wait() else {
            return Err(error);
        };
        waiting(&error, after);
        session.lease.wait(after).await?;
        // They are found out again.
        report.problems.clear();
        report.gone = 0;
    }
}

async fn fill_all(
    session: &ActivitySession,
    scope: &ActivityScope,
    period: Period,
    chunk_done: &mut impl FnMut(&str, Timestamp),
    report: &mut SyncReport,
) -> Result<(), ActivityError> {
    let repositories = find_repositories(session, scope, report).await?;
    report.repositories = repositories.len() as u64;
    for repository in &repositories {
        let name = repository.to_string();
        let mut filled = fetch_filled(session, repository, period).await?;
        let mut chunk = period.chunk;
        while filled.since > period.since {
            let until = filled.since;
            let earlier = until.checked_sub(chunk).unwrap_or(period.since);
            let since = whole_seconds(earlier).max(period.since);
            let done = fill(session, repository, since, until, report).await;
            let Some(found) = report.check(&name, done)? else {
                break;
            };
            // Searches are few a minute, so quiet years are not searched month by month.
            chunk = if found < FEW {
                chunk.saturating_mul(2)
            } else {
                period.chunk
            };
            filled.since = since;
            keep_filled(session, repository, filled).await?;
            chunk_done(&name, since);
        }
    }
    report.add_unreadable(session.take_unreadable());
    Ok(())
}

/// Reads everything that was created within a time; how many issues and pull requests.
async fn fill(
    session: &ActivitySession,
    repository: &RepositoryIdentity,
    since: Timestamp,
    until: Timestamp,
    report: &mut SyncReport,
) -> Result<u64, ActivityError> {
    let Some(last) = last_second(since, until) else {
        return Ok(0);
    };
    let mut found = 0;
    for are_pull_requests in [false, true] {
        let read = read_created(session, repository, are_pull_requests, since, last).await?;
        found += read.found;
        report.issues += read.found;
        if read.is_partial {
            return Err(ActivityError::Unanswered {
                what: format!("what was created in {repository} from {since} to {last}"),
                why: "the search was cut short".to_owned(),
            });
        }
    }
    let scope = TimelineScope::Created { since, until };
    report.timelines += read_timelines(session, repository, scope).await?;
    Ok(found)
}

/// The search includes the second at the end of a time.
fn last_second(since: Timestamp, until: Timestamp) -> Option<Timestamp> {
    let last = until.checked_sub(Duration::from_secs(1)).ok()?;
    (last >= since).then_some(last)
}

fn whole_seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

/// A time of which everything is stored.
#[derive(Debug, Clone, Copy)]
struct Filled {
    since: Timestamp,
    until: Timestamp,
}

/// What was filled before, if this back-fill goes on there; nothing before its end otherwise.
async fn fetch_filled(
    session: &ActivitySession,
    repository: &RepositoryIdentity,
    period: Period,
) -> Result<Filled, ActivityError> {
    let text = "SELECT done_until, detail FROM sync_marks WHERE scope = $1 AND kind = $2";
    let values = vec![scope_of(repository).into(), MARK.into()];
    let rows = session.database.query(Statement::new(text, values)).await?;
    let nothing = Filled {
        since: period.until,
        until: period.until,
    };
    let Some(row) = rows.first() else {
        return Ok(nothing);
    };
    let detail = row.json("detail")?;
    let since: Option<Timestamp> = detail["since"].as_str().and_then(|text| text.parse().ok());
    let stored = row.optional_time("done_until")?.zip(since);
    Ok(match stored {
        Some((until, since)) if until >= period.until && since < period.until => {
            Filled { since, until }
        }
        _ => nothing,
    })
}

async fn keep_filled(
    session: &ActivitySession,
    repository: &RepositoryIdentity,
    filled: Filled,
) -> Result<(), ActivityError> {
    let work = Transaction::new().and(Statement::new(
        "INSERT INTO sync_marks (scope, kind, done_until, detail, updated_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (scope, kind) DO UPDATE SET done_until = excluded.done_until,
             detail = excluded.detail, updated_at = excluded.updated_at",
        vec![
            scope_of(repository).into(),
            MARK.into(),
            filled.until.into(),
            json!({ "since": filled.since }).into(),
            session.github.now().into(),
        ],
    ));
    session.commit(work).await?;
    Ok(())
}

fn scope_of(repository: &RepositoryIdentity) -> String {
    format!("repository:{}", repository.id)
}
