//! Timelines, page by page, each with its entity tag.
//!
//! An event remembers the page that it was seen on. When a page has changed, events that are not on it
//! any more have no page, until a later page shows them again. Those without one when the last page is
//! read were removed: a comment, most often.

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinError;

use super::changes::slug_of;
use super::timeline_store::{Fetched, STORED_AT_ONCE, TimelineEnd, TimelinePage, store_timelines};
use super::verify::{KnownIssue, verify_issue};
use crate::activity::error::ActivityError;
use crate::activity::rows::RepositoryIdentity;
use crate::activity::session::ActivitySession;
use crate::database::{Row, Statement, WorkEnded};
use crate::forge::github::{EntityTag, IssueList, PAGE_SIZE, Reading};
use crate::model::RepositorySlug;
use crate::progress::Spawned;

/// Issues that are listed at once.
const BATCH: i64 = 500;

/// Which timelines are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimelineScope {
    /// Of issues and pull requests that have changed since a time; and of older ones whose timeline
    /// was read before, if it is known to have changed.
    ChangedSince(Timestamp),
    /// Of those that were created within a time.
    Created { since: Timestamp, until: Timestamp },
}

/// Reads the timelines of everything in the scope that has changed since they were last read, the
/// newest first; how many.
pub async fn read_timelines(
    session: &ActivitySession,
    repository: &RepositoryIdentity,
    scope: TimelineScope,
) -> Result<u64, ActivityError> {
    read_all(session, repository, scope, true).await
}

/// Reads all timelines in the scope, for changes that do not count as changes of the issue. Pages that
/// are the same cost nothing.
pub async fn sweep_timelines(
    session: &ActivitySession,
    repository: &RepositoryIdentity,
    scope: TimelineScope,
) -> Result<u64, ActivityError> {
    read_all(session, repository, scope, false).await
}

/// GitHub is asked for one page after the other, as it wishes; what has come is stored meanwhile. Each
/// is a task of its own, so that no request waits while rows are made of earlier answers.
async fn read_all(
    session: &ActivitySession,
    repository: &RepositoryIdentity,
    scope: TimelineScope,
    only_due: bool,
) -> Result<u64, ActivityError> {
    let (sender, receiver) = mpsc::channel(STORED_AT_ONCE);
    let (own_session, own_repository) = (session.clone(), repository.clone());
    let fetching = Spawned::new(async move {
        fetch_all(&own_session, &own_repository, scope, only_due, sender).await
    });
    let (own_session, own_repository) = (session.clone(), repository.clone());
    let storing =
        tokio::spawn(async move { store_timelines(&own_session, &own_repository, receiver).await });
    let (fetched, stored) = futures::join!(fetching, storing);
    outcome_of(stored)?;
    outcome_of(fetched)
}

/// What a task has ended with; its panic goes on here.
fn outcome_of<T>(ended: Result<Result<T, ActivityError>, JoinError>) -> Result<T, ActivityError> {
    ended.unwrap_or_else(|error| match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        // The program is ending.
        Err(_) => Err(WorkEnded::Stopped.into()),
    })
}

async fn fetch_all(
    session: &ActivitySession,
    repository: &RepositoryIdentity,
    scope: TimelineScope,
    only_due: bool,
    sender: mpsc::Sender<Fetched>,
) -> Result<u64, ActivityError> {
    let slug = slug_of(repository)?;
    let mut read = 0;
    // The last one of the batch before.
    let mut after: Option<(Timestamp, i64)> = None;
    loop {
        let issues = list_issues(session, repository, scope, only_due, after).await?;
        let Some(last) = issues.last() else {
            return Ok(read);
        };
        after = Some((last.sort_key, last.issue.id));
        for listed in &issues {
            session.check_stop()?;
            let outcome = fetch_timeline(session, &slug, listed, &sender).await?;
            match outcome {
                Outcome::Sent => {}
                Outcome::Gone => {
                    if wait_for_writes(&sender).await.is_none() {
                        return Ok(read);
                    }
                    verify_issue(session, repository, &listed.issue).await?;
                }
                // What has failed there is the error of both.
                Outcome::NotStored => return Ok(read),
            }
            read += 1;
        }
    }
}

/// What became of a timeline.
enum Outcome {
    /// All pages are on their way into the database.
    Sent,
    /// The issue was deleted or transferred since it was listed.
    Gone,
    /// Nobody stores anything any more.
    NotStored,
}

/// Waits until everything that was sent is stored; `None` if nobody stores any more.
async fn wait_for_writes(sender: &mpsc::Sender<Fetched>) -> Option<()> {
    let (done, is_done) = oneshot::channel();
    sender.send(Fetched::Barrier(done)).await.ok()?;
    is_done.await.ok()
}

struct Listed {
    issue: KnownIssue,
    sort_key: Timestamp,
    /// Whether there are tags of its pages.
    is_known: bool,
}

async fn list_issues(
    session: &ActivitySession,
    repository: &RepositoryIdentity,
    scope: TimelineScope,
    only_due: bool,
    after: Option<(Timestamp, i64)>,
) -> Result<Vec<Listed>, ActivityError> {
    let (column, since, until) = match scope {
        TimelineScope::ChangedSince(since) => ("updated_at", since, Timestamp::MAX),
        TimelineScope::Created { since, until } => ("created_at", since, until),
    };
    let due = if only_due { " AND timeline_due" } else { "" };
    let or_known = match scope {
        TimelineScope::ChangedSince(_) if only_due => {
            " OR EXISTS (SELECT 1 FROM event_polls WHERE event_polls.id = listed.id)"
        }
        _ => "",
    };
    let part = |table: &str| {
        format!(
            "SELECT id, number, updated_at, {column} AS sort_key,
                    CAST({} AS BIGINT) AS is_pull_request,
                    (SELECT COUNT(*) FROM event_polls WHERE event_polls.id = listed.id) AS pages
             FROM {table} AS listed
             WHERE repository_id = $1 AND number > 0 AND deleted_at IS NULL{due}
               AND ({column} >= $2{or_known}) AND {column} < $3
               AND ({column} < $4 OR ({column} = $4 AND id < $5))",
            i32::from(table == "pull_requests"),
        )
    };
    let text = format!(
        "{} UNION ALL {} ORDER BY sort_key DESC, id DESC LIMIT {BATCH}",
        part("issues"),
        part("pull_requests")
    );
    let (last_time, last_id) = after.unwrap_or((LATEST, i64::MAX));
    let values = vec![
        repository.id.into(),
        since.into(),
        until.min(LATEST).into(),
        last_time.into(),
        last_id.into(),
    ];
    let rows = session.database.query(Statement::new(text, values)).await?;
    rows.iter().map(listed_of).collect()
}

/// The last second of which there is a text.
const LATEST: Timestamp = Timestamp::constant(253_402_207_200, 0);

fn listed_of(row: &Row) -> Result<Listed, ActivityError> {
    Ok(Listed {
        issue: KnownIssue {
            id: row.integer("id")?,
            number: row.integer("number")?,
            updated_at: row.optional_time("updated_at")?,
            is_pull_request: row.boolean("is_pull_request")?,
        },
        sort_key: row.time("sort_key")?,
        is_known: row.integer("pages")? > 0,
    })
}

/// Fetches the pages of a timeline and passes them on.
async fn fetch_timeline(
    session: &ActivitySession,
    slug: &RepositorySlug,
    listed: &Listed,
    sender: &mpsc::Sender<Fetched>,
) -> Result<Outcome, ActivityError> {
    let issue = listed.issue;
    let polls = if listed.is_known {
        fetch_polls(session, issue.id).await?
    } else {
        Vec::new()
    };
    let list = IssueList::Timeline(issue.number);
    let mut at = None;
    let mut page = 1;
    loop {
        let poll = polls.iter().find(|poll| poll.page == page);
        let tag = poll.map(|poll| &poll.tag);
        let is_full = match session.github.fetch_page(slug, &list, page, tag).await? {
            Reading::Unchanged => poll.is_some_and(|poll| poll.entries >= PAGE_SIZE),
            Reading::Read(listed) => {
                at = Some(listed.at);
                let is_full = listed.has_next || listed.items.len() >= PAGE_SIZE;
                let page = TimelinePage {
                    issue,
                    number: page,
                    listed,
                };
                if sender.send(Fetched::Page(page)).await.is_err() {
                    return Ok(Outcome::NotStored);
                }
                is_full
            }
            Reading::Gone | Reading::Moved => return Ok(Outcome::Gone),
            Reading::Refused { why } | Reading::Broken { why } => {
                return Err(ActivityError::Unanswered {
                    what: format!("the timeline of {slug}#{}", issue.number),
                    why,
                });
            }
        };
        if !is_full {
            let end = TimelineEnd {
                issue,
                last_page: page,
                at: at.unwrap_or_else(|| session.github.now()),
            };
            return Ok(match sender.send(Fetched::End(end)).await {
                Ok(()) => Outcome::Sent,
                Err(_) => Outcome::NotStored,
            });
        }
        page += 1;
    }
}

/// A page that was read before.
struct Poll {
    page: u32,
    tag: EntityTag,
    entries: usize,
}

async fn fetch_polls(session: &ActivitySession, issue: i64) -> Result<Vec<Poll>, ActivityError> {
    let text = "SELECT page_no, etag, token, entries FROM event_polls
                WHERE id = $1 AND etag IS NOT NULL";
    let rows = session
        .database
        .query(Statement::new(text, vec![issue.into()]))
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Poll {
                page: u32::try_from(row.integer("page_no")?).unwrap_or(0),
                tag: EntityTag {
                    tag: row.text("etag")?,
                    token: row.text("token")?,
                },
                entries: usize::try_from(row.integer("entries")?).unwrap_or(0),
            })
        })
        .collect()
}
