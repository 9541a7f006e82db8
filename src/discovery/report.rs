//! What a run has done, and what could not be read. No I/O.

use serde::Serialize;

use super::error::DiscoveryError;

/// What a run has done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DiscoveryReport {
    /// Developers that were synced with all their lists.
    pub developers: u64,
    /// Repositories that were synced by their name.
    pub repositories: u64,
    /// Accounts that were read without their lists.
    pub accounts_read: u64,
    pub new_developers: u64,
    pub new_repositories: u64,
    /// Follows, stars and contributions that have ended.
    pub ended: u64,
    /// Accounts and repositories that are gone.
    pub gone: u64,
    /// Requests to GitHub.
    pub calls: u64,
    /// Lists that are not read, and why.
    pub withheld: Vec<Withheld>,
    /// What could not be read, and why.
    pub problems: Vec<DiscoveryProblem>,
    /// Whether there is nobody in the map from whom it could grow.
    pub is_map_empty: bool,
}

/// A kind of list that was not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Withheld {
    /// Such as `stargazers`.
    pub list: String,
    /// `refused` by GitHub, or `too long` for the settings.
    pub why: String,
    pub lists: u64,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DiscoveryProblem {
    /// An account or a repository.
    pub of: String,
    pub why: String,
}

impl DiscoveryReport {
    /// Whether everything was read.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.problems.is_empty()
    }

    /// Passes what was done on; what concerns one account or repository becomes a problem.
    pub(super) fn check<T>(
        &mut self,
        of: &str,
        result: Result<T, DiscoveryError>,
    ) -> Result<Option<T>, DiscoveryError> {
        match result {
            Ok(done) => Ok(Some(done)),
            Err(DiscoveryError::Unanswered { what, why }) => {
                let why = format!("GitHub's response about {what} could not be used: {why}");
                self.add_problem(of, why);
                Ok(None)
            }
            Err(error @ (DiscoveryError::Unknown { .. } | DiscoveryError::Forgotten { .. })) => {
                self.add_problem(of, error.to_string());
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    pub(super) fn add_problem(&mut self, of: &str, why: String) {
        let of = of.to_owned();
        self.problems.push(DiscoveryProblem { of, why });
    }

    pub(super) fn add_withheld(&mut self, list: &str, why: &str) {
        let mut known = self.withheld.iter_mut();
        if let Some(known) = known.find(|one| one.list == list && one.why == why) {
            known.lists += 1;
            return;
        }
        self.withheld.push(Withheld {
            list: list.to_owned(),
            why: why.to_owned(),
            lists: 1,
        });
    }
}
