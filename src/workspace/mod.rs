//! What every command on a collection opens: the search server, `PYFA_HOME` and the progress
//! display. Resolves names to collections and locks collections against other writers.
//!
//! Reads and writes no documents, queries no registry and no enrichment source, and prints nothing.
//! Used by `pipeline`, `enrich` and `manage`; `cli` creates it from the settings.

mod error;
mod locking;

use std::path::PathBuf;
use std::sync::Arc;

use crate::hosts::SharedLocks;
use crate::progress::{Opening, Progress, Stop};
use crate::search::{self, Collection};

pub use error::WorkspaceError;
pub use locking::{CollectionLock, LockedCollection};

/// The search server, the home folder and the progress display of a command.
#[derive(Clone)]
pub struct Workspace {
    /// The search server, a cluster of them, or the embedded engine.
    pub search: search::Client,
    /// `PYFA_HOME`.
    pub home: PathBuf,
    /// Receives progress events.
    pub progress: Arc<dyn Progress>,
    /// `None` if no other host writes to the same collections.
    shared_locks: Option<Arc<SharedLocks>>,
}

impl Workspace {
    /// A workspace of this host alone.
    #[must_use]
    pub fn new(search: search::Client, home: PathBuf, progress: Arc<dyn Progress>) -> Self {
        Self {
            search,
            home,
            progress,
            shared_locks: None,
        }
    }

    /// Locks collections against other hosts too.
    #[must_use]
    pub fn with_shared_locks(mut self, locks: Arc<SharedLocks>) -> Self {
        self.shared_locks = Some(locks);
        self
    }

    /// A stop that is requested by `stop`, and as soon as a lock is lost that other hosts may take.
    #[must_use]
    pub fn stop_or_loss(&self, stop: &Stop) -> Stop {
        match &self.shared_locks {
            Some(locks) => stop.or(locks.lost()),
            None => stop.clone(),
        }
    }

    /// Fails if a lock was lost, so that nobody takes what was stopped for a run that was asked to.
    ///
    /// # Errors
    ///
    /// [`WorkspaceError::LockLost`]
    pub fn check_locks(&self) -> Result<(), WorkspaceError> {
        match &self.shared_locks {
            Some(locks) if locks.lost().is_requested() => Err(WorkspaceError::LockLost),
            _ => Ok(()),
        }
    }

    /// Fetches the collection with this name or alias.
    ///
    /// # Errors
    ///
    /// [`WorkspaceError::NoCollection`] if there is neither; otherwise the server's error.
    pub async fn find_collection(&self, name: &str) -> Result<Collection, WorkspaceError> {
        let found = self.search.fetch_collection(name).await?;
        found.ok_or_else(|| WorkspaceError::NoCollection {
            name: name.to_owned(),
        })
    }

    /// Reports which collection on which server the command uses.
    pub fn announce(&self, target: &str, collection: &str, is_new: IsNew) {
        self.progress.opening(&Opening {
            server: self.search.address(),
            target,
            collection,
            collection_is_new: is_new.collection,
            home: &self.home,
            home_is_new: is_new.home,
        });
    }
}

/// What a command has just created.
#[derive(Debug, Clone, Copy, Default)]
pub struct IsNew {
    pub collection: bool,
    pub home: bool,
}
