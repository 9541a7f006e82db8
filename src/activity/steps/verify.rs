//! What became of an issue or pull request that lists do not show any more: it is there after all, was
//! deleted, or was transferred.

use jiff::Timestamp;
use serde_json::Value as Json;

use super::changes::slug_of;
use super::store::store_issues;
use crate::activity::error::ActivityError;
use crate::activity::rows::{IssueRow, RepositoryIdentity, integer, text};
use crate::activity::session::ActivitySession;
use crate::database::{Statement, Transaction, Value};
use crate::forge::github::{Document, Reading};

/// An issue or pull request that is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct KnownIssue {
    pub(super) id: i64,
    pub(super) number: i64,
    pub(super) updated_at: Option<Timestamp>,
    pub(super) is_pull_request: bool,
}

impl KnownIssue {
    pub(super) fn table(&self) -> &'static str {
        if self.is_pull_request {
            "pull_requests"
        } else {
            "issues"
        }
    }
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum VerifiedIssue {
    Present,
    Deleted,
    Transferred,
}

/// Asks GitHub for it by its number, and stores what became of it.
pub(super) async fn verify_issue(
    session: &ActivitySession,
    repository: &RepositoryIdentity,
    issue: &KnownIssue,
) -> Result<VerifiedIssue, ActivityError> {
    let slug = slug_of(repository)?;
    match session.github.fetch_issue(&slug, issue.number).await? {
        Reading::Read(document) if integer(&document.value, "id") == Some(issue.id) => {
            let rows: Vec<IssueRow> = IssueRow::read(&document.value, repository)
                .into_iter()
                .collect();
            store_issues(session, &rows, document.at, Vec::new()).await?;
            Ok(VerifiedIssue::Present)
        }
        Reading::Read(document) if integer(&document.value, "id").is_some() => {
            store_transfer(session, issue, &document).await?;
            Ok(VerifiedIssue::Transferred)
        }
        Reading::Gone => {
            let mut work = Transaction::new();
            for (text, values) in [
                (
                    format!(
                        "UPDATE {} SET deleted_at = $2, timeline_due = FALSE
                         WHERE id = $1 AND deleted_at IS NULL",
                        issue.table()
                    ),
                    vec![issue.id.into(), session.github.now().into()],
                ),
                (
                    "DELETE FROM event_polls WHERE id = $1".to_owned(),
                    vec![issue.id.into()],
                ),
            ] {
                work = work.and(Statement::new(text, values));
            }
            session.commit(work).await?;
            Ok(VerifiedIssue::Deleted)
        }
        answer => Err(ActivityError::Unanswered {
            what: format!("{slug}#{}", issue.number),
            why: match answer {
                Reading::Refused { why } | Reading::Broken { why } => why,
                _ => "the answer has no id".to_owned(),
            },
        }),
    }
}

/// Records both ends of a transfer, and clears up what belongs to the old one.
async fn store_transfer(
    session: &ActivitySession,
    issue: &KnownIssue,
    target: &Document,
) -> Result<(), ActivityError> {
    let new = &target.value;
    let repository = text(new, "repository_url").unwrap_or_default();
    let mut parts = repository.rsplit('/');
    let (new_repo, new_org) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    let copied = |name: &str| text(new, name).map(str::to_owned).into();
    let new_id = integer(new, "id");
    let values: Vec<Value> = vec![
        issue.id.into(),
        new_id.into(),
        new_repo.into(),
        copied("html_url"),
        copied("url"),
        integer(new, "number").into(),
        new_org.into(),
        Json::clone(new).into(),
    ];
    let table = issue.table();
    let record = format!(
        "INSERT INTO transfers (issue_id, new_issue_id, url, number, repo, title, body, created_at,
             closed_at, state, org, assignee, assignees, labels, new_repo, new_html_url, new_url,
             new_number, \"user\", username, new_org, raw)
         SELECT id, $2, url, number, repo, title, body, created_at, closed_at, state, org, assignee,
             assignees, labels, $3, $4, $5, $6, \"user\", username, $7, $8
         FROM {table} WHERE id = $1
         ON CONFLICT (issue_id, new_issue_id) DO NOTHING"
    );
    let mut work = Transaction::new().and(Statement::new(record, values));
    let clear = format!("DELETE FROM {table} WHERE id = $1");
    for text in [
        "DELETE FROM events WHERE issue_id = $1".to_owned(),
        "DELETE FROM event_polls WHERE id = $1".to_owned(),
        clear,
    ] {
        work = work.and(Statement::new(text, vec![issue.id.into()]));
    }
    session.commit(work).await?;
    Ok(())
}
