//! The three syncs that run by the clock, each a list of [`steps`](super::steps).
//!
//! A repository that is gone or refused, or about which GitHub gives no usable answer, is named in
//! the report, and the others are synced. A quota that is used up, a lost lease and a database that
//! is away end the sync.

use jiff::Timestamp;
use serde::Serialize;

use super::error::ActivityError;
use super::metrics::store_bots;
use super::rows::RepositoryIdentity;
use super::scope::ActivityScope;
use super::session::Session;
use super::steps::{
    Identity, Reconciled, TimelineScope, clear_up, find_changed_timelines, follow_changes,
    follow_identity, follow_members, list_repositories, read_timelines, reconcile_transfers,
    reconcile_unmerged, refresh_closed, sweep_timelines, walk_issues,
};
use crate::model::RepositorySlug;

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

/// What a sync has done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SyncReport {
    pub repositories: u64,
    /// Issues and pull requests that were read.
    pub issues: u64,
    pub timelines: u64,
    pub transferred: u64,
    pub deleted: u64,
    /// What could not be synced, and why.
    pub problems: Vec<Problem>,
}

/// Something that could not be synced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// A repository or organisation.
    pub of: String,
    pub why: String,
}

impl SyncReport {
    /// Whether everything was synced.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.problems.is_empty()
    }

    /// Passes what was done on; what concerns one repository or organisation becomes a problem.
    pub(super) fn check<T>(
        &mut self,
        of: &str,
        result: Result<T, ActivityError>,
    ) -> Result<Option<T>, ActivityError> {
        match result {
            Ok(done) => Ok(Some(done)),
            Err(ActivityError::Unanswered { what, why }) => {
                self.add_problem(
                    of,
                    format!("GitHub gives no usable answer about {what}: {why}"),
                );
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn check_search(
        &mut self,
        of: &str,
        result: Result<Reconciled, ActivityError>,
    ) -> Result<(), ActivityError> {
        if self.check(of, result)?.is_some_and(|done| done.is_partial) {
            let why = "GitHub's search has given only a part of what was closed";
            self.add_problem(of, why.to_owned());
        }
        Ok(())
    }

    fn add_problem(&mut self, of: &str, why: String) {
        let of = of.to_owned();
        self.problems.push(Problem { of, why });
    }
}

/// Runs one of the syncs at a time.
pub async fn sync(
    session: &Session,
    scope: &ActivityScope,
    schedule: Schedule,
    now: Timestamp,
) -> Result<SyncReport, ActivityError> {
    let mut report = SyncReport::default();
    if let Some(bots) = &scope.bots {
        store_bots(session, bots).await?;
    }
    let repositories = find_repositories(session, scope, &mut report).await?;
    report.repositories = repositories.len() as u64;
    match schedule {
        Schedule::Update => update(session, scope, &repositories, now, &mut report).await?,
        Schedule::Events => read_events(session, scope, &repositories, now, &mut report).await?,
        Schedule::Daily => reconcile(session, scope, &repositories, now, &mut report).await?,
    }
    Ok(report)
}

/// The followed repositories as they are called now, each once.
pub(super) async fn find_repositories(
    session: &Session,
    scope: &ActivityScope,
    report: &mut SyncReport,
) -> Result<Vec<RepositoryIdentity>, ActivityError> {
    let mut slugs: Vec<RepositorySlug> = scope.repositories.clone();
    for organisation in &scope.organisations {
        let listed = list_repositories(session, organisation).await;
        match report.check(organisation, listed)? {
            Some(listed) if listed.is_empty() => {
                let why = "GitHub shows no repository of such an organisation";
                report.add_problem(organisation, why.to_owned());
            }
            listed => slugs.extend(listed.unwrap_or_default()),
        }
    }
    let mut found: Vec<RepositoryIdentity> = Vec::new();
    for slug in slugs {
        session.check_stop()?;
        let name = slug.to_string();
        let identity = follow_identity(session, &slug).await;
        match report.check(&name, identity)? {
            Some(Identity::Present(identity))
                if !found.iter().any(|known| known.id == identity.id) =>
            {
                found.push(identity);
            }
            Some(Identity::Gone) => {
                let why = "the repository is gone or private";
                report.add_problem(&name, why.to_owned());
            }
            Some(Identity::Blocked { why }) => {
                report.add_problem(&name, format!("GitHub refuses access: {why}"));
            }
            Some(Identity::Present(_)) | None => {}
        }
    }
    Ok(found)
}

/// New and changed issues and pull requests; recently closed pull requests; which of the closed ones
/// were not merged; members; recently closed issues; transfers.
async fn update(
    session: &Session,
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
    session: &Session,
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
    session: &Session,
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
    session: &Session,
    repository: &RepositoryIdentity,
    first: Timestamp,
    report: &mut SyncReport,
) -> Result<(), ActivityError> {
    let changed = follow_changes(session, repository, first).await;
    report.issues += report.check(&repository.to_string(), changed)?.unwrap_or(0);
    Ok(())
}

async fn recognise_transfers(
    session: &Session,
    report: &mut SyncReport,
) -> Result<(), ActivityError> {
    let transferred = reconcile_transfers(session).await;
    report.transferred += report.check("transfers", transferred)?.unwrap_or(0);
    Ok(())
}
