//! Clears up what belongs to nothing: events, polls and tags whose issue or repository is not there.

use crate::activity::error::ActivityError;
use crate::activity::session::ActivitySession;
use crate::database::{Statement, Transaction};

const ORPHANS: [&str; 3] = [
    "DELETE FROM events WHERE issue_id NOT IN
        (SELECT id FROM issues UNION ALL SELECT id FROM pull_requests)",
    "DELETE FROM event_polls WHERE id NOT IN
        (SELECT id FROM issues UNION ALL SELECT id FROM pull_requests)",
    "DELETE FROM event_polls WHERE id IN
        (SELECT id FROM issues WHERE deleted_at IS NOT NULL
         UNION ALL SELECT id FROM pull_requests WHERE deleted_at IS NOT NULL)",
];

/// Removes orphans; how many rows.
pub async fn clear_up(session: &ActivitySession) -> Result<u64, ActivityError> {
    let mut work = Transaction::new();
    for text in ORPHANS {
        work = work.and(Statement::new(text, Vec::new()));
    }
    Ok(session.commit(work).await?.into_iter().sum())
}
