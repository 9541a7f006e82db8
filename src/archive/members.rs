//! Members of the web pages, and the browsers that are signed in.
//!
//! Whatever tells who somebody is, and every token, is sealed. Rows are found by keyed digests. A member
//! is changed only if nobody else has changed the same row meanwhile.

use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::error::ArchiveError;
use super::report::SyncReport;
use super::seal::{SealKey, random_text};
use crate::database::{
    Database, Row, Statement, Transaction, Value, from_milliseconds, milliseconds, to_milliseconds,
};
use crate::forge::github::AppTokens;
use crate::openhumans::MemberTokens;

/// How long a browser stays signed in.
pub const SESSION_HOURS: i64 = 12;
const SESSION: SignedDuration = SignedDuration::from_hours(SESSION_HOURS);
/// Days after which an archive is brought up to date by itself.
pub const MOST_DAYS: u64 = 4;
/// How often a change is tried that others have overtaken.
const ATTEMPTS: u32 = 5;

const FIND: &str = "SELECT * FROM archive_members WHERE digest = $1";
const GET: &str = "SELECT * FROM archive_members WHERE id = $1";
const ADD: &str = "INSERT INTO archive_members (digest, sealed, revision, is_connected, created_at)
    VALUES ($1, $2, 1, FALSE, {now}) ON CONFLICT DO NOTHING RETURNING id";
const CHANGE: &str = "UPDATE archive_members
    SET sealed = $3, revision = revision + 1, is_connected = $4
    WHERE id = $1 AND revision = $2 RETURNING id";
const DUE: &str = "SELECT id FROM archive_members
    WHERE is_connected AND COALESCE(updated_at, 0) < {now} - $1 ORDER BY id";
const FIND_SESSION: &str = "SELECT archive_members.* FROM archive_sessions
    JOIN archive_members ON archive_members.id = archive_sessions.member_id
    WHERE archive_sessions.digest = $1 AND archive_sessions.until > {now}";

/// Tokens, and when the first of them ends.
#[derive(Clone, Serialize, Deserialize)]
pub struct Tokens {
    pub access: String,
    pub refresh: Option<String>,
    pub until: Option<Timestamp>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Tokens")
    }
}

impl Tokens {
    /// Tokens that end that number of seconds from now.
    fn new(access: &str, refresh: Option<&str>, seconds: Option<u64>) -> Self {
        let seconds = seconds.and_then(|seconds| i64::try_from(seconds).ok());
        let until = seconds.and_then(|seconds| {
            let now = Timestamp::now();
            now.checked_add(SignedDuration::from_secs(seconds)).ok()
        });
        Self {
            access: access.to_owned(),
            refresh: refresh.map(str::to_owned),
            until,
        }
    }

    /// What Open Humans has given.
    #[must_use]
    pub fn of_open_humans(given: &MemberTokens) -> Self {
        let refresh = given.refresh_token.as_ref();
        let refresh = refresh.map(ExposeSecret::expose_secret);
        Self::new(
            given.access_token.expose_secret(),
            refresh,
            given.expires_in,
        )
    }

    /// What GitHub has given.
    #[must_use]
    pub fn of_github(given: &AppTokens) -> Self {
        let refresh = given.refresh_token.as_ref();
        let refresh = refresh.map(ExposeSecret::expose_secret);
        Self::new(
            given.access_token.expose_secret(),
            refresh,
            given.expires_in,
        )
    }

    /// Puts new tokens in the place of those that they were given for; later ones stay.
    pub fn renew(&mut self, refresh: &str, new: &Self) {
        if self.refresh.as_deref() == Some(refresh) {
            *self = new.clone();
        }
    }

    /// Whether they are used up, or soon will be.
    #[must_use]
    pub fn is_old(&self) -> bool {
        let soon = Timestamp::now() + SignedDuration::from_mins(5);
        self.until.is_some_and(|until| until < soon)
    }
}

/// An account that a member has connected.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Connection {
    pub login: String,
    pub tokens: Tokens,
}

/// What is known of a member.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MemberData {
    /// The name that the member has in this project.
    pub open_humans: String,
    pub tokens: Tokens,
    pub github: Option<Connection>,
    /// Whether private repositories are read too.
    pub private: bool,
    pub last: Option<LastSync>,
}

/// How the last sync has ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LastSync {
    pub at: Timestamp,
    pub items: u64,
    pub finished_through: Option<super::week::Week>,
    pub weeks_left: u64,
    pub wait_until: Option<Timestamp>,
    /// For the member.
    pub why: Option<String>,
}

impl LastSync {
    /// One that has failed.
    #[must_use]
    pub fn failed(why: String) -> Self {
        Self {
            at: Timestamp::now(),
            items: 0,
            finished_through: None,
            weeks_left: 0,
            wait_until: None,
            why: Some(why),
        }
    }

    /// What a report says.
    #[must_use]
    pub fn of(report: &SyncReport) -> Self {
        Self {
            at: Timestamp::now(),
            items: report.total.values().sum(),
            finished_through: report.finished_through,
            weeks_left: report.weeks_left,
            wait_until: report.wait_until,
            why: report.why.clone(),
        }
    }
}

/// A member.
#[derive(Debug, Clone)]
pub struct Member {
    pub id: i64,
    pub data: MemberData,
    pub updated_at: Option<Timestamp>,
    /// Weeks that a sync has read, and of how many, while one runs.
    pub progress: Option<(u64, u64)>,
    /// The folder that the archive is in until it was uploaded; without the key it tells nothing.
    pub folder: String,
    revision: i64,
}

/// The members of a database.
#[derive(Debug, Clone)]
pub struct MemberStore {
    database: Database,
    key: Arc<SealKey>,
}

impl MemberStore {
    #[must_use]
    pub fn new(database: Database, key: Arc<SealKey>) -> Self {
        Self { database, key }
    }

    /// Finds a member by number.
    pub async fn get(&self, id: i64) -> Result<Option<Member>, ArchiveError> {
        let rows = self.query(GET, vec![id.into()]).await?;
        rows.first().map(|row| self.read(row)).transpose()
    }

    /// Signs a member in: a new one is added, one that is known has new tokens. Gives the tokens
    /// before, too.
    pub async fn sign_in(
        &self,
        open_humans: &str,
        tokens: Tokens,
    ) -> Result<(Member, Option<Tokens>), ArchiveError> {
        let digest = self.digest(open_humans);
        for _ in 0..ATTEMPTS {
            let rows = self.query(FIND, vec![digest.as_str().into()]).await?;
            if let Some(row) = rows.first() {
                let member = self.read(row)?;
                let before = member.data.tokens.clone();
                let change = |data: &mut MemberData| data.tokens = tokens.clone();
                return Ok((self.change(member.id, change).await?, Some(before)));
            }
            let data = MemberData {
                open_humans: open_humans.to_owned(),
                tokens: tokens.clone(),
                github: None,
                private: false,
                last: None,
            };
            let values: Vec<Value> =
                vec![digest.as_str().into(), self.seal(&digest, &data)?.into()];
            let added = self
                .database
                .write_returning(self.statement(ADD, values))
                .await?;
            if let Some(row) = added.first() {
                let member = self.get(row.integer("id")?).await?;
                return Ok((member.ok_or(ArchiveError::NoMember)?, None));
            }
        }
        Err(ArchiveError::Overtaken)
    }

    /// Changes what is known of a member.
    ///
    /// # Errors
    ///
    /// [`ArchiveError::NoMember`] if the member was deleted.
    pub async fn change(
        &self,
        id: i64,
        mut change: impl FnMut(&mut MemberData),
    ) -> Result<Member, ArchiveError> {
        for _ in 0..ATTEMPTS {
            let mut member = self.get(id).await?.ok_or(ArchiveError::NoMember)?;
            change(&mut member.data);
            let digest = self.digest(&member.data.open_humans);
            let values: Vec<Value> = vec![
                id.into(),
                member.revision.into(),
                self.seal(&digest, &member.data)?.into(),
                member.data.github.is_some().into(),
            ];
            let changed = self
                .database
                .write_returning(self.statement(CHANGE, values));
            if !changed.await?.is_empty() {
                member.revision += 1;
                return Ok(member);
            }
        }
        Err(ArchiveError::Overtaken)
    }

    /// Forgets the account that a member has connected; gives what was known of it.
    pub async fn disconnect(&self, id: i64) -> Result<Option<Connection>, ArchiveError> {
        let mut before = None;
        let change = |data: &mut MemberData| {
            before = data.github.take();
            data.last = None;
        };
        self.change(id, change).await?;
        Ok(before)
    }

    /// Connects an account; gives the one before.
    pub async fn connect(
        &self,
        id: i64,
        connection: &Connection,
        private: bool,
    ) -> Result<Option<Connection>, ArchiveError> {
        let mut before = None;
        let change = |data: &mut MemberData| {
            before = data.github.replace(connection.clone());
            data.private = private;
            data.last = None;
        };
        self.change(id, change).await?;
        Ok(before)
    }

    /// Notes that an archive is complete now.
    pub async fn note_update(&self, id: i64) -> Result<(), ArchiveError> {
        let text = "UPDATE archive_members SET updated_at = {now} WHERE id = $1";
        self.database
            .write(self.statement(text, vec![id.into()]))
            .await?;
        Ok(())
    }

    /// Notes how far a sync is; `None` when it has ended.
    pub async fn note_progress(
        &self,
        id: i64,
        progress: Option<(u64, u64)>,
    ) -> Result<(), ArchiveError> {
        let text = "UPDATE archive_members SET weeks_done = $2, weeks_total = $3 WHERE id = $1";
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let (done, total) = (
            progress.map(|(done, _)| number(done)),
            progress.map(|(_, total)| number(total)),
        );
        let values = vec![id.into(), done.into(), total.into()];
        self.database.write(Statement::new(text, values)).await?;
        Ok(())
    }

    /// The numbers of members whose archives are due.
    pub async fn fetch_due(&self) -> Result<Vec<i64>, ArchiveError> {
        let age = milliseconds(std::time::Duration::from_hours(24 * MOST_DAYS));
        let rows = self.query(DUE, vec![age.into()]).await?;
        rows.iter().map(|row| Ok(row.integer("id")?)).collect()
    }

    /// Deletes a member with all sessions. The pages of the database that held them are overwritten.
    pub async fn delete(&self, id: i64) -> Result<(), ArchiveError> {
        let mut work = Transaction::new();
        for text in [
            "DELETE FROM archive_sessions WHERE member_id = $1",
            "DELETE FROM archive_members WHERE id = $1",
        ] {
            work = work.and(Statement::new(text, vec![id.into()]));
        }
        self.database.commit_and_erase(work).await?;
        Ok(())
    }

    /// The folders of all members who have connected GitHub, also of those that only another key reads.
    pub async fn fetch_folder_names(&self) -> Result<Vec<String>, ArchiveError> {
        let text = "SELECT digest FROM archive_members WHERE is_connected ORDER BY id";
        let rows = self.query(text, Vec::new()).await?;
        rows.iter()
            .map(|row| Ok(super::folder_name(&row.text("digest")?)))
            .collect()
    }

    /// Begins a session; the value of its cookie.
    pub async fn begin_session(&self, member: i64) -> Result<String, ArchiveError> {
        let value = random_text()?;
        let clean = "DELETE FROM archive_sessions WHERE until <= {now}";
        let add = "INSERT INTO archive_sessions (digest, member_id, until) VALUES ($1, $2, $3)";
        let until = to_milliseconds(self.database.fetch_now().await? + SESSION);
        let values = vec![self.session(&value).into(), member.into(), until.into()];
        let work = Transaction::new()
            .and(self.statement(clean, Vec::new()))
            .and(Statement::new(add, values));
        self.database.commit(work).await?;
        Ok(value)
    }

    /// The member whose browser sends this cookie.
    pub async fn find_session(&self, value: &str) -> Result<Option<Member>, ArchiveError> {
        let rows = self
            .query(FIND_SESSION, vec![self.session(value).into()])
            .await?;
        rows.first().map(|row| self.read(row)).transpose()
    }

    /// Ends a session.
    pub async fn end_session(&self, value: &str) -> Result<(), ArchiveError> {
        let text = "DELETE FROM archive_sessions WHERE digest = $1";
        let values = vec![self.session(value).into()];
        self.database.write(Statement::new(text, values)).await?;
        Ok(())
    }

    fn session(&self, value: &str) -> String {
        self.key.digest("session", value)
    }

    fn digest(&self, open_humans: &str) -> String {
        self.key.digest("member", open_humans)
    }

    fn seal(&self, digest: &str, data: &MemberData) -> Result<String, ArchiveError> {
        let text = serde_json::to_vec(data).map_err(|_| ArchiveError::Sealed)?;
        self.key.seal(&format!("member {digest}"), &text)
    }

    fn read(&self, row: &Row) -> Result<Member, ArchiveError> {
        let digest = row.text("digest")?;
        let purpose = format!("member {digest}");
        let text = self.key.open(&purpose, &row.text("sealed")?)?;
        let data = serde_json::from_slice(&text).map_err(|_| ArchiveError::Sealed)?;
        let number = |column: &str| row.optional_integer(column);
        let (done, total) = (number("weeks_done")?, number("weeks_total")?);
        Ok(Member {
            id: row.integer("id")?,
            data,
            updated_at: number("updated_at")?.map(from_milliseconds),
            progress: done
                .zip(total)
                .map(|(done, total)| (done.unsigned_abs(), total.unsigned_abs())),
            folder: super::folder_name(&digest),
            revision: row.integer("revision")?,
        })
    }

    fn statement(&self, text: &str, values: Vec<Value>) -> Statement {
        Statement::new(self.database.dialect().with_clock(text), values)
    }

    async fn query(&self, text: &str, values: Vec<Value>) -> Result<Vec<Row>, ArchiveError> {
        Ok(self.database.query(self.statement(text, values)).await?)
    }
}
