//! What there is in addition to documents: collections by number, aliases, keys, small objects.
//!
//! Every change is one transaction and durable when the method returns. The file holds keys, so
//! only its owner can read it. A folder whose making or removal has begun is recorded here before
//! the disk changes: no other folder is ever removed.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde_json::Value;

use super::sqlite::open_database;
use super::store_error::StoreError;

/// The layout of the file; a newer one is refused, an older one gets what it lacks.
const FORMAT: i64 = 2;

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

/// What format 2 adds. `created_at` is NULL where an older program made the row.
const ADDED_BY_2: &str = "
    ALTER TABLE collections ADD COLUMN created_at INTEGER;
    CREATE TABLE unfinished (
        number INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        created_at INTEGER,
        step TEXT NOT NULL
    );
";

/// The catalogue of a folder.
#[derive(Debug)]
pub(crate) struct Catalogue {
    connection: Mutex<Connection>,
    path: PathBuf,
    is_new: bool,
}

/// A collection as the catalogue knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CollectionRecord {
    /// The number of its folder.
    pub(crate) number: u64,
    /// Its name.
    pub(crate) name: String,
    /// Seconds since 1970; `None` where an older program has not noted it.
    pub(crate) created_at: Option<i64>,
}

/// What had begun to happen to a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnfinishedStep {
    /// The collection was being made: nobody has seen it.
    Making,
    /// The collection was dropped.
    Removing,
}

impl UnfinishedStep {
    /// As the file spells it; never to be changed.
    fn name(self) -> &'static str {
        match self {
            Self::Making => "making",
            Self::Removing => "removing",
        }
    }
}

impl Catalogue {
    /// Opens a catalogue, which is made if it is not there.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        // SQLite gives the files next to this one the same mode.
        fs_err::os::unix::fs::OpenOptionsExt::mode(
            fs_err::OpenOptions::new().append(true).create(true),
            0o600,
        )
        .open(path)?;
        let describe = |error: rusqlite::Error| unusable(path, error);
        let mut connection = open_database(path, true).map_err(describe)?;
        let format: i64 = connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .map_err(describe)?;
        let added = match format {
            0 => [TABLES, ADDED_BY_2].concat(),
            1 => ADDED_BY_2.to_owned(),
            FORMAT => String::new(),
            newer => {
                return Err(StoreError::NewerCatalogue {
                    path: path.to_owned(),
                    format: newer,
                    known: FORMAT,
                });
            }
        };
        if !added.is_empty() {
            let transaction = connection.transaction().map_err(describe)?;
            transaction.execute_batch(&added).map_err(describe)?;
            transaction
                .pragma_update(None, "user_version", FORMAT)
                .map_err(describe)?;
            transaction.commit().map_err(describe)?;
        }
        Ok(Self {
            connection: Mutex::new(connection),
            path: path.to_owned(),
            is_new: format == 0,
        })
    }

    /// Whether the file was missing or empty.
    #[must_use]
    pub(crate) fn is_new(&self) -> bool {
        self.is_new
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        work(&self.connection()).map_err(|error| unusable(&self.path, error))
    }

    fn change(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), StoreError> {
        let mut connection = self.connection();
        let changed = connection.transaction().and_then(|transaction| {
            work(&transaction)?;
            transaction.commit()
        });
        changed.map_err(|error| unusable(&self.path, error))
    }

    /// The collections, in the order in which they were made.
    pub(crate) fn collections(&self) -> Result<Vec<CollectionRecord>, StoreError> {
        self.with(|connection| {
            connection
                .prepare_cached("SELECT number, name, created_at FROM collections ORDER BY number")?
                .query_map([], entry)?
                .collect()
        })
    }

    /// The greatest number that a collection has ever had here.
    pub(crate) fn last_number(&self) -> Result<u64, StoreError> {
        self.with(|connection| {
            connection.query_row(
                "SELECT MAX(
                    (SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = 'collections'),
                    (SELECT COALESCE(MAX(number), 0) FROM unfinished))",
                [],
                |row| Ok(row.get::<_, i64>(0)?.cast_unsigned()),
            )
        })
    }

    /// Notes that the folder of a collection is about to be made.
    pub(crate) fn begin_making(&self, entry: &CollectionRecord) -> Result<(), StoreError> {
        self.change(|transaction| begin(transaction, entry, UnfinishedStep::Making))
    }

    /// Adds a collection whose folder is there, or corrects what is said of that folder.
    pub(crate) fn add_collection(&self, entry: &CollectionRecord) -> Result<(), StoreError> {
        self.change(|transaction| {
            let number = entry.number.cast_signed();
            transaction.execute(
                "INSERT INTO collections (number, name, created_at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (number) DO UPDATE SET name = ?2, created_at = ?3",
                params![number, entry.name, entry.created_at],
            )?;
            end(transaction, entry.number)
        })
    }

    /// Removes a collection and the objects in its scope, and notes that its folder is to go.
    pub(crate) fn remove_collection(&self, entry: &CollectionRecord) -> Result<(), StoreError> {
        self.change(|transaction| {
            forget(transaction, entry)?;
            begin(transaction, entry, UnfinishedStep::Removing)
        })
    }

    /// Removes a collection and the objects in its scope; the folder of its number is not its own.
    pub(crate) fn forget_collection(&self, entry: &CollectionRecord) -> Result<(), StoreError> {
        self.change(|transaction| forget(transaction, entry))
    }

    /// What had begun and was not ended.
    pub(crate) fn unfinished(&self) -> Result<Vec<(CollectionRecord, UnfinishedStep)>, StoreError> {
        self.with(|connection| {
            connection
                .prepare_cached(
                    "SELECT number, name, created_at, step FROM unfinished ORDER BY number",
                )?
                .query_map([], |row| {
                    let step: String = row.get(3)?;
                    let removing = step == UnfinishedStep::Removing.name();
                    let step = if removing {
                        UnfinishedStep::Removing
                    } else {
                        UnfinishedStep::Making
                    };
                    Ok((entry(row)?, step))
                })?
                .collect()
        })
    }

    /// Notes that a folder is gone.
    pub(crate) fn end_removal(&self, number: u64) -> Result<(), StoreError> {
        self.change(|transaction| end(transaction, number))
    }

    /// All aliases by name, with the names that they point to.
    pub(crate) fn aliases(&self) -> Result<Vec<(String, String)>, StoreError> {
        self.with(|connection| {
            connection
                .prepare_cached("SELECT name, collection FROM aliases ORDER BY name")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
    }

    /// Points an alias to a name.
    pub(crate) fn put_alias(&self, name: &str, collection: &str) -> Result<(), StoreError> {
        self.with(|connection| {
            connection
                .prepare_cached("INSERT OR REPLACE INTO aliases VALUES (?1, ?2)")?
                .execute([name, collection])
                .map(drop)
        })
    }

    /// Removes an alias.
    pub(crate) fn remove_alias(&self, name: &str) -> Result<(), StoreError> {
        self.with(|connection| {
            connection
                .prepare_cached("DELETE FROM aliases WHERE name = ?1")?
                .execute([name])
                .map(drop)
        })
    }

    /// Stores a key under a number that no other key had.
    pub(crate) fn insert_key(&self, body: &Value) -> Result<u64, StoreError> {
        self.with(|connection| {
            connection
                .prepare_cached("INSERT INTO keys (body) VALUES (?1)")?
                .execute([body.to_string()])?;
            Ok(connection.last_insert_rowid().cast_unsigned())
        })
    }

    /// All keys by number.
    pub(crate) fn keys(&self) -> Result<Vec<(u64, Value)>, StoreError> {
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
    pub(crate) fn remove_key(&self, number: u64) -> Result<bool, StoreError> {
        self.with(|connection| {
            connection
                .prepare_cached("DELETE FROM keys WHERE number = ?1")?
                .execute([number.cast_signed()])
                .map(|removed| removed > 0)
        })
    }

    /// Stores an object.
    pub(crate) fn put_object(
        &self,
        kind: &str,
        scope: &str,
        name: &str,
        body: &Value,
    ) -> Result<(), StoreError> {
        self.with(|connection| {
            connection
                .prepare_cached("INSERT OR REPLACE INTO objects VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![kind, scope, name, body.to_string()])
                .map(drop)
        })
    }

    /// An object, if it is there.
    pub(crate) fn object(
        &self,
        kind: &str,
        scope: &str,
        name: &str,
    ) -> Result<Option<Value>, StoreError> {
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
    pub(crate) fn objects(
        &self,
        kind: &str,
        scope: &str,
    ) -> Result<Vec<(String, Value)>, StoreError> {
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
    pub(crate) fn remove_object(
        &self,
        kind: &str,
        scope: &str,
        name: &str,
    ) -> Result<bool, StoreError> {
        self.with(|connection| {
            connection
                .prepare_cached("DELETE FROM objects WHERE kind = ?1 AND scope = ?2 AND name = ?3")?
                .execute([kind, scope, name])
                .map(|removed| removed > 0)
        })
    }

    fn read(&self, body: &str) -> Result<Value, StoreError> {
        serde_json::from_str(body).map_err(|source| StoreError::DamagedEntry {
            path: self.path.clone(),
            source,
        })
    }
}

fn entry(row: &Row<'_>) -> rusqlite::Result<CollectionRecord> {
    Ok(CollectionRecord {
        number: row.get::<_, i64>(0)?.cast_unsigned(),
        name: row.get(1)?,
        created_at: row.get(2)?,
    })
}

fn forget(transaction: &Transaction<'_>, entry: &CollectionRecord) -> rusqlite::Result<()> {
    transaction.execute(
        "DELETE FROM collections WHERE number = ?1",
        [entry.number.cast_signed()],
    )?;
    transaction.execute(
        "DELETE FROM objects WHERE scope = ?1 AND scope != ''",
        [&entry.name],
    )?;
    Ok(())
}

fn begin(
    transaction: &Transaction<'_>,
    entry: &CollectionRecord,
    step: UnfinishedStep,
) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT OR REPLACE INTO unfinished VALUES (?1, ?2, ?3, ?4)",
        params![
            entry.number.cast_signed(),
            entry.name,
            entry.created_at,
            step.name()
        ],
    )?;
    Ok(())
}

fn end(transaction: &Transaction<'_>, number: u64) -> rusqlite::Result<()> {
    transaction.execute(
        "DELETE FROM unfinished WHERE number = ?1",
        [number.cast_signed()],
    )?;
    Ok(())
}

fn unusable(path: &Path, source: rusqlite::Error) -> StoreError {
    StoreError::Catalogue {
        path: path.to_owned(),
        source,
    }
}
