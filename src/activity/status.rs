//! What is known of each repository, how old it is, and what is owed.

use jiff::Timestamp;
use serde::Serialize;

use super::error::ActivityError;
use crate::database::{Database, Row, Statement};

/// What is known of a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RepositoryStatus {
    /// `owner/name`
    pub repository: String,
    /// `present`, `gone` or `blocked`.
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

/// Reads what is known of each repository. Asks nobody but the database.
pub async fn fetch_status(database: &Database) -> Result<Vec<RepositoryStatus>, ActivityError> {
    let rows = database.query(Statement::new(STATUS, Vec::new())).await?;
    rows.iter().map(status_of).collect()
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
    })
}
