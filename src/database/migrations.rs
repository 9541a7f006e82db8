//! Brings the tables up to date: forwards only, one after the other, one process at a time.
//!
//! Both dialects read the same scripts; the names of types that differ are filled in.

use super::error::DatabaseError;
use super::handle::{Backend, Database};
use super::settings::DatabaseSettings;
use super::statement::{Dialect, Statement};

/// What each version of the tables added, the first first. Never change one that was released.
const SCRIPTS: &[&str] = &[
    include_str!("migrations/0001_activity.sql"),
    include_str!("migrations/0002_jobs.sql"),
    include_str!("migrations/0003_metrics.sql"),
    include_str!("migrations/0004_hosts.sql"),
    include_str!("migrations/0005_discovery.sql"),
    include_str!("migrations/0006_api.sql"),
    include_str!("migrations/0007_problems.sql"),
    include_str!("migrations/0008_archive.sql"),
    include_str!("migrations/0009_fetches.sql"),
];

/// The format of the tables that this version knows.
const KNOWN: i64 = SCRIPTS.len().cast_signed() as i64;

/// The advisory lock that migrations of one database share.
const LOCK: i64 = 0x7079_6661;

const PREPARE: &str = "CREATE TABLE IF NOT EXISTS pyfa_format (version BIGINT NOT NULL)";
const READ: &str = "SELECT CAST(COALESCE(MAX(version), 0) AS BIGINT) AS version FROM pyfa_format";

/// How far the tables of a database are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct SchemaState {
    /// The format of the tables; 0 if there are none.
    pub found: i64,
    /// The format of this version of the program.
    pub known: i64,
}

impl Database {
    /// Opens the database and brings its tables up to date; creates the file of a `SQLite` database.
    ///
    /// # Errors
    ///
    /// [`DatabaseError::Away`] if the server cannot be reached, [`DatabaseError::Newer`] if a newer
    /// version of the program has written it.
    pub async fn open(settings: &DatabaseSettings) -> Result<Self, DatabaseError> {
        let database = Self::connect(settings).await?;
        database.migrate().await?;
        Ok(database)
    }

    /// The same for a database that exists: `None` if the `SQLite` file does not, and creates nothing.
    ///
    /// # Errors
    ///
    /// Those of [`Self::open`].
    pub async fn open_existing(settings: &DatabaseSettings) -> Result<Option<Self>, DatabaseError> {
        let Some(database) = Self::connect_existing(settings).await? else {
            return Ok(None);
        };
        database.migrate().await?;
        Ok(Some(database))
    }

    /// Brings the tables up to date; how far they were before.
    ///
    /// # Errors
    ///
    /// [`DatabaseError::Newer`] if a newer version of the program has written them.
    pub async fn migrate(&self) -> Result<SchemaState, DatabaseError> {
        let dialect = self.dialect();
        let scripts = move |found| scripts_after(found, dialect);
        let found = match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.migrate(PREPARE, READ, scripts).await?,
            Backend::Postgres(postgres) => postgres.migrate(LOCK, PREPARE, READ, scripts).await?,
        };
        if found > KNOWN {
            return Err(DatabaseError::Newer {
                place: self.place(),
                found,
                known: KNOWN,
            });
        }
        Ok(SchemaState {
            found,
            known: KNOWN,
        })
    }

    /// How far the tables are, without changing anything.
    pub async fn fetch_schema_state(&self) -> Result<SchemaState, DatabaseError> {
        let exists = match self.dialect() {
            Dialect::Sqlite => "SELECT name FROM sqlite_master WHERE name = 'pyfa_format'",
            Dialect::Postgres => {
                "SELECT 'found' AS name WHERE to_regclass('pyfa_format') IS NOT NULL"
            }
        };
        let exists = self.query(Statement::new(exists, Vec::new())).await?;
        let found = if exists.is_empty() {
            0
        } else {
            let rows = self.query(Statement::new(READ, Vec::new())).await?;
            rows.first().map_or(Ok(0), |row| row.integer("version"))?
        };
        Ok(SchemaState {
            found,
            known: KNOWN,
        })
    }
}

/// The scripts after version `found`, each followed by the record of its version.
pub(super) fn scripts_after(found: i64, dialect: Dialect) -> Vec<String> {
    let mut wanted = Vec::new();
    for (version, script) in (1_i64..).zip(SCRIPTS.iter().copied()) {
        if version > found {
            wanted.push(in_dialect(script, dialect));
            wanted.push(format!("INSERT INTO pyfa_format VALUES ({version})"));
        }
    }
    wanted
}

/// The scripts for an empty `SQLite` database.
pub(super) fn all_for_sqlite() -> Vec<String> {
    let mut all = vec![PREPARE.to_owned()];
    all.extend(scripts_after(0, Dialect::Sqlite));
    all
}

/// Fills in the names of types, and what is computed from times. `SQLite` keeps the names as what a
/// column was declared to hold.
fn in_dialect(script: &str, dialect: Dialect) -> String {
    let names = match dialect {
        Dialect::Sqlite => [
            ("{json}", "JSON_TEXT"),
            ("{json_list}", "JSON_TEXT"),
            ("{time}", "TIME_TEXT"),
            ("{real}", "REAL"),
            ("{key}", "TEXT"),
            ("{serial}", "INTEGER PRIMARY KEY AUTOINCREMENT"),
        ],
        Dialect::Postgres => [
            ("{json}", "JSONB"),
            ("{json_list}", "JSON[]"),
            ("{time}", "TIMESTAMP"),
            ("{real}", "DOUBLE PRECISION"),
            // Sorted as in `SQLite`, whatever the language of the server.
            ("{key}", "TEXT COLLATE \"C\""),
            (
                "{serial}",
                "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
            ),
        ],
    };
    let script = names
        .iter()
        .fold(script.to_owned(), |script, (name, kind)| {
            script.replace(name, kind)
        });
    let script = fill_in(&script, "{text key ", |text| dialect.text_key(text));
    let script = fill_in(&script, "{time key ", |time| dialect.time_key(time));
    let script = fill_in(&script, "{integer key ", |integer| {
        dialect.integer_key(integer)
    });
    let script = fill_in(&script, "{epoch ", |time| dialect.epoch(time));
    fill_in(&script, "{week ", |time| dialect.week(time))
}

/// Replaces everything from `begin` to the next `}` by what `make` makes of the text between them.
fn fill_in(script: &str, begin: &str, make: impl Fn(&str) -> String) -> String {
    let mut parts = script.split(begin);
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (inner, rest) = part.split_once('}').unwrap_or((part, ""));
        filled.push_str(&make(inner));
        filled.push_str(rest);
    }
    filled
}
