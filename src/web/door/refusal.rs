//! Why somebody is not let in, or gets no answer.

use std::time::Duration;

use thiserror::Error;

use crate::access::Scope;
use crate::database::DatabaseError;

/// How long to wait for what is away.
const PAUSE: Duration = Duration::from_secs(10);

#[derive(Debug, Error)]
pub enum Refusal {
    #[error(
        "this takes a key: send it as `Authorization: Bearer KEY`; `pyfa manage api-key add` makes one"
    )]
    NoKey,
    #[error("the key is unknown, was deleted, or has expired")]
    UnknownKey,
    #[error("this takes a key with the scope `{}`", .0.name())]
    Scope(Scope),
    #[error("this key has asked too often; wait {} seconds", .wait.as_secs())]
    TooMany { wait: Duration },
    #[error("too many others are waiting already; ask again later")]
    Overloaded,
    #[error("the answer takes too long; ask for less: a smaller page, or another filter")]
    TooSlow,
    #[error("the database does not answer now; ask again later")]
    Away,
    /// What is wrong is in the log, and concerns nobody else.
    #[error("the database cannot answer; the operator finds the reason in the log")]
    Broken,
}

impl Refusal {
    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::NoKey | Self::UnknownKey => 401,
            Self::Scope(_) => 403,
            Self::TooMany { .. } => 429,
            Self::Overloaded | Self::TooSlow | Self::Away => 503,
            Self::Broken => 500,
        }
    }

    /// How long to wait before asking again, where that helps.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooMany { wait } => Some(*wait),
            Self::Overloaded | Self::Away | Self::TooSlow => Some(PAUSE),
            _ => None,
        }
    }
}

impl From<DatabaseError> for Refusal {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::TooSlow { .. } => Self::TooSlow,
            error if error.is_temporary() => {
                tracing::warn!(%error, "the database is away");
                Self::Away
            }
            DatabaseError::Refused { .. } | DatabaseError::Full { .. } => {
                tracing::error!(%error, "the database cannot be used");
                Self::Away
            }
            error => {
                tracing::error!(%error, "the database cannot answer");
                Self::Broken
            }
        }
    }
}
