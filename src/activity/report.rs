//! What a sync has done, and what could not be synced. No I/O.

use serde::Serialize;

use super::error::ActivityError;
use super::steps::Reconciled;
use super::unreadable::Unreadable;

/// What a sync has done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SyncReport {
    pub repositories: u64,
    /// Issues and pull requests that were read.
    pub issues: u64,
    pub timelines: u64,
    pub transferred: u64,
    pub deleted: u64,
    /// Repositories behind packages that are gone, private or blocked. Packages name many of them,
    /// and nobody can do anything about it, so they are no problems.
    pub gone: u64,
    /// What could not be synced, and why.
    pub problems: Vec<ActivityProblem>,
    /// What it was about as far as it came: repositories, organisations and profiles.
    #[serde(skip)]
    pub(super) reached: Vec<String>,
    /// The followed repositories that it has not come to, the last first.
    #[serde(skip)]
    pub(super) not_reached: Vec<String>,
}

/// Something that could not be synced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActivityProblem {
    /// A repository, an organisation or a profile.
    pub of: String,
    pub why: String,
}

impl SyncReport {
    /// Whether everything was synced.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.problems.is_empty()
    }

    /// Passes what was done on; what concerns one repository or organisation becomes a problem.
    pub(super) fn check<T>(
        &mut self,
        of: &str,
        result: Result<T, ActivityError>,
    ) -> Result<Option<T>, ActivityError> {
        match result {
            Ok(done) => Ok(Some(done)),
            Err(ActivityError::Unanswered { what, why }) => {
                self.add_problem(
                    of,
                    format!("GitHub's response about {what} could not be used: {why}"),
                );
                Ok(None)
            }
            Err(error @ ActivityError::Packages { .. }) => {
                self.add_problem(of, error.to_string());
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    pub(super) fn check_search(
        &mut self,
        of: &str,
        result: Result<Reconciled, ActivityError>,
    ) -> Result<(), ActivityError> {
        if self.check(of, result)?.is_some_and(|done| done.is_partial) {
            let why = "GitHub's search returned only some of what was closed";
            self.add_problem(of, why.to_owned());
        }
        Ok(())
    }

    pub(super) fn add_problem(&mut self, of: &str, why: String) {
        let of = of.to_owned();
        self.problems.push(ActivityProblem { of, why });
    }

    /// Names what GitHub has sent and nobody could read.
    pub(super) fn add_unreadable(&mut self, unreadable: Unreadable) {
        for (of, entries) in unreadable.by_place() {
            self.add_problem(&of, entries.to_string());
        }
    }
}
