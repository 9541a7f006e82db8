//! The ledger: what was read of which project at which serial, and what of it was written where.
//!
//! Two parts, one `SQLite` file:
//!
//! - **read**, per registry and project: the serial at which it was last read, its classifiers,
//!   and what came of it. Shared by all profiles, so that a second profile needs no second scan.
//! - **written**, per collection and project: the serial that its documents reflect, and a key
//!   per document by which an unchanged one is recognised without building it. Beside it stand
//!   the rules of the collection, its baseline, and the projects that are still *owed*.
//!
//! Beside them stand the collections that were rebuilt, and how far each rebuild has come.
//!
//! A collection is (server, real name): never an alias, so that a switched alias starts honestly.
//! One that has another date than before is compared first, and begins anew where it is empty. A
//! damaged file is put aside and begun anew; the pipeline then rebuilds the written part from the
//! collection.
//!
//! Called by `pipeline` and `manage`; decides nothing.

mod collections;
mod documents;
mod opening;
mod owed;
mod read;
mod switches;
mod written;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use super::StoreError;

pub use collections::{Baseline, CollectionId, CollectionIdentity, CollectionRecord, Sight};
pub use documents::{DocumentEntry, Documents};
pub use opening::Opened;
pub use owed::{Failure, Owed};
pub use read::{ReadOutcome, ReadRecord, ReadRow, RegistryId};
pub use switches::{Switch, SwitchStage};
pub use written::{WrittenRecord, WrittenSummary};

/// The open ledger. Cheap calls; safe to use from several threads and processes.
pub struct Ledger {
    path: PathBuf,
    connection: Mutex<Connection>,
}

impl Ledger {
    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` in one transaction.
    fn transaction<T>(
        &self,
        work: impl FnOnce(&rusqlite::Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let mut connection = self.connection();
        let result = connection
            .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
            .and_then(|transaction| {
                let value = work(&transaction)?;
                transaction.commit()?;
                Ok(value)
            });
        result.map_err(|cause| at(&self.path, cause))
    }

    fn query<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        work(&self.connection()).map_err(|cause| at(&self.path, cause))
    }
}

fn at(path: &Path, cause: rusqlite::Error) -> StoreError {
    StoreError::Ledger {
        path: path.to_owned(),
        cause,
    }
}
