//! Pending retries: the projects of a collection that could not be brought up to date, and why.
//!
//! The next run tries them first; after repeated failures at growing intervals (exponential
//! backoff).

use rusqlite::{OptionalExtension, params};

use super::{CollectionId, Ledger, StoreError};
use crate::model::{ProjectName, Serial};

/// After this many failures, a project is no longer retried in every run.
const EVERY_RUN_UNTIL: u32 = 3;
/// The first retry interval, in seconds; it doubles with each further failure.
const FIRST_INTERVAL: i64 = 3_600;
/// The longest retry interval: a week.
const LONGEST_INTERVAL: i64 = 7 * 24 * 3_600;
/// A project is rejected for good after this many lasting failures of the same serial.
const FINAL_AFTER: u32 = 2;

/// A project that could not be brought up to date and is tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingRetry {
    /// Normalised name.
    pub project: ProjectName,
    /// The serial that the index announced; `None` where no index was read.
    pub serial: Option<Serial>,
    /// A sentence without its full stop.
    pub reason: String,
    /// Whether the reason lies in the data itself, so that only a change of the data can help.
    pub lasting: bool,
    /// How often in a row this serial has failed, counting only lasting or only temporary failures.
    pub failures: u32,
    /// Unix seconds before which it is not tried again, unless its serial changes.
    pub next_attempt: i64,
}

impl PendingRetry {
    /// Whether it is rejected: this serial is not tried again.
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
    /// Records a failure and returns the updated row. Failures of the same serial add up.
    pub async fn record_failure(
        &self,
        collection: CollectionId,
        failure: Failure,
        now: i64,
    ) -> Result<PendingRetry, StoreError> {
        self.write_transaction(move |transaction| {
            let previous: Option<(i64, u32, bool)> = transaction
                .query_row(
                    "SELECT serial, failures, lasting FROM owed
                     WHERE collection = ?1 AND project = ?2",
                    params![collection.0, failure.project.as_str()],
                    |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
                )
                .optional()?;
            let failures = match previous {
                Some((serial, failures, lasting))
                    if serial == Serial::number(failure.serial).cast_signed()
                        && lasting == failure.lasting =>
                {
                    failures.saturating_add(1)
                }
                _ => 1,
            };
            let retry = PendingRetry {
                project: failure.project,
                serial: failure.serial,
                reason: failure.reason,
                lasting: failure.lasting,
                failures,
                next_attempt: now + retry_interval(failures),
            };
            transaction.execute(
                "INSERT OR REPLACE INTO owed
                 (collection, project, serial, reason, lasting, failures, next_attempt)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    collection.0,
                    retry.project.as_str(),
                    Serial::number(retry.serial).cast_signed(),
                    retry.reason,
                    retry.lasting,
                    retry.failures,
                    retry.next_attempt,
                ],
            )?;
            Ok(retry)
        })
        .await
    }

    /// All pending retries of a collection, ordered by `next_attempt`.
    pub async fn read_pending_retries(
        &self,
        collection: CollectionId,
    ) -> Result<Vec<PendingRetry>, StoreError> {
        self.read_transaction(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT project, serial, reason, lasting, failures, next_attempt
                 FROM owed WHERE collection = ?1 ORDER BY next_attempt, project",
            )?;
            statement
                .query_map([collection.0], |row| {
                    Ok(PendingRetry {
                        project: ProjectName::as_written(row.get_ref(0)?.as_str()?),
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

    /// Deletes the pending retries of projects that have been examined since.
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

/// Seconds until the next attempt.
fn retry_interval(failures: u32) -> i64 {
    if failures <= EVERY_RUN_UNTIL {
        return 0;
    }
    let doublings = (failures - EVERY_RUN_UNTIL - 1).min(20);
    (FIRST_INTERVAL << doublings).min(LONGEST_INTERVAL)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing step fails the test")]
mod tests {
    use super::{Failure, LONGEST_INTERVAL, Ledger, retry_interval};
    use crate::model::{ProjectName, RegistryKind, Serial};
    use crate::store::ledger::{CollectionIdentity, CollectionMatch};

    #[test]
    fn the_interval_grows_after_three_failures() {
        assert_eq!([1, 2, 3, 4, 5].map(retry_interval), [0, 0, 0, 3_600, 7_200]);
        assert_eq!(retry_interval(u32::MAX), LONGEST_INTERVAL);
    }

    #[tokio::test]
    async fn failures_of_one_serial_add_up() {
        let home = tempfile::tempdir().unwrap();
        let (ledger, _) = Ledger::open(home.path()).await.unwrap();
        let identity = CollectionIdentity {
            server: "s".into(),
            name: "plone-1".into(),
            registry: RegistryKind::PyPi,
            created_at: 1,
        };
        let (collection, sight) = ledger.find_or_add_collection(&identity).await.unwrap();
        assert_eq!(sight, CollectionMatch::New);
        let mut failure = Failure {
            project: ProjectName::new("broken"),
            serial: Serial::new(5),
            reason: "too large".into(),
            lasting: true,
        };
        let is_final = async |failure: &Failure| {
            let recorded = ledger.record_failure(collection, failure.clone(), 0);
            recorded.await.unwrap().is_final()
        };
        assert!(!is_final(&failure).await);
        assert!(is_final(&failure).await);
        failure.serial = Serial::new(6);
        assert!(!is_final(&failure).await);
        assert_eq!(
            ledger.read_pending_retries(collection).await.unwrap().len(),
            1
        );
        ledger
            .settle(collection, vec![failure.project])
            .await
            .unwrap();
        assert!(
            ledger
                .read_pending_retries(collection)
                .await
                .unwrap()
                .is_empty()
        );
    }
}
