//! Why a forge cannot be asked any further.
//!
//! What concerns a single repository is an answer, not an error: see [`super::github::Lookup`].

use std::time::Duration;

use jiff::Timestamp;

/// Why nothing more can be asked now.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ForgeError {
    /// A limit: nothing is wrong, and nothing may be asked before.
    #[error("{why}; it may be asked again at {until}")]
    Wait {
        /// Which limit.
        why: String,
        /// When it ends.
        until: Timestamp,
        /// How long that is from now, by the forge's own clock.
        after: Duration,
    },

    /// The token is wrong, has expired or was revoked.
    #[error(
        "{forge} does not accept the token in {setting}: {why}; set a valid one, or none to \
         ask without a token"
    )]
    Token {
        forge: &'static str,
        /// The setting that holds it.
        setting: &'static str,
        why: String,
    },

    /// It refuses to talk about anything.
    #[error("{what} is refused: {why}")]
    Refused { what: String, why: String },

    /// No usable answer, after all retries.
    #[error("{what} gives no usable answer: {why}")]
    Broken { what: String, why: String },
}

impl ForgeError {
    /// How long to wait, where that is all there is to do.
    #[must_use]
    pub fn wait(&self) -> Option<Duration> {
        match self {
            Self::Wait { after, .. } => Some(*after),
            _ => None,
        }
    }
}
