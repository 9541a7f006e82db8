//! How work tells what it is doing, and is told to stop: the work modules report, somebody else
//! draws.
//!
//! Called by `pipeline`, `enrich` and `manage`; drawn by `cli`. Prints nothing itself.

mod stop;

use std::path::Path;

pub use stop::{Stop, Stopper, stop};

/// The stages that take time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The registry's index is on its way; no total.
    ReadingIndex,
    /// The collection is exported and compared with the ledger; steps are documents.
    Reconciling,
    /// The registry is asked for classifiers; steps are classifiers.
    Browsing,
    /// Candidates are read; steps are projects.
    Examining,
    /// Older releases are written, vanished ones confirmed; steps are releases.
    History,
    /// Projects leave; steps are projects.
    Removing,
    /// A collection is filled from another one; steps are documents.
    Copying,
    /// Two collections are compared; steps are documents of both.
    Comparing,
    /// GitHub is asked for repositories; steps are repositories.
    AskingForRepositories,
    /// GitHub is asked for contributors; steps are repositories.
    AskingForContributors,
    /// A service is asked for downloads; steps are packages.
    AskingForDownloads,
    /// A database is asked for advisories; steps are releases.
    AskingForAdvisories,
    /// Packages are scored; no total.
    Scoring,
    /// Facts are written to documents; no total.
    WritingFacts,
}

/// What every run says first, so that nobody fills a collection that he did not mean.
#[derive(Debug, Clone)]
pub struct Opening<'a> {
    /// Address of the server, or of all nodes of the cluster.
    pub server: &'a str,
    /// The name that was asked for.
    pub target: &'a str,
    /// The real collection behind it.
    pub collection: &'a str,
    /// Whether this run has made it.
    pub collection_is_new: bool,
    /// `PYFA_HOME`.
    pub home: &'a Path,
    /// Whether it held no ledger before this run.
    pub home_is_new: bool,
}

/// Receives what happens, while it happens. All calls are cheap and may come from any thread.
pub trait Progress: Send + Sync {
    /// The run knows where it writes.
    fn opening(&self, opening: &Opening<'_>);
    /// Something the user should know.
    fn note(&self, text: &str);
    /// A stage begins; `total` steps are expected, where that is known.
    fn stage(&self, stage: Stage, total: Option<u64>);
    /// Steps of the stage are done.
    fn advance(&self, steps: u64);
    /// The stage is over.
    fn stage_done(&self);
}

/// Says nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn opening(&self, _: &Opening<'_>) {}
    fn note(&self, _: &str) {}
    fn stage(&self, _: Stage, _: Option<u64>) {}
    fn advance(&self, _: u64) {}
    fn stage_done(&self) {}
}
