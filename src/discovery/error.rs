//! What ends a discovery.

use std::time::Duration;

use crate::database::{DatabaseError, WorkEnded};
use crate::forge::ForgeError;
use crate::model::NobodyNamed;

/// Why a run has ended before its end. Everything that was read until then is stored.
#[derive(Debug, thiserror::Error)]
pub enum DiscoveryError {
    #[error(transparent)]
    Database(#[from] DatabaseError),

    #[error(transparent)]
    Forge(#[from] ForgeError),

    /// Somebody has asked for it, or another worker has the job now.
    #[error(transparent)]
    Ended(#[from] WorkEnded),

    /// GitHub's response about one thing could not be used, after all retries.
    #[error("GitHub's response about {what} could not be used: {why}; a later run asks again")]
    Unanswered { what: String, why: String },

    /// There is no such account or repository, or it is private.
    #[error("GitHub knows no {what}; check its name, or whether it is private")]
    Unknown { what: String },

    /// They asked that nothing about them is stored.
    #[error(
        "{login} asked to be forgotten, so nothing is read; `pyfa discover forget --take-back \
         {login}` changes that"
    )]
    Forgotten { login: String },

    /// No account can have this name.
    #[error("{name} is not a login of GitHub; use a login such as `octocat`")]
    Login { name: String },

    /// Nobody can be known by this.
    #[error(transparent)]
    Nobody(#[from] NobodyNamed),
}

impl DiscoveryError {
    /// How long to wait before the next run, if waiting is all that is needed.
    #[must_use]
    pub fn wait(&self) -> Option<Duration> {
        match self {
            Self::Forge(error) => error.wait(),
            _ => None,
        }
    }

    /// Whether the next run may succeed without anybody changing anything.
    #[must_use]
    pub fn leaves_work(&self) -> bool {
        match self {
            Self::Database(error) => error.is_temporary(),
            Self::Forge(error) => !matches!(error, ForgeError::Token { .. }),
            Self::Ended(_) | Self::Unanswered { .. } => true,
            Self::Unknown { .. }
            | Self::Forgotten { .. }
            | Self::Login { .. }
            | Self::Nobody(_) => false,
        }
    }

    /// Whether somebody has written what makes no sense.
    #[must_use]
    pub fn is_mistake(&self) -> bool {
        matches!(
            self,
            Self::Login { .. } | Self::Forgotten { .. } | Self::Nobody(_)
        )
    }
}
