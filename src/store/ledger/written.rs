//! What a collection holds of each project.

use std::collections::{HashMap, HashSet};

use rusqlite::{OptionalExtension, params};

use super::{CollectionId, Documents, Ledger, StoreError};
use crate::model::{ProjectName, Serial};

/// What the collection holds of one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenRecord {
    /// Normalised name.
    pub project: ProjectName,
    /// The serial that its documents reflect, once `complete`.
    pub serial: Option<Serial>,
    /// Whether every release has been written at that serial.
    pub complete: bool,
    /// Version of the document that bears `is_latest`, if one does.
    pub latest: Option<String>,
    /// The name as the documents spell it.
    pub display_name: String,
    /// All that the collection has acknowledged.
    pub documents: Documents,
}

impl WrittenRecord {
    /// The record while documents of it are written anew: what each of them holds is unknown until
    /// the server has answered. `None` where none of these ids is held.
    #[must_use]
    pub fn doubting<'a>(&self, ids: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let ids: HashSet<&str> = ids.into_iter().collect();
        let mut record = self.clone();
        let mut held = record
            .documents
            .0
            .iter_mut()
            .filter(|entry| ids.contains(entry.id.as_str()))
            .peekable();
        held.peek()?;
        held.for_each(|entry| entry.key = None);
        record.complete = false;
        Some(record)
    }
}

/// The part of a row that discovery needs for every project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrittenSummary {
    /// As in [`WrittenRecord`].
    pub serial: Option<Serial>,
    /// As in [`WrittenRecord`].
    pub complete: bool,
}

impl Ledger {
    /// Serial and completeness of everything the collection holds.
    pub async fn written_summaries(
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
                    Ok((ProjectName::new(row.get_ref(0)?.as_str()?), summary))
                })?
                .collect()
        })
        .await
    }

    /// What the collection holds of one project.
    pub async fn written(
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
                .query_row(params![collection.0, project.as_str()], record)
                .optional()
        })
        .await
    }

    /// What the collection holds of each project.
    pub async fn all_written(
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
                    let record = record(row)?;
                    Ok((record.project.clone(), record))
                })?
                .collect()
        })
        .await
    }

    /// Stores rows, and drops what was owed of those that are complete.
    ///
    /// The rows are taken one by one inside the transaction, so that of two writers the later one
    /// stores the later state.
    pub async fn record_written(
        &self,
        collection: CollectionId,
        records: Vec<WrittenRecord>,
    ) -> Result<(), StoreError> {
        self.write_transaction(move |transaction| store(transaction, collection, records))
            .await
    }

    /// Notes that every project of the collection has to be looked at again.
    pub async fn reopen(&self, collection: CollectionId) -> Result<(), StoreError> {
        self.write_transaction(move |transaction| {
            transaction.execute(
                "UPDATE written SET complete = 0 WHERE collection = ?1",
                [collection.0],
            )?;
            Ok(())
        })
        .await
    }

    /// Replaces everything that is remembered of the collection's projects.
    pub async fn replace_written(
        &self,
        collection: CollectionId,
        records: Vec<WrittenRecord>,
    ) -> Result<(), StoreError> {
        self.write_transaction(move |transaction| {
            transaction.execute("DELETE FROM written WHERE collection = ?1", [collection.0])?;
            store(transaction, collection, records)
        })
        .await
    }

    /// Forgets projects that have left the collection.
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

fn store(
    transaction: &rusqlite::Transaction<'_>,
    collection: CollectionId,
    records: Vec<WrittenRecord>,
) -> rusqlite::Result<()> {
    let mut insert = transaction.prepare_cached(
        "INSERT OR REPLACE INTO written
         (collection, project, serial, complete, latest, display_name, documents)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let mut settle =
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
            settle.execute(params![collection.0, record.project.as_str()])?;
        }
    }
    Ok(())
}

fn record(row: &rusqlite::Row<'_>) -> rusqlite::Result<WrittenRecord> {
    // A list that cannot be read any more costs the knowledge of these documents, no more.
    let documents: Option<Documents> = row.get(5).ok();
    Ok(WrittenRecord {
        project: ProjectName::new(row.get_ref(0)?.as_str()?),
        serial: Serial::new(row.get::<_, i64>(1)?.cast_unsigned()),
        complete: documents.is_some() && row.get(2)?,
        latest: Some(row.get(3)?).filter(|latest: &String| !latest.is_empty()),
        display_name: row.get(4)?,
        documents: documents.unwrap_or_default(),
    })
}
