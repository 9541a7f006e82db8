//! A project that a run looks at.

use crate::model::{ProjectName, Serial};

/// Found by discovery, read by examination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub name: ProjectName,
    /// The serial that the index announced; `None` where no index was read.
    pub serial: Option<Serial>,
    /// False where discovery knows that the collection holds nothing of it, so that a scan need
    /// not ask the ledger a million times.
    pub may_be_indexed: bool,
    /// The serial at which there is nothing to do; `None` where the project has to be read.
    pub known: Option<Serial>,
    /// Classifiers that the index gives to it, which its own document lacks.
    pub marks: Vec<String>,
}
