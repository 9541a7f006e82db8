//! Reading the documents of one collection while another thread may write them.
//!
//! A reader sees what has been committed, never a part of a transaction.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;

use super::document_cache::ShortDocument;
use super::document_codec::{is_any_wanted, some_members, to_json};
use super::documents::{DocumentRow, Documents, damaged, number_of, row_of};
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
                .prepare_cached("SELECT seq, body, long_cuts FROM documents WHERE id = ?1")?
                .query_row([id], numbered_row)
                .optional()
        })?;
        row.map(|(seq, row)| Ok((seq, row.document(&self.path, seq)?)))
            .transpose()
    }

    /// The number of the document with this id.
    pub(crate) fn number(&self, id: &str) -> Result<Option<u64>, StoreError> {
        self.with(|connection| number_of(connection, id))
    }

    /// The JSON of the document with this number.
    pub(crate) fn json(&self, seq: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let row = self.with(|connection| row_of(connection, seq))?;
        row.map(|row| row.json(&self.path, seq)).transpose()
    }

    /// The document with this number.
    pub(crate) fn document(&self, seq: u64) -> Result<Option<Value>, StoreError> {
        let row = self.with(|connection| row_of(connection, seq))?;
        row.map(|row| row.document(&self.path, seq)).transpose()
    }

    /// The document with this number, without its long members.
    pub(crate) fn short(&self, seq: u64) -> Result<Option<ShortDocument>, StoreError> {
        let row = self.with(|connection| {
            connection
                .prepare_cached("SELECT body, long_names FROM documents WHERE seq = ?1")?
                .query_row([seq.cast_signed()], |row| {
                    let unpacked = to_json(row.get_ref(0)?.as_blob()?, None);
                    Ok((unpacked, row.get::<_, Option<String>>(1)?))
                })
                .optional()
        })?;
        row.map(|(unpacked, long_names)| {
            let json = unpacked.map_err(|error| damaged(&self.path, seq, error))?;
            Ok(ShortDocument { json, long_names })
        })
        .transpose()
    }

    /// Those members of a document that are wanted. Reads long members only if one of them is.
    pub(crate) fn some_members(
        &self,
        seq: u64,
        short: &ShortDocument,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Result<Option<Value>, StoreError> {
        let damaged = |error: serde_json::Error| damaged(&self.path, seq, error.into());
        let is_long_wanted = match &short.long_names {
            Some(names) => is_any_wanted(names, wanted).map_err(damaged)?,
            None => false,
        };
        if !is_long_wanted {
            return some_members(&short.json, wanted).map(Some).map_err(damaged);
        }
        // It may have been written again meanwhile.
        self.json(seq)?
            .map(|json| some_members(&json, wanted).map_err(damaged))
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
        let rows = self.with(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT seq, body, long_cuts FROM documents WHERE seq >= ?1 ORDER BY seq LIMIT ?2",
            )?;
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let mut rows = statement.query(params![from.cast_signed(), most])?;
            let mut found = Vec::new();
            let mut size = 0;
            while size < bytes
                && let Some(row) = rows.next()?
            {
                let (seq, row) = numbered_row(row)?;
                size += row.body.len() + row.cuts.as_ref().map_or(0, Vec::len);
                found.push((seq, row));
            }
            Ok(found)
        })?;
        rows.into_iter()
            .map(|(seq, row)| Ok((seq, row.json(&self.path, seq)?)))
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

/// Number, body and cuts.
fn numbered_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<(u64, DocumentRow)> {
    let stored = DocumentRow {
        body: row.get(1)?,
        cuts: row.get(2)?,
    };
    Ok((row.get::<_, i64>(0)?.cast_unsigned(), stored))
}
