//! Projects that a collection still waits for, and why.

use rusqlite::{OptionalExtension, params};

use super::{CollectionId, Ledger, StoreError};
use crate::model::{ProjectName, Serial};

/// Failures after which a project is tried at growing distance instead of in every run.
const PATIENT_AFTER: u32 = 3;
/// The first such distance, in seconds; it doubles with each further failure.
const FIRST_DISTANCE: i64 = 3_600;
/// The longest distance: a week.
const LONGEST_DISTANCE: i64 = 7 * 24 * 3_600;
/// A lasting reason counts as final when the same serial has given it so often.
const FINAL_AFTER: u32 = 2;

/// A project that could not be brought up to date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    /// Normalised name.
    pub project: ProjectName,
    /// The serial that the index announced; `None` where no index was read.
    pub serial: Option<Serial>,
    /// A sentence without its full stop.
    pub reason: String,
    /// Whether the reason lies in the data itself and will stay until it changes.
    pub lasting: bool,
    /// How often in a row this serial has failed, for reasons of this kind.
    pub failures: u32,
    /// Unix seconds before which it is not tried again, unless its serial moves.
    pub next_attempt: i64,
}

impl Owed {
    /// Whether the same serial has been refused for good: listed as rejected, tried no more.
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.lasting && self.failures >= FINAL_AFTER
    }
}

/// One failure, as the pipeline reports it.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Normalised name.
    pub project: ProjectName,
    /// The serial that the index announced; `None` where no index was read.
    pub serial: Option<Serial>,
    /// A sentence without its full stop.
    pub reason: String,
    /// Whether the reason lies in the data itself.
    pub lasting: bool,
}

impl Ledger {
    /// Counts a failure; failures of the same serial add up. Returns the row as it now stands.
    pub async fn record_failure(
        &self,
        collection: CollectionId,
        failure: Failure,
        now: i64,
    ) -> Result<Owed, StoreError> {
        self.write_transaction(move |transaction| {
            let before: Option<(i64, u32, bool)> = transaction
                .query_row(
                    "SELECT serial, failures, lasting FROM owed
                     WHERE collection = ?1 AND project = ?2",
                    params![collection.0, failure.project.as_str()],
                    |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
                )
                .optional()?;
            let failures = match before {
                Some((serial, failures, lasting))
                    if serial == Serial::number(failure.serial).cast_signed()
                        && lasting == failure.lasting =>
                {
                    failures.saturating_add(1)
                }
                _ => 1,
            };
            let owed = Owed {
                project: failure.project,
                serial: failure.serial,
                reason: failure.reason,
                lasting: failure.lasting,
                failures,
                next_attempt: now + distance(failures),
            };
            transaction.execute(
                "INSERT OR REPLACE INTO owed
                 (collection, project, serial, reason, lasting, failures, next_attempt)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    collection.0,
                    owed.project.as_str(),
                    Serial::number(owed.serial).cast_signed(),
                    owed.reason,
                    owed.lasting,
                    owed.failures,
                    owed.next_attempt,
                ],
            )?;
            Ok(owed)
        })
        .await
    }

    /// Everything that is owed, the longest waiting first.
    pub async fn owed(&self, collection: CollectionId) -> Result<Vec<Owed>, StoreError> {
        self.read_transaction(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT project, serial, reason, lasting, failures, next_attempt
                 FROM owed WHERE collection = ?1 ORDER BY next_attempt, project",
            )?;
            statement
                .query_map([collection.0], |row| {
                    Ok(Owed {
                        project: ProjectName::new(row.get_ref(0)?.as_str()?),
                        serial: Serial::new(row.get::<_, i64>(1)?.cast_unsigned()),
                        reason: row.get(2)?,
                        lasting: row.get(3)?,
                        failures: row.get(4)?,
                        next_attempt: row.get(5)?,
                    })
                })?
                .collect()
        })
        .await
    }

    /// Drops what was owed of projects that have been examined after all.
    pub async fn settle(
        &self,
        collection: CollectionId,
        projects: Vec<ProjectName>,
    ) -> Result<(), StoreError> {
        self.write_transaction(move |transaction| {
            let mut delete = transaction
                .prepare_cached("DELETE FROM owed WHERE collection = ?1 AND project = ?2")?;
            for project in projects {
                delete.execute(params![collection.0, project.as_str()])?;
            }
            Ok(())
        })
        .await
    }
}

fn distance(failures: u32) -> i64 {
    if failures <= PATIENT_AFTER {
        return 0;
    }
    let doublings = (failures - PATIENT_AFTER - 1).min(20);
    (FIRST_DISTANCE << doublings).min(LONGEST_DISTANCE)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing step fails the test")]
mod tests {
    use super::{Failure, LONGEST_DISTANCE, Ledger, distance};
    use crate::model::{ProjectName, Serial};
    use crate::store::ledger::{CollectionIdentity, Sight};

    #[test]
    fn distance_grows_after_three_failures() {
        assert_eq!([1, 2, 3, 4, 5].map(distance), [0, 0, 0, 3_600, 7_200]);
        assert_eq!(distance(u32::MAX), LONGEST_DISTANCE);
    }

    #[tokio::test]
    async fn failures_of_one_serial_add_up() {
        let home = tempfile::tempdir().unwrap();
        let (ledger, _) = Ledger::open(home.path()).await.unwrap();
        let identity = CollectionIdentity {
            server: "s".into(),
            name: "plone-1".into(),
            created_at: 1,
        };
        let (collection, sight) = ledger.collection(&identity).await.unwrap();
        assert_eq!(sight, Sight::New);
        let mut failure = Failure {
            project: ProjectName::new("broken"),
            serial: Serial::new(5),
            reason: "too large".into(),
            lasting: true,
        };
        assert!(
            !ledger
                .record_failure(collection, failure.clone(), 0)
                .await
                .unwrap()
                .is_final()
        );
        assert!(
            ledger
                .record_failure(collection, failure.clone(), 0)
                .await
                .unwrap()
                .is_final()
        );
        failure.serial = Serial::new(6);
        assert!(
            !ledger
                .record_failure(collection, failure.clone(), 0)
                .await
                .unwrap()
                .is_final()
        );
        assert_eq!(ledger.owed(collection).await.unwrap().len(), 1);
        ledger
            .settle(collection, vec![failure.project])
            .await
            .unwrap();
        assert!(ledger.owed(collection).await.unwrap().is_empty());
    }
}
