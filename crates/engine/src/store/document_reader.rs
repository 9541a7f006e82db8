//! Reading the documents of one collection while another thread may write them.
//!
//! A reader sees what has been committed, never a part of a transaction.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;

use super::documents::{Documents, body_of, damaged, decode, number_of, to_json};
use super::sqlite::{open_reader, unusable};
use super::store_error::StoreError;

/// One of the readers.
#[derive(Debug)]
pub(crate) struct DocumentReader {
    connection: Connection,
    path: PathBuf,
}

impl DocumentReader {
    /// Opens a reader of a collection's documents.
    pub(crate) fn open(folder: &Path) -> Result<Self, StoreError> {
        let path = Documents::path_in(folder);
        let connection = open_reader(&path).map_err(|error| unusable(&path, error))?;
        Ok(Self { connection, path })
    }

    fn with<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        work(&self.connection).map_err(|error| unusable(&self.path, error))
    }

    /// The number and the document of this id.
    pub(crate) fn find(&self, id: &str) -> Result<Option<(u64, Value)>, StoreError> {
        let row = self.with(|connection| {
            connection
                .prepare_cached("SELECT seq, body FROM documents WHERE id = ?1")?
                .query_row([id], |row| {
                    Ok((
                        row.get::<_, i64>(0)?.cast_unsigned(),
                        row.get::<_, Vec<u8>>(1)?,
                    ))
                })
                .optional()
        })?;
        row.map(|(seq, body)| Ok((seq, decode(&self.path, seq, &body)?)))
            .transpose()
    }

    /// The number of the document with this id.
    pub(crate) fn number(&self, id: &str) -> Result<Option<u64>, StoreError> {
        self.with(|connection| number_of(connection, id))
    }

    /// The JSON of the document with this number.
    pub(crate) fn json(&self, seq: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let body = self.with(|connection| body_of(connection, seq))?;
        body.map(|body| to_json(&self.path, seq, &body)).transpose()
    }

    /// The document with this number.
    pub(crate) fn document(&self, seq: u64) -> Result<Option<Value>, StoreError> {
        let json = self.json(seq)?;
        json.map(|json| {
            serde_json::from_slice(&json).map_err(|error| damaged(&self.path, seq, error.into()))
        })
        .transpose()
    }

    /// From here on every read shows the same state.
    pub(crate) fn hold(&self) -> Result<(), StoreError> {
        self.with(|connection| connection.execute_batch("BEGIN; SELECT one FROM meta;"))
    }

    /// The JSON of documents with a number from `from` on, in rising order: at most `most`, and
    /// about `bytes` of stored bodies.
    pub(crate) fn page(
        &self,
        from: u64,
        most: usize,
        bytes: usize,
    ) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        let bodies = self.with(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT seq, body FROM documents WHERE seq >= ?1 ORDER BY seq LIMIT ?2",
            )?;
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let mut rows = statement.query(params![from.cast_signed(), most])?;
            let mut bodies = Vec::new();
            let mut size = 0;
            while size < bytes
                && let Some(row) = rows.next()?
            {
                let body: Vec<u8> = row.get(1)?;
                size += body.len();
                bodies.push((row.get::<_, i64>(0)?.cast_unsigned(), body));
            }
            Ok(bodies)
        })?;
        bodies
            .into_iter()
            .map(|(seq, body)| Ok((seq, to_json(&self.path, seq, &body)?)))
            .collect()
    }

    /// The numbers that changed after one change of the journal and up to another, each once, in
    /// rising order.
    pub(crate) fn changed(&self, after: u64, until: u64) -> Result<Vec<u64>, StoreError> {
        self.with(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT first, last FROM journal WHERE change > ?1 AND change <= ?2
                 ORDER BY first, last",
            )?;
            let mut rows = statement.query([after.cast_signed(), until.cast_signed()])?;
            let mut numbers: Vec<u64> = Vec::new();
            while let Some(row) = rows.next()? {
                let first = row.get::<_, i64>(0)?.cast_unsigned();
                let last = row.get::<_, i64>(1)?.cast_unsigned();
                let known = numbers.last().map_or(0, |last| last + 1);
                numbers.extend(first.max(known)..=last);
            }
            Ok(numbers)
        })
    }

    /// Whether the journal holds every change from behind `applied` up to `change`.
    pub(crate) fn journal_follows(&self, applied: u64, change: u64) -> Result<bool, StoreError> {
        let held: i64 = self.with(|connection| {
            connection.query_row(
                "SELECT COUNT(*) FROM journal WHERE change > ?1 AND change <= ?2",
                [applied.cast_signed(), change.cast_signed()],
                |row| row.get(0),
            )
        })?;
        Ok(held.cast_unsigned() == change.saturating_sub(applied))
    }
}
