//! The table `written`: the documents of each project that a collection holds.

use std::collections::{HashMap, HashSet};

use rusqlite::{OptionalExtension, params};

use super::{CollectionId, Documents, Ledger, StoreError};
use crate::model::{ProjectName, Serial};

/// The documents of one project in a collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenRecord {
    /// Normalised name.
    pub project: ProjectName,
    /// The serial that its documents reflect, if `complete`.
    pub serial: Option<Serial>,
    /// Whether every release has been written at that serial.
    pub complete: bool,
    /// The version whose document has `is_latest: true`, if any.
    pub latest: Option<String>,
    /// The project's name, as spelled in its documents.
    pub display_name: String,
    /// All documents that the search server has acknowledged.
    pub documents: Documents,
}

impl WrittenRecord {
    /// The record to store before the documents with these ids are rewritten: until the server has
    /// answered, their content is unknown and the project is incomplete. `None` if the collection
    /// has none of them.
    #[must_use]
    pub fn before_rewrite<'a>(&self, ids: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let ids: HashSet<&str> = ids.into_iter().collect();
        let mut record = self.clone();
        let mut rewritten = record
            .documents
            .0
            .iter_mut()
            .filter(|entry| ids.contains(entry.id.as_str()))
            .peekable();
        rewritten.peek()?;
        rewritten.for_each(|entry| entry.key = None);
        record.complete = false;
        Some(record)
    }
}

/// The columns of a row that discovery needs for every project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrittenSummary {
    /// As in [`WrittenRecord`].
    pub serial: Option<Serial>,
    /// As in [`WrittenRecord`].
    pub complete: bool,
}

impl Ledger {
    /// Serial and completeness of every project in the collection.
    pub async fn read_written_summaries(
        &self,
        collection: CollectionId,
    ) -> Result<HashMap<ProjectName, WrittenSummary>, StoreError> {
        self.read_transaction(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT project, serial, complete FROM written WHERE collection = ?1",
            )?;
            statement
                .query_map([collection.0], |row| {
                    let summary = WrittenSummary {
                        serial: Serial::new(row.get::<_, i64>(1)?.cast_unsigned()),
                        complete: row.get(2)?,
                    };
                    Ok((ProjectName::as_written(row.get_ref(0)?.as_str()?), summary))
                })?
                .collect()
        })
        .await
    }

    /// The row of one project.
    pub async fn find_written(
        &self,
        collection: CollectionId,
        project: &ProjectName,
    ) -> Result<Option<WrittenRecord>, StoreError> {
        let project = project.clone();
        self.read_transaction(move |connection| {
            connection
                .prepare_cached(
                    "SELECT project, serial, complete, latest, display_name, documents
                     FROM written WHERE collection = ?1 AND project = ?2",
                )?
                .query_row(params![collection.0, project.as_str()], record_from_row)
                .optional()
        })
        .await
    }

    /// All rows of the collection.
    pub async fn read_all_written(
        &self,
        collection: CollectionId,
    ) -> Result<HashMap<ProjectName, WrittenRecord>, StoreError> {
        self.read_transaction(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT project, serial, complete, latest, display_name, documents
                 FROM written WHERE collection = ?1",
            )?;
            statement
                .query_map([collection.0], |row| {
                    let record = record_from_row(row)?;
                    Ok((record.project.clone(), record))
                })?
                .collect()
        })
        .await
    }

    /// Stores rows, and deletes the pending retries of those that are complete.
    ///
    /// All rows are stored in one transaction.
    pub async fn record_written(
        &self,
        collection: CollectionId,
        records: Vec<WrittenRecord>,
    ) -> Result<(), StoreError> {
        self.write_transaction(move |transaction| insert_rows(transaction, collection, records))
            .await
    }

    /// Marks every project of the collection as incomplete, so that it is examined again.
    pub async fn mark_incomplete(&self, collection: CollectionId) -> Result<(), StoreError> {
        self.write_transaction(move |transaction| {
            transaction.execute(
                "UPDATE written SET complete = 0 WHERE collection = ?1",
                [collection.0],
            )?;
            Ok(())
        })
        .await
    }

    /// Replaces all rows of the collection.
    pub async fn replace_written(
        &self,
        collection: CollectionId,
        records: Vec<WrittenRecord>,
    ) -> Result<(), StoreError> {
        self.write_transaction(move |transaction| {
            transaction.execute("DELETE FROM written WHERE collection = ?1", [collection.0])?;
            insert_rows(transaction, collection, records)
        })
        .await
    }

    /// Deletes the rows and pending retries of projects that were removed from the collection.
    pub async fn forget_written(
        &self,
        collection: CollectionId,
        projects: Vec<ProjectName>,
    ) -> Result<(), StoreError> {
        self.write_transaction(move |transaction| {
            for table in ["written", "owed"] {
                let mut delete = transaction.prepare_cached(&format!(
                    "DELETE FROM {table} WHERE collection = ?1 AND project = ?2"
                ))?;
                for project in &projects {
                    delete.execute(params![collection.0, project.as_str()])?;
                }
            }
            Ok(())
        })
        .await
    }
}

fn insert_rows(
    transaction: &rusqlite::Transaction<'_>,
    collection: CollectionId,
    records: Vec<WrittenRecord>,
) -> rusqlite::Result<()> {
    let mut insert = transaction.prepare_cached(
        "INSERT OR REPLACE INTO written
         (collection, project, serial, complete, latest, display_name, documents)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let mut delete_retry =
        transaction.prepare_cached("DELETE FROM owed WHERE collection = ?1 AND project = ?2")?;
    for record in records {
        insert.execute(params![
            collection.0,
            record.project.as_str(),
            Serial::number(record.serial).cast_signed(),
            record.complete,
            record.latest.unwrap_or_default(),
            record.display_name,
            record.documents,
        ])?;
        if record.complete {
            delete_retry.execute(params![collection.0, record.project.as_str()])?;
        }
    }
    Ok(())
}

fn record_from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<WrittenRecord> {
    // An unreadable list only costs the entries of this project, which is then written again.
    let documents: Option<Documents> = row.get(5).ok();
    Ok(WrittenRecord {
        project: ProjectName::as_written(row.get_ref(0)?.as_str()?),
        serial: Serial::new(row.get::<_, i64>(1)?.cast_unsigned()),
        complete: documents.is_some() && row.get(2)?,
        latest: Some(row.get(3)?).filter(|latest: &String| !latest.is_empty()),
        display_name: row.get(4)?,
        documents: documents.unwrap_or_default(),
    })
}
