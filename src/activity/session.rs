//! What every step works with: GitHub, the database, the people that are known, and the lease.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use futures::TryStreamExt;
use jiff::Timestamp;
use serde_json::Value as Json;

use super::error::ActivityError;
use super::people::KnownPeople;
use super::rows::Person;
use super::unreadable::Unreadable;
use crate::database::{Database, Lease, Statement, Table, Transaction, Value, WorkLease};
use crate::forge::github::{EntityTag, GitHub};
use crate::progress::Stop;
use crate::search::Client;

/// A sync at work; clones are the same one.
#[derive(Debug, Clone)]
pub struct ActivitySession {
    pub github: GitHub,
    pub database: Database,
    pub(super) lease: WorkLease,
    /// `None` until they were read.
    people: Arc<Mutex<Option<KnownPeople>>>,
    /// Where the packages are whose repositories are followed; `None` if none are.
    search: Option<Client>,
    unreadable: Arc<Mutex<Unreadable>>,
}

impl ActivitySession {
    #[must_use]
    pub fn new(github: GitHub, database: Database, stop: Stop) -> Self {
        Self {
            github,
            database,
            lease: WorkLease::new(stop),
            people: Arc::default(),
            search: None,
            unreadable: Arc::default(),
        }
    }

    /// Finds the packages of followed profiles in `search`.
    #[must_use]
    pub fn with_search(mut self, search: Client) -> Self {
        self.search = Some(search);
        self
    }

    pub(super) fn search(&self) -> Option<&Client> {
        self.search.as_ref()
    }

    /// Notes an entry of a list that cannot be read.
    pub(super) fn note_unreadable(&self, of: &str, entry: &Json) {
        let mut noted = self
            .unreadable
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        noted.add(of, entry);
    }

    /// What could not be read since the last call.
    pub(super) fn take_unreadable(&self) -> Unreadable {
        let mut noted = self
            .unreadable
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut noted)
    }

    /// Asks and writes only while `lease` is held.
    #[must_use]
    pub fn with_lease(mut self, lease: Arc<dyn Lease>) -> Self {
        self.lease = self.lease.with(lease);
        self
    }

    /// Notes what GitHub has said of its quota, and closes the database.
    pub async fn close(&self) {
        self.github.wait_until_settled().await;
        self.database.close().await;
    }

    /// Fails if the sync has to end here.
    pub(super) fn check_stop(&self) -> Result<(), ActivityError> {
        Ok(self.lease.check()?)
    }

    /// Runs all statements, or none if the lease is lost.
    pub(super) async fn commit(&self, work: Transaction) -> Result<Vec<u64>, ActivityError> {
        self.lease.commit(&self.database, work).await
    }

    /// Adds what an answer says of people to `work`: new ones, new logins, logins that have changed
    /// hands. Call [`Self::remember`] after it is committed.
    pub(super) async fn add_people(
        &self,
        mut work: Transaction,
        people: &[Person],
        at: Timestamp,
    ) -> Result<Transaction, ActivityError> {
        self.load_people().await?;
        let (changed, renamed) = {
            let known = self.people.lock().unwrap_or_else(PoisonError::into_inner);
            match known.as_ref() {
                Some(known) => known.changed(people),
                None => KnownPeople::default().changed(people),
            }
        };
        if changed.is_empty() {
            return Ok(work);
        }
        let rows = |people: &BTreeSet<&Person>, values: fn(&Person, Timestamp) -> Vec<Value>| {
            let people = people.iter();
            let rows: Vec<Vec<Value>> = people.map(|person| values(person, at)).collect();
            rows
        };
        let both =
            |person: &Person, _: Timestamp| vec![person.id.into(), person.login.as_str().into()];
        let seen = |person: &Person, at: Timestamp| {
            vec![person.id.into(), person.login.as_str().into(), at.into()]
        };
        work = work
            .and(Statement::for_each(
                "UPDATE people SET login = NULL WHERE login = $2 AND id <> $1",
                rows(&changed, both),
            ))
            .and(Statement::for_each(
                "INSERT INTO people (id, login, type, first_seen, last_seen)
                 VALUES ($1, $2, $3, $4, $4)
                 ON CONFLICT (id) DO UPDATE SET login = excluded.login, type = excluded.type,
                     last_seen = excluded.last_seen",
                rows(&changed, |person, at| {
                    vec![
                        person.id.into(),
                        person.login.as_str().into(),
                        person.kind.clone().into(),
                        at.into(),
                    ]
                }),
            ))
            .and(Statement::for_each(
                "INSERT INTO person_logins (person_id, login, first_seen, last_seen)
                 VALUES ($1, $2, $3, $3)
                 ON CONFLICT (person_id, login) DO UPDATE SET last_seen = excluded.last_seen",
                rows(&changed, seen),
            ));
        for text in [
            "UPDATE issues SET username = $2 WHERE user_id = $1 AND username <> $2",
            "UPDATE pull_requests SET username = $2 WHERE user_id = $1 AND username <> $2",
            "UPDATE events SET username = $2 WHERE user_id = $1 AND username <> $2",
            "UPDATE members SET login = $2 WHERE id = $1 AND login <> $2",
        ] {
            work = work.and(Statement::for_each(text, rows(&renamed, both)));
        }
        Ok(work)
    }

    /// Notes people that were stored.
    pub(super) fn remember(&self, people: &[Person]) {
        let mut known = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.as_mut() {
            for person in people {
                known.insert(person.id, Some(person.login.clone()));
            }
        }
    }

    async fn load_people(&self) -> Result<(), ActivityError> {
        let is_loaded = {
            let known = self.people.lock().unwrap_or_else(PoisonError::into_inner);
            known.is_some()
        };
        if is_loaded {
            return Ok(());
        }
        let mut known = KnownPeople::default();
        let tables = Table::all()?;
        if let Some(table) = tables.iter().find(|table| table.name == "people") {
            let mut pages = std::pin::pin!(self.database.read_table(table));
            while let Some(rows) = pages.try_next().await? {
                for row in rows {
                    known.insert(row.integer("id")?, row.optional_text("login")?);
                }
            }
        }
        *self.people.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
        Ok(())
    }

    /// The tag of a page, and how many entries it has.
    pub(super) async fn fetch_tag(
        &self,
        scope: &str,
        list: &'static str,
        page: u32,
    ) -> Result<Option<(EntityTag, usize)>, ActivityError> {
        let text = "SELECT etag, token, entries FROM page_tags
                    WHERE scope = $1 AND list = $2 AND page_no = $3";
        let values = vec![scope.into(), list.into(), i64::from(page).into()];
        let rows = self.database.query(Statement::new(text, values)).await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let tag = EntityTag {
            tag: row.text("etag")?,
            token: row.text("token")?,
        };
        let entries = usize::try_from(row.integer("entries")?).unwrap_or(0);
        Ok(Some((tag, entries)))
    }

    /// The mark of a scope: everything before it is stored.
    pub(super) async fn fetch_mark(
        &self,
        scope: &str,
        kind: &'static str,
    ) -> Result<Option<Timestamp>, ActivityError> {
        let text = "SELECT done_until FROM sync_marks WHERE scope = $1 AND kind = $2";
        let values = vec![scope.into(), kind.into()];
        let rows = self.database.query(Statement::new(text, values)).await?;
        Ok(match rows.first() {
            Some(row) => row.optional_time("done_until")?,
            None => None,
        })
    }
}

/// Keeps the tag of a page, or forgets it.
pub(super) fn keep_tag(
    scope: &str,
    list: &'static str,
    page: u32,
    tag: Option<&EntityTag>,
    entries: usize,
) -> Statement {
    let place = vec![scope.into(), list.into(), i64::from(page).into()];
    let Some(EntityTag { tag, token }) = tag else {
        let text = "DELETE FROM page_tags WHERE scope = $1 AND list = $2 AND page_no = $3";
        return Statement::new(text, place);
    };
    let mut values = place;
    values.extend([
        tag.as_str().into(),
        token.as_str().into(),
        i64::try_from(entries).unwrap_or(i64::MAX).into(),
    ]);
    Statement::new(
        "INSERT INTO page_tags (scope, list, page_no, etag, token, entries)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (scope, list, page_no) DO UPDATE SET etag = excluded.etag,
             token = excluded.token, entries = excluded.entries",
        values,
    )
}

/// Moves the mark of a scope.
pub(super) fn set_mark(
    scope: &str,
    kind: &'static str,
    done_until: Timestamp,
    at: Timestamp,
) -> Statement {
    Statement::new(
        "INSERT INTO sync_marks (scope, kind, done_until, updated_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (scope, kind) DO UPDATE SET done_until = excluded.done_until,
             updated_at = excluded.updated_at",
        vec![scope.into(), kind.into(), done_until.into(), at.into()],
    )
}
