//! The one error type that leaves the engine, and its codes.
//!
//! Rooms say what went wrong; the HTTP layer alone maps an [`ErrorCode`] to a status. Messages of
//! refused requests are those that clients of the Typesense API match on. An internal error (a disk,
//! a damaged file) names files without their folders in the message that is sent; the log and the
//! terminal get whole paths, and [`Error::source`] the cause.

use std::error::Error;
use std::fmt;
use std::io::ErrorKind;
use std::sync::Arc;

/// A result of the engine.
pub type EngineResult<T> = Result<T, EngineError>;

/// The kind of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// The request says something that cannot be done.
    InvalidRequest,
    /// The key is missing, wrong, or does not reach far enough.
    Unauthorized,
    /// What is named does not exist.
    NotFound,
    /// The client or the work took too long; nothing was done.
    TimedOut,
    /// It exists already.
    Conflict,
    /// The body or line is larger than allowed.
    TooLarge,
    /// Understood, but beyond a limit.
    OutOfRange,
    /// An alias cannot take the name of a collection.
    AliasConflict,
    /// A failure on our side.
    Internal,
    /// Part of the API that this engine does not implement.
    Unsupported,
    /// Not now; try again later.
    Unavailable,
}

/// What went wrong, for the person who asked.
#[derive(Debug, Clone)]
pub struct EngineError {
    /// The kind.
    pub code: ErrorCode,
    /// The message to send.
    pub message: String,
    /// The same with whole paths, if it names any.
    detail: Option<String>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl fmt::Display for EngineError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.detail.as_deref().unwrap_or(&self.message))
    }
}

impl Error for EngineError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let source = self.source.as_deref()?;
        Some(source)
    }
}

impl PartialEq for EngineError {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code && self.message == other.message && self.detail == other.detail
    }
}

impl Eq for EngineError {}

impl EngineError {
    /// An error with a code and a message.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            detail: None,
            source: None,
        }
    }

    /// [`ErrorCode::InvalidRequest`]
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidRequest, message)
    }

    /// [`ErrorCode::NotFound`]
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::NotFound, message)
    }

    /// [`ErrorCode::Conflict`]
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Conflict, message)
    }

    /// [`ErrorCode::OutOfRange`]
    pub fn out_of_range(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::OutOfRange, message)
    }

    /// [`ErrorCode::Unavailable`]
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Unavailable, message)
    }

    /// [`ErrorCode::Internal`]; the message that is sent names files without their folders.
    pub fn internal(message: impl Into<String>) -> Self {
        let detail = message.into();
        let message = without_folders(&detail);
        Self {
            detail: (message != detail).then_some(detail),
            ..Self::new(ErrorCode::Internal, message)
        }
    }

    /// Adds the cause.
    #[must_use]
    pub fn caused_by(self, source: impl Error + Send + Sync + 'static) -> Self {
        Self {
            source: Some(Arc::new(source)),
            ..self
        }
    }

    /// The message to send; logs what it leaves out.
    pub(crate) fn message_to_send(&self) -> &str {
        if self.detail.is_some() {
            tracing::error!("a request failed: {self}");
        }
        &self.message
    }
}

/// A message in which only the last part of each absolute path is left. Messages of the file
/// system, of `SQLite` and of the index name paths as well.
fn without_folders(message: &str) -> String {
    let is_edge = |character: char| character.is_whitespace() || "`'\"()[]<>,;".contains(character);
    let mut shown = String::with_capacity(message.len());
    for piece in message.split_inclusive(is_edge) {
        let trimmed = piece.trim_end_matches(is_edge);
        let path = trimmed.strip_suffix([':', '.']).unwrap_or(trimmed);
        let rest = piece.get(path.len()..).unwrap_or_default();
        match path
            .strip_prefix('/')
            .and_then(|path| path.rsplit('/').next())
        {
            Some(name) => shown.push_str(name),
            None => shown.push_str(path),
        }
        shown.push_str(rest);
    }
    shown
}

impl From<tantivy::TantivyError> for EngineError {
    fn from(error: tantivy::TantivyError) -> Self {
        Self::internal(format!("the search index failed: {error}")).caused_by(error)
    }
}

impl From<rusqlite::Error> for EngineError {
    fn from(error: rusqlite::Error) -> Self {
        Self::internal(format!("the document store failed: {error}")).caused_by(error)
    }
}

impl From<std::io::Error> for EngineError {
    fn from(error: std::io::Error) -> Self {
        let message = match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                format!("the disk is full: {error}; make room on it")
            }
            _ => format!("the data folder failed: {error}"),
        };
        Self::internal(message).caused_by(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn internal_errors_show_files_without_their_folders() {
        for (said, shown) in [
            (
                "the file /srv/data/engine/documents.sqlite is damaged (at /a/b): restore it",
                "the file documents.sqlite is damaged (at b): restore it",
            ),
            (
                "failed to open file `/srv/data/lock`: denied (os error 13)",
                "failed to open file `lock`: denied (os error 13)",
            ),
            (
                "unable to open database file: /x/y.sqlite.",
                "unable to open database file: y.sqlite.",
            ),
            ("/collections is and/or was", "collections is and/or was"),
            ("nothing of it", "nothing of it"),
        ] {
            let error = EngineError::internal(said);
            assert_eq!(error.message, shown);
            assert_eq!(error.to_string(), said);
        }
    }

    #[test]
    fn the_cause_is_kept() {
        let full = std::io::Error::from(ErrorKind::StorageFull);
        let error = EngineError::from(full);
        assert_eq!(error.code, ErrorCode::Internal);
        assert!(
            error
                .source()
                .is_some_and(|source| source.is::<std::io::Error>())
        );
    }
}
