//! What Open Humans does not do.

use pyfa_http::HttpError;

/// A request to Open Humans has failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum OpenHumansError {
    #[error("no token for Open Humans; set OPENHUMANS_ACCESS_TOKEN")]
    NoToken,

    #[error("nobody can sign in; set OPENHUMANS_CLIENT_ID and OPENHUMANS_CLIENT_SECRET")]
    NoProject,

    /// The token is wrong, has expired or was revoked.
    #[error("Open Humans does not accept the token; get a new one")]
    Token,

    /// It says no.
    #[error("Open Humans refuses to {what} (status {status})")]
    Refused { what: &'static str, status: u16 },

    /// No usable answer, after all retries.
    #[error(
        "Open Humans was asked to {what}, and its response could not be used: {why}; retry later"
    )]
    Unavailable {
        what: &'static str,
        why: &'static str,
    },

    #[error("the client of Open Humans cannot be made: {0}")]
    Client(String),
}

impl OpenHumansError {
    /// Whether the same request may succeed later.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }

    /// What an error of the HTTP client means. Its text may hold an address, which names a file.
    pub(super) fn of(what: &'static str, error: &HttpError) -> Self {
        match error {
            HttpError::Refused {
                status: 401 | 403, ..
            } => Self::Token,
            HttpError::Refused { status, .. } | HttpError::NotFound { status, .. } => {
                let status = *status;
                Self::Refused { what, status }
            }
            HttpError::TooLarge { .. } => Self::unreadable(what, "the answer is too large"),
            HttpError::RateLimited { .. } => Self::unreadable(what, "it asks to wait"),
            _ => Self::unreadable(what, "the connection fails, or the service does"),
        }
    }

    pub(super) fn unreadable(what: &'static str, why: &'static str) -> Self {
        Self::Unavailable { what, why }
    }
}
