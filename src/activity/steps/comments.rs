//! Finds timelines that have changed although their issue does not count as changed, by the lists that
//! all issues of a repository share: comments by their last change, and events. What is stored as it
//! is in the list needs no reading.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value as Json;

use super::changes::slug_of;
use crate::activity::error::ActivityError;
use crate::activity::rows::{RepositoryIdentity, integer, is_of_other_kind, text, time};
use crate::activity::session::{ActivitySession, keep_tag, set_mark};
use crate::database::{Statement, Transaction, Value};
use crate::forge::github::{EntityTag, IssueList, ListPage, PAGE_SIZE, Reading};

const COMMENTS: &str = "comments";
const EVENTS: &str = "events";

/// Notes which timelines have to be read because of comments and events since the last time; without
/// one, since `beginning`.
pub async fn find_changed_timelines(
    session: &ActivitySession,
    repository: &RepositoryIdentity,
    beginning: Timestamp,
) -> Result<(), ActivityError> {
    find_by_comments(session, repository, beginning).await?;
    find_by_events(session, repository, beginning).await
}

async fn find_by_comments(
    session: &ActivitySession,
    repository: &RepositoryIdentity,
    beginning: Timestamp,
) -> Result<(), ActivityError> {
    let scope = format!("repository:{}", repository.id);
    let mark = session.fetch_mark(&scope, COMMENTS).await?;
    let mut since = mark.unwrap_or(beginning);
    let mut tag = session
        .fetch_tag(&scope, COMMENTS, 0)
        .await?
        .map(|(tag, _)| tag);
    let mut page = 1;
    loop {
        session.check_stop()?;
        let list = IssueList::CommentsSince(since);
        let Some(listed) = fetch(session, repository, &list, page, tag.as_ref()).await? else {
            return Ok(());
        };
        let newest = listed
            .items
            .iter()
            .filter_map(|item| time(item.get("updated_at")));
        let newest = newest.max().map(a_second_before);
        let entries = read_entries(session, repository, listed.items.iter(), read_comment);
        let is_last = listed.items.len() < PAGE_SIZE;
        let next = newest.map_or(since, |newest| newest.max(since));
        let kept = (page == 1 && next == since && is_last).then_some(listed.etag.as_ref());
        let mut work = mark_due(repository.id, &entries);
        work = work
            .and(set_mark(&scope, COMMENTS, next, listed.at))
            .and(keep_tag(
                &scope,
                COMMENTS,
                0,
                kept.flatten(),
                listed.items.len(),
            ));
        session.commit(work).await?;
        if is_last {
            return Ok(());
        }
        tag = None;
        if next > since {
            (since, page) = (next, 1);
        } else {
            page += 1;
        }
    }
}

/// The newest come first, so the mark moves after the last page that holds new ones.
async fn find_by_events(
    session: &ActivitySession,
    repository: &RepositoryIdentity,
    beginning: Timestamp,
) -> Result<(), ActivityError> {
    let scope = format!("repository:{}", repository.id);
    let mark = session.fetch_mark(&scope, EVENTS).await?;
    let since = mark.unwrap_or(beginning);
    let mut newest: Option<Timestamp> = None;
    let mut first: Option<(Option<EntityTag>, usize)> = None;
    let mut page = 1;
    loop {
        session.check_stop()?;
        let tag = match page {
            1 => session
                .fetch_tag(&scope, EVENTS, 0)
                .await?
                .map(|(tag, _)| tag),
            _ => None,
        };
        let answer = fetch(session, repository, &IssueList::Events, page, tag.as_ref());
        let Some(listed) = answer.await? else {
            return Ok(());
        };
        let times = listed.items.iter().map(|item| time(item.get("created_at")));
        let is_new = |time: Option<Timestamp>| time.is_none_or(|time| time >= since);
        let wanted = listed.items.iter();
        let wanted =
            wanted.filter(|item| !is_of_other_kind(item) && is_new(time(item.get("created_at"))));
        let entries = read_entries(session, repository, wanted, read_event);
        newest = newest.max(times.clone().flatten().max());
        let count = listed.items.len();
        let at = listed.at;
        first.get_or_insert((listed.etag, count));
        let is_last = count < PAGE_SIZE || !times.clone().all(is_new);
        let mut work = mark_due(repository.id, &entries);
        if is_last {
            let next = newest.map_or(since, |newest| a_second_before(newest).max(since));
            let (tag, entries) = first.take().unwrap_or_default();
            work = work.and(set_mark(&scope, EVENTS, next, at)).and(keep_tag(
                &scope,
                EVENTS,
                0,
                tag.as_ref(),
                entries,
            ));
        }
        session.commit(work).await?;
        if is_last {
            return Ok(());
        }
        page += 1;
    }
}

/// A page, or `None` if there is nothing new or no such list.
async fn fetch(
    session: &ActivitySession,
    repository: &RepositoryIdentity,
    list: &IssueList,
    page: u32,
    tag: Option<&EntityTag>,
) -> Result<Option<ListPage>, ActivityError> {
    let slug = slug_of(repository)?;
    match session.github.fetch_page(&slug, list, page, tag).await? {
        Reading::Read(listed) => Ok(Some(listed)),
        Reading::Unchanged | Reading::Gone | Reading::Moved => Ok(None),
        Reading::Refused { why } | Reading::Broken { why } => Err(ActivityError::Unanswered {
            what: format!("comments and events of {slug}"),
            why,
        }),
    }
}

fn a_second_before(time: Timestamp) -> Timestamp {
    time.checked_sub(Duration::from_secs(1)).unwrap_or(time)
}

/// What a list says of an entry of a timeline.
struct Entry {
    id: i64,
    /// Of the issue.
    number: i64,
    updated_at: Option<Timestamp>,
}

/// What a list says of entries; what cannot be read is noted for the report.
fn read_entries<'i>(
    session: &ActivitySession,
    repository: &RepositoryIdentity,
    items: impl Iterator<Item = &'i Json>,
    read: fn(&Json) -> Option<Entry>,
) -> Vec<Entry> {
    let mut entries = Vec::new();
    for item in items {
        match read(item) {
            Some(entry) => entries.push(entry),
            None => session.note_unreadable(&repository.to_string(), item),
        }
    }
    entries
}

fn read_comment(item: &Json) -> Option<Entry> {
    Some(Entry {
        id: integer(item, "id")?,
        // At the end of the issue's address.
        number: text(item, "issue_url")?.rsplit('/').next()?.parse().ok()?,
        updated_at: time(item.get("updated_at")),
    })
}

fn read_event(item: &Json) -> Option<Entry> {
    Some(Entry {
        id: integer(item, "id")?,
        number: integer(item.get("issue")?, "number")?,
        updated_at: time(item.get("updated_at")),
    })
}

fn mark_due(repository: i64, entries: &[Entry]) -> Transaction {
    let rows: Vec<Vec<Value>> = entries
        .iter()
        .map(|entry| {
            vec![
                repository.into(),
                entry.number.into(),
                entry.id.into(),
                entry.updated_at.into(),
            ]
        })
        .collect();
    let mut work = Transaction::new();
    for table in ["issues", "pull_requests"] {
        work = work.and(Statement::for_each(
            format!(
                "UPDATE {table} SET timeline_due = TRUE
                 WHERE repository_id = $1 AND number = $2 AND deleted_at IS NULL
                     AND NOT EXISTS (SELECT 1 FROM events
                         WHERE events.issue_id = {table}.id AND events.id = $3
                             AND events.updated_at IS NOT DISTINCT FROM $4
                             AND events.deleted_at IS NULL)"
            ),
            rows.clone(),
        ));
    }
    work
}
