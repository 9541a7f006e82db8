//! Errors of the program's own files.

use std::path::PathBuf;

/// A file in `PYFA_HOME`, or the since-file, cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(
        "cannot use the ledger `{path}`: {cause}; if the disk is full, free some space and run the command again"
    )]
    Ledger {
        path: PathBuf,
        cause: rusqlite::Error,
    },

    #[error("the ledger `{path}` was closed while in use (a bug in pyfa); please report it")]
    LedgerClosed { path: PathBuf },

    #[error("cannot use the file `{path}`: {cause}")]
    File {
        path: PathBuf,
        cause: std::io::Error,
    },

    #[error(
        "the ledger `{path}` was written by a newer version of pyfa (format {found}, this version supports {known}); update pyfa, or set PYFA_HOME to another folder"
    )]
    Newer {
        path: PathBuf,
        found: i64,
        known: i64,
    },
}
