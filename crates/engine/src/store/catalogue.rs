//! What there is beside documents: collections by number, aliases, keys, small objects.
//!
//! Every change is one transaction and durable when the method returns. The file holds keys, so
//! only its owner can read it.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;

use super::{fault, open_database};
use crate::problem::{Answer, Problem};

/// The layout of the file; a newer one is refused.
const FORMAT: i64 = 1;

const TABLES: &str = "
    CREATE TABLE collections (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL UNIQUE
    );
    CREATE TABLE aliases (name TEXT PRIMARY KEY, collection TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE keys (number INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL);
    CREATE TABLE objects (
        kind TEXT NOT NULL,
        scope TEXT NOT NULL,
        name TEXT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (kind, scope, name)
    ) WITHOUT ROWID;
";

/// The catalogue of a folder.
#[derive(Debug)]
pub struct Catalogue {
    connection: Mutex<Connection>,
    path: PathBuf,
}

impl Catalogue {
    /// Opens a catalogue, which is made if it is not there.
    pub fn open(path: &Path) -> Answer<Self> {
        // SQLite gives the files beside this one the same mode.
        fs_err::os::unix::fs::OpenOptionsExt::mode(
            fs_err::OpenOptions::new().append(true).create(true),
            0o600,
        )
        .open(path)?;
        let describe = |error: rusqlite::Error| fault(path, &error);
        let mut connection = open_database(path, true).map_err(describe)?;
        let format: i64 = connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .map_err(describe)?;
        match format {
            0 => {
                let transaction = connection.transaction().map_err(describe)?;
                transaction.execute_batch(TABLES).map_err(describe)?;
                transaction
                    .pragma_update(None, "user_version", FORMAT)
                    .map_err(describe)?;
                transaction.commit().map_err(describe)?;
            }
            FORMAT => {}
            newer => {
                return Err(Problem::fault(format!(
                    "the file {} has the format {newer} of a newer program, this one knows \
                     {FORMAT}: use that program, or another folder",
                    path.display()
                )));
            }
        }
        Ok(Self {
            connection: Mutex::new(connection),
            path: path.to_owned(),
        })
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Answer<T> {
        work(&self.connection()).map_err(|error| fault(&self.path, &error))
    }

    /// The collections, in the order in which they were made.
    pub fn collections(&self) -> Answer<Vec<(u64, String)>> {
        self.with(|connection| {
            connection
                .prepare_cached("SELECT number, name FROM collections ORDER BY number")?
                .query_map([], |row| {
                    Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?))
                })?
                .collect()
        })
    }

    /// Adds a collection under a number that no other had; it is there only if `make`, which gets
    /// the number, succeeds.
    pub fn add_collection<T>(&self, name: &str, make: impl FnOnce(u64) -> Answer<T>) -> Answer<T> {
        let mut connection = self.connection();
        let describe = |error: rusqlite::Error| fault(&self.path, &error);
        let transaction = connection.transaction().map_err(describe)?;
        transaction
            .execute("INSERT INTO collections (name) VALUES (?1)", [name])
            .map_err(describe)?;
        let result = make(transaction.last_insert_rowid().cast_unsigned())?;
        transaction.commit().map_err(describe)?;
        Ok(result)
    }

    /// Removes a collection and the objects in its scope.
    pub fn remove_collection(&self, number: u64, name: &str) -> Answer<()> {
        let mut connection = self.connection();
        let describe = |error: rusqlite::Error| fault(&self.path, &error);
        let transaction = connection.transaction().map_err(describe)?;
        transaction
            .execute(
                "DELETE FROM collections WHERE number = ?1",
                [number.cast_signed()],
            )
            .map_err(describe)?;
        transaction
            .execute(
                "DELETE FROM objects WHERE scope = ?1 AND scope != ''",
                [name],
            )
            .map_err(describe)?;
        transaction.commit().map_err(describe)
    }

    /// All aliases by name, with the names that they point to.
    pub fn aliases(&self) -> Answer<Vec<(String, String)>> {
        self.with(|connection| {
            connection
                .prepare_cached("SELECT name, collection FROM aliases ORDER BY name")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
    }

    /// Points an alias to a name.
    pub fn put_alias(&self, name: &str, collection: &str) -> Answer<()> {
        self.with(|connection| {
            connection
                .prepare_cached("INSERT OR REPLACE INTO aliases VALUES (?1, ?2)")?
                .execute([name, collection])
                .map(drop)
        })
    }

    /// Removes an alias.
    pub fn remove_alias(&self, name: &str) -> Answer<()> {
        self.with(|connection| {
            connection
                .prepare_cached("DELETE FROM aliases WHERE name = ?1")?
                .execute([name])
                .map(drop)
        })
    }

    /// Stores a key under a number that no other key had.
    pub fn insert_key(&self, body: &Value) -> Answer<u64> {
        self.with(|connection| {
            connection
                .prepare_cached("INSERT INTO keys (body) VALUES (?1)")?
                .execute([body.to_string()])?;
            Ok(connection.last_insert_rowid().cast_unsigned())
        })
    }

    /// All keys by number.
    pub fn keys(&self) -> Answer<Vec<(u64, Value)>> {
        let rows: Vec<(u64, String)> = self.with(|connection| {
            connection
                .prepare_cached("SELECT number, body FROM keys ORDER BY number")?
                .query_map([], |row| {
                    Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?))
                })?
                .collect()
        })?;
        rows.into_iter()
            .map(|(number, body)| Ok((number, self.read(&body)?)))
            .collect()
    }

    /// Removes a key; false if it is not there.
    pub fn remove_key(&self, number: u64) -> Answer<bool> {
        self.with(|connection| {
            connection
                .prepare_cached("DELETE FROM keys WHERE number = ?1")?
                .execute([number.cast_signed()])
                .map(|removed| removed > 0)
        })
    }

    /// Stores an object.
    pub fn put_object(&self, kind: &str, scope: &str, name: &str, body: &Value) -> Answer<()> {
        self.with(|connection| {
            connection
                .prepare_cached("INSERT OR REPLACE INTO objects VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![kind, scope, name, body.to_string()])
                .map(drop)
        })
    }

    /// An object, if it is there.
    pub fn object(&self, kind: &str, scope: &str, name: &str) -> Answer<Option<Value>> {
        let body: Option<String> = self.with(|connection| {
            connection
                .prepare_cached(
                    "SELECT body FROM objects WHERE kind = ?1 AND scope = ?2 AND name = ?3",
                )?
                .query_row([kind, scope, name], |row| row.get(0))
                .optional()
        })?;
        body.map(|body| self.read(&body)).transpose()
    }

    /// The objects of a kind in a scope, by name.
    pub fn objects(&self, kind: &str, scope: &str) -> Answer<Vec<(String, Value)>> {
        let rows: Vec<(String, String)> = self.with(|connection| {
            connection
                .prepare_cached(
                    "SELECT name, body FROM objects WHERE kind = ?1 AND scope = ?2 ORDER BY name",
                )?
                .query_map([kind, scope], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })?;
        rows.into_iter()
            .map(|(name, body)| Ok((name, self.read(&body)?)))
            .collect()
    }

    /// Removes an object; false if it is not there.
    pub fn remove_object(&self, kind: &str, scope: &str, name: &str) -> Answer<bool> {
        self.with(|connection| {
            connection
                .prepare_cached("DELETE FROM objects WHERE kind = ?1 AND scope = ?2 AND name = ?3")?
                .execute([kind, scope, name])
                .map(|removed| removed > 0)
        })
    }

    fn read(&self, body: &str) -> Answer<Value> {
        serde_json::from_str(body).map_err(|error| {
            Problem::fault(format!(
                "the file {} is damaged (an entry cannot be read: {error}): restore it from a \
                 backup",
                self.path.display()
            ))
        })
    }
}
