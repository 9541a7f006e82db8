//! Stores pages of timelines: all that have come while the last ones were written, in one transaction.
//!
//! A page and its entity tag are stored together, and a timeline is done only with its last page. Asks
//! GitHub nothing.

use std::sync::LazyLock;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use super::verify::KnownIssue;
use crate::activity::error::ActivityError;
use crate::activity::rows::{
    EVENT_COLUMNS, EventRow, Person, RepositoryIdentity, is_of_other_kind, is_tracked,
};
use crate::activity::session::ActivitySession;
use crate::database::{Statement, Transaction, Value, columns_and_values, set_to_excluded};
use crate::forge::github::ListPage;

/// How many pages wait to be stored, and are stored in one transaction.
pub(super) const STORED_AT_ONCE: usize = 32;

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

/// A page of a timeline.
pub(super) struct TimelinePage {
    pub(super) issue: KnownIssue,
    pub(super) number: u32,
    pub(super) listed: ListPage,
}

/// All pages of a timeline were read.
pub(super) struct TimelineEnd {
    pub(super) issue: KnownIssue,
    pub(super) last_page: u32,
    pub(super) at: Timestamp,
}

/// What has come from GitHub, in this order.
pub(super) enum Fetched {
    Page(TimelinePage),
    End(TimelineEnd),
    /// Answered when everything before it is stored.
    Barrier(oneshot::Sender<()>),
}

/// Stores what comes, until nothing more does.
pub(super) async fn store_timelines(
    session: &ActivitySession,
    repository: &RepositoryIdentity,
    mut fetched: mpsc::Receiver<Fetched>,
) -> Result<(), ActivityError> {
    let mut batch = Vec::with_capacity(STORED_AT_ONCE);
    while fetched.recv_many(&mut batch, STORED_AT_ONCE).await > 0 {
        let mut pages = Vec::new();
        let mut ends = Vec::new();
        let mut barriers = Vec::new();
        for one in batch.drain(..) {
            match one {
                Fetched::Page(page) => pages.push(page),
                Fetched::End(end) => ends.push(end),
                Fetched::Barrier(barrier) => barriers.push(barrier),
            }
        }
        store(session, repository, &pages, &ends).await?;
        for barrier in barriers {
            // Nobody waits any more if the sync has ended.
            let _ = barrier.send(());
        }
    }
    Ok(())
}

async fn store(
    session: &ActivitySession,
    repository: &RepositoryIdentity,
    pages: &[TimelinePage],
    ends: &[TimelineEnd],
) -> Result<(), ActivityError> {
    if pages.is_empty() && ends.is_empty() {
        return Ok(());
    }
    let mut rows: Vec<EventRow> = Vec::new();
    for page in pages {
        rows.extend(read_events(session, repository, page));
    }
    let people: Vec<Person> = rows.iter().flat_map(|row| row.people.clone()).collect();
    let places = pages.iter().map(TimelinePage::place);
    let mut work = Transaction::new()
        .and(Statement::for_each(
            "UPDATE events SET page_no = NULL WHERE issue_id = $1 AND page_no = $2",
            places.collect(),
        ))
        .and(Statement::for_each(
            UPSERT_EVENT.as_str(),
            rows.into_iter().map(|row| row.values).collect(),
        ))
        .and(Statement::for_each(
            "INSERT INTO event_polls (id, page_no, issue_updated_at, etag, token, entries)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (id, page_no) DO UPDATE SET issue_updated_at = excluded.issue_updated_at,
                 etag = excluded.etag, token = excluded.token, entries = excluded.entries",
            pages.iter().map(TimelinePage::poll).collect(),
        ));
    work = finish(work, ends);
    let at = pages.iter().map(|page| page.listed.at).max();
    if let Some(at) = at {
        work = session.add_people(work, &people, at).await?;
    }
    session.commit(work).await?;
    session.remember(&people);
    Ok(())
}

/// The entries that are kept; what cannot be read is noted for the report.
fn read_events(
    session: &ActivitySession,
    repository: &RepositoryIdentity,
    page: &TimelinePage,
) -> Vec<EventRow> {
    let mut rows = Vec::new();
    let items = page.listed.items.iter();
    for item in items.filter(|item| !is_of_other_kind(item)) {
        let row = EventRow::read(item, page.issue.id, page.number, repository);
        if row.is_none() || !is_tracked(item) {
            session.note_unreadable(&format!("{repository}#{}", page.issue.number), item);
        }
        rows.extend(row);
    }
    rows
}

impl TimelinePage {
    fn place(&self) -> Vec<Value> {
        vec![self.issue.id.into(), i64::from(self.number).into()]
    }

    fn poll(&self) -> Vec<Value> {
        let etag = self.listed.etag.as_ref();
        let token = etag.map_or("", |etag| etag.token.as_str());
        let mut values = self.place();
        values.extend([
            self.issue.updated_at.into(),
            etag.map(|etag| etag.tag.clone()).into(),
            token.into(),
            i64::try_from(self.listed.items.len())
                .unwrap_or(i64::MAX)
                .into(),
        ]);
        values
    }
}

/// After the last page: what is on none of them was removed.
fn finish(work: Transaction, ends: &[TimelineEnd]) -> Transaction {
    let places = || {
        let places = ends.iter();
        places
            .map(|end| vec![end.issue.id.into(), i64::from(end.last_page).into()])
            .collect::<Vec<Vec<Value>>>()
    };
    let mut work = work
        .and(Statement::for_each(
            "DELETE FROM event_polls WHERE id = $1 AND page_no > $2",
            places(),
        ))
        .and(Statement::for_each(
            "UPDATE events SET page_no = NULL WHERE issue_id = $1 AND page_no > $2",
            places(),
        ))
        .and(Statement::for_each(
            "UPDATE events SET deleted_at = $2
             WHERE issue_id = $1 AND page_no IS NULL AND deleted_at IS NULL",
            ends.iter()
                .map(|end| vec![end.issue.id.into(), end.at.into()])
                .collect(),
        ));
    for table in ["issues", "pull_requests"] {
        let ends = ends.iter().filter(|end| end.issue.table() == table);
        work = work.and(Statement::for_each(
            // It may have changed again meanwhile.
            format!(
                "UPDATE {table} SET timeline_due = FALSE
                 WHERE id = $1 AND updated_at IS NOT DISTINCT FROM $2 AND timeline_due"
            ),
            ends.map(|end| vec![end.issue.id.into(), end.issue.updated_at.into()])
                .collect(),
        ));
    }
    work
}
