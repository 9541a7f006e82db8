//! Errors of finding and locking a collection.

use crate::database::DatabaseError;
use crate::search::SearchError;
use crate::store::StoreError;

/// The collection cannot be found or locked.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// The search server cannot be reached, refuses, or gives an answer that makes no sense.
    #[error(transparent)]
    Search(#[from] SearchError),

    /// The lock file cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),

    /// The database with the locks that hosts share cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),

    /// No collection or alias has this name.
    #[error("there is no collection or alias `{name}`; `pyfa pypi -f -t {name}` creates one")]
    NoCollection { name: String },

    /// Another process is writing to the collection: the same command, or another one that kept the
    /// lock for too long.
    #[error("`{name}` is in use by {holder}; run this command again when that has ended")]
    Locked { name: String, holder: String },

    /// Another host may have taken over what this process was writing.
    #[error(
        "this process has lost its lock, because it was paused for too long or the database did not \
         answer, and another host may have taken over; it has stopped. Run the command again"
    )]
    LockLost,
}

impl WorkspaceError {
    /// Whether running the same command again later is all that is needed.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Search(error) => error.is_passing(),
            Self::Database(error) => error.is_temporary(),
            Self::Locked { .. } | Self::LockLost => true,
            Self::Store(_) | Self::NoCollection { .. } => false,
        }
    }
}
