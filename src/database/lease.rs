//! What a run has to hold to go on and to write, such as the lease of a job. No I/O.
//!
//! Implemented by `jobs`; asked by what a job runs.

use std::fmt;

use super::statement::Statement;

/// What the holder of a lease may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaseState {
    /// Go on.
    Held,
    /// Somebody wants it to end; what it has may be written.
    CancelRequested,
    /// Somebody else may be at work: write nothing more.
    Lost,
}

/// Asked before every request, and named in every transaction.
pub trait Lease: fmt::Debug + Send + Sync {
    /// What may be done at this moment.
    fn state(&self) -> LeaseState;

    /// A statement that changes a row only while the lease is held.
    fn guard(&self) -> Statement;
}
