//! Why an export or a comparison was not made.

use std::path::PathBuf;

use thiserror::Error;

use crate::search::SearchError;
use crate::web::gallery::GalleryError;
use crate::workspace::WorkspaceError;

/// An export ended without a result; what was at its place before is still there.
#[derive(Debug, Error)]
pub enum ExportError {
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    #[error(transparent)]
    Search(#[from] SearchError),
    #[error(transparent)]
    Gallery(#[from] GalleryError),

    /// Something else is where the export should go.
    #[error(
        "{path} exists already and is not {what} made by `pyfa export`; choose another \
         --output, or move it away",
        path = .path.display()
    )]
    NotOurs { path: PathBuf, what: &'static str },

    #[error("the folder of {path} does not exist; create it, or choose another --output", path = .0.display())]
    NoFolder(PathBuf),

    #[error("another export is writing {path}; run this command again when it has ended", path = .0.display())]
    Busy(PathBuf),

    #[error("{path} cannot be written: {cause}", path = .path.display())]
    Write {
        path: PathBuf,
        cause: std::io::Error,
    },

    /// The documents in order, on their way from the server to the export.
    #[error("the working copy of the documents next to the export cannot be used: {0}")]
    WorkingCopy(#[from] rusqlite::Error),

    #[error("a document of the collection cannot be read: {why} (it begins with `{beginning}`)")]
    Document { beginning: String, why: String },

    #[error("the search for pages cannot be filled with `{id}`: {why}")]
    Refused { id: String, why: String },

    #[error("the page {address} cannot be made: {why}")]
    Page { address: String, why: String },

    #[error("{0} needs a profile; name one with `-p` (`pyfa profiles` lists them)")]
    NoProfile(&'static str),

    #[error(
        "this program was built without Parquet; build it with `cargo build --release --features \
         parquet`, or choose another format"
    )]
    NoParquet,

    /// Somebody would be named who must not be.
    #[error(
        "the database that says who asked to be forgotten cannot be read, so nothing is exported; \
         check PYFA_DATABASE, or run this command again later"
    )]
    NoList,

    #[error("the export was interrupted: {0}")]
    Ended(#[from] tokio::task::JoinError),
}

impl ExportError {
    /// Whether the command asks for something that cannot be, as it is written.
    #[must_use]
    pub fn is_mistake(&self) -> bool {
        matches!(
            self,
            Self::NotOurs { .. } | Self::NoFolder(_) | Self::NoProfile(_) | Self::NoParquet
        )
    }
}

/// Attaches a path to an error of the file system.
pub(super) fn at(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> ExportError {
    let path = path.to_owned();
    move |cause| ExportError::Write { path, cause }
}
