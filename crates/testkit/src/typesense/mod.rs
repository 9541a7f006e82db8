//! A real Typesense server on a free loopback port, for tests, benchmarks and examples.
//!
//! [`TypesenseServer::shared`] is one server for the whole test run, even under nextest, which runs
//! each test as a process: use a [`TypesenseServer::unique_name`] for each collection.
//! [`TypesenseServer::start_own`] starts a server that the caller may stop, kill and restart.
//! [`TypesenseCluster::start`] starts a cluster of three servers, of which any may be killed.
//! Tests begin with [`typesense_or_skip`], which reports when they cannot run.
//!
//! No server outlives its user: each runs under a small supervisor (`supervise.sh`) that kills it and
//! removes its folder when the test run or the process that started it is gone, however it ended.
//! The bootstrap key is random and never on a command line.

mod binary;
mod cluster;
pub(crate) mod process;
mod server;
mod shared;

pub use binary::{TYPESENSE_VERSION, cache_folder, server_binary};
pub use cluster::TypesenseCluster;
pub use server::TypesenseServer;
pub use shared::typesense_or_skip;

/// Why a Typesense server cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The binary cannot be fetched: tests that need it are skipped.
    #[error(
        "no Typesense server on this machine: {reason} (TYPESENSE_SERVER_BIN may name a binary)"
    )]
    Unavailable {
        /// What failed.
        reason: String,
    },
    /// The binary exists, but the server does not run.
    #[error("the Typesense server does not run: {reason}")]
    Failed {
        /// What happened, with the last lines of the server's log, if there are any.
        reason: String,
    },
    /// A file or folder of the testkit cannot be read or written.
    #[error("the testkit cannot use its files: {0}")]
    Files(#[from] std::io::Error),
}
