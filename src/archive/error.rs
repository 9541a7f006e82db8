//! What ends a sync, or keeps an archive from being used.

use std::path::PathBuf;
use std::time::Duration;

use super::flaw::Flaw;
use crate::database::{DatabaseError, WorkEnded};
use crate::forge::ForgeError;
use crate::openhumans::OpenHumansError;

/// Why something was not done. All weeks that were finished until then are kept.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    #[error(transparent)]
    Forge(#[from] ForgeError),

    #[error(transparent)]
    OpenHumans(#[from] OpenHumansError),

    #[error(transparent)]
    Database(#[from] DatabaseError),

    /// Another worker has the job now.
    #[error("another worker has taken over this job, so this one has stopped")]
    LeaseLost,

    #[error("stopped as requested; the next sync goes on from here")]
    Stopped,

    /// GitHub's response could not be used, after all retries.
    #[error("GitHub's response about {what} could not be used: {why}; the next sync asks again")]
    Unanswered { what: &'static str, why: String },

    #[error("GitHub knows no such account; check the login")]
    Unknown,

    #[error("`{0}` is not a login of GitHub; use a login such as `octocat`")]
    Login(String),

    #[error("an archive is read with a token; set GITHUB_TOKEN")]
    NoToken,

    /// Two people in one folder.
    #[error(
        "{} holds the archive of another account; choose another folder", folder.display()
    )]
    OtherAccount { folder: PathBuf },

    #[error(
        "{} holds other files, and no archive; choose an empty or a new folder", folder.display()
    )]
    NotAnArchive { folder: PathBuf },

    #[error(
        "there is no archive in {}; `pyfa archive sync LOGIN --folder DIR` begins one",
        folder.display()
    )]
    NoArchive { folder: PathBuf },

    #[error("another sync writes to {} now; wait until it has ended", folder.display())]
    Busy { folder: PathBuf },

    /// A file is not as it was written.
    #[error(
        "{} is damaged: {why}; `pyfa archive verify` lists what is, and `--since WEEK` reads it again",
        file.display()
    )]
    Damaged { file: PathBuf, why: Flaw },

    #[error(
        "the archive in {} was written by a newer version of pyfa; update pyfa", folder.display()
    )]
    Newer { folder: PathBuf },

    /// The same of a file at Open Humans.
    #[error("the archive at Open Humans was written by a newer version of pyfa; update pyfa")]
    NewerDelivered,

    #[error("cannot use {}: {cause}", path.display())]
    File {
        path: PathBuf,
        cause: std::io::Error,
    },

    #[error(
        "members need a key that encrypts their tokens; set ARCHIVE_KEY, for example to what `openssl rand -base64 32` prints"
    )]
    NoKey,

    #[error(
        "ARCHIVE_KEY is not a valid key: it takes 32 bytes in base64, as `openssl rand -base64 32` prints them"
    )]
    Key,

    /// Something was encrypted with another key, or was changed.
    #[error(
        "what is stored of a member cannot be read with this ARCHIVE_KEY; set the one it was written with"
    )]
    Sealed,

    #[error("there is no such member")]
    NoMember,

    #[error("others are changing the same member; try again in a moment")]
    Overtaken,

    #[error("the member has not connected GitHub")]
    NotConnected,

    #[error("the system gives no random numbers")]
    Random,
}

impl ArchiveError {
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
            Self::OpenHumans(error) => error.is_temporary(),
            Self::LeaseLost
            | Self::Stopped
            | Self::Overtaken
            | Self::Unanswered { .. }
            | Self::Busy { .. } => true,
            _ => false,
        }
    }

    /// Whether somebody has written what makes no sense.
    #[must_use]
    pub fn is_mistake(&self) -> bool {
        matches!(
            self,
            Self::Login(_)
                | Self::NoToken
                | Self::OtherAccount { .. }
                | Self::NotAnArchive { .. }
                | Self::NoArchive { .. }
                | Self::NoKey
                | Self::Key
                | Self::OpenHumans(OpenHumansError::NoToken | OpenHumansError::NoProject)
        )
    }
}

impl From<WorkEnded> for ArchiveError {
    fn from(ended: WorkEnded) -> Self {
        match ended {
            WorkEnded::LeaseLost => Self::LeaseLost,
            WorkEnded::Stopped => Self::Stopped,
        }
    }
}
