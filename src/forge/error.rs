//! Errors that end all queries to a forge.
//!
//! A problem with a single repository is not an error but an answer ([`super::github::Lookup`]).

use std::time::Duration;

use jiff::Timestamp;

/// Why no more requests can be sent at present.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ForgeError {
    /// A rate limit: no request may be sent before it ends.
    #[error("{why}; retry at {until}")]
    Wait {
        /// Which limit.
        why: String,
        /// When it ends.
        until: Timestamp,
        /// How long that is from now, according to the forge's clock.
        after: Duration,
    },

    /// The token is wrong, has expired or was revoked.
    #[error(
        "{forge} does not accept the token in {setting}: {why}; set a valid one, or none to \
         ask without a token"
    )]
    Token {
        forge: &'static str,
        /// The setting with the token.
        setting: &'static str,
        why: String,
    },

    /// All requests are refused.
    #[error("{what} refuses all requests: {why}")]
    Refused { what: String, why: String },

    /// No usable answer, after all retries.
    #[error("{what} cannot be used: {why}")]
    Broken { what: String, why: String },
}

impl ForgeError {
    /// How long to wait, if waiting is all that is needed.
    #[must_use]
    pub fn wait(&self) -> Option<Duration> {
        match self {
            Self::Wait { after, .. } => Some(*after),
            _ => None,
        }
    }
}
