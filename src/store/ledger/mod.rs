//! The ledger: a `SQLite` file that records which serial of each project was read, and what is
//! written to each collection.
//!
//! Tables:
//!
//! - `read`, per registry and project: the serial at which it was last read, the outcome, and its
//!   classifiers. Shared by all profiles, so that a second profile needs no second scan.
//! - `written`, per collection and project: the serial that its documents reflect, and a digest per
//!   document, which shows that it is unchanged without building it.
//! - `collections`: the rules and the baseline of each collection.
//! - `owed`: the projects of a collection that are pending retry.
//! - `switches`: rebuilt collections, and how far each rebuild has come.
//!
//! A collection is identified by server and own name, never by an alias: after an alias was moved,
//! the records of the old collection must not apply to the new one. If a collection's creation time
//! has changed, its records are compared with its documents, or dropped if it is empty. A damaged
//! file is renamed and replaced by an empty one; the pipeline then rebuilds `written` from the
//! collection.
//!
//! Called by `pipeline` and `manage`. Only stores; which projects are read, written or removed is
//! decided there.

mod collections;
mod documents;
mod opening;
mod pending_retries;
mod read;
mod schema;
mod switches;
mod written;

use std::path::{Path, PathBuf};

use tokio_rusqlite::{Connection, Error};

use super::StoreError;

pub use collections::{
    Baseline, CollectionId, CollectionIdentity, CollectionMatch, CollectionRecord,
};
pub use documents::{DocumentEntry, Documents};
pub use opening::Opened;
pub use pending_retries::{Failure, PendingRetry};
pub use read::{ReadOutcome, ReadRecord, ReadRow, RegistryId};
pub use switches::{Switch, SwitchStage};
pub use written::{WrittenRecord, WrittenSummary};

/// The open ledger, safe to use from several tasks and processes.
///
/// `SQLite` blocks on the disk and on other processes that write, so statements run on two
/// dedicated threads, one for writing and one for reading, and never block a worker of the async
/// runtime. A caller reads its own writes.
pub struct Ledger {
    path: PathBuf,
    writer: Connection,
    /// The same connection as `writer` if the ledger is in memory.
    reader: Connection,
}

impl Ledger {
    /// Runs `work` in one immediate transaction.
    async fn write_transaction<T: Send + 'static>(
        &self,
        work: impl FnOnce(&rusqlite::Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let call = self.writer.call(move |connection| {
            let behavior = rusqlite::TransactionBehavior::Immediate;
            let transaction = connection.transaction_with_behavior(behavior)?;
            let value = work(&transaction)?;
            transaction.commit()?;
            Ok(value)
        });
        call.await.map_err(|error| self.error(error))
    }

    /// Runs `work`, which only reads, on one snapshot of the ledger.
    async fn read_transaction<T: Send + 'static>(
        &self,
        work: impl FnOnce(&rusqlite::Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let call = self
            .reader
            .call(move |connection| work(&connection.transaction()?));
        call.await.map_err(|error| self.error(error))
    }

    fn error(&self, error: Error) -> StoreError {
        match error {
            Error::Error(cause) | Error::Close((_, cause)) => at(&self.path, cause),
            _ => StoreError::LedgerClosed {
                path: self.path.clone(),
            },
        }
    }

    /// Closes the file, after all statements have run, so that no `-wal` file is left next to it.
    /// Later calls fail.
    pub async fn close(&self) {
        // Every write was committed before its caller went on, so an error here loses nothing.
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
