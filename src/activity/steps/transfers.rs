//! Recognises transferred issues: two of the same author and the same time of creation, in different
//! repositories, may be one that was moved. Asking for each by its number tells.

use super::verify::{KnownIssue, VerifiedIssue, verify_issue};
use crate::activity::error::ActivityError;
use crate::activity::rows::RepositoryIdentity;
use crate::activity::session::ActivitySession;
use crate::database::{Statement, Transaction};

/// Looks at pairs that were not looked at before; how many were transferred.
pub async fn reconcile_transfers(session: &ActivitySession) -> Result<u64, ActivityError> {
    let text = "SELECT old.id, old.number, old.updated_at, old.repository_id, old.org, old.repo
        FROM issues AS old
        JOIN issues AS twin ON twin.user_id = old.user_id AND twin.created_at = old.created_at
            AND twin.repository_id <> old.repository_id
        WHERE old.deleted_at IS NULL AND twin.deleted_at IS NULL
            AND NOT (old.transfer_checked AND twin.transfer_checked)
        GROUP BY old.id, old.number, old.updated_at, old.repository_id, old.org, old.repo
        ORDER BY old.id LIMIT 1000";
    let rows = session
        .database
        .query(Statement::new(text, Vec::new()))
        .await?;
    let mut transferred = 0;
    for row in rows {
        session.check_stop()?;
        let issue = KnownIssue {
            id: row.integer("id")?,
            number: row.integer("number")?,
            updated_at: row.optional_time("updated_at")?,
            is_pull_request: false,
        };
        let repository = RepositoryIdentity {
            id: row.integer("repository_id")?,
            org: row.text("org")?,
            repo: row.text("repo")?,
        };
        if verify_issue(session, &repository, &issue).await? == VerifiedIssue::Transferred {
            transferred += 1;
        } else {
            let text = "UPDATE issues SET transfer_checked = TRUE WHERE id = $1";
            let checked = Statement::new(text, vec![issue.id.into()]);
            session.commit(Transaction::new().and(checked)).await?;
        }
    }
    Ok(transferred)
}
