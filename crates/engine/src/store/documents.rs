//! The documents of one collection, with its schema and the journal that its index follows.
//!
//! | table | holds |
//! |---|---|
//! | `documents` | number (`seq`, kept for life), id, body, names and cuts of its long members |
//! | `journal` | runs of numbers that changed, in the order of the changes; cut behind the index |
//! | `meta` | one row: schema, counters, which index folder is in use |
//!
//! One [`Documents`] writes while any number of [`super::document_reader::DocumentReader`]s read.

use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{
    Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior, params,
};
use serde_json::Value;

use super::document_codec::{self, StoredDocument};
use super::sqlite::{connect, open_database, unusable};
use super::store_error::StoreError;
use crate::schema::Schema;

/// The layout of the file; an older one is brought up to it, a newer one is refused.
const FORMAT: i64 = 2;

const TABLES: &str = "
    CREATE TABLE documents (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body BLOB NOT NULL,
        long_names TEXT, long_cuts BLOB);
    CREATE TABLE journal (change INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL);
    CREATE TABLE meta (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        schema TEXT NOT NULL,
        count INTEGER NOT NULL,
        next_seq INTEGER NOT NULL,
        change INTEGER NOT NULL,
        index_folder INTEGER NOT NULL
    );
";

/// From format 1 on, where the body held all members; it still may.
const LONG_MEMBERS: &str = "
    ALTER TABLE documents ADD COLUMN long_names TEXT;
    ALTER TABLE documents ADD COLUMN long_cuts BLOB;
";

/// What is counted; part of every transaction that changes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counters {
    /// Documents.
    pub(crate) count: u64,
    /// The number that the next document gets.
    pub(crate) next_seq: u64,
    /// The last change in the journal.
    pub(crate) change: u64,
    /// The number of the index folder in use.
    pub(crate) index_folder: u64,
}

/// The writer.
#[derive(Debug)]
pub(crate) struct Documents {
    connection: Connection,
    path: PathBuf,
}

impl Documents {
    /// The file in a collection's folder.
    #[must_use]
    pub(crate) fn path_in(folder: &Path) -> PathBuf {
        folder.join("documents.sqlite")
    }

    /// Makes the file of a new collection.
    pub(crate) fn create(folder: &Path, schema: &Schema) -> Result<Self, StoreError> {
        let path = Self::path_in(folder);
        let describe = |error: rusqlite::Error| unusable(&path, error);
        let mut connection = open_database(&path, true).map_err(describe)?;
        let transaction = connection.transaction().map_err(describe)?;
        transaction.execute_batch(TABLES).map_err(describe)?;
        transaction
            .execute(
                "INSERT INTO meta VALUES (1, ?1, 0, 0, 0, 1)",
                [schema_text(schema)?],
            )
            .map_err(describe)?;
        transaction
            .pragma_update(None, "user_version", FORMAT)
            .map_err(describe)?;
        transaction.commit().map_err(describe)?;
        Ok(Self { connection, path })
    }

    /// Opens the file of a collection.
    pub(crate) fn open(folder: &Path) -> Result<Self, StoreError> {
        let path = Self::path_in(folder);
        let connection = open_database(&path, false).map_err(|error| unusable(&path, error))?;
        let mut documents = Self { connection, path };
        documents.upgrade()?;
        documents.checked()
    }

    /// Brings a file of the first format up to date.
    fn upgrade(&mut self) -> Result<(), StoreError> {
        if self.format()? != 1 {
            return Ok(());
        }
        let describe = |error: rusqlite::Error| unusable(&self.path, error);
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(describe)?;
        transaction.execute_batch(LONG_MEMBERS).map_err(describe)?;
        transaction
            .pragma_update(None, "user_version", FORMAT)
            .map_err(describe)?;
        transaction.commit().map_err(describe)
    }

    /// Opens a file for a look that changes nothing; `None` if nothing was ever written to it.
    pub(super) fn open_to_look(folder: &Path) -> Result<Option<Self>, StoreError> {
        let path = Self::path_in(folder);
        let opened = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE).and_then(|connection| {
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
            let tables: i64 =
                connection.query_row("SELECT COUNT(*) FROM sqlite_master", [], |row| row.get(0))?;
            Ok((connection, tables))
        });
        match opened.map_err(|error| unusable(&path, error))? {
            (_, 0) => Ok(None),
            (connection, _) => Self { connection, path }.checked().map(Some),
        }
    }

    fn checked(self) -> Result<Self, StoreError> {
        match self.format()? {
            1..=FORMAT => Ok(self),
            0 => Err(StoreError::NoDocuments { path: self.path }),
            newer => Err(StoreError::NewerDocuments {
                path: self.path,
                format: newer,
                known: FORMAT,
            }),
        }
    }

    fn format(&self) -> Result<i64, StoreError> {
        let format = self
            .connection
            .pragma_query_value(None, "user_version", |row| row.get(0));
        format.map_err(|error| unusable(&self.path, error))
    }

    /// The schema and the counters.
    pub(crate) fn meta(&self) -> Result<(Schema, Counters), StoreError> {
        let row = self.connection.query_row(
            "SELECT schema, count, next_seq, change, index_folder FROM meta",
            [],
            |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    Counters {
                        count: row.get::<_, i64>(1)?.cast_unsigned(),
                        next_seq: row.get::<_, i64>(2)?.cast_unsigned(),
                        change: row.get::<_, i64>(3)?.cast_unsigned(),
                        index_folder: row.get::<_, i64>(4)?.cast_unsigned(),
                    },
                ))
            },
        );
        let (schema, counters) = row.map_err(|error| unusable(&self.path, error))?;
        let schema = serde_json::from_str(&schema).map_err(|source| StoreError::DamagedSchema {
            path: self.path.clone(),
            source,
        })?;
        Ok((schema, counters))
    }

    /// Begins to write; what is not committed is taken back.
    pub(crate) fn begin(&mut self) -> Result<Batch<'_>, StoreError> {
        let path = &self.path;
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| unusable(path, error))?;
        Ok(Batch {
            transaction,
            path,
            run: None,
        })
    }

    /// Forgets the changes that the index holds durably.
    pub(crate) fn cut_journal(&self, change: u64) -> Result<(), StoreError> {
        let cut = self.connection.execute(
            "DELETE FROM journal WHERE change <= ?1",
            [change.cast_signed()],
        );
        cut.map(drop).map_err(|error| unusable(&self.path, error))
    }

    /// Gives the collection another name.
    pub(crate) fn rename(&mut self, name: &str) -> Result<(), StoreError> {
        let (mut schema, counters) = self.meta()?;
        name.clone_into(&mut schema.name);
        self.put_meta(&schema, counters)
    }

    /// Takes another index folder into use, or puts down a schema without a change of documents.
    pub(crate) fn put_meta(
        &mut self,
        schema: &Schema,
        counters: Counters,
    ) -> Result<(), StoreError> {
        let mut batch = self.begin()?;
        batch.put_schema(schema)?;
        batch.commit(counters)
    }
}

/// One transaction.
pub(crate) struct Batch<'a> {
    transaction: Transaction<'a>,
    path: &'a Path,
    /// A run of new or changed numbers that is not in the journal yet, with its change.
    run: Option<(u64, u64, u64)>,
}

impl Batch<'_> {
    fn with<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        work(&self.transaction).map_err(|error| unusable(self.path, error))
    }

    /// The number of the document with this id.
    pub(crate) fn find(&self, id: &str) -> Result<Option<u64>, StoreError> {
        self.with(|connection| number_of(connection, id))
    }

    /// The stored document of this number.
    pub(crate) fn document(&self, seq: u64) -> Result<Option<Value>, StoreError> {
        let row = self.with(|connection| row_of(connection, seq))?;
        row.map(|row| row.document(self.path, seq)).transpose()
    }

    /// Stores a document under a new number.
    pub(crate) fn insert(
        &mut self,
        seq: u64,
        id: &str,
        document: &StoredDocument,
        change: &mut u64,
    ) -> Result<(), StoreError> {
        self.with(|connection| {
            let (names, cuts) = long_columns(document);
            connection
                .prepare_cached(
                    "INSERT INTO documents (seq, id, body, long_names, long_cuts)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![seq.cast_signed(), id, document.body, names, cuts])
        })?;
        self.note(seq, change)
    }

    /// Stores another body under a number.
    pub(crate) fn replace(
        &mut self,
        seq: u64,
        document: &StoredDocument,
        change: &mut u64,
    ) -> Result<(), StoreError> {
        self.with(|connection| {
            let (names, cuts) = long_columns(document);
            connection
                .prepare_cached(
                    "UPDATE documents SET body = ?2, long_names = ?3, long_cuts = ?4
                     WHERE seq = ?1",
                )?
                .execute(params![seq.cast_signed(), document.body, names, cuts])
        })?;
        self.note(seq, change)
    }

    /// Removes a document; false if it is not there.
    pub(crate) fn remove(&mut self, seq: u64, change: &mut u64) -> Result<bool, StoreError> {
        let removed = self.with(|connection| {
            connection
                .prepare_cached("DELETE FROM documents WHERE seq = ?1")?
                .execute([seq.cast_signed()])
        })?;
        if removed > 0 {
            self.note(seq, change)?;
        }
        Ok(removed > 0)
    }

    /// Removes all documents and the journal.
    pub(crate) fn clear(&mut self) -> Result<(), StoreError> {
        self.run = None;
        self.with(|connection| {
            connection.execute_batch("DELETE FROM documents; DELETE FROM journal;")
        })
    }

    /// Puts down the schema.
    pub(crate) fn put_schema(&mut self, schema: &Schema) -> Result<(), StoreError> {
        let text = schema_text(schema)?;
        self.with(|connection| {
            connection
                .prepare_cached("UPDATE meta SET schema = ?1")?
                .execute([text])
                .map(drop)
        })
    }

    /// Puts down the counters and makes everything durable.
    pub(crate) fn commit(mut self, counters: Counters) -> Result<(), StoreError> {
        self.flush_run()?;
        self.with(|connection| {
            connection
                .prepare_cached(
                    "UPDATE meta SET count = ?1, next_seq = ?2, change = ?3, index_folder = ?4",
                )?
                .execute(params![
                    counters.count.cast_signed(),
                    counters.next_seq.cast_signed(),
                    counters.change.cast_signed(),
                    counters.index_folder.cast_signed(),
                ])
                .map(drop)
        })?;
        let path = self.path;
        self.transaction
            .commit()
            .map_err(|error| unusable(path, error))
    }

    /// Notes a changed number: neighbours share one row of the journal.
    fn note(&mut self, seq: u64, change: &mut u64) -> Result<(), StoreError> {
        if let Some((_, _, last)) = &mut self.run
            && *last + 1 == seq
        {
            *last = seq;
            return Ok(());
        }
        self.flush_run()?;
        *change += 1;
        self.run = Some((*change, seq, seq));
        Ok(())
    }

    fn flush_run(&mut self) -> Result<(), StoreError> {
        let Some((change, first, last)) = self.run.take() else {
            return Ok(());
        };
        self.with(|connection| {
            connection
                .prepare_cached("INSERT INTO journal (change, first, last) VALUES (?1, ?2, ?3)")?
                .execute(params![
                    change.cast_signed(),
                    first.cast_signed(),
                    last.cast_signed()
                ])
                .map(drop)
        })
    }
}

fn schema_text(schema: &Schema) -> Result<String, StoreError> {
    serde_json::to_string(schema).map_err(StoreError::UnwritableSchema)
}

/// What is stored of a document: its body, and the cuts of its long members.
pub(super) struct DocumentRow {
    pub(super) body: Vec<u8>,
    pub(super) cuts: Option<Vec<u8>>,
}

impl DocumentRow {
    /// Its JSON.
    pub(super) fn json(&self, path: &Path, seq: u64) -> Result<Vec<u8>, StoreError> {
        document_codec::to_json(&self.body, self.cuts.as_deref())
            .map_err(|error| damaged(path, seq, error))
    }

    /// The document itself.
    pub(super) fn document(&self, path: &Path, seq: u64) -> Result<Value, StoreError> {
        let json = self.json(path, seq)?;
        serde_json::from_slice(&json).map_err(|error| damaged(path, seq, error.into()))
    }
}

/// The columns of a document's long members.
fn long_columns(document: &StoredDocument) -> (Option<&str>, Option<&[u8]>) {
    let long = document.long.as_ref();
    (
        long.map(|long| long.names.as_str()),
        long.map(|long| long.cuts.as_slice()),
    )
}

/// The number of the document with this id.
pub(super) fn number_of(connection: &Connection, id: &str) -> rusqlite::Result<Option<u64>> {
    connection
        .prepare_cached("SELECT seq FROM documents WHERE id = ?1")?
        .query_row([id], |row| Ok(row.get::<_, i64>(0)?.cast_unsigned()))
        .optional()
}

/// What is stored under a number.
pub(super) fn row_of(connection: &Connection, seq: u64) -> rusqlite::Result<Option<DocumentRow>> {
    connection
        .prepare_cached("SELECT body, long_cuts FROM documents WHERE seq = ?1")?
        .query_row([seq.cast_signed()], |row| {
            Ok(DocumentRow {
                body: row.get(0)?,
                cuts: row.get(1)?,
            })
        })
        .optional()
}

pub(super) fn damaged(path: &Path, seq: u64, source: std::io::Error) -> StoreError {
    StoreError::DamagedDocument {
        seq,
        path: path.to_owned(),
        source,
    }
}
