//! Walks through all issues and pull requests of a repository: finds those that were never seen, those
//! that are not there any more, and changes that do not count as changes.
//!
//! Pages that are the same since the last walk cost nothing. As with timelines, a row remembers the
//! page that it was seen on; what is on none when the walk has ended is asked for by its number.

use super::changes::slug_of;
use super::store::{read_issues, store_issues};
use super::verify::{KnownIssue, VerifiedIssue, verify_issue};
use crate::activity::error::ActivityError;
use crate::activity::rows::{IssueRow, RepositoryIdentity};
use crate::activity::session::{ActivitySession, keep_tag, set_mark};
use crate::database::{Statement, Transaction, Value};
use crate::forge::github::{IssueList, PAGE_SIZE, Reading};

const LIST: &str = "walk";

/// What a walk has found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct WalkOutcome {
    /// Rows on pages that have changed.
    pub read: u64,
    pub deleted: u64,
    pub transferred: u64,
}

/// Walks through all pages.
pub async fn walk_issues(
    session: &ActivitySession,
    repository: &RepositoryIdentity,
) -> Result<WalkOutcome, ActivityError> {
    let scope = format!("repository:{}", repository.id);
    let slug = slug_of(repository)?;
    let mut outcome = WalkOutcome::default();
    let mut page = 1;
    let mut begun = None;
    loop {
        session.check_stop()?;
        let known = session.fetch_tag(&scope, LIST, page).await?;
        let tag = known.as_ref().map(|(tag, _)| tag);
        let answer = session.github.fetch_page(&slug, &IssueList::All, page, tag);
        let is_full = match answer.await? {
            Reading::Unchanged => known.is_some_and(|(_, entries)| entries >= PAGE_SIZE),
            Reading::Read(listed) => {
                begun = begun.or(Some(listed.at));
                let rows = read_issues(session, &listed.items, repository);
                let mut further = place(&rows, repository.id, page);
                let count = listed.items.len();
                further.push(keep_tag(&scope, LIST, page, listed.etag.as_ref(), count));
                outcome.read += store_issues(session, &rows, listed.at, further).await?;
                listed.has_next || count >= PAGE_SIZE
            }
            // Issues may be switched off, which is no reason to remove what is known.
            Reading::Gone | Reading::Moved => return Ok(outcome),
            Reading::Refused { why } | Reading::Broken { why } => {
                return Err(ActivityError::Unanswered {
                    what: format!("the list of all issues of {slug}"),
                    why,
                });
            }
        };
        if !is_full {
            break;
        }
        page += 1;
    }
    forget_later_pages(session, &scope, repository.id, page).await?;
    for issue in list_unplaced(session, repository.id).await? {
        session.check_stop()?;
        match verify_issue(session, repository, &issue).await? {
            VerifiedIssue::Present => {}
            VerifiedIssue::Deleted => outcome.deleted += 1,
            VerifiedIssue::Transferred => outcome.transferred += 1,
        }
    }
    let at = begun.unwrap_or_else(|| session.github.now());
    let done = Transaction::new().and(set_mark(&scope, LIST, at, at));
    session.commit(done).await?;
    Ok(outcome)
}

/// Takes the page from all rows that had it, and gives it to those that are on it now.
fn place(rows: &[IssueRow], repository: i64, page: u32) -> Vec<Statement> {
    let page = i64::from(page);
    let mut statements = Vec::new();
    for (table, is_pull_request) in [("issues", false), ("pull_requests", true)] {
        statements.push(Statement::new(
            format!(
                "UPDATE {table} SET walk_page = NULL WHERE repository_id = $1 AND walk_page = $2"
            ),
            vec![repository.into(), page.into()],
        ));
        let on_it: Vec<Vec<Value>> = rows
            .iter()
            .filter(|row| row.is_pull_request == is_pull_request)
            .map(|row| vec![row.id.into(), page.into()])
            .collect();
        statements.push(Statement::for_each(
            format!("UPDATE {table} SET walk_page = $2 WHERE id = $1"),
            on_it,
        ));
    }
    statements
}

async fn forget_later_pages(
    session: &ActivitySession,
    scope: &str,
    repository: i64,
    last: u32,
) -> Result<(), ActivityError> {
    let last = i64::from(last);
    let mut work = Transaction::new().and(Statement::new(
        "DELETE FROM page_tags WHERE scope = $1 AND list = $2 AND page_no > $3",
        vec![scope.into(), LIST.into(), last.into()],
    ));
    for table in ["issues", "pull_requests"] {
        work = work.and(Statement::new(
            format!(
                "UPDATE {table} SET walk_page = NULL WHERE repository_id = $1 AND walk_page > $2"
            ),
            vec![repository.into(), last.into()],
        ));
    }
    session.commit(work).await?;
    Ok(())
}

async fn list_unplaced(
    session: &ActivitySession,
    repository: i64,
) -> Result<Vec<KnownIssue>, ActivityError> {
    let part = |table: &str, kind: i32| {
        format!(
            "SELECT id, number, updated_at, CAST({kind} AS BIGINT) AS is_pull_request FROM {table}
             WHERE repository_id = $1 AND walk_page IS NULL AND deleted_at IS NULL"
        )
    };
    let text = format!(
        "{} UNION ALL {}",
        part("issues", 0),
        part("pull_requests", 1)
    );
    let values = vec![repository.into()];
    let rows = session.database.query(Statement::new(text, values)).await?;
    rows.iter()
        .map(|row| {
            Ok(KnownIssue {
                id: row.integer("id")?,
                number: row.integer("number")?,
                updated_at: row.optional_time("updated_at")?,
                is_pull_request: row.boolean("is_pull_request")?,
            })
        })
        .collect()
}
