//! Why a run of an enricher fails as a whole.
//!
//! A source that does not answer is no such error: it is in the enricher's report.

use std::path::PathBuf;

use crate::search::SearchError;
use crate::workspace::WorkspaceError;

/// A run could not begin, or could not write.
#[derive(Debug, thiserror::Error)]
pub enum EnrichError {
    /// The search server is away, refuses, or makes no sense. What was learned is kept.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// There is no such collection, or it cannot be locked. What was learned is kept.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// The files about problems cannot be written; everything else is done.
    #[error("cannot write the problem reports to `{}`: {cause}", folder.display())]
    Report {
        folder: PathBuf,
        cause: std::io::Error,
    },
    /// No HTTP client can be made with this base URL or rate.
    #[error("{setting} cannot be used: {why}")]
    Setting { setting: &'static str, why: String },
}

impl EnrichError {
    /// Whether running the command again is enough to finish the work.
    #[must_use]
    pub fn leaves_work(&self) -> bool {
        match self {
            Self::Search(error) => error.is_passing(),
            Self::Workspace(error) => error.is_temporary(),
            Self::Report { .. } | Self::Setting { .. } => false,
        }
    }
}
