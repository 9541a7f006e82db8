//! Activity: after any number of syncs with kills and quota stops, the database equals the world.

mod command;
mod full_disk;
mod leases;
pub(crate) mod little;
mod metrics;
mod metrics_command;
mod names;
mod one;
mod packages;
mod storage;
mod streams;
mod unreadable;
mod waits;
mod wrong;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use pyfa::activity::steps::{Identity, follow_identity};
use pyfa::activity::{
    ActivityError, ActivityProblem, ActivityScope, ActivitySession, RepositoryIdentity, Schedule,
    sync,
};
use pyfa::database::{Database, Row, Statement, Value};
use pyfa::forge::github::{GitHub, GitHubSettings, RequestPacing};
use pyfa::model::RepositorySlug;
use pyfa::progress::Stop;
use pyfa_testkit::github::{FakeGitHub, FakeRepository, Slot};
use serde_json::Value as Json;

use crate::database::Place;

pub(crate) const TOKEN: &str = "token-of-tests";
pub(crate) const ORGANISATION: &str = "org";
pub(crate) const REPOSITORIES: [&str; 3] = ["org/one", "org/two", "other/three"];

/// A GitHub with some empty repositories.
pub(crate) fn town() -> Result<FakeGitHub> {
    let github = FakeGitHub::start()?;
    github.allow(TOKEN);
    for slug in REPOSITORIES {
        github.add(slug, FakeRepository::default());
    }
    github.world().join(ORGANISATION, "ada");
    Ok(github)
}

/// A client without a past, as of a program that was started now.
pub(crate) fn client(github: &FakeGitHub) -> Result<GitHub> {
    Ok(GitHub::new(&settings(github)?, "pyfa-tests")?)
}

pub(crate) fn settings(github: &FakeGitHub) -> Result<GitHubSettings> {
    Ok(GitHubSettings {
        api_url: format!("{}/", github.base_url()).parse()?,
        token: Some(TOKEN.into()),
        cool_off: Duration::ZERO,
        quota_share: 1.0,
        reserve: pyfa::forge::github::RESERVE,
        pace: RequestPacing {
            first_pause: Duration::ZERO,
            patience: Duration::ZERO,
            backoff: Duration::ZERO,
            ..RequestPacing::default()
        },
    })
}

pub(crate) fn session(github: &FakeGitHub, database: &Database) -> Result<ActivitySession> {
    Ok(ActivitySession::new(
        client(github)?,
        database.clone(),
        Stop::never(),
    ))
}

pub(crate) fn now(github: &FakeGitHub) -> Timestamp {
    let seconds = i64::try_from(github.controls().now()).unwrap_or_default();
    Timestamp::from_second(seconds).unwrap_or_default()
}

fn slug(text: &str) -> Result<RepositorySlug> {
    let (owner, name) = text.split_once('/').context("no slug")?;
    RepositorySlug::new(owner, name).context("no slug")
}

pub(crate) async fn identity(
    session: &ActivitySession,
    text: &str,
) -> Result<RepositoryIdentity, ActivityError> {
    match follow_identity(session, &slug(text).unwrap_or_else(|_| unreachable!())).await? {
        Identity::Present(identity) => Ok(identity),
        other => Err(ActivityError::Unanswered {
            what: text.to_owned(),
            why: format!("{other:?}"),
        }),
    }
}

/// Everything there is, and a year back.
fn scope() -> Result<ActivityScope> {
    Ok(ActivityScope {
        organisations: vec![ORGANISATION.to_owned()],
        repositories: REPOSITORIES
            .iter()
            .map(|text| slug(text))
            .collect::<Result<_>>()?,
        first_days: 365,
        closed_days: 365,
        ..ActivityScope::default()
    })
}

async fn run(
    session: &ActivitySession,
    schedule: Schedule,
    at: Timestamp,
) -> Result<(), ActivityError> {
    let scope = scope().unwrap_or_default();
    let report = sync(session, &scope, schedule, at).await?;
    match report.problems.into_iter().next() {
        None => Ok(()),
        Some(ActivityProblem { of, why }) => Err(ActivityError::Unanswered { what: of, why }),
    }
}

/// What runs every few minutes.
pub(crate) async fn sync_often(
    session: &ActivitySession,
    at: Timestamp,
) -> Result<(), ActivityError> {
    run(session, Schedule::Events, at).await
}

/// What runs less often.
pub(crate) async fn sync_daily(
    session: &ActivitySession,
    at: Timestamp,
) -> Result<(), ActivityError> {
    run(session, Schedule::Update, at).await?;
    run(session, Schedule::Daily, at).await
}

pub(crate) async fn rows(database: &Database, text: &str) -> Result<Vec<Row>> {
    let statement = Statement::new(text.to_owned(), Vec::new());
    Ok(database.query(statement).await?)
}

/// All ids of issues and pull requests.
pub(crate) async fn stored_ids(database: &Database) -> Result<BTreeSet<i64>> {
    let text = "SELECT id FROM issues UNION ALL SELECT id FROM pull_requests";
    let rows = rows(database, text).await?;
    rows.iter().map(|row| Ok(row.integer("id")?)).collect()
}

/// JSON as a database keeps it, without what only the search adds.
fn kept(document: &Json) -> Json {
    let mut document = match Value::from(document.clone()) {
        Value::Json(json) => json,
        _ => Json::Null,
    };
    if let Some(fields) = document.as_object_mut() {
        fields.remove("score");
        fields.remove("text_matches");
    }
    document
}

/// Fails unless the database tells of everything in the world and of nothing else. `known` are ids
/// that were stored at some time.
pub(crate) async fn compare(
    github: &FakeGitHub,
    database: &Database,
    known: &BTreeSet<i64>,
) -> Result<()> {
    let mut expected: BTreeMap<i64, (Json, Vec<Json>, &str)> = BTreeMap::new();
    let mut moved = BTreeSet::new();
    {
        let world = github.world();
        for slug in REPOSITORIES {
            for (number, slot) in world.slots(slug) {
                if let Slot::Here(issue) = &slot {
                    let (document, timeline) = world.documents(slug, number).context("no issue")?;
                    let id = i64::try_from(issue.id)?;
                    expected.insert(id, (document, timeline, slug));
                }
            }
        }
        for id in known {
            if !expected.contains_key(id) {
                moved.insert(*id);
            }
        }
    }
    let mut found = BTreeMap::new();
    for table in ["issues", "pull_requests"] {
        let text = format!("SELECT * FROM {table} WHERE deleted_at IS NULL");
        for row in rows(database, &text).await? {
            ensure!(
                found.insert(row.integer("id")?, (row, table)).is_none(),
                "one id in both tables"
            );
        }
    }
    let (wanted, stored): (BTreeSet<i64>, BTreeSet<i64>) = (
        expected.keys().copied().collect(),
        found.keys().copied().collect(),
    );
    ensure!(
        wanted == stored,
        "missing {:?}, too many {:?}",
        wanted.difference(&stored).collect::<Vec<_>>(),
        stored.difference(&wanted).collect::<Vec<_>>()
    );
    for (id, (document, timeline, slug)) in &expected {
        let (row, table) = &found[id];
        let is_pull = document.get("pull_request").is_some();
        ensure!(is_pull == (*table == "pull_requests"), "{id} is in {table}");
        let raw = kept(&row.json("raw")?);
        ensure!(
            raw == kept(document),
            "{slug} {id}: stored {raw:#} instead of {document:#}"
        );
        compare_columns(row, document, slug, is_pull)?;
        compare_timeline(database, *id, timeline).await?;
    }
    compare_members(github, database).await?;
    compare_transfers(github, database, &moved).await
}

/// Whether every issue is stored as it was changed last, which needs no daily sync.
async fn compare_changes(github: &FakeGitHub, database: &Database) -> Result<()> {
    let mut stored = BTreeMap::new();
    for table in ["issues", "pull_requests"] {
        let text = format!("SELECT id, title, state, updated_at FROM {table}");
        for row in rows(database, &text).await? {
            stored.insert(row.integer("id")?, row);
        }
    }
    let world = github.world();
    for slug in REPOSITORIES {
        for (number, slot) in world.slots(slug) {
            let Slot::Here(issue) = slot else { continue };
            let row = stored.get(&i64::try_from(issue.id)?);
            let row = row.with_context(|| format!("{slug}#{number} is not stored"))?;
            let state = if issue.is_open { "open" } else { "closed" };
            let updated = row.time("updated_at")?.as_second();
            ensure!(
                updated == i64::try_from(issue.updated)?
                    && row.text("title")? == issue.title
                    && row.text("state")? == state,
                "{slug}#{number} is not as it was changed last: {row:?}"
            );
        }
    }
    Ok(())
}

fn compare_columns(row: &Row, document: &Json, slug: &str, is_pull: bool) -> Result<()> {
    for name in ["title", "state", "state_reason", "body"] {
        let stored = row.optional_text(name)?;
        ensure!(
            stored.as_deref() == document[name].as_str(),
            "{name} of {slug}"
        );
    }
    let login = document["user"]["login"].as_str();
    ensure!(
        row.optional_text("username")?.as_deref() == login,
        "the author's name"
    );
    ensure!(row.optional_integer("comments")? == document["comments"].as_i64());
    ensure!(format!("{}/{}", row.text("org")?, row.text("repo")?) == slug);
    let closed = document["closed_at"].as_str().map(str::parse).transpose()?;
    ensure!(
        row.optional_time("closed_at")? == closed,
        "the time of closing"
    );
    if is_pull {
        let merged = document["pull_request"]["merged_at"].is_string();
        ensure!(row.boolean("merged")? == merged, "merged or not");
    }
    Ok(())
}

/// The kinds of the world that are not kept.
const NOT_KEPT: [&str; 2] = ["committed", "head_ref_force_pushed"];

async fn compare_timeline(database: &Database, issue: i64, timeline: &[Json]) -> Result<()> {
    let text = format!(
        "SELECT raw FROM events WHERE issue_id = {issue} AND deleted_at IS NULL ORDER BY id"
    );
    let stored = rows(database, &text).await?;
    let mut stored: Vec<String> = stored
        .iter()
        .map(|row| Ok(row.json("raw")?.to_string()))
        .collect::<Result<_>>()?;
    let mut wanted: Vec<String> = timeline
        .iter()
        .filter(|event| !NOT_KEPT.contains(&event["event"].as_str().unwrap_or_default()))
        .map(|event| kept(event).to_string())
        .collect();
    stored.sort();
    wanted.sort();
    // The same issue may refer to another twice within a second.
    wanted.dedup();
    ensure!(
        stored == wanted,
        "timeline of {issue}: stored {stored:#?} instead of {wanted:#?}"
    );
    Ok(())
}

async fn compare_members(github: &FakeGitHub, database: &Database) -> Result<()> {
    let members = github.world().members(ORGANISATION);
    let wanted: BTreeSet<i64> = members
        .into_iter()
        .map(i64::try_from)
        .collect::<Result<_, _>>()?;
    let stored = rows(database, "SELECT id, inactive, inactive_dt FROM members").await?;
    let mut active = BTreeSet::new();
    for row in stored {
        let is_inactive = row.boolean("inactive")?;
        ensure!(is_inactive == row.optional_time("inactive_dt")?.is_some());
        if !is_inactive {
            active.insert(row.integer("id")?);
        }
    }
    // An organisation that shows nobody may hide them.
    ensure!(
        wanted == active || wanted.is_empty(),
        "{wanted:?} are members, not {active:?}"
    );
    Ok(())
}

/// Everything that is not where it was has gone somewhere, or was deleted.
async fn compare_transfers(
    github: &FakeGitHub,
    database: &Database,
    gone: &BTreeSet<i64>,
) -> Result<()> {
    let transfers = rows(
        database,
        "SELECT issue_id, new_issue_id, repo, number FROM transfers",
    )
    .await?;
    let recorded: BTreeMap<i64, i64> = transfers
        .iter()
        .map(|row| Ok((row.integer("issue_id")?, row.integer("new_issue_id")?)))
        .collect::<Result<_>>()?;
    let deleted = rows(
        database,
        "SELECT id FROM issues WHERE deleted_at IS NOT NULL
         UNION ALL SELECT id FROM pull_requests WHERE deleted_at IS NOT NULL",
    )
    .await?;
    let deleted: BTreeSet<i64> = deleted
        .iter()
        .map(|row| Ok(row.integer("id")?))
        .collect::<Result<_>>()?;
    for id in gone {
        ensure!(
            recorded.contains_key(id) != deleted.contains(id),
            "{id} is neither transferred nor deleted, or both"
        );
    }
    let orphans = rows(
        database,
        "SELECT id FROM events WHERE issue_id NOT IN
            (SELECT id FROM issues UNION ALL SELECT id FROM pull_requests)",
    )
    .await?;
    ensure!(
        orphans.is_empty(),
        "{} events belong to nothing",
        orphans.len()
    );
    drop(github.world());
    Ok(())
}

/// Opens the database of a test.
pub(crate) async fn open(place: &Place) -> Result<Database> {
    place.open().await
}
