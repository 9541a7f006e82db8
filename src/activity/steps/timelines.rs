//! Timelines, page by page, each with its entity tag.
//!
//! An event remembers the page that it was seen on. When a page has changed, events that are not on it
//! any more have no page, until a later page shows them again. Those without one when the last page is
//! read were removed: a comment, most often.

use std::sync::LazyLock;

use jiff::Timestamp;

use super::changes::slug_of;
use super::verify::{KnownIssue, verify_issue};
use crate::activity::error::ActivityError;
use crate::activity::rows::{EVENT_COLUMNS, EventRow, Person, RepositoryIdentity};
use crate::activity::session::Session;
use crate::database::{Row, Statement, Transaction, Value, columns_and_values, set_to_excluded};
use crate::forge::github::{EntityTag, IssueList, ListPage, PAGE_SIZE, Reading};
use crate::model::RepositorySlug;

/// Issues that are listed at once.
const BATCH: i64 = 500;

static UPSERT_EVENT: LazyLock<String> = LazyLock::new(|| {
    let columns = EVENT_COLUMNS.iter().copied();
    let changed = columns
        .clone()
        .filter(|name| !matches!(*name, "id" | "issue_id"));
    format!(
        "INSERT INTO events {}
         ON CONFLICT (id, issue_id) DO UPDATE SET {}, deleted_at = NULL",
        columns_and_values(columns),
        set_to_excluded(changed)
    )
});

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
    session: &Session,
    repository: &RepositoryIdentity,
    scope: TimelineScope,
) -> Result<u64, ActivityError> {
    read_all(session, repository, scope, true).await
}

/// Reads all timelines in the scope, for changes that do not count as changes of the issue. Pages that
/// are the same cost nothing.
pub async fn sweep_timelines(
    session: &Session,
    repository: &RepositoryIdentity,
    scope: TimelineScope,
) -> Result<u64, ActivityError> {
    read_all(session, repository, scope, false).await
}

async fn read_all(
    session: &Session,
    repository: &RepositoryIdentity,
    scope: TimelineScope,
    only_due: bool,
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
            read_timeline(session, repository, &slug, &listed.issue).await?;
            read += 1;
        }
    }
}

struct Listed {
    issue: KnownIssue,
    sort_key: Timestamp,
}

async fn list_issues(
    session: &Session,
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
                    CAST({} AS BIGINT) AS is_pull_request
             FROM {table} AS listed
             WHERE repository_id = $1 AND deleted_at IS NULL{due}
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
    })
}

async fn read_timeline(
    session: &Session,
    repository: &RepositoryIdentity,
    slug: &RepositorySlug,
    issue: &KnownIssue,
) -> Result<(), ActivityError> {
    let polls = fetch_polls(session, issue.id).await?;
    let list = IssueList::Timeline(issue.number);
    let mut at = None;
    let mut page = 1;
    loop {
        let poll = polls.iter().find(|poll| poll.page == page);
        let tag = poll.map(|poll| &poll.tag);
        let is_full = match session.github.fetch_page(slug, &list, page, tag).await? {
            Reading::Unchanged => poll.is_some_and(|poll| poll.entries >= PAGE_SIZE),
            Reading::Read(listed) => {
                store_page(session, repository, issue, page, &listed).await?;
                at = Some(listed.at);
                listed.has_next || listed.items.len() >= PAGE_SIZE
            }
            // It was deleted or transferred since it was listed.
            Reading::Gone | Reading::Moved => {
                return verify_issue(session, repository, issue).await.map(drop);
            }
            Reading::Refused { why } | Reading::Broken { why } => {
                return Err(ActivityError::Unanswered {
                    what: format!("the timeline of {slug}#{}", issue.number),
                    why,
                });
            }
        };
        if !is_full {
            return finish(session, issue, page, at).await;
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

async fn fetch_polls(session: &Session, issue: i64) -> Result<Vec<Poll>, ActivityError> {
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

async fn store_page(
    session: &Session,
    repository: &RepositoryIdentity,
    issue: &KnownIssue,
    page: u32,
    listed: &ListPage,
) -> Result<(), ActivityError> {
    let rows: Vec<EventRow> = listed
        .items
        .iter()
        .filter_map(|item| EventRow::read(item, issue.id, page, repository))
        .collect();
    let people: Vec<Person> = rows.iter().flat_map(|row| row.people.clone()).collect();
    let place = vec![issue.id.into(), i64::from(page).into()];
    let mut poll = place.clone();
    poll.extend([
        issue.updated_at.into(),
        listed.etag.as_ref().map(|etag| etag.tag.clone()).into(),
        listed
            .etag
            .as_ref()
            .map_or_else(|| "".into(), |etag| Value::from(etag.token.as_str())),
        i64::try_from(listed.items.len()).unwrap_or(i64::MAX).into(),
    ]);
    let work = Transaction::new()
        .and(Statement::new(
            "UPDATE events SET page_no = NULL WHERE issue_id = $1 AND page_no = $2",
            place,
        ))
        .and(Statement::for_each(
            UPSERT_EVENT.as_str(),
            rows.into_iter().map(|row| row.values).collect(),
        ))
        .and(Statement::new(
            "INSERT INTO event_polls (id, page_no, issue_updated_at, etag, token, entries)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (id, page_no) DO UPDATE SET issue_updated_at = excluded.issue_updated_at,
                 etag = excluded.etag, token = excluded.token, entries = excluded.entries",
            poll,
        ));
    let work = session.add_people(work, &people, listed.at).await?;
    session.commit(work).await?;
    session.remember(&people);
    Ok(())
}

/// After the last page: what is on none of them was removed.
async fn finish(
    session: &Session,
    issue: &KnownIssue,
    last_page: u32,
    at: Option<Timestamp>,
) -> Result<(), ActivityError> {
    let place = vec![issue.id.into(), i64::from(last_page).into()];
    let table = issue.table();
    let work = Transaction::new()
        .and(Statement::new(
            "DELETE FROM event_polls WHERE id = $1 AND page_no > $2",
            place.clone(),
        ))
        .and(Statement::new(
            "UPDATE events SET page_no = NULL WHERE issue_id = $1 AND page_no > $2",
            place,
        ))
        .and(Statement::new(
            "UPDATE events SET deleted_at = $2
             WHERE issue_id = $1 AND page_no IS NULL AND deleted_at IS NULL",
            vec![issue.id.into(), at.unwrap_or_else(Timestamp::now).into()],
        ))
        .and(Statement::new(
            // It may have changed again meanwhile.
            format!(
                "UPDATE {table} SET timeline_due = FALSE
                 WHERE id = $1 AND updated_at IS NOT DISTINCT FROM $2 AND timeline_due"
            ),
            vec![issue.id.into(), issue.updated_at.into()],
        ));
    session.commit(work).await?;
    Ok(())
}
