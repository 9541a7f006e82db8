//! What the API answers instead of a result.
//!
//! Every module below `http` returns a [`Problem`]; `http` alone turns it into a response. The
//! messages of refused requests are the ones that Typesense's clients know; a fault of our own
//! (a disk, a damaged file) has status 500 and says what to do. Where a file lies on the disk
//! concerns nobody who asks over HTTP: a fault's message names files without their folders, and
//! only what is logged or shown on the terminal has the whole path.

use std::fmt;
use std::io::ErrorKind;

use thiserror::Error;

/// A result or the [`Problem`] to answer with.
pub type Answer<T> = Result<T, Problem>;

/// A status code and a message for the person who asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct Problem {
    /// HTTP status.
    pub status: u16,
    /// The `message` of the answer.
    pub message: String,
    /// The same with whole paths, where it names any.
    detail: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.detail.as_deref().unwrap_or(&self.message))
    }
}

impl Problem {
    /// A problem with a status of one's own.
    pub fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            detail: None,
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

    /// 500: a fault on our side. Paths in the message stay on this side.
    pub fn fault(message: impl Into<String>) -> Self {
        let detail = message.into();
        let message = without_folders(&detail);
        Self {
            status: 500,
            detail: (message != detail).then_some(detail),
            message,
        }
    }

    /// The message for those who asked; logs what it leaves out.
    pub(crate) fn message_to_send(&self) -> &str {
        if self.detail.is_some() {
            tracing::error!("a request failed: {self}");
        }
        &self.message
    }
}

/// A message in which only the last part is left of each absolute path. Messages of the file
/// system, of `SQLite` and of the index name paths, too.
fn without_folders(message: &str) -> String {
    let is_edge = |character: char| character.is_whitespace() || "`'\"()[]<>,;".contains(character);
    let mut shown = String::with_capacity(message.len());
    for piece in message.split_inclusive(is_edge) {
        let path = piece.trim_end_matches(is_edge);
        let path = path.strip_suffix([':', '.']).unwrap_or(path);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_show_files_without_their_folders() {
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
            let problem = Problem::fault(said);
            assert_eq!(problem.message, shown);
            assert_eq!(problem.to_string(), said);
        }
    }
}
