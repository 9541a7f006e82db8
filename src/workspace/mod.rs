//! What every command that works on a collection has open: the search server, `PYFA_HOME`, and
//! somebody to report to. Finds the collection behind a name, and keeps other writers away from it.
//!
//! Reads and writes no documents, asks no registry and no enrichment source, and prints nothing.
//! Called by `pipeline`, `enrich` and `manage`; made by `cli` from the settings.

mod error;
mod locking;

use std::path::PathBuf;
use std::sync::Arc;

use crate::progress::{Opening, Progress};
use crate::search::{self, Collection};

pub use error::WorkspaceError;
pub use locking::LockedCollection;

/// The search server, the home folder and the progress display of a command.
#[derive(Clone)]
pub struct Workspace {
    /// The search server, a cluster of them, or the embedded engine.
    pub search: search::Client,
    /// `PYFA_HOME`.
    pub home: PathBuf,
    /// Receives what happens.
    pub progress: Arc<dyn Progress>,
}

impl Workspace {
    /// Asks the search server for the collection behind a name, which may be an alias.
    ///
    /// # Errors
    ///
    /// [`WorkspaceError::NoCollection`] where there is neither; else what the server says.
    pub async fn find_collection(&self, name: &str) -> Result<Collection, WorkspaceError> {
        let found = self.search.fetch_collection(name).await?;
        found.ok_or_else(|| WorkspaceError::NoCollection {
            name: name.to_owned(),
        })
    }

    /// Reports which collection on which server the command works on.
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

/// What a command has just made.
#[derive(Debug, Clone, Copy, Default)]
pub struct IsNew {
    pub collection: bool,
    pub home: bool,
}
