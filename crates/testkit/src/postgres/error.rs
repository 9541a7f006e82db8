//! What can go wrong with a server of a test.

/// Why a `PostgreSQL` server cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// Its binaries cannot be fetched or run here.
    #[error("no PostgreSQL server on this machine: {0}")]
    Unavailable(String),
    /// The binaries exist, but the server does not run.
    #[error("the PostgreSQL server does not run: {0}")]
    Failed(String),
    #[error("the testkit cannot use its files: {0}")]
    Files(#[from] std::io::Error),
}
