//! What is known of each repository, how old it is, and what is owed.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use serde::Serialize;

use super::error::ActivityError;
use super::metrics::find_repositories;
use super::problems::{NOT_REACHED, SyncProblem, fetch_problems};
use crate::database::{Database, Row, Statement};
use crate::model::RepositorySlug;

/// What is known, and what is owed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActivityStatus {
    pub repositories: Vec<RepositoryStatus>,
    /// What the last syncs could not do, apart from single repositories.
    pub problems: Vec<SyncProblem>,
}

/// What is known of a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RepositoryStatus {
    /// `owner/name`
    pub repository: String,
    /// `present`, `gone` or `blocked`; `unknown` if it was never reached.
    pub state: String,
    pub issues: i64,
    pub pull_requests: i64,
    pub events: i64,
    /// Up to when all changes are stored.
    pub changes_until: Option<Timestamp>,
    /// When all issues were last compared with GitHub's.
    pub compared_at: Option<Timestamp>,
    /// From when on everything is stored, if a back-fill was run.
    pub filled_since: Option<Timestamp>,
    /// Issues and pull requests whose timeline was not read since they changed, or never.
    pub timelines_due: i64,
    /// What is owed, and why; `None` if nothing is.
    pub owed: Option<String>,
    /// What the last syncs could not do.
    pub problems: Vec<SyncProblem>,
}

const STATUS: &str = "
SELECT org, repo, state,
    (SELECT COUNT(*) FROM issues
     WHERE issues.repository_id = repositories.id AND deleted_at IS NULL) AS issues,
    (SELECT COUNT(*) FROM pull_requests
     WHERE pull_requests.repository_id = repositories.id AND deleted_at IS NULL) AS pull_requests,
    (SELECT COUNT(*) FROM events
     WHERE events.repository_id = repositories.id AND deleted_at IS NULL) AS events,
    (SELECT COUNT(*) FROM issues
     WHERE issues.repository_id = repositories.id AND timeline_due AND deleted_at IS NULL)
    + (SELECT COUNT(*) FROM pull_requests
     WHERE pull_requests.repository_id = repositories.id AND timeline_due
         AND deleted_at IS NULL) AS due,
    changes.done_until AS changes_until, walk.done_until AS compared_at,
    backfill.detail AS backfill
FROM repositories
LEFT JOIN sync_marks AS changes
    ON changes.scope = 'repository:' || repositories.id AND changes.kind = 'changes'
LEFT JOIN sync_marks AS walk
    ON walk.scope = 'repository:' || repositories.id AND walk.kind = 'walk'
LEFT JOIN sync_marks AS backfill
    ON backfill.scope = 'repository:' || repositories.id AND backfill.kind = 'backfill'
ORDER BY org, repo, repositories.id";

/// Reads what is known of each repository, and which of `followed` were never reached. Asks nobody but
/// the database.
pub async fn fetch_status(
    database: &Database,
    followed: &[RepositorySlug],
) -> Result<ActivityStatus, ActivityError> {
    let rows = database.query(Statement::new(STATUS, Vec::new())).await?;
    let known: Result<Vec<RepositoryStatus>, ActivityError> = rows.iter().map(status_of).collect();
    let mut known = known?;
    let mut places: HashMap<String, usize> = HashMap::new();
    for (place, status) in known.iter().enumerate() {
        places.insert(status.repository.to_lowercase(), place);
    }
    // A former name leads to the present one.
    let found = find_repositories(database, followed).await?;
    for (slug, found) in followed.iter().zip(found) {
        if found.is_none() && !places.contains_key(&slug.key()) {
            places.insert(slug.key(), known.len());
            known.push(RepositoryStatus::never_reached(slug.to_string()));
        }
    }
    let mut problems = Vec::new();
    for problem in fetch_problems(database).await? {
        let is_repository = problem.name.contains('/');
        match places.get(&problem.name) {
            Some(place) => known[*place].problems.push(problem),
            // An organisation or a package has named it, and it may be known by another name.
            None if is_repository && problem.why.starts_with(NOT_REACHED) => {
                places.insert(problem.name.clone(), known.len());
                let mut status = RepositoryStatus::never_reached(problem.name.clone());
                status.problems.push(problem);
                known.push(status);
            }
            None => problems.push(problem),
        }
    }
    for status in &mut known {
        status.add_problems_to_owed();
    }
    known.sort_by(|one, other| one.repository.cmp(&other.repository));
    Ok(ActivityStatus {
        repositories: known,
        problems,
    })
}

impl RepositoryStatus {
    /// One that is followed, and of which nothing is stored.
    fn never_reached(repository: String) -> Self {
        Self {
            repository,
            state: "unknown".to_owned(),
            issues: 0,
            pull_requests: 0,
            events: 0,
            changes_until: None,
            compared_at: None,
            filled_since: None,
            timelines_due: 0,
            owed: Some("everything: no sync has reached it yet".to_owned()),
            problems: Vec::new(),
        }
    }

    /// Says why the last syncs could not do what is owed. That it is gone is said already.
    fn add_problems_to_owed(&mut self) {
        if matches!(self.state.as_str(), "gone" | "blocked") {
            return;
        }
        let reasons: BTreeSet<&str> = self.problems.iter().map(|one| one.why.as_str()).collect();
        let reasons: Vec<&str> = reasons.into_iter().collect();
        if reasons.is_empty() {
            return;
        }
        let reasons = reasons.join("; ");
        self.owed = Some(match self.owed.take() {
            Some(owed) => format!("{owed}; {reasons}"),
            None => format!("what the last sync could not do: {reasons}"),
        });
    }
}

fn status_of(row: &Row) -> Result<RepositoryStatus, ActivityError> {
    let state = row.text("state")?;
    let changes_until = row.optional_time("changes_until")?;
    let compared_at = row.optional_time("compared_at")?;
    let timelines_due = row.integer("due")?;
    let backfill = row.json("backfill")?;
    let owed = match (state.as_str(), changes_until, timelines_due) {
        ("gone", ..) => Some("nothing can be read: it is gone or private".to_owned()),
        ("blocked", ..) => Some("nothing can be read: GitHub refuses access".to_owned()),
        (_, None, _) => Some("everything: it was not synced yet".to_owned()),
        (.., due) if due > 0 => Some(format!(
            "{due} timelines: they have changed, or are older than the first sync"
        )),
        _ if compared_at.is_none() => {
            Some("a comparison of all issues: the daily sync was not run yet".to_owned())
        }
        _ => None,
    };
    Ok(RepositoryStatus {
        repository: format!("{}/{}", row.text("org")?, row.text("repo")?),
        state,
        issues: row.integer("issues")?,
        pull_requests: row.integer("pull_requests")?,
        events: row.integer("events")?,
        changes_until,
        compared_at,
        filled_since: backfill["since"]
            .as_str()
            .and_then(|text| text.parse().ok()),
        timelines_due,
        owed,
        problems: Vec::new(),
    })
}
