//! How a run tells what it is doing: the pipeline reports, somebody else draws.

use std::path::Path;

/// The stages that take time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    ReadingIndex,
    Reconciling,
    Browsing,
    Examining,
    History,
    Removing,
}

/// What every run says first, so that nobody fills a collection that he did not mean.
#[derive(Debug, Clone)]
pub struct Opening<'a> {
    pub server: &'a str,
    /// The name that was asked for.
    pub target: &'a str,
    /// The real collection behind it.
    pub collection: &'a str,
    pub collection_is_new: bool,
    pub home: &'a Path,
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
