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

use tokio_rusqlite::{Connection, Error};

use super::StoreError;

pub use collections::{Baseline, CollectionId, CollectionIdentity, CollectionRecord, Sight};
pub use documents::{DocumentEntry, Documents};
pub use opening::Opened;
pub use owed::{Failure, Owed};
pub use read::{ReadOutcome, ReadRecord, ReadRow, RegistryId};
pub use switches::{Switch, SwitchStage};
pub use written::{WrittenRecord, WrittenSummary};

/// The open ledger, safe to use from several tasks and processes.
///
/// `SQLite` blocks: on the disk, and on other processes that write. So statements run on two threads
/// of their own, one that writes and one that reads, and callers wait for them without holding a
/// worker of the runtime. What a caller has written, it then reads.
pub struct Ledger {
    path: PathBuf,
    writer: Connection,
    /// The same connection as `writer` where the ledger is in memory.
    reader: Connection,
}

impl Ledger {
    /// Runs `work` in one transaction.
    async fn write_transaction<T: Send + 'static>(
        &self,
        work: impl FnOnce(&rusqlite::Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let written = self.writer.call(move |connection| {
            let behavior = rusqlite::TransactionBehavior::Immediate;
            let transaction = connection.transaction_with_behavior(behavior)?;
            let value = work(&transaction)?;
            transaction.commit()?;
            Ok(value)
        });
        written.await.map_err(|error| self.error(error))
    }

    /// Runs `work`, which only reads, at one moment of the ledger.
    async fn read_transaction<T: Send + 'static>(
        &self,
        work: impl FnOnce(&rusqlite::Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let read = self
            .reader
            .call(move |connection| work(&connection.transaction()?));
        read.await.map_err(|error| self.error(error))
    }

    fn error(&self, error: Error) -> StoreError {
        match error {
            Error::Error(cause) | Error::Close((_, cause)) => at(&self.path, cause),
            _ => StoreError::LedgerClosed {
                path: self.path.clone(),
            },
        }
    }

    /// Waits until the file is closed and nothing is left beside it. Later calls fail.
    pub async fn close(&self) {
        // Everything was committed before its caller went on: what fails here loses nothing.
        for connection in [&self.reader, &self.writer] {
            if let Err(error) = connection.clone().close().await {
                tracing::debug!(%error, "the ledger was not closed cleanly");
            }
        }
    }
}

fn at(path: &Path, cause: rusqlite::Error) -> StoreError {
    StoreError::Ledger {
        path: path.to_owned(),
        cause,
    }
}
