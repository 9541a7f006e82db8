//! What happens to single projects and documents during a run.
//!
//! Stages send each outcome to [`Run::record`](super::run::Run::record) as it happens; the
//! [`report_builder`](super::report_builder) alone turns outcomes into a report.

use super::report::ChangeKind;
use crate::model::ProjectName;

/// One thing that happened.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Something the user should know.
    Note(String),
    /// Discovery has sorted the index, without reading a project.
    Discovered { seen: u64, unchanged: u64 },
    /// An examined project is as the collection holds it.
    ProjectUnchanged,
    /// A project was read, whatever came of it.
    ProjectExamined,
    /// An examined project is selected by the rules.
    ProjectMatched {
        /// Documents that are right as they are.
        unchanged_documents: usize,
    },
    /// A project could not be brought up to date; the ledger knows why.
    ProjectFailed,
    /// The same, where the ledger keeps nothing of it: in a dry run, or for a mistyped name.
    ProjectFailedUnrecorded {
        project: ProjectName,
        reason: String,
    },
    /// A project has left the collection.
    ProjectRemoved,
    /// A project would have to leave, and stays.
    ProjectKept {
        project: ProjectName,
        reason: &'static str,
    },
    /// The server has acknowledged a document.
    DocumentWritten,
    /// Documents have been deleted, whether they were still there or not.
    DocumentsDeleted(usize),
    /// The server refuses a document for good.
    DocumentRejected { id: String, reason: String },
    /// What a dry run would have done to a document.
    DocumentWouldChange { kind: ChangeKind, id: String },
    /// A value was changed or left out so that its document could be kept.
    ValueNormalized { field: String, reason: String },
}
