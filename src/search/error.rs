//! What can go wrong between us and the search server.

use thiserror::Error;

/// Why a call to the search server failed. No message ever contains the API key.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SearchError {
    /// A setting cannot be used; found before anything is sent.
    #[error("{setting} cannot be used: {why}")]
    Setting { setting: &'static str, why: String },
    /// No node gave an answer.
    #[error(
        "cannot {operation}: no search server answers at {nodes} ({why}); check TYPESENSE_HOST, \
         TYPESENSE_PORT and TYPESENSE_PROTOCOL (or TYPESENSE_NODES), and that the server is running"
    )]
    Unreachable {
        operation: String,
        nodes: String,
        why: String,
    },
    /// The embedded engine could not be opened, and no other process answered for it.
    #[error("cannot {operation}: {why}")]
    EngineUnavailable { operation: String, why: String },
    /// The server asked to come back later (503, 429), more often than we are willing to wait.
    #[error(
        "cannot {operation}: the search server at {nodes} is overloaded or still starting \
         ({message}); try again in a few minutes"
    )]
    Busy {
        operation: String,
        nodes: String,
        message: String,
    },
    /// Another host may have taken over what this process was writing.
    #[error(
        "cannot {operation}: this process has lost its lock, because it was paused for too long or \
         the database did not answer, and another host may have taken over; nothing more is \
         written. Run the command again"
    )]
    NotPermitted { operation: String },
    /// The key is missing, wrong or not allowed to do this.
    #[error(
        "cannot {operation}: the search server refuses the key ({message}); check TYPESENSE_API_KEY"
    )]
    Unauthorized { operation: String, message: String },
    /// What the call is about does not exist on the server.
    #[error("cannot {operation}: not found ({message})")]
    NotFound { operation: String, message: String },
    /// The server understood the call and will not do it, or we will not send it.
    #[error("cannot {operation}: {message}{}", .status.map(|status| format!(" (status {status})")).unwrap_or_default())]
    Refused {
        operation: String,
        /// The HTTP status; none when the call was not sent.
        status: Option<u16>,
        message: String,
    },
    /// Fewer documents came than the server counts, several times in a row, and no write explains
    /// it.
    #[error(
        "cannot {operation}: the answer of {node} ended after {read} of {expected} documents, \
         {attempts} times in a row, so it was not used; does that node lag behind, or does a proxy \
         or load balancer in between cut answers short? Fix that, then run the command again"
    )]
    IncompleteExport {
        operation: String,
        /// The node that answered last.
        node: String,
        read: u64,
        expected: u64,
        attempts: u8,
    },
    /// The answer is not what a Typesense server sends, or it broke off.
    #[error("cannot {operation}: {why}")]
    InvalidResponse { operation: String, why: String },
}

impl SearchError {
    /// The same call may succeed later without anybody changing anything.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::EngineUnavailable { .. }
            | Self::Busy { .. }
            | Self::NotPermitted { .. }
            | Self::IncompleteExport { .. }
            | Self::InvalidResponse { .. } => true,
            Self::Refused {
                status, message, ..
            } => {
                status.is_some_and(|status| matches!(status, 408 | 500..))
                    || message.contains("update operation is in progress")
                    || message.contains("running out of resource")
            }
            Self::Setting { .. } | Self::Unauthorized { .. } | Self::NotFound { .. } => false,
        }
    }

    /// No node gave an answer.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }

    /// This process may not write any more.
    #[must_use]
    pub fn is_not_permitted(&self) -> bool {
        matches!(self, Self::NotPermitted { .. })
    }

    /// The key was refused.
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        matches!(self, Self::Unauthorized { .. })
    }

    /// The server has no such route, or says that it does not do this.
    #[must_use]
    pub fn is_not_offered(&self) -> bool {
        match self {
            Self::NotFound { .. } => true,
            Self::Refused { status, .. } => matches!(status, Some(405 | 501)),
            _ => false,
        }
    }

    /// What the call is about does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }
}

/// Turns "not found" into `None` and leaves every other error an error.
pub(super) fn none_if_not_found<T>(
    result: Result<T, SearchError>,
) -> Result<Option<T>, SearchError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(SearchError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
