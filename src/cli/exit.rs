//! How a command ends, as the shell sees it.
//!
//! Every report and every error of a command knows its own exit code ([`ExitStatus`]). An error
//! keeps it when it becomes a [`CommandError`], so nobody has to guess it from a type later.

use std::process::ExitCode;

use crate::access::AccessError;
use crate::activity::{ActivityError, SyncReport};
use crate::archive::{self, ArchiveError};
use crate::board::{BoardError, BoardReport};
use crate::config::ConfigError;
use crate::database::DatabaseError;
use crate::discovery::{DiscoveryError, DiscoveryReport, SeedReport};
use crate::enrich::{AllReport, EnrichError, EnricherReport};
use crate::export::ExportError;
use crate::export::diff::DiffError;
use crate::forge::ForgeError;
use crate::jobs::JobError;
use crate::manage::ManageError;
use crate::pipeline::{self, RunError};
use crate::profile::ProfileError;
use crate::registry::RegistryError;
use crate::search::SearchError;
use crate::web::archive::ArchiveSiteError;
use crate::web::gallery::GalleryError;
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
    /// 3: partly done; the output names what is missing, and the next run continues.
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

    fn of_report(is_complete: bool) -> Self {
        if is_complete {
            Self::Done
        } else {
            Self::Partly
        }
    }
}

/// What knows the exit code of the command that ends with it.
pub(super) trait ExitStatus {
    fn exit_status(&self) -> Exit;
}

/// An error that ends a command, with its exit code.
pub(super) struct CommandError {
    pub(super) exit: Exit,
    pub(super) cause: anyhow::Error,
}

/// What a command gives back.
pub(super) type CommandResult<T = Exit> = Result<T, CommandError>;

impl<E> From<E> for CommandError
where
    E: ExitStatus + std::error::Error + Send + Sync + 'static,
{
    fn from(error: E) -> Self {
        Self {
            exit: error.exit_status(),
            cause: error.into(),
        }
    }
}

/// A mistake in what the user has written.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct UsageError(pub(super) String);

impl UsageError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

/// A failure that the command itself has noticed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct CommandFailure(pub(super) String);

impl ExitStatus for UsageError {
    fn exit_status(&self) -> Exit {
        Exit::Usage
    }
}

impl ExitStatus for ConfigError {
    fn exit_status(&self) -> Exit {
        Exit::Usage
    }
}

impl ExitStatus for AccessError {
    fn exit_status(&self) -> Exit {
        match self {
            Self::Database(error) => error.exit_status(),
            Self::NotFound(_) | Self::Random(_) => Exit::Failed,
            Self::Scope { .. } | Self::NoScope { .. } | Self::Name(_) | Self::Exists(_) => {
                Exit::Usage
            }
        }
    }
}

impl ExitStatus for ProfileError {
    fn exit_status(&self) -> Exit {
        Exit::Usage
    }
}

impl ExitStatus for ArchiveSiteError {
    fn exit_status(&self) -> Exit {
        Exit::Usage
    }
}

impl ExitStatus for GalleryError {
    fn exit_status(&self) -> Exit {
        Exit::Usage
    }
}

impl ExitStatus for SearchError {
    fn exit_status(&self) -> Exit {
        match self {
            Self::Setting { .. } => Exit::Usage,
            error if error.is_not_permitted() => Exit::Partly,
            _ => Exit::Failed,
        }
    }
}

impl ExitStatus for WorkspaceError {
    fn exit_status(&self) -> Exit {
        match self {
            Self::Search(error) => error.exit_status(),
            error if error.is_temporary() => Exit::Partly,
            _ => Exit::Failed,
        }
    }
}

impl ExitStatus for ActivityError {
    fn exit_status(&self) -> Exit {
        match self {
            Self::File { .. } => Exit::Usage,
            error if error.leaves_work() => Exit::Partly,
            _ => Exit::Failed,
        }
    }
}

/// What ends work that a later run can go on with.
macro_rules! work_errors {
    ($($error:ty),+ $(,)?) => {$(
        impl ExitStatus for $error {
            fn exit_status(&self) -> Exit {
                match self {
                    error if error.is_mistake() => Exit::Usage,
                    error if error.leaves_work() => Exit::Partly,
                    _ => Exit::Failed,
                }
            }
        }
    )+};
}
work_errors!(ArchiveError, BoardError, DiscoveryError);

impl ExitStatus for DatabaseError {
    fn exit_status(&self) -> Exit {
        if self.is_temporary() {
            Exit::Partly
        } else {
            Exit::Failed
        }
    }
}

impl ExitStatus for JobError {
    fn exit_status(&self) -> Exit {
        match self {
            Self::Target { .. } | Self::NoTarget { .. } => Exit::Usage,
            error if error.is_temporary() => Exit::Partly,
            _ => Exit::Failed,
        }
    }
}

impl ExitStatus for RunError {
    fn exit_status(&self) -> Exit {
        match self {
            error if error.leaves_work() => Exit::Partly,
            Self::Versions { .. } => Exit::Usage,
            Self::Search(error) => error.exit_status(),
            Self::Workspace(error) => error.exit_status(),
            _ => Exit::Failed,
        }
    }
}

impl ExitStatus for EnrichError {
    fn exit_status(&self) -> Exit {
        match self {
            error if error.leaves_work() => Exit::Partly,
            Self::Setting { .. } => Exit::Usage,
            Self::Search(error) => error.exit_status(),
            Self::Workspace(error) => error.exit_status(),
            Self::Report { .. } => Exit::Failed,
        }
    }
}

impl ExitStatus for ManageError {
    fn exit_status(&self) -> Exit {
        if self.leaves_work() {
            Exit::Partly
        } else if self.is_mistake() {
            Exit::Usage
        } else {
            Exit::Failed
        }
    }
}

impl ExitStatus for ExportError {
    fn exit_status(&self) -> Exit {
        match self {
            Self::Workspace(error) => error.exit_status(),
            Self::Search(error) => error.exit_status(),
            Self::Gallery(error) => error.exit_status(),
            error if error.is_mistake() => Exit::Usage,
            _ => Exit::Failed,
        }
    }
}

impl ExitStatus for DiffError {
    fn exit_status(&self) -> Exit {
        match self {
            Self::Workspace(error) => error.exit_status(),
            Self::Search(error) => error.exit_status(),
            error if error.is_mistake() => Exit::Usage,
            _ => Exit::Failed,
        }
    }
}

/// Errors that can only mean that the command failed.
macro_rules! failures {
    ($($error:ty),+ $(,)?) => {$(
        impl ExitStatus for $error {
            fn exit_status(&self) -> Exit {
                Exit::Failed
            }
        }
    )+};
}

failures!(
    CommandFailure,
    pyfa_http::CacheError,
    ForgeError,
    RegistryError,
    serde_json::Error,
    std::io::Error,
);

/// Reports that are complete, or name what the next run continues.
macro_rules! reports {
    ($($report:ty),+ $(,)?) => {$(
        impl ExitStatus for $report {
            fn exit_status(&self) -> Exit {
                Exit::of_report(self.is_complete())
            }
        }
    )+};
}

reports!(
    pipeline::FetchReport,
    AllReport,
    SyncReport,
    archive::SyncReport,
    DiscoveryReport,
    SeedReport,
    BoardReport,
    dyn EnricherReport,
);
