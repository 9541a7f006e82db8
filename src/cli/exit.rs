//! How a command ends, as the shell sees it.

use std::process::ExitCode;

use crate::enrich::EnrichError;
use crate::manage::ManageError;
use crate::pipeline::RunError;
use crate::search::SearchError;
use crate::workspace::WorkspaceError;

/// The exit code of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// 0: everything is done.
    Done,
    /// 1: it failed.
    Failed,
    /// 2: the arguments or settings make no sense.
    Usage,
    /// 3: done in part; what is missing is named, and the next run takes it up.
    Partly,
}

impl Exit {
    pub(super) fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Partly => 3,
        })
    }
}

/// A mistake in what the user has written.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct UsageError(pub(super) String);

/// The exit code that an error stands for.
pub(super) fn of_error(error: &anyhow::Error) -> Exit {
    if error.is::<UsageError>()
        || error.is::<crate::config::ConfigError>()
        || error.is::<crate::profile::ProfileError>()
    {
        return Exit::Usage;
    }
    match error.downcast_ref::<ManageError>() {
        Some(error) if error.leaves_work() => return Exit::Partly,
        Some(error) if error.is_mistake() => return Exit::Usage,
        _ => {}
    }
    match error.downcast_ref::<EnrichError>() {
        Some(error) if error.leaves_work() => return Exit::Partly,
        Some(
            EnrichError::Setting { .. }
            | EnrichError::Search(SearchError::Setting { .. })
            | EnrichError::Workspace(WorkspaceError::Search(SearchError::Setting { .. })),
        ) => return Exit::Usage,
        _ => {}
    }
    match error.downcast_ref::<RunError>() {
        Some(error) if error.leaves_work() => Exit::Partly,
        Some(RunError::Versions { .. } | RunError::Search(SearchError::Setting { .. })) => {
            Exit::Usage
        }
        _ => Exit::Failed,
    }
}
