//! Why an answer of GitHub cannot be used, though it arrived.

use super::limit::one_line;
use crate::model::NotASlug;

/// Why an answer cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum AnswerError {
    #[error("the answer cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the answer cannot be read: {0}")]
    Link(#[from] url::ParseError),
    #[error("GitHub says that its name is {0}")]
    Name(#[from] NotASlug),
    #[error("its answer holds nothing")]
    Empty,
    /// GitHub's own words.
    #[error("{message}")]
    Refused { message: String },
    #[error("the last page has no number")]
    NoPageNumber,
    #[error("a page of one entry holds several")]
    SeveralEntries,
    #[error("the list of contributors has an entry without a person")]
    NobodyInEntry,
}

impl AnswerError {
    /// A short line, whatever GitHub has written.
    pub(super) fn line(&self) -> String {
        one_line(&self.to_string())
    }
}
