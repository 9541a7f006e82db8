//! The three syncs that run by the clock, each a list of [`steps`](super::steps).
//!
//! A repository that is gone or refused, or about which GitHub gives no usable answer, is named in
//! the report, and the others are synced. A quota that is used up, a lost lease and a database that
//! is away end the sync.

use jiff::Timestamp;
use serde::Serialize;

use super::error::ActivityError;
use super::followed::find_repositories;
use super::metrics::store_bots;
use super::problems::keep_problems;
use super::report::SyncReport;
use super::rows::RepositoryIdentity;
use super::scope::ActivityScope;
use super::session::ActivitySession;
use super::steps::{
    TimelineScope, clear_up, find_changed_timelines, follow_changes, follow_members,
    read_timelines, reconcile_transfers, reconcile_unmerged, refresh_closed, sweep_timelines,
    walk_issues,
};

/// Which sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Schedule {
    /// Every 30 minutes: issues, pull requests and members.
    Update,
    /// Every 10 minutes: what has happened to them.
    Events,
    /// Daily: what only a look at everything shows.
    Daily,
}

/// What problems with transfers are about.
const TRANSFERS: &str = "transfers";

impl Schedule {
    /// Its name on the command line and in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Update => "update",
            Self::Events => "events",
            Self::Daily => "daily",
        }
    }
}

/// Runs one of the syncs at a time.
pub async fn sync(
    session: &ActivitySession,
    scope: &ActivityScope,
    schedule: Schedule,
    now: Timestamp,
) -> Result<SyncReport, ActivityError> {
    let mut report = SyncReport::default();
    let done = run(session, scope, schedule, now, &mut report).await;
    let failure = done.as_ref().err();
    // One that was asked to end has not failed.
    if matches!(failure, Some(ActivityError::Ended(_))) {
        done?;
        return Ok(report);
    }
    let kept = keep_problems(session, schedule.name(), &report, failure).await;
    // What has ended the sync says more than that it could not be kept.
    done.and(kept)?;
    Ok(report)
}

async fn run(
    session: &ActivitySession,
    scope: &ActivityScope,
    schedule: Schedule,
    now: Timestamp,
    report: &mut SyncReport,
) -> Result<(), ActivityError> {
    if let Some(bots) = &scope.bots {
        store_bots(session, bots).await?;
    }
    let repositories = find_repositories(session, scope, report).await?;
    report.repositories = repositories.len() as u64;
    match schedule {
        Schedule::Update => update(session, scope, &repositories, now, report).await?,
        Schedule::Events => read_events(session, scope, &repositories, now, report).await?,
        Schedule::Daily => reconcile(session, scope, &repositories, now, report).await?,
    }
    report.add_unreadable(session.take_unreadable());
    let lists = scope.organisations.iter().chain(&scope.profiles).cloned();
    report.reached.extend(lists);
    report.reached.push(TRANSFERS.to_owned());
    Ok(())
}

/// New and changed issues and pull requests; recently closed pull requests; which of the closed ones
/// were not merged; members; recently closed issues; transfers.
async fn update(
    session: &ActivitySession,
    scope: &ActivityScope,
    repositories: &[RepositoryIdentity],
    now: Timestamp,
    report: &mut SyncReport,
) -> Result<(), ActivityError> {
    for repository in repositories {
        let name = repository.to_string();
        read_changes(session, repository, scope.first(now), report).await?;
        let closed = refresh_closed(session, repository, true, scope.closed(now), now).await;
        report.check_search(&name, closed)?;
        let unmerged = reconcile_unmerged(session, repository, scope.reconcile(now), now).await;
        report.check_search(&name, unmerged)?;
    }
    for organisation in &scope.organisations {
        let members = follow_members(session, organisation).await;
        report.check(organisation, members)?;
    }
    for repository in repositories {
        let closed = refresh_closed(session, repository, false, scope.closed(now), now).await;
        report.check_search(&repository.to_string(), closed)?;
    }
    recognise_transfers(session, report).await
}

/// Timelines of what has changed; transfers.
async fn read_events(
    session: &ActivitySession,
    scope: &ActivityScope,
    repositories: &[RepositoryIdentity],
    now: Timestamp,
    report: &mut SyncReport,
) -> Result<(), ActivityError> {
    let first = scope.first(now);
    for repository in repositories {
        let name = repository.to_string();
        read_changes(session, repository, first, report).await?;
        let found = find_changed_timelines(session, repository, first).await;
        report.check(&name, found)?;
        let timelines = TimelineScope::ChangedSince(first);
        let read = read_timelines(session, repository, timelines).await;
        report.timelines += report.check(&name, read)?.unwrap_or(0);
    }
    recognise_transfers(session, report).await
}

/// Which closed pull requests were not merged; deleted issues; timelines that have changed without
/// their issue; transfers; what belongs to nothing.
async fn reconcile(
    session: &ActivitySession,
    scope: &ActivityScope,
    repositories: &[RepositoryIdentity],
    now: Timestamp,
    report: &mut SyncReport,
) -> Result<(), ActivityError> {
    for repository in repositories {
        let name = repository.to_string();
        let since = scope.reconcile_daily();
        let unmerged = reconcile_unmerged(session, repository, since, now).await;
        report.check_search(&name, unmerged)?;
        let walk = walk_issues(session, repository).await;
        if let Some(walk) = report.check(&name, walk)? {
            report.issues += walk.read;
            report.deleted += walk.deleted;
            report.transferred += walk.transferred;
        }
        let recent = TimelineScope::ChangedSince(scope.closed(now));
        let read = sweep_timelines(session, repository, recent).await;
        report.timelines += report.check(&name, read)?.unwrap_or(0);
    }
    recognise_transfers(session, report).await?;
    clear_up(session).await?;
    Ok(())
}

/// New and changed issues and pull requests of a repository.
async fn read_changes(
    session: &ActivitySession,
    repository: &RepositoryIdentity,
    first: Timestamp,
    report: &mut SyncReport,
) -> Result<(), ActivityError> {
    let changed = follow_changes(session, repository, first).await;
    report.issues += report.check(&repository.to_string(), changed)?.unwrap_or(0);
    Ok(())
}

async fn recognise_transfers(
    session: &ActivitySession,
    report: &mut SyncReport,
) -> Result<(), ActivityError> {
    let transferred = reconcile_transfers(session).await;
    report.transferred += report.check(TRANSFERS, transferred)?.unwrap_or(0);
    Ok(())
}
