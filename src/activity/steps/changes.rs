//! New and changed issues and pull requests, by the list of what has changed since a time.
//!
//! The list is read by time, not by page number: an entry that changes meanwhile moves to the end, and
//! would shift the others from one page to the one before.

use std::time::Duration;

use jiff::Timestamp;

use super::store::{read_issues, store_issues};
use crate::activity::error::ActivityError;
use crate::activity::rows::RepositoryIdentity;
use crate::activity::session::{ActivitySession, keep_tag, set_mark};
use crate::forge::github::{IssueList, ListPage, PAGE_SIZE, Reading};
use crate::model::RepositorySlug;

const MARK: &str = "changes";
const LIST: &str = "changes";

/// What changes within this time before an answer may still be missing from it.
const LAG: Duration = Duration::from_mins(2);

/// Stores everything that has changed since the mark; without one, since `beginning`.
pub async fn follow_changes(
    session: &ActivitySession,
    repository: &RepositoryIdentity,
    beginning: Timestamp,
) -> Result<u64, ActivityError> {
    let scope = format!("repository:{}", repository.id);
    let slug = slug_of(repository)?;
    let mut since = session.fetch_mark(&scope, MARK).await?.unwrap_or(beginning);
    // The tag belongs to the address with the mark in it.
    let mut tag = session
        .fetch_tag(&scope, LIST, 0)
        .await?
        .map(|(tag, _)| tag);
    let mut page = 1;
    let mut total = 0;
    loop {
        session.check_stop()?;
        let list = IssueList::ChangedSince(since);
        let answer = session.github.fetch_page(&slug, &list, page, tag.as_ref());
        let listed = match answer.await? {
            Reading::Read(listed) => listed,
            // Issues may be switched off.
            Reading::Unchanged | Reading::Gone | Reading::Moved => return Ok(total),
            Reading::Refused { why } | Reading::Broken { why } => {
                return Err(ActivityError::Unanswered {
                    what: format!("changed issues of {slug}"),
                    why,
                });
            }
        };
        let rows = read_issues(session, &listed.items, repository);
        let newest = rows.iter().filter_map(|row| row.updated_at).max();
        let is_last = !listed.has_next && listed.items.len() < PAGE_SIZE;
        let next = next_mark(since, newest, &listed);
        let mut further = vec![set_mark(&scope, MARK, next, listed.at)];
        // The next run asks the same question only if the mark stays where it was.
        let is_same_question = page == 1 && next == since && is_last;
        let kept = listed.etag.as_ref().filter(|_| is_same_question);
        further.push(keep_tag(&scope, LIST, 0, kept, listed.items.len()));
        total += store_issues(session, &rows, listed.at, further).await?;
        if is_last {
            return Ok(total);
        }
        tag = None;
        let reached = newest.map_or(since, before);
        if reached > since {
            (since, page) = (reached, 1);
        } else {
            // More than a page changed within one second.
            page += 1;
        }
    }
}

/// How far everything is stored: up to the newest entry, but not into the last minutes, in which
/// entries may still appear.
fn next_mark(since: Timestamp, newest: Option<Timestamp>, listed: &ListPage) -> Timestamp {
    let certain = listed.at.checked_sub(LAG).unwrap_or(since);
    newest.map_or(since, |newest| before(newest).min(certain).max(since))
}

/// A second earlier: the page may have ended in the middle of that second, and "since" may mean
/// "after".
fn before(time: Timestamp) -> Timestamp {
    time.checked_sub(Duration::from_secs(1)).unwrap_or(time)
}

pub(super) fn slug_of(repository: &RepositoryIdentity) -> Result<RepositorySlug, ActivityError> {
    let RepositoryIdentity { org, repo, .. } = repository;
    RepositorySlug::new(org, repo).ok_or_else(|| ActivityError::Unanswered {
        what: format!("the repository {org}/{repo}"),
        why: "GitHub gives a name that it does not allow".to_owned(),
    })
}
