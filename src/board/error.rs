//! What ends the work on a board.

use std::time::Duration;

use crate::database::{DatabaseError, WorkEnded};
use crate::forge::ForgeError;
use crate::store::StoreError;

/// Why a run has ended before its end. What was changed until then stays, and the next run goes on.
#[derive(Debug, thiserror::Error)]
pub enum BoardError {
    #[error(transparent)]
    Forge(#[from] ForgeError),

    #[error(transparent)]
    Database(#[from] DatabaseError),

    #[error(transparent)]
    Store(#[from] StoreError),

    /// Everything that is wrong with a file, each with its place.
    #[error("{mistakes}")]
    File { mistakes: String },

    /// The file cannot be read or written.
    #[error("{path}: {cause}")]
    Io { path: String, cause: std::io::Error },

    /// There is no such project, or it is private.
    #[error(
        "GitHub shows no project {what}; check owner and number, and whether the token may read it"
    )]
    NoProject { what: String },

    /// There is no such team, or the token may not see it.
    #[error(
        "GitHub shows no team {team}; check its name, and that the token has the scope `read:org`"
    )]
    NoTeam { team: String },

    /// The token may not do what is needed.
    #[error("the token in GITHUB_TOKEN lacks {lacks}; {hint}")]
    Scopes { lacks: String, hint: &'static str },

    /// GitHub needs a token for this.
    #[error("GITHUB_TOKEN is not set; projects can only be read and changed with a token")]
    NoToken,

    /// The project lacks what the file names.
    #[error(
        "the project does not fit the file: {lacks}; `pyfa board fields` shows what there is, and \
         `pyfa board init --create-fields` creates missing fields"
    )]
    Fields { lacks: String },

    /// Another run changes the same project.
    #[error("this project is being changed by {holder}; wait for its end, or stop it")]
    Locked { holder: String },

    /// Another host may have the lock now.
    #[error("the lock of the project was lost, so this run has stopped")]
    LockLost,

    #[error(transparent)]
    Ended(#[from] WorkEnded),

    /// GitHub's response could not be used, after all retries.
    #[error("GitHub's response about {what} could not be used: {why}; run it again later")]
    Unanswered { what: String, why: String },
}

impl BoardError {
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
            Self::Locked { .. } | Self::LockLost | Self::Ended(_) | Self::Unanswered { .. } => true,
            _ => false,
        }
    }

    /// Whether somebody has written what makes no sense, or has to change something.
    #[must_use]
    pub fn is_mistake(&self) -> bool {
        matches!(
            self,
            Self::File { .. } | Self::NoToken | Self::Fields { .. } | Self::Scopes { .. }
        )
    }
}
