//! What ends a sync.

use std::time::Duration;

use crate::database::{DatabaseError, WorkEnded};
use crate::forge::ForgeError;

/// Why a sync has ended before its end. Everything that was read until then is stored.
#[derive(Debug, thiserror::Error)]
pub enum ActivityError {
    #[error(transparent)]
    Database(#[from] DatabaseError),

    #[error(transparent)]
    Forge(#[from] ForgeError),

    /// Somebody has asked for it, or another worker has the job now.
    #[error(transparent)]
    Ended(#[from] WorkEnded),

    /// GitHub's response about one thing could not be used, after all retries.
    #[error("GitHub's response about {what} could not be used: {why}; the next sync asks again")]
    Unanswered { what: String, why: String },

    /// The packages whose repositories are followed cannot be read.
    #[error("the packages of the profile `{profile}` cannot be read: {why}")]
    Packages { profile: String, why: String },

    /// `activity.toml` cannot be used. Each mistake names its line.
    #[error("{mistakes}")]
    File { mistakes: String },
}

impl ActivityError {
    /// How long to wait before the next sync, if waiting is all that is needed.
    #[must_use]
    pub fn wait(&self) -> Option<Duration> {
        match self {
            Self::Forge(error) => error.wait(),
            _ => None,
        }
    }

    /// Whether the next sync may succeed without anybody changing anything.
    #[must_use]
    pub fn leaves_work(&self) -> bool {
        match self {
            Self::Database(error) => error.is_temporary(),
            Self::Forge(error) => !matches!(error, ForgeError::Token { .. }),
            Self::Ended(_) | Self::Unanswered { .. } | Self::Packages { .. } => true,
            Self::File { .. } => false,
        }
    }
}
