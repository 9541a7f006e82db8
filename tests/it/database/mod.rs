//! The database, on `SQLite` and on a real `PostgreSQL` server: every test of both runs on both.

mod command;
mod copies;
mod heartbeat;
mod migrations;
mod outages;
mod tls;
mod transactions;
mod values;

use std::path::Path;

use anyhow::{Context, Result};
use jiff::Timestamp;
use pyfa::database::{
    Database, DatabaseError, DatabaseSettings, Row, Statement, Transaction, Value,
};
use pyfa_testkit::postgres::{PostgresServer, postgres_or_skip};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

/// A database that is empty and belongs to one test.
pub(crate) struct Place {
    /// As in `PYFA_DATABASE`.
    pub(crate) address: String,
    pub(crate) settings: DatabaseSettings,
    /// Of the file.
    _folder: Option<TempDir>,
    _server: Option<PostgresServer>,
}

impl Place {
    pub(crate) fn sqlite() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("below").join("activity.sqlite");
        let address = path.to_string_lossy().into_owned();
        Ok(Self {
            settings: settings(&address)?,
            address,
            _folder: Some(folder),
            _server: None,
        })
    }

    pub(crate) fn postgres() -> Option<Result<Self>> {
        let server = postgres_or_skip()?;
        let make = || {
            let address = server.create_database()?;
            anyhow::Ok((settings(&address)?, address))
        };
        Some(make().map(|(settings, address)| Self {
            address,
            settings,
            _folder: None,
            _server: Some(server),
        }))
    }

    pub(crate) async fn open(&self) -> Result<Database> {
        Ok(Database::open(&self.settings).await?)
    }
}

pub(crate) fn settings(address: &str) -> Result<DatabaseSettings> {
    Ok(DatabaseSettings::parse(Some(address), None, Path::new(""))?)
}

/// Makes two tests of a function that is given a [`Place`].
macro_rules! on_both {
    ($($test:ident),+ $(,)?) => {$(
        mod $test {
            #[tokio::test]
            async fn sqlite() -> anyhow::Result<()> {
                super::$test(&$crate::database::Place::sqlite()?).await
            }

            #[tokio::test]
            async fn postgres() -> anyhow::Result<()> {
                match $crate::database::Place::postgres() {
                    Some(place) => super::$test(&place?).await,
                    None => Ok(()),
                }
            }
        }
    )+};
}
pub(crate) use on_both;

/// A statement that adds an issue with some values of each kind.
fn add_issue(id: i64, number: i64, title: &str) -> Statement {
    let created = Timestamp::from_second(1_700_000_000 + number).unwrap_or_default();
    Statement::new(
        "INSERT INTO issues (id, number, org, repo, repository_id, title, body, locked, score,
                             labels, reactions, raw, created_at, updated_at)
         VALUES ($1, $2, 'o', 'r', 7, $3, $4, $5, $6, $7, $8, $9, $10, NULL)",
        vec![
            id.into(),
            number.into(),
            title.into(),
            format!("line one\nline \"two\", {title}").into(),
            (number % 2 == 0).into(),
            (number as f64 / 3.0).into(),
            json!([{"name": "bug", "id": id}, {"name": title}]).into(),
            json!({"+1": number, "url": null}).into(),
            json!({"user": {"login": title}, "big": 1e300, "small": 1e-9}).into(),
            created.into(),
        ],
    )
}

/// A database with rows in several tables, and in one more than are read at once.
async fn fill(database: &Database) -> Result<()> {
    let mut transaction = Transaction::new();
    for number in 1..=5 {
        transaction = transaction.and(add_issue(number * 1_000_000_007, number, "ä,\"\n☃"));
    }
    let events: Vec<Vec<Value>> = (0..777_i64)
        .map(|at| {
            vec![
                (at * 7919 % 777).into(),
                (at % 5 + 1).into(),
                json!({"login": format!("person{at}")}).into(),
            ]
        })
        .collect();
    let transaction = transaction
        .and(Statement::for_each(
            "INSERT INTO events (id, issue_id, org, repo, event, repository_id, \"user\")
             VALUES ($1, $2, 'o', 'r', 'closed', 7, $3)",
            events,
        ))
        .and(Statement::new(
            "INSERT INTO sync_marks VALUES ('b', 'issues', NULL, $1, $2), ('B', 'x', NULL, NULL, $2)",
            vec![json!({"chunk": 3}).into(), Timestamp::UNIX_EPOCH.into()],
        ));
    database.commit(transaction).await?;
    Ok(())
}

async fn rows(database: &Database, text: &'static str) -> Result<Vec<Row>> {
    Ok(database.query(Statement::new(text, Vec::new())).await?)
}

/// The number that a statement gives.
async fn number(database: &Database, text: &'static str) -> Result<i64> {
    let rows = rows(database, text).await?;
    let row = rows.first().context("no row")?;
    let column = row.columns().first().context("no column")?;
    Ok(row.integer(column)?)
}

/// Why a database cannot be opened.
async fn open_error(settings: &DatabaseSettings) -> Result<DatabaseError> {
    let opened = Database::open(settings).await;
    opened.err().context("it was opened")
}

fn object(line: &str) -> Result<Json> {
    Ok(serde_json::from_str(line)?)
}
