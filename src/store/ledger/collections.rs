//! What is remembered of a collection as a whole.

use rusqlite::{OptionalExtension, params};

use super::{Ledger, RegistryId, StoreError};
use crate::model::Serial;

/// Which collection is meant: the same name elsewhere is another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectionIdentity {
    /// Address of the server, or of all nodes of a cluster, as the settings spell it.
    pub server: String,
    /// Real name, never an alias.
    pub name: String,
    /// Unix seconds, as the server says. Not part of the identity, but another date is a reason
    /// to look: the collection was made anew, or the server was started again (0.24 dates a
    /// collection anew when it reads its log).
    pub created_at: i64,
}

/// How a collection was found in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// With the date that the ledger knows.
    Known,
    /// Never seen before.
    New,
    /// Known with another date: what the ledger says of its documents has to be compared.
    Redated,
}

/// The row of a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CollectionId(pub(super) i64);

/// Up to where everything is known to have been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    /// The index serial read before the last complete run: an unknown project at or below it
    /// counts as read and not matching.
    pub serial: u64,
    /// The canonical rules under which that run selected.
    pub rules: String,
}

/// What is remembered of a collection as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CollectionRecord {
    /// Canonical rules recorded for it; without them nothing may leave by rule.
    pub rules: Option<String>,
    /// `all` or `latest`, as its first run said.
    pub versions: Option<String>,
    /// Below it, silence means "not matching".
    pub baseline: Option<Baseline>,
    /// The highest index serial that a run has seen; older indexes remove nothing.
    pub index_serial: Option<Serial>,
    /// The registry whose serials these are; under another one they mean nothing.
    pub registry: Option<RegistryId>,
    /// How its documents are made (version of the transform, `history_text`): they are made anew
    /// where that changes.
    pub form: Option<String>,
    /// How many documents it had after the last undisturbed run; `None` while a run writes, and
    /// after one that did not end.
    pub documents: Option<u64>,
}

impl Ledger {
    /// The id of a collection, making its row on first sight.
    pub async fn collection(
        &self,
        identity: &CollectionIdentity,
    ) -> Result<(CollectionId, Sight), StoreError> {
        let identity = identity.clone();
        self.write_transaction(move |transaction| {
            let known: Option<(i64, i64)> = transaction
                .query_row(
                    "SELECT id, created_at FROM collections WHERE server = ?1 AND name = ?2",
                    params![identity.server, identity.name],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()?;
            let Some((id, created_at)) = known else {
                transaction.execute(
                    "INSERT INTO collections (server, name, created_at) VALUES (?1, ?2, ?3)",
                    params![identity.server, identity.name, identity.created_at],
                )?;
                return Ok((CollectionId(transaction.last_insert_rowid()), Sight::New));
            };
            if created_at == identity.created_at {
                return Ok((CollectionId(id), Sight::Known));
            }
            transaction.execute(
                "UPDATE collections SET created_at = ?2, documents = NULL WHERE id = ?1",
                params![id, identity.created_at],
            )?;
            Ok((CollectionId(id), Sight::Redated))
        })
        .await
    }

    /// The id of a collection, if it was ever seen.
    pub async fn known_collection(
        &self,
        server: &str,
        name: &str,
    ) -> Result<Option<CollectionId>, StoreError> {
        let identity = [server.to_owned(), name.to_owned()];
        self.read_transaction(move |connection| {
            connection
                .query_row(
                    "SELECT id FROM collections WHERE server = ?1 AND name = ?2",
                    identity,
                    |row| row.get(0).map(CollectionId),
                )
                .optional()
        })
        .await
    }

    /// The real names of all collections of a server that were ever seen and not forgotten.
    pub async fn collection_names(&self, server: &str) -> Result<Vec<String>, StoreError> {
        let server = [server.to_owned()];
        self.read_transaction(move |connection| {
            connection
                .prepare_cached("SELECT name FROM collections WHERE server = ?1 ORDER BY name")?
                .query_map(server, |row| row.get(0))?
                .collect()
        })
        .await
    }

    /// Remembers of `to` what is remembered of `from`, whose documents it holds, and nothing else.
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

    /// Forgets a collection that is gone.
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

    /// What is remembered of the collection.
    pub async fn collection_record(
        &self,
        id: CollectionId,
    ) -> Result<CollectionRecord, StoreError> {
        let record = self
            .read_transaction(move |connection| {
                connection
                    .query_row(
                        "SELECT rules, versions, baseline, baseline_rules, index_serial, documents,
                     registry, form
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
                            })
                        },
                    )
                    .optional()
            })
            .await?;
        Ok(record.unwrap_or_default())
    }

    /// Stores what is remembered of the collection.
    pub async fn set_collection_record(
        &self,
        id: CollectionId,
        record: &CollectionRecord,
    ) -> Result<(), StoreError> {
        let record = record.clone();
        self.write_transaction(move |transaction| {
            transaction.execute(
                "UPDATE collections SET rules = ?2, versions = ?3, baseline = ?4,
                 baseline_rules = ?5, index_serial = ?6, documents = ?7, registry = ?8, form = ?9
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
                ],
            )?;
            Ok(())
        })
        .await
    }
}
