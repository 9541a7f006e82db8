//! Pages of repositories and people: from documents, from the map, and without those who asked to be
//! forgotten.

mod forgotten;
mod shown;

use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;
use pyfa::database::{Database, DatabaseSettings, Statement, Value, columns_and_values};
use pyfa::model::{Document, Identity};
use pyfa::web::gallery::{GallerySettings, Timeouts};
use serde_json::json;

use super::packages::{DAY, NOW, release, with};

/// Ids of GitHub's.
const ADA: i64 = 11;
const BEN: i64 = 12;
const ORG: i64 = 20;
const ONE: i64 = 1;

/// Two packages of `org/one`, and one of somebody else's.
fn documents() -> Vec<(&'static str, Document)> {
    let checked = *NOW - 2 * DAY;
    let of = |name: &str, url: &str, contributors: serde_json::Value| {
        let document = Document {
            maintainers: vec!["ada".to_owned()],
            author: "Ada Example".to_owned(),
            author_email: "ada@private.example".to_owned(),
            ..release(name, "1.0")
        };
        with(
            document,
            &json!({"github_url": url, "github_stars": 1_234, "github_forks": 5,
                "github_watchers": 7, "github_open_issues": 3, "github_open_pull_requests": 2,
                "github_checked": checked, "contributors": contributors}),
        )
    };
    let both = json!([{"username": "ada", "contributions": 70}, {"username": "Ben"}]);
    vec![
        (
            "plone",
            of("a.one", "https://github.com/org/one", both.clone()),
        ),
        ("plone", of("b.two", "https://github.com/org/one", both)),
        (
            "plone",
            Document {
                maintainers: vec!["cleo".to_owned()],
                author: "ada example".to_owned(),
                ..of("c.three", "https://github.com/cleo/three", json!([]))
            },
        ),
        ("django", release("alone", "1.0")),
    ]
}

fn settings(database: Option<DatabaseSettings>) -> GallerySettings {
    GallerySettings {
        database,
        patience: Timeouts {
            // Nothing here is meant to be late, on the slowest machine.
            glance: Duration::from_secs(20),
            ..Timeouts::default()
        },
        ..GallerySettings::default()
    }
}

async fn insert(database: &Database, table: &str, row: Vec<(&str, Value)>) -> Result<()> {
    let (names, values): (Vec<&str>, Vec<Value>) = row.into_iter().unzip();
    let text = format!("INSERT INTO {table} {}", columns_and_values(names));
    database.write(Statement::new(text, values)).await?;
    Ok(())
}

fn days_ago(days: i64) -> Timestamp {
    Timestamp::from_second(*NOW - days * DAY).unwrap_or_default()
}

async fn developer(
    database: &Database,
    id: i64,
    login: &str,
    name: &str,
    kind: &str,
) -> Result<()> {
    insert(
        database,
        "developers",
        vec![
            ("id", format!("00000000-0000-5000-8000-{id:012}").into()),
            ("github_id", id.into()),
            ("login", login.into()),
            ("type", kind.into()),
            ("name", name.into()),
            ("email", format!("{login}@private.example").into()),
            ("followers_count", 4_321.into()),
            ("public_repos", 17.into()),
            ("depth", 0.into()),
            ("first_seen", days_ago(9).into()),
            ("read_at", days_ago(3).into()),
        ],
    )
    .await
}

async fn contributor(database: &Database, repository: i64, id: i64, commits: i64) -> Result<()> {
    insert(
        database,
        "repository_contributors",
        vec![
            ("repository_id", repository.into()),
            ("developer_id", id.into()),
            ("contributions", commits.into()),
            ("first_seen", days_ago(9).into()),
        ],
    )
    .await
}

async fn repository(database: &Database, id: i64, name: &str, is_private: bool) -> Result<()> {
    let (_, short) = name.split_once('/').unwrap_or(("", name));
    insert(
        database,
        "discovered_repositories",
        vec![
            ("id", format!("00000000-0000-5000-9000-{id:012}").into()),
            ("github_id", id.into()),
            ("owner_github_id", ORG.into()),
            ("name", short.into()),
            ("full_name", name.into()),
            ("description", "Everything <b>in</b> one".into()),
            ("private", is_private.into()),
            ("archived", false.into()),
            ("stargazers_count", 2_000.into()),
            ("subscribers_count", 30.into()),
            ("forks_count", 40.into()),
            ("open_issues_count", 50.into()),
            ("first_seen", days_ago(9).into()),
            ("read_at", days_ago(1).into()),
        ],
    )
    .await
}

/// The map around `org/one`.
async fn fill_map(database: &Database) -> Result<()> {
    developer(database, ADA, "ada", "Ada Example", "User").await?;
    developer(database, BEN, "Ben", "Ben", "User").await?;
    developer(database, 13, "dora", "Dora", "User").await?;
    developer(database, ORG, "org", "The Org", "Organization").await?;
    repository(database, ONE, "org/one", false).await?;
    repository(database, 2, "org/secret", true).await?;
    repository(database, 3, "else/where", false).await?;
    contributor(database, ONE, ADA, 700).await?;
    contributor(database, ONE, BEN, 1).await?;
    contributor(database, ONE, 13, 8).await?;
    contributor(database, 2, ADA, 9).await?;
    contributor(database, 3, ADA, 9).await
}

/// Puts somebody on the list of those who asked to be forgotten.
async fn forget(database: &Database, login: &str, id: Option<i64>) -> Result<()> {
    let row = vec![
        ("login_digest", login.parse::<Identity>()?.digest().into()),
        ("github_id", id.map_or(Value::Null, Value::from)),
        ("asked_at", days_ago(0).into()),
    ];
    insert(database, "forgotten", row).await
}
