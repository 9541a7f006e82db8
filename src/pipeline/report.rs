//! What a run did, as plain data: `cli` prints it for people, or as JSON for machines.
//!
//! Made by the [`report_builder`](super::report_builder) alone.

use std::collections::BTreeMap;

use serde::Serialize;

use super::request::Mode;
use crate::model::RegistryKind;

/// The most entries that any list of the report keeps.
pub(super) const LIST_LIMIT: usize = 1_000;

/// What a run did.
#[derive(Debug, Clone, Default, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, and they combine freely"
)]
pub struct FetchReport {
    /// The registry that was read.
    pub registry: RegistryKind,
    /// What was asked for.
    pub mode: Option<Mode>,
    /// Key of the profile; `None` where classifiers were given.
    pub profile: Option<String>,
    /// Address of the server.
    pub server: String,
    /// Real name of the collection.
    pub collection: String,
    /// Nothing was written; counts and `changes` say what would have been.
    pub dry_run: bool,
    /// Projects by outcome.
    pub projects: ProjectCounts,
    /// Documents by outcome.
    pub documents: DocumentCounts,
    /// Projects that could not be brought up to date; the next run tries them again. Lists hold a
    /// thousand entries at most; the counts go on.
    pub pending_retry: Vec<ProjectProblem>,
    /// Projects whose data cannot be indexed; they are tried again when the registry changes them.
    pub rejected: Vec<ProjectProblem>,
    /// Documents that the server refused, with its reason.
    pub rejected_documents: Vec<ProjectProblem>,
    /// Projects that stay although they are gone or no longer match; `--prune` removes them.
    pub kept: Vec<ProjectProblem>,
    /// Values that were normalised so that a document could be kept: reason → count.
    pub normalized: BTreeMap<String, u64>,
    /// What `--dry-run` would have changed.
    pub changes: Vec<Change>,
    /// Things the user should know.
    pub notes: Vec<String>,
    /// Requests to the registry by kind, retries, bytes received.
    pub http: Option<pyfa_http::HttpStatistics>,
    /// Wall time of the run.
    pub seconds: f64,
    /// The registry's serial up to which everything was examined or is pending retry; `None` where
    /// the run did not cover the whole collection.
    pub mark: Option<u64>,
    /// Whether the run was asked to stop before it was done.
    pub interrupted: bool,
    /// Whether the run ended early because the registry did not answer.
    pub gave_up: bool,
    /// Whether a removal was held back.
    pub blocked: bool,
}

/// Projects by outcome.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ProjectCounts {
    /// In the index, and within the part that the run looks at.
    pub seen: u64,
    /// Read from the registry.
    pub examined: u64,
    /// Examined, and selected by the rules.
    pub matched: u64,
    /// Up to date without a request.
    pub unchanged: u64,
    /// Could not be brought up to date in this run.
    pub failed: u64,
    /// Waiting for a retry at the end, from earlier runs too.
    pub pending_retry: u64,
    /// Left the collection as a whole.
    pub removed: u64,
}

/// Documents by outcome.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DocumentCounts {
    /// Acknowledged by the server.
    pub written: u64,
    /// Of examined projects, and right as they were.
    pub unchanged: u64,
    /// By id, whether they were still there or not.
    pub deleted: u64,
    /// Refused by the server for good.
    pub rejected: u64,
}

/// A project or document, and a sentence about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProjectProblem {
    /// Normalised name of the project, or id of the document.
    pub name: String,
    /// Without its full stop.
    pub reason: String,
}

/// One line of a dry run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Change {
    /// What would happen to it.
    pub kind: ChangeKind,
    /// Id of the document.
    pub id: String,
}

/// What a dry run would have done to a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// The collection does not hold it.
    Add,
    /// It would be rewritten.
    Change,
    /// It would be deleted.
    Delete,
}

impl FetchReport {
    /// Whether everything that was asked for is done: exit code 0 in place of 3.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.pending_retry.is_empty()
            && self.projects.pending_retry == 0
            && !self.interrupted
            && !self.gave_up
            && !self.blocked
    }
}
