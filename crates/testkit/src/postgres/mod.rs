//! A real `PostgreSQL` server on a free loopback port, for one test.
//!
//! [`PostgresServer::start`] starts one with a database of its own; it may be stopped, killed and
//! started again, and ends with the test, however that ends. Tests begin with
//! [`postgres_or_skip`].
//!
//! The server refuses to run as root. There it runs as `nobody`, who may read every file, so that
//! folders of the user need no other permissions.

mod binaries;
mod error;
mod server;

pub use binaries::POSTGRES_VERSION;
pub use error::PostgresError;
pub use server::PostgresServer;

use crate::requirement::Requirement;

/// A server of its own, or `None` where tests that need one are left out.
///
/// # Panics
///
/// If it cannot be fetched, or does not run.
#[must_use]
pub fn postgres_or_skip() -> Option<PostgresServer> {
    Requirement::Postgres.require(PostgresServer::start)
}
