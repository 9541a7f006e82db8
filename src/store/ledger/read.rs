//! The table `read`: what was last read of each project of a registry, for all profiles.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::{Ledger, StoreError};
use crate::model::{ProjectName, Serial};

/// The outcome of reading a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadOutcome {
    /// It has a latest release; its classifiers are known.
    Read,
    /// It exists, but has no release that can be indexed.
    Empty,
    /// The registry lists it but does not serve it at present.
    Quarantined,
}

impl ReadOutcome {
    fn code(self) -> i64 {
        match self {
            Self::Read => 0,
            Self::Empty => 1,
            Self::Quarantined => 2,
        }
    }

    fn from_code(code: i64) -> Self {
        match code {
            1 => Self::Empty,
            2 => Self::Quarantined,
            _ => Self::Read,
        }
    }
}

/// A row of the table `read`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadRecord {
    /// Normalised name.
    pub project: ProjectName,
    /// The serial of the answer.
    pub serial: Option<Serial>,
    /// What came of it.
    pub outcome: ReadOutcome,
    /// Classifiers of the release that the registry calls latest.
    pub classifiers: Vec<String>,
    /// When it was read, in Unix seconds.
    pub examined: i64,
}

/// A row of the table `read`, borrowed during a scan.
#[derive(Debug)]
pub struct ReadRow<'a> {
    /// Normalised name.
    pub project: &'a str,
    /// The serial of the answer.
    pub serial: Option<Serial>,
    /// What came of it.
    pub outcome: ReadOutcome,
    /// As in [`ReadRecord`].
    pub classifiers: Vec<&'a str>,
}

/// The row id of a registry. Every registry has its own project names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegistryId(pub(super) i64);

impl Ledger {
    /// The id of the registry at `base_url`; creates its row if there is none.
    pub async fn find_or_add_registry(&self, base_url: &str) -> Result<RegistryId, StoreError> {
        let base_url = [base_url.to_owned()];
        self.write_transaction(move |transaction| {
            transaction.execute(
                "INSERT OR IGNORE INTO registries (base_url) VALUES (?1)",
                base_url.each_ref(),
            )?;
            let id = transaction.query_row(
                "SELECT id FROM registries WHERE base_url = ?1",
                base_url.each_ref(),
                |row| row.get(0),
            )?;
            Ok(RegistryId(id))
        })
        .await
    }

    /// Stores what was read of these projects, in one transaction.
    pub async fn record_read(
        &self,
        registry: RegistryId,
        records: Vec<ReadRecord>,
    ) -> Result<(), StoreError> {
        self.write_transaction(move |transaction| {
            let mut known_ids = HashMap::new();
            let mut insert = transaction.prepare_cached(
                "INSERT OR REPLACE INTO read
                 (registry, project, serial, outcome, classifiers, examined)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?;
            for record in &records {
                let mut ids = Vec::with_capacity(record.classifiers.len() * 2);
                for classifier in &record.classifiers {
                    let id = if let Some(id) = known_ids.get(classifier.as_str()) {
                        *id
                    } else {
                        let id = classifier_id(transaction, classifier)?;
                        known_ids.insert(classifier.as_str(), id);
                        id
                    };
                    push_number(&mut ids, id);
                }
                insert.execute(params![
                    registry.0,
                    record.project.as_str(),
                    Serial::number(record.serial).cast_signed(),
                    record.outcome.code(),
                    ids,
                    record.examined,
                ])?;
            }
            Ok(())
        })
        .await
    }

    /// The row of one project.
    pub async fn find_read(
        &self,
        registry: RegistryId,
        project: &ProjectName,
    ) -> Result<Option<ReadRecord>, StoreError> {
        let project = project.clone();
        self.read_transaction(move |connection| {
            let names = classifier_names(connection)?;
            connection
                .query_row(
                    "SELECT project, serial, outcome, classifiers, examined
                     FROM read WHERE registry = ?1 AND project = ?2",
                    params![registry.0, project.as_str()],
                    |row| record_from_row(row, &names),
                )
                .optional()
        })
        .await
    }

    /// Folds all rows of a registry into `state`, ordered by project name.
    pub async fn fold_read<S: Send + 'static>(
        &self,
        registry: RegistryId,
        mut state: S,
        mut visit: impl FnMut(&mut S, ReadRow<'_>) + Send + 'static,
    ) -> Result<S, StoreError> {
        self.read_transaction(move |connection| {
            let names = classifier_names(connection)?;
            let mut statement = connection.prepare_cached(
                "SELECT project, serial, outcome, classifiers
                 FROM read WHERE registry = ?1 ORDER BY project",
            )?;
            let mut rows = statement.query([registry.0])?;
            while let Some(row) = rows.next()? {
                let ids = row.get_ref(3)?.as_blob()?;
                visit(
                    &mut state,
                    ReadRow {
                        project: row.get_ref(0)?.as_str()?,
                        serial: Serial::new(row.get::<_, i64>(1)?.cast_unsigned()),
                        outcome: ReadOutcome::from_code(row.get(2)?),
                        classifiers: numbers(ids)
                            .filter_map(|id| names.get(&id).map(String::as_str))
                            .collect(),
                    },
                );
            }
            Ok(state)
        })
        .await
    }
}

fn classifier_names(connection: &Connection) -> rusqlite::Result<HashMap<u64, String>> {
    let mut statement = connection.prepare_cached("SELECT id, text FROM classifiers")?;
    statement
        .query_map([], |row| {
            Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?))
        })?
        .collect()
}

fn classifier_id(transaction: &rusqlite::Transaction<'_>, text: &str) -> rusqlite::Result<u64> {
    transaction
        .prepare_cached("INSERT OR IGNORE INTO classifiers (text) VALUES (?1)")?
        .execute([text])?;
    let id: i64 = transaction
        .prepare_cached("SELECT id FROM classifiers WHERE text = ?1")?
        .query_row([text], |row| row.get(0))?;
    Ok(id.cast_unsigned())
}

fn record_from_row(
    row: &rusqlite::Row<'_>,
    names: &HashMap<u64, String>,
) -> rusqlite::Result<ReadRecord> {
    let ids: &[u8] = row.get_ref(3)?.as_blob()?;
    Ok(ReadRecord {
        project: ProjectName::as_written(row.get_ref(0)?.as_str()?),
        serial: Serial::new(row.get::<_, i64>(1)?.cast_unsigned()),
        outcome: ReadOutcome::from_code(row.get(2)?),
        classifiers: numbers(ids)
            .filter_map(|id| names.get(&id).cloned())
            .collect(),
        examined: row.get(4)?,
    })
}

/// Appends `number` as a LEB128 variable-length integer: most ids take one or two bytes.
fn push_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push((number & 0x7f) as u8);
}

/// The numbers that [`push_number`] has appended.
fn numbers(bytes: &[u8]) -> impl Iterator<Item = u64> + '_ {
    let mut remaining = bytes.iter();
    std::iter::from_fn(move || {
        let mut number = 0_u64;
        for (position, byte) in remaining.by_ref().enumerate().take(9) {
            number |= u64::from(byte & 0x7f) << (7 * position);
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing step fails the test")]
mod tests {
    use super::{Ledger, ReadOutcome, ReadRecord};
    use crate::model::{ProjectName, Serial};

    #[tokio::test]
    async fn what_was_read_comes_back() {
        let home = tempfile::tempdir().unwrap();
        let (ledger, _) = Ledger::open(home.path()).await.unwrap();
        let registry = ledger.find_or_add_registry("http://one/").await.unwrap();
        let other = ledger.find_or_add_registry("http://two/").await.unwrap();
        let classifiers: Vec<String> = (0..300)
            .map(|number| format!("Topic :: {number}"))
            .collect();
        let record = ReadRecord {
            project: ProjectName::new("plone.api"),
            serial: Serial::new(41),
            outcome: ReadOutcome::Read,
            classifiers,
            examined: 7,
        };
        ledger
            .record_read(registry, vec![record.clone()])
            .await
            .unwrap();
        assert_eq!(
            ledger.find_read(registry, &record.project).await.unwrap(),
            Some(record.clone())
        );
        assert_eq!(
            ledger.find_read(other, &record.project).await.unwrap(),
            None
        );
        let seen = ledger
            .fold_read(registry, Vec::new(), |seen, row| {
                let classifiers: Vec<String> =
                    row.classifiers.iter().map(ToString::to_string).collect();
                seen.push((row.project.to_owned(), row.serial, classifiers));
            })
            .await
            .unwrap();
        assert_eq!(
            seen,
            [(
                "plone-api".to_owned(),
                Serial::new(41),
                record.classifiers.clone()
            )]
        );
    }
}
