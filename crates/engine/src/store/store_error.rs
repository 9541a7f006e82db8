//! Why the folder or one of its files cannot be used; each says what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode as SqliteCode;
use thiserror::Error;

use crate::error::EngineError;

/// See the [module](self).
#[derive(Debug, Error)]
pub(crate) enum StoreError {
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The data folder.
    #[error(
        "the data folder {} cannot be used ({source}): choose another one, or check its owner and permissions",
        path.display()
    )]
    UnusableFolder { path: PathBuf, source: io::Error },
    /// A file that this program opens for writing.
    #[error(
        "{} is a symbolic link, which this program never creates: find out what created it, and remove it",
        path.display()
    )]
    SymbolicLink { path: PathBuf },
    /// The folder of a new collection.
    #[error(
        "the folder {} exists already and is not overwritten: adopt it or move it away",
        path.display()
    )]
    FolderExists { path: PathBuf },
    /// The documents of a collection.
    #[error("{}", database_message(path, source))]
    Documents {
        path: PathBuf,
        source: rusqlite::Error,
    },
    #[error("{}", catalogue_message(path, source))]
    Catalogue {
        path: PathBuf,
        source: rusqlite::Error,
    },
    #[error(
        "the file {} is damaged (an entry cannot be read: {source}): restore it from a backup",
        path.display()
    )]
    DamagedEntry {
        path: PathBuf,
        source: serde_json::Error,
    },
    #[error(
        "the file {} has the format {format} of a newer program; this one knows {known}: use that \
         program, or another folder",
        path.display()
    )]
    NewerCatalogue {
        path: PathBuf,
        format: i64,
        known: i64,
    },
    #[error(
        "the file {} is damaged (it holds no documents of a collection): restore it from a backup, \
         or delete the collection and import its documents again",
        path.display()
    )]
    NoDocuments { path: PathBuf },
    #[error(
        "the file {} has the format {format} of a newer program; this one knows {known}: use that \
         program, or delete the collection and import its documents again",
        path.display()
    )]
    NewerDocuments {
        path: PathBuf,
        format: i64,
        known: i64,
    },
    #[error(
        "the file {} is damaged (its schema cannot be read: {source}): restore it from a backup, or \
         delete the collection and import its documents again",
        path.display()
    )]
    DamagedSchema {
        path: PathBuf,
        source: serde_json::Error,
    },
    #[error("the schema cannot be written: {0}")]
    UnwritableSchema(#[source] serde_json::Error),
    #[error(
        "document number {seq} in the file {} is damaged ({source}): restore the file from a \
         backup, or write the document again",
        path.display()
    )]
    DamagedDocument {
        seq: u64,
        path: PathBuf,
        source: io::Error,
    },
}

impl From<StoreError> for EngineError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Io(source) => source.into(),
            other => Self::internal(other.to_string()).caused_by(other),
        }
    }
}

fn database_message(path: &Path, error: &rusqlite::Error) -> String {
    let file = path.display();
    match error.sqlite_error_code() {
        Some(SqliteCode::DatabaseCorrupt | SqliteCode::NotADatabase) => format!(
            "the file {file} is damaged ({error}): restore it from a backup, or delete the \
             collection and import its documents again"
        ),
        Some(SqliteCode::DiskFull) => {
            format!("the disk is full: {file} cannot grow; nothing of this request was stored")
        }
        Some(SqliteCode::SystemIoFailure) => format!(
            "{file} cannot be written ({error}): make room on the disk, or check it; nothing of \
             this request was stored"
        ),
        _ => format!("the file {file} cannot be used: {error}"),
    }
}

fn catalogue_message(path: &Path, error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(SqliteCode::DatabaseCorrupt | SqliteCode::NotADatabase) => format!(
            "the file {} is damaged ({error}): restore it from a backup, or move it away; then the \
             collections next to it can be adopted, and aliases and keys have to be created again",
            path.display()
        ),
        _ => database_message(path, error),
    }
}
