//! What the activity database knows of the issues and pull requests of a board. Asks nobody else.
//!
//! `pyfa activity` keeps there what GitHub says, and when it has last compared each repository. A
//! place is told of only if all of its repositories were compared lately; whether that is everything
//! there is, and what has changed since, is for `gather` to ask.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;

use super::content::{Comment, Content, ContentKind, LONGEST_TITLE, Person};
use super::lanes::{Place, SearchConditions};
use super::rules::Scopes;
use crate::database::{Database, DatabaseError, Row, Statement, Value};
use crate::model::clean_line;

/// What changes within this time before a list of issues is read may be missing from it.
const LAG: SignedDuration = SignedDuration::from_mins(2);
/// The account that REST names where GraphQL names nobody.
const GHOST: i64 = 10_137;

const REPOSITORIES: &str = "
SELECT repositories.id, repositories.org, repositories.repo,
    walk.done_until AS compared_at, changes.done_until AS changes_until
FROM repositories
LEFT JOIN sync_marks AS walk
    ON walk.scope = 'repository:' || repositories.id AND walk.kind = 'walk'
LEFT JOIN sync_marks AS changes
    ON changes.scope = 'repository:' || repositories.id AND changes.kind = 'changes'
WHERE LOWER(repositories.org) = LOWER($1) AND repositories.state = 'present'
    AND ($2 = '' OR LOWER(repositories.repo) = LOWER($2))
ORDER BY repositories.id";

/// Of issues, or of pull requests, with the present logins of people. The last comment is known if the
/// timeline was read since, and has as many comments as GitHub counts.
const ENTRIES: &str = "
SELECT entry.node_id, entry.html_url, entry.title, entry.number, entry.created_at, entry.updated_at,
    entry.closed_at, entry.comments, entry.labels, entry.\"user\", entry.reactions, entry.timeline_due,
    author.login AS author_login, last.created_at AS last_at, last.\"user\" AS last_user,
    last_author.login AS last_login,
    (SELECT COUNT(*) FROM events
     WHERE events.issue_id = entry.id AND events.event = 'commented'
         AND events.deleted_at IS NULL) AS comments_read
FROM {table} AS entry
LEFT JOIN events AS last ON last.issue_id = entry.id AND last.id = (
    SELECT comment.id FROM events AS comment
    WHERE comment.issue_id = entry.id AND comment.event = 'commented' AND comment.deleted_at IS NULL
    ORDER BY comment.created_at DESC, comment.id DESC LIMIT 1)
LEFT JOIN people AS author ON author.id = entry.user_id
LEFT JOIN people AS last_author ON last_author.id = last.user_id
WHERE entry.repository_id = $1 AND entry.deleted_at IS NULL
    AND (entry.closed_at IS NULL OR entry.closed_at >= $2)";

/// The activity database, and how far it may be behind.
#[derive(Debug, Clone)]
pub struct StoredActivity {
    pub database: Database,
    pub longest_age: Duration,
}

/// What is known of a place.
#[derive(Debug, Default)]
pub(super) struct StoredPlace {
    pub(super) by_id: BTreeMap<String, Content>,
    /// Ids of those of which something is missing.
    pub(super) unknown: Vec<String>,
    /// What has changed since then is not known.
    pub(super) since: Timestamp,
}

/// Why a place has to be read from GitHub.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotStored {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error("nothing of it is followed")]
    NotFollowed,
    #[error("{0} was not compared with GitHub lately")]
    Old(String),
    #[error("most of its timelines are not read yet")]
    Unread,
    #[error("an entry of {0} has no id")]
    NoId(String),
}

/// A repository, and what is known of it.
struct StoredRepository {
    id: i64,
    name: String,
    since: Timestamp,
}

impl StoredActivity {
    /// Reads what is known of a place.
    pub(super) async fn fetch_place(
        &self,
        place: &Place,
        scopes: &Scopes,
        wanted: SearchConditions,
        now: Timestamp,
    ) -> Result<StoredPlace, NotStored> {
        let repositories = self.fetch_repositories(place, scopes, now).await?;
        let since = repositories.iter().map(|one| one.since).min();
        let mut found = StoredPlace {
            since: since.ok_or(NotStored::NotFollowed)?,
            ..StoredPlace::default()
        };
        // Nothing closed counts as open if the first day is never.
        let first_day = wanted
            .first_day()
            .and_then(|day| day.to_zoned(TimeZone::UTC).ok());
        let first_day = first_day.map_or(Timestamp::MAX, |day| day.timestamp());
        for repository in &repositories {
            for (table, kind) in [
                ("issues", ContentKind::Issue),
                ("pull_requests", ContentKind::PullRequest),
            ] {
                let values: Vec<Value> = vec![repository.id.into(), first_day.into()];
                let statement = Statement::new(ENTRIES.replace("{table}", table), values);
                for row in self.database.query(statement).await? {
                    found.add(&row, kind, repository)?;
                }
            }
        }
        Ok(found)
    }

    async fn fetch_repositories(
        &self,
        place: &Place,
        scopes: &Scopes,
        now: Timestamp,
    ) -> Result<Vec<StoredRepository>, NotStored> {
        let (owner, name) = match place {
            Place::Organisation(login) => (login.as_str(), ""),
            Place::Repository(slug) => (slug.owner(), slug.name()),
            // Types of issues are not stored.
            Place::Exception(..) => return Err(NotStored::NotFollowed),
        };
        let values: Vec<Value> = vec![owner.into(), name.into()];
        let rows = self
            .database
            .query(Statement::new(REPOSITORIES, values))
            .await?;
        let mut found = Vec::new();
        for row in &rows {
            let name = format!("{}/{}", row.text("org")?, row.text("repo")?);
            if scopes.excludes(&name) {
                continue;
            }
            let old = || NotStored::Old(name.clone());
            let compared_at = row.optional_time("compared_at")?.ok_or_else(old)?;
            let age = now.duration_since(compared_at);
            let is_fresh = Duration::try_from(age).is_ok_and(|age| age <= self.longest_age);
            if !is_fresh && age.is_positive() {
                return Err(old());
            }
            let compared = compared_at.saturating_sub(LAG).unwrap_or(compared_at);
            let changes = row.optional_time("changes_until")?;
            found.push(StoredRepository {
                id: row.integer("id")?,
                since: changes.map_or(compared, |changes| changes.max(compared)),
                name,
            });
        }
        Ok(found)
    }
}

impl StoredPlace {
    fn add(
        &mut self,
        row: &Row,
        kind: ContentKind,
        repository: &StoredRepository,
    ) -> Result<(), NotStored> {
        let id = row.optional_text("node_id")?.filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| NotStored::NoId(repository.name.clone()))?;
        match read_row(row, &id, kind, &repository.name)? {
            Some(content) => _ = self.by_id.insert(id, content),
            None => self.unknown.push(id),
        }
        Ok(())
    }
}

/// Reads a row; `None` if it does not tell everything.
fn read_row(
    row: &Row,
    id: &str,
    kind: ContentKind,
    repository: &str,
) -> Result<Option<Content>, DatabaseError> {
    let (Some(url), Some(title)) = (row.optional_text("html_url")?, row.optional_text("title")?)
    else {
        return Ok(None);
    };
    let (created_at, updated_at) = (
        row.optional_time("created_at")?,
        row.optional_time("updated_at")?,
    );
    let (Some(created_at), Some(updated_at)) = (created_at, updated_at) else {
        return Ok(None);
    };
    // One that was read under another name of the repository.
    let is_renamed = !url.contains(&format!("/{repository}/"));
    let comments = row.optional_integer("comments")?.unwrap_or(-1);
    let last_at = row.optional_time("last_at")?;
    let is_read = row.optional_integer("comments_read")? == Some(comments);
    let is_due = row.optional_boolean("timeline_due")?.unwrap_or(true);
    // Without a comment, there is nothing in the timeline that a board needs.
    let is_known = comments == 0 || (comments > 0 && is_read && !is_due && last_at.is_some());
    if is_renamed || !is_known {
        return Ok(None);
    }
    let labels = row.json("labels")?;
    let labels = labels.as_array().into_iter().flatten();
    let labels = labels.filter_map(|label| label["name"].as_str());
    let last_author = read_person(&row.json("last_user")?, row.optional_text("last_login")?);
    let final_comment = last_at.filter(|_| comments > 0).map(|at| Comment {
        is_reply: false,
        at: written(at),
        author: last_author,
    });
    Ok(Some(Content {
        id: id.to_owned(),
        kind,
        url,
        title: clean_line(&title, LONGEST_TITLE),
        repository: repository.to_owned(),
        number: row.integer("number")?,
        created_at: written(created_at),
        updated_at: written(updated_at),
        closed_at: row.optional_time("closed_at")?.map(written),
        author: read_person(&row.json("user")?, row.optional_text("author_login")?),
        votes: row.json("reactions")?["+1"].as_i64().unwrap_or(0),
        labels: labels.map(str::to_owned).collect(),
        comments,
        final_comment,
    }))
}

/// As GitHub writes a time.
fn written(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// An account as REST shows it, read as GraphQL shows it: bots without brackets, and nobody where the
/// account was deleted. `login` is the present one, if somebody has seen it.
fn read_person(user: &Json, login: Option<String>) -> Option<Person> {
    if user["id"].as_i64() == Some(GHOST) {
        return None;
    }
    let is_bot = user["type"].as_str() == Some("Bot");
    let mut login = login.or_else(|| user["login"].as_str().map(str::to_owned))?;
    if is_bot && let Some(name) = login.strip_suffix("[bot]") {
        login = name.to_owned();
    }
    Some(Person { login, is_bot })
}
