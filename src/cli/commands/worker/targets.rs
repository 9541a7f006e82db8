//! Why it is not known what jobs of schedules are for.

use super::archive::shown;
use crate::archive::ArchiveError;
use crate::board::BoardError;
use crate::cli::exit::CommandError;
use crate::discovery::DiscoveryError;
use crate::manage::ManageError;
use crate::profile::ProfileError;

/// The targets of schedules are not known now.
#[derive(Debug, thiserror::Error)]
pub(super) enum TargetsError {
    #[error(transparent)]
    Profiles(#[from] ProfileError),

    #[error(transparent)]
    Manage(#[from] ManageError),

    #[error(transparent)]
    Boards(#[from] BoardError),

    #[error(transparent)]
    Discovery(#[from] DiscoveryError),

    /// Says nothing of members.
    #[error("{}", shown(.0))]
    Members(ArchiveError),

    #[error("{0:#}")]
    Workspace(anyhow::Error),

    #[error("the search server does not answer")]
    Silent,
}

impl From<ArchiveError> for TargetsError {
    fn from(error: ArchiveError) -> Self {
        Self::Members(error)
    }
}

impl From<CommandError> for TargetsError {
    fn from(error: CommandError) -> Self {
        Self::Workspace(error.cause)
    }
}
