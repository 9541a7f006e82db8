//! Errors of parsing GitHub's responses.

use super::limit::one_line;
use crate::model::NotASlug;

/// A response that does not have the expected form.
#[derive(Debug, thiserror::Error)]
pub(super) enum GitHubAnswerError {
    #[error("the answer cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the answer cannot be read: {0}")]
    Link(#[from] url::ParseError),
    #[error("GitHub says that its name is {0}")]
    Name(#[from] NotASlug),
    #[error("the answer is empty")]
    Empty,
    /// GitHub's own message.
    #[error("{message}")]
    Refused { message: String },
    #[error("the last page has no number")]
    NoPageNumber,
    #[error("a page of one entry holds several")]
    SeveralEntries,
    #[error("the list of contributors has an entry without a login")]
    NoLogin,
}

impl GitHubAnswerError {
    /// The message, shortened to one line.
    pub(super) fn line(&self) -> String {
        one_line(&self.to_string())
    }
}
