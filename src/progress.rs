//! Progress reporting and cancellation, and tasks that are aborted when nobody waits for them.
//!
//! `pipeline`, `enrich` and `manage` report here and check for a stop request; `cli` displays the
//! progress. Prints nothing itself.

mod spawned;
mod stop;

use std::path::Path;

pub use spawned::{Spawned, spawn};
pub use stop::{Stop, Stopper, stop};

/// A long-running stage of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The registry's index is being downloaded; no total.
    ReadingIndex,
    /// The collection is exported and compared with the ledger; steps are documents.
    Reconciling,
    /// The registry lists projects by classifier; steps are classifiers.
    Browsing,
    /// The metadata of candidates is read; steps are projects.
    Examining,
    /// Older releases are written, and removed ones confirmed; steps are releases.
    History,
    /// Projects are removed from the collection; steps are projects.
    Removing,
    /// An archive is read; steps are weeks.
    Archiving,
    /// Documents are copied from another collection; steps are documents.
    Copying,
    /// Two collections are compared; steps are documents of both.
    Comparing,
    /// The documents of a collection are read for an export; steps are documents.
    ReadingDocuments,
    /// The pages of an export are written; steps are packages.
    WritingPages,
    /// An enricher works on this; steps are its own.
    Enriching(&'static str),
    /// Enrichment data is written to documents; no total.
    WritingFacts,
}

/// What every run reports first, so that writing to the wrong collection is noticed at once.
#[derive(Debug, Clone)]
pub struct Opening<'a> {
    /// Address of the server, or of all nodes of the cluster.
    pub server: &'a str,
    /// The name given by the user: a collection or an alias.
    pub target: &'a str,
    /// The collection's own name.
    pub collection: &'a str,
    /// Whether this run created the collection.
    pub collection_is_new: bool,
    /// `PYFA_HOME`.
    pub home: &'a Path,
    /// Whether `home` had no ledger before this run.
    pub home_is_new: bool,
}

/// Receives progress events. Implementations must be cheap; calls come from any thread.
pub trait Progress: Send + Sync {
    /// The run has found the collection it writes to.
    fn opening(&self, opening: &Opening<'_>);
    /// Shows the user a message.
    fn note(&self, text: &str);
    /// A stage begins; `total` is the number of steps, if known.
    fn stage(&self, stage: Stage, total: Option<u64>);
    /// This many further steps of the stage are done.
    fn advance(&self, steps: u64);
    /// The stage is over.
    fn stage_done(&self);
}

/// Discards all progress events.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn opening(&self, _: &Opening<'_>) {}
    fn note(&self, _: &str) {}
    fn stage(&self, _: Stage, _: Option<u64>) {}
    fn advance(&self, _: u64) {}
    fn stage_done(&self) {}
}
