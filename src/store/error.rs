//! Errors of the program's own files.

use std::path::PathBuf;

/// A file in `PYFA_HOME`, or the since-file, cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(
        "the ledger `{path}` could not be used: {cause}; if the disk is full, free some space, and run again"
    )]
    Ledger {
        path: PathBuf,
        cause: rusqlite::Error,
    },

    #[error("the ledger `{path}` was closed while it was in use (a bug in pyfa); please report it")]
    LedgerClosed { path: PathBuf },

    #[error("the file `{path}` could not be used: {cause}")]
    File {
        path: PathBuf,
        cause: std::io::Error,
    },

    #[error(
        "the ledger `{path}` was written by a newer program (format {found}, this one knows {known}); update `pyfa`, or point PYFA_HOME elsewhere"
    )]
    Newer {
        path: PathBuf,
        found: i64,
        known: i64,
    },
}
