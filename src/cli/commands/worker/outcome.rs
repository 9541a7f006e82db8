//! What the end of a run means for its job.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::activity::ActivityError;
use crate::board::BoardError;
use crate::cli::exit::{CommandError, Exit, ExitStatus};
use crate::discovery::DiscoveryError;
use crate::enrich::EnrichError;
use crate::jobs::JobOutcome;
use crate::manage::ManageError;
use crate::pipeline::RunError;
use crate::progress::Stop;
use crate::workspace::WorkspaceError;

/// Between two attempts at a collection that somebody else writes to.
const BUSY_PAUSE: Duration = Duration::from_mins(1);

/// Why a run has ended without a report.
pub(super) enum RunFailure {
    /// It can go on at this time.
    Wait { until: Timestamp, why: String },
    /// It was told to stop.
    Stopped,
    /// It may succeed when it is tried again.
    Failed(String),
    /// It fails until somebody changes something.
    Impossible(String),
}

impl RunFailure {
    fn busy(why: String) -> Self {
        Self::Wait {
            until: Timestamp::now() + BUSY_PAUSE,
            why,
        }
    }

    fn of(error: &(impl ExitStatus + std::error::Error)) -> Self {
        match error.exit_status() {
            Exit::Usage => Self::Impossible(error.to_string()),
            _ => Self::Failed(error.to_string()),
        }
    }

    pub(super) fn into_outcome(self) -> JobOutcome {
        let report = serde_json::Value::Null;
        match self {
            Self::Wait { until, why } => JobOutcome::Wait { until, why, report },
            Self::Stopped => JobOutcome::Stopped { report },
            Self::Failed(why) => JobOutcome::Failed { why, report },
            Self::Impossible(why) => JobOutcome::Impossible { why },
        }
    }
}

impl From<CommandError> for RunFailure {
    fn from(error: CommandError) -> Self {
        let why = format!("{:#}", error.cause);
        match error.exit {
            Exit::Usage => Self::Impossible(why),
            _ => Self::Failed(why),
        }
    }
}

impl From<RunError> for RunFailure {
    fn from(error: RunError) -> Self {
        match &error {
            RunError::Workspace(WorkspaceError::Locked { .. }) => Self::busy(error.to_string()),
            RunError::Stopped => Self::Stopped,
            error => Self::of(error),
        }
    }
}

impl From<EnrichError> for RunFailure {
    fn from(error: EnrichError) -> Self {
        match &error {
            EnrichError::Workspace(WorkspaceError::Locked { .. }) => Self::busy(error.to_string()),
            EnrichError::Workspace(WorkspaceError::NoCollection { .. }) => {
                Self::Impossible(error.to_string())
            }
            error => Self::of(error),
        }
    }
}

impl From<ManageError> for RunFailure {
    fn from(error: ManageError) -> Self {
        match &error {
            ManageError::Workspace(WorkspaceError::Locked { .. }) => Self::busy(error.to_string()),
            error => Self::of(error),
        }
    }
}

impl From<ActivityError> for RunFailure {
    fn from(error: ActivityError) -> Self {
        match (&error, error.wait()) {
            (_, Some(wait)) => Self::Wait {
                until: Timestamp::now() + wait,
                why: error.to_string(),
            },
            (ActivityError::Ended(_), _) => Self::Stopped,
            (error, None) => Self::of(error),
        }
    }
}

impl From<DiscoveryError> for RunFailure {
    fn from(error: DiscoveryError) -> Self {
        match (&error, error.wait()) {
            (_, Some(wait)) => Self::Wait {
                until: Timestamp::now() + wait,
                why: error.to_string(),
            },
            (DiscoveryError::Ended(_), _) => Self::Stopped,
            (
                DiscoveryError::Unknown { .. }
                | DiscoveryError::Forgotten { .. }
                | DiscoveryError::Login { .. }
                | DiscoveryError::Nobody(_),
                None,
            ) => Self::Impossible(error.to_string()),
            (error, None) => Self::of(error),
        }
    }
}

impl From<BoardError> for RunFailure {
    fn from(error: BoardError) -> Self {
        match (&error, error.wait()) {
            (_, Some(wait)) => Self::Wait {
                until: Timestamp::now() + wait,
                why: error.to_string(),
            },
            (BoardError::Ended(_), _) => Self::Stopped,
            (BoardError::Locked { .. }, _) => Self::busy(error.to_string()),
            (error, None) => Self::of(error),
        }
    }
}

/// The outcome of a run with a report, which may have been told to stop, or to wait.
pub(super) fn outcome_of(
    report: &impl Serialize,
    is_complete: bool,
    wait: Option<(Timestamp, String)>,
    stop: &Stop,
) -> JobOutcome {
    let report = serde_json::to_value(report).unwrap_or_default();
    if is_complete {
        return JobOutcome::Done { report };
    }
    match wait {
        Some((until, why)) => JobOutcome::Wait { until, why, report },
        None if stop.is_requested() => JobOutcome::Stopped { report },
        None => JobOutcome::Partly { report },
    }
}
