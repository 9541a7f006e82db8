//! What a sync has to hold to go on, such as the lease of a job.

use std::fmt;

use crate::database::Statement;

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
