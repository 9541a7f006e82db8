//! What ends a run. Everything else is reported, and the next run tries it again.

use crate::registry::RegistryError;
use crate::search::SearchError;
use crate::store::StoreError;
use crate::workspace::WorkspaceError;

/// Why a run could not go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The search server is away, refuses, or gives an unusable answer.
    #[error(transparent)]
    Search(#[from] SearchError),

    /// The registry gives no index, or no answer to `browse` where the user insists on one.
    #[error(transparent)]
    Registry(#[from] RegistryError),

    /// Ledger, lock or since-file cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),

    /// The collection cannot be found or locked.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),

    /// Fields of the collection contradict ours.
    #[error(
        "collection `{collection}` cannot hold our documents: {conflicts}; rebuild it with `pyfa manage recreate {collection}`"
    )]
    Schema {
        collection: String,
        conflicts: String,
    },

    /// `--versions` differs from what the collection was made with.
    #[error(
        "collection `{collection}` holds `--versions {recorded}`, this run asks for `--versions {asked}`; leave the option out, or confirm the change with `--prune`"
    )]
    Versions {
        collection: String,
        recorded: String,
        asked: String,
    },

    /// A stop was asked for while the run only read.
    #[error("stopped before anything was written; run the same command again to continue")]
    Stopped,

    /// A task has panicked outside any single project.
    #[error(
        "internal error (a bug in pyfa): {0}; please report it, then run the command again: nothing is lost"
    )]
    Task(#[from] tokio::task::JoinError),
}

impl RunError {
    /// Whether nothing failed, and the next run does what this one has not done: the same command is
    /// already running, or the user wanted to stop.
    #[must_use]
    pub fn leaves_work(&self) -> bool {
        matches!(
            self,
            Self::Workspace(WorkspaceError::Locked { .. }) | Self::Stopped
        )
    }
}
