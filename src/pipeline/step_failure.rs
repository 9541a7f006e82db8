//! Why a step of a project could not be done.

use crate::registry::RegistryError;

/// The reason of a failure, and whether trying again can help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StepFailure {
    /// A sentence without its full stop.
    pub reason: String,
    /// Whether the reason lies in the data itself, so that trying again gives the same.
    pub is_permanent: bool,
}

impl StepFailure {
    /// A task has panicked, which it will again.
    pub(super) fn panicked() -> Self {
        Self {
            reason:
                "internal error while processing this project (a bug in pyfa); please report it"
                    .to_owned(),
            is_permanent: true,
        }
    }

    /// The failure of a release that its project lists: that it is not found will not change
    /// either.
    pub(super) fn of_listed_release(error: &RegistryError) -> Self {
        Self {
            reason: error.to_string(),
            is_permanent: error.is_permanent() || error.is_not_found(),
        }
    }
}

impl From<&RegistryError> for StepFailure {
    fn from(error: &RegistryError) -> Self {
        Self {
            reason: error.to_string(),
            is_permanent: error.is_permanent(),
        }
    }
}
