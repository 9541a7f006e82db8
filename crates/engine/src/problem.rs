//! What the API answers instead of a result.
//!
//! Every module below `http` returns a [`Problem`]; `http` alone turns it into a response. The
//! messages of refused requests are the ones that Typesense's clients know; a fault of our own
//! (a disk, a damaged file) has status 500 and says what to do.

use std::io::ErrorKind;

use thiserror::Error;

/// A result or the [`Problem`] to answer with.
pub type Answer<T> = Result<T, Problem>;

/// A status code and a message for the person who asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct Problem {
    /// HTTP status.
    pub status: u16,
    /// The `message` of the answer.
    pub message: String,
}

impl Problem {
    /// A problem with a status of one's own.
    pub fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
        }
    }

    /// 400: the request says something that cannot be done.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, message)
    }

    /// 404: what is named does not exist.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, message)
    }

    /// 409: it is there already.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(409, message)
    }

    /// 422: understood, but out of range.
    pub fn unprocessable(message: impl Into<String>) -> Self {
        Self::new(422, message)
    }

    /// 500: a fault on our side.
    pub fn fault(message: impl Into<String>) -> Self {
        Self::new(500, message)
    }
}

impl From<tantivy::TantivyError> for Problem {
    fn from(error: tantivy::TantivyError) -> Self {
        Self::fault(format!("the search index failed: {error}"))
    }
}

impl From<rusqlite::Error> for Problem {
    fn from(error: rusqlite::Error) -> Self {
        Self::fault(format!("the document store failed: {error}"))
    }
}

impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                Self::fault(format!("the disk is full: {error}; make room on it"))
            }
            _ => Self::fault(format!("the data folder failed: {error}")),
        }
    }
}
