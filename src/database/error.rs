//! What can go wrong with the database.

/// A statement was not run, or its answer cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The server does not answer, or the connection broke. Later it may.
    #[error(
        "the database {place} does not answer: {why}; check PYFA_DATABASE and that its server is running"
    )]
    Away { place: String, why: String },

    /// Another process holds a lock for too long.
    #[error("the database {place} is locked by another process ({why}); retry later")]
    Locked { place: String, why: String },

    /// A statement took longer than it may, and was ended.
    #[error(
        "the database {place} did not answer in time, so the query was cancelled; ask for less"
    )]
    TooSlow { place: String },

    #[error("the database {place} cannot be written, because the disk is full; free some space")]
    Full { place: String },

    /// The system refuses to read or write the file.
    #[error(
        "the file of the database {place} cannot be used ({why}); check the disk, its quota, and how large a file may be"
    )]
    Disk { place: String, why: String },

    #[error(
        "the database {place} refuses the connection: {why}; check user, password and database in PYFA_DATABASE"
    )]
    Refused { place: String, why: String },

    #[error(
        "the database {place} cannot prove that it is the right server: {why}; name the certificate of its authority with `sslrootcert=FILE` in PYFA_DATABASE"
    )]
    Untrusted { place: String, why: String },

    #[error(
        "the database {place} was written by a newer version of pyfa (format {found}, this version supports {known}); update pyfa, or set PYFA_DATABASE to another database"
    )]
    Newer {
        place: String,
        found: i64,
        known: i64,
    },

    /// A unique index has such a row already, or a value is missing.
    #[error("the database {place} rejected a row: {why}")]
    Conflict { place: String, why: String },

    #[error("the database {place} cannot run a statement: {why}")]
    Broken { place: String, why: String },

    /// A row is not as the statement that asked for it expects.
    #[error(
        "column {column} of the database holds {found} instead of {wanted} (a bug in pyfa, or the table was changed by hand)"
    )]
    Unexpected {
        column: String,
        wanted: &'static str,
        found: &'static str,
    },

    /// The database that rows are to be copied to has rows of its own.
    #[error(
        "the database {place} already has {rows} rows in {table}, which are not from {from}; copy into an empty database"
    )]
    NotEmpty {
        place: String,
        from: String,
        table: String,
        rows: u64,
    },

    /// After copying, a table differs.
    #[error(
        "{table} differs after copying from {from} to {place}: {found} rows instead of {wanted}, or other content; did something write to either of them? Copy again"
    )]
    Unequal {
        place: String,
        from: String,
        table: String,
        wanted: u64,
        found: u64,
    },

    /// A file of an export cannot be written.
    #[error("cannot write the export: {0}")]
    File(#[from] std::io::Error),
}

impl DatabaseError {
    /// Whether the same statement may succeed later, without anybody changing anything.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(
            self,
            Self::Away { .. } | Self::Locked { .. } | Self::TooSlow { .. }
        )
    }

    /// Whether a row was refused because there is one like it.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict { .. })
    }
}
