//! The ledger's records of collections: rules, baseline, document count.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, params};

use super::{Ledger, RegistryId, StoreError};
use crate::model::{RegistryKind, Serial};

/// Identifies the part of a collection that one registry fills. The same name on another server is
/// another collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectionIdentity {
    /// Address of the server, or of all nodes of a cluster, as spelled in the settings.
    pub server: String,
    /// The collection's own name, never an alias.
    pub name: String,
    /// The registry whose documents are meant. What several registries fill has a record for each.
    pub registry: RegistryKind,
    /// The server's creation time, in Unix seconds. Not part of the identity: it changes when the
    /// collection is created again, but also when the server restarts (Typesense 0.24 sets a new
    /// time while it replays its log), so a new time only means that the records must be checked.
    pub created_at: i64,
}

/// How a collection matches the ledger's record of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CollectionMatch {
    /// Recorded with this creation time.
    Known,
    /// Not recorded before.
    New,
    /// Recorded with another creation time: its records must be compared with its documents.
    Redated,
}

/// The row id of a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CollectionId(pub(super) i64);

/// The point up to which every project of the registry has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    /// The serial of the index at the start of the last complete run: a project at or below it that
    /// the ledger does not know counts as read and not matching.
    pub serial: u64,
    /// The rules of that run, in canonical form.
    pub rules: String,
}

/// The state of a collection as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CollectionRecord {
    /// The recorded rules, in canonical form; without them no project is removed for not matching.
    pub rules: Option<String>,
    /// `all` or `latest`, as set by its first run.
    pub versions: Option<String>,
    /// A project below it that the ledger does not know does not match.
    pub baseline: Option<Baseline>,
    /// The highest index serial that a run has seen; older indexes remove nothing.
    pub index_serial: Option<Serial>,
    /// The registry of these serials; they mean nothing for another one.
    pub registry: Option<RegistryId>,
    /// The document format (version of the transform, and `history_text`): when it changes, all
    /// documents are written again.
    pub form: Option<String>,
    /// How many documents it had after the last run; `None` while a run writes, and after a run
    /// that was interrupted.
    pub documents: Option<u64>,
    /// How many fetches of all hosts there were with the last one of this ledger; `None` if hosts did
    /// not share the collection.
    pub fetches: Option<i64>,
}

impl Ledger {
    /// The id of a collection; creates its row if there is none.
    pub async fn find_or_add_collection(
        &self,
        identity: &CollectionIdentity,
    ) -> Result<(CollectionId, CollectionMatch), StoreError> {
        let identity = identity.clone();
        self.write_transaction(move |transaction| {
            let recorded: Option<(i64, i64)> = transaction
                .query_row(
                    "SELECT id, created_at FROM collections
                     WHERE server = ?1 AND name = ?2 AND kind = ?3",
                    params![identity.server, identity.name, identity.registry.as_str()],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()?;
            let Some((id, created_at)) = recorded else {
                transaction.execute(
                    "INSERT INTO collections (server, name, kind, created_at)
                     VALUES (?1, ?2, ?3, ?4)",
                    params![
                        identity.server,
                        identity.name,
                        identity.registry.as_str(),
                        identity.created_at
                    ],
                )?;
                return Ok((
                    CollectionId(transaction.last_insert_rowid()),
                    CollectionMatch::New,
                ));
            };
            if created_at == identity.created_at {
                return Ok((CollectionId(id), CollectionMatch::Known));
            }
            transaction.execute(
                "UPDATE collections SET created_at = ?2, documents = NULL WHERE id = ?1",
                params![id, identity.created_at],
            )?;
            Ok((CollectionId(id), CollectionMatch::Redated))
        })
        .await
    }

    /// The ids of what is recorded of a collection, by registry.
    pub async fn find_collections(
        &self,
        server: &str,
        name: &str,
    ) -> Result<BTreeMap<RegistryKind, CollectionId>, StoreError> {
        let identity = [server.to_owned(), name.to_owned()];
        self.read_transaction(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT kind, id FROM collections WHERE server = ?1 AND name = ?2",
            )?;
            let mut found = BTreeMap::new();
            let mut rows = statement.query(identity)?;
            while let Some(row) = rows.next()? {
                if let Some(kind) = RegistryKind::named(row.get_ref(0)?.as_str()?) {
                    found.insert(kind, CollectionId(row.get(1)?));
                }
            }
            Ok(found)
        })
        .await
    }

    /// The names of all recorded collections of a server, sorted.
    pub async fn read_collection_names(&self, server: &str) -> Result<Vec<String>, StoreError> {
        let server = [server.to_owned()];
        self.read_transaction(move |connection| {
            connection
                .prepare_cached(
                    "SELECT DISTINCT name FROM collections WHERE server = ?1 ORDER BY name",
                )?
                .query_map(server, |row| row.get(0))?
                .collect()
        })
        .await
    }

    /// Replaces the records of `to` by those of `from`, after its documents were copied there.
    pub async fn copy_collection(
        &self,
        from: CollectionId,
        to: CollectionId,
    ) -> Result<(), StoreError> {
        self.write_transaction(move |transaction| {
            transaction.execute(
                "UPDATE collections SET (rules, versions, baseline, baseline_rules, index_serial,
                 documents, registry, form) =
                 (SELECT rules, versions, baseline, baseline_rules, index_serial, documents,
                  registry, form FROM collections WHERE id = ?1)
                 WHERE id = ?2",
                params![from.0, to.0],
            )?;
            for (table, columns) in [
                (
                    "written",
                    "project, serial, complete, latest, display_name, documents",
                ),
                (
                    "owed",
                    "project, serial, reason, lasting, failures, next_attempt",
                ),
            ] {
                transaction.execute(
                    &format!("DELETE FROM {table} WHERE collection = ?1"),
                    [to.0],
                )?;
                transaction.execute(
                    &format!(
                        "INSERT INTO {table} (collection, {columns})
                         SELECT ?2, {columns} FROM {table} WHERE collection = ?1"
                    ),
                    params![from.0, to.0],
                )?;
            }
            Ok(())
        })
        .await
    }

    /// Deletes all records of a collection that no longer exists.
    pub async fn forget_collection(&self, server: &str, name: &str) -> Result<(), StoreError> {
        let identity = [server.to_owned(), name.to_owned()];
        self.write_transaction(move |transaction| {
            for table in ["written", "owed"] {
                transaction.execute(
                    &format!(
                        "DELETE FROM {table} WHERE collection IN
                         (SELECT id FROM collections WHERE server = ?1 AND name = ?2)"
                    ),
                    identity.each_ref(),
                )?;
            }
            transaction.execute(
                "DELETE FROM collections WHERE server = ?1 AND name = ?2",
                identity.each_ref(),
            )?;
            Ok(())
        })
        .await
    }

    /// The state of the collection; the default if it is not recorded.
    pub async fn read_collection_record(
        &self,
        id: CollectionId,
    ) -> Result<CollectionRecord, StoreError> {
        let record = self
            .read_transaction(move |connection| {
                connection
                    .query_row(
                        "SELECT rules, versions, baseline, baseline_rules, index_serial, documents,
                     registry, form, fetches
                     FROM collections WHERE id = ?1",
                        [id.0],
                        |row| {
                            let serial: Option<i64> = row.get(2)?;
                            let rules: Option<String> = row.get(3)?;
                            Ok(CollectionRecord {
                                rules: row.get(0)?,
                                versions: row.get(1)?,
                                baseline: serial.zip(rules).map(|(serial, rules)| Baseline {
                                    serial: serial.cast_unsigned(),
                                    rules,
                                }),
                                index_serial: Serial::new(row.get::<_, i64>(4)?.cast_unsigned()),
                                documents: row.get::<_, Option<i64>>(5)?.map(i64::cast_unsigned),
                                registry: row.get::<_, Option<i64>>(6)?.map(RegistryId),
                                form: row.get(7)?,
                                fetches: row.get(8)?,
                            })
                        },
                    )
                    .optional()
            })
            .await?;
        Ok(record.unwrap_or_default())
    }

    /// Stores the state of the collection.
    pub async fn set_collection_record(
        &self,
        id: CollectionId,
        record: &CollectionRecord,
    ) -> Result<(), StoreError> {
        let record = record.clone();
        self.write_transaction(move |transaction| {
            transaction.execute(
                "UPDATE collections SET rules = ?2, versions = ?3, baseline = ?4,
                 baseline_rules = ?5, index_serial = ?6, documents = ?7, registry = ?8, form = ?9,
                 fetches = ?10
                 WHERE id = ?1",
                params![
                    id.0,
                    record.rules,
                    record.versions,
                    record
                        .baseline
                        .as_ref()
                        .map(|baseline| baseline.serial.cast_signed()),
                    record
                        .baseline
                        .as_ref()
                        .map(|baseline| baseline.rules.as_str()),
                    Serial::number(record.index_serial).cast_signed(),
                    record.documents.map(u64::cast_signed),
                    record.registry.map(|registry| registry.0),
                    record.form,
                    record.fetches,
                ],
            )?;
            Ok(())
        })
        .await
    }
}
