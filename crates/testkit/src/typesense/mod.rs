//! A real Typesense server on a free loopback port, for tests, benchmarks and examples.
//!
//! [`TypesenseServer::shared`] is one server for the whole test run, also under nextest, where
//! every test is a process: take a [`TypesenseServer::unique_name`] for each collection.
//! [`TypesenseServer::start_own`] is a server that the caller may stop, kill and start again.
//! [`TypesenseCluster::start`] is three servers that hold the same, of which any may be killed.
//! Tests begin with [`typesense_or_skip`], which says so when they cannot run.
//!
//! No server outlives its user: each runs under a small supervisor (`supervise.sh`) that ends it
//! and removes its folder as soon as the test run, or the process that asked for it, is gone,
//! however it went. The bootstrap key is random and never on a command line.

mod binary;
mod cluster;
mod process;
mod server;
mod shared;

pub use binary::{TYPESENSE_VERSION, cache_folder, server_binary};
pub use cluster::TypesenseCluster;
pub use server::TypesenseServer;
pub use shared::typesense_or_skip;

/// Why there is no Typesense server.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The server's binary cannot be had here: tests that need it are skipped.
    #[error(
        "no Typesense server on this machine: {reason} (TYPESENSE_SERVER_BIN may name a binary)"
    )]
    Unavailable {
        /// What was tried, and how it ended.
        reason: String,
    },
    /// The binary is here, but the server does not run: a failure of the tests.
    #[error("the Typesense server does not run: {reason}")]
    Broken {
        /// What happened, with the last lines of the server's log where there are any.
        reason: String,
    },
    /// A file or folder of the testkit cannot be used.
    #[error("the testkit cannot use its files: {0}")]
    Files(#[from] std::io::Error),
}
