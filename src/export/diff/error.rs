//! Why two exports could not be compared.

use std::path::PathBuf;

use thiserror::Error;

use crate::search::SearchError;
use crate::workspace::WorkspaceError;

/// A comparison was not made.
#[derive(Debug, Error)]
pub enum DiffError {
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    #[error(transparent)]
    Search(#[from] SearchError),

    #[error("{path} cannot be read: {cause}", path = .path.display())]
    Read {
        path: PathBuf,
        cause: std::io::Error,
    },

    #[error(
        "{path} is not an export that can be compared; give two files that `pyfa export` has made as \
         jsonl, sqlite, csv or parquet, or two days as in `2026-10-01 2026-11-01`",
        path = .0.display()
    )]
    Unknown(PathBuf),

    #[error("{path} holds Parquet, and this program was built without it; build it with `--features parquet`", path = .0.display())]
    NoParquet(PathBuf),

    #[error("{path} is damaged at {place}: {why}", path = .path.display())]
    Damaged {
        path: PathBuf,
        place: String,
        why: String,
    },

    #[error(
        "{path} is not in the order of an export: `{name}` stands behind a later name; export it \
         again",
        path = .path.display()
    )]
    Order { path: PathBuf, name: String },

    /// What differs is kept in temporary files until it is shown.
    #[error("the temporary files of the comparison cannot be used: {0}")]
    Temporary(#[from] std::io::Error),

    #[error("the temporary tables of the comparison cannot be used: {0}")]
    Tables(#[from] rusqlite::Error),

    #[error("the comparison was interrupted: {0}")]
    Ended(#[from] tokio::task::JoinError),
}

impl DiffError {
    /// Whether the command asks for something that cannot be, as it is written.
    #[must_use]
    pub fn is_mistake(&self) -> bool {
        matches!(self, Self::Unknown(_) | Self::NoParquet(_))
    }
}
