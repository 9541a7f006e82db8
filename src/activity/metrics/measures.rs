//! What is measured of a repository, a week or a profile. Plain data, printed as JSON.

use serde::Serialize;

/// A repository, a week or a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    /// `owner/name`, the Monday of a week, or the name of a profile.
    pub name: String,
    /// `None` if it is not known: the list of all issues was not read yet.
    #[serde(flatten)]
    pub measures: Option<Measures>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Measures {
    #[serde(flatten)]
    pub counts: Counts,
    /// What was opened, less what was closed.
    pub backlog_growth: i64,
    /// Of the pull requests that were closed; `None` if none was.
    pub merge_rate_percent: Option<i64>,
    /// Of what was opened; `None` if nothing was answered.
    pub time_to_first_response: Option<Spread>,
    /// Of what was closed.
    pub time_to_close: Option<Spread>,
    pub time_to_merge: Option<Spread>,
    /// Of what is open at the end. `None` for weeks.
    pub open_age: Option<Spread>,
    pub contributors: i64,
    pub new_contributors: i64,
    pub returning_contributors: i64,
    /// `None` without contributors.
    pub bus_factor: Option<i64>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub issues_opened: i64,
    pub issues_closed: i64,
    pub pull_requests_opened: i64,
    pub pull_requests_closed: i64,
    pub pull_requests_merged: i64,
    /// What was opened, by who was the first to answer.
    pub first_responses_by_members: i64,
    pub first_responses_by_others: i64,
    /// What was opened, is open and has no answer.
    pub unanswered: i64,
    /// What was opened, and whose timeline was never read.
    pub unread: i64,
    /// At the end; `None` for weeks.
    pub open_issues: Option<i64>,
    pub open_pull_requests: Option<i64>,
}

/// How long it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Spread {
    /// Of how many.
    pub count: i64,
    /// The smallest value that at least half of all do not exceed.
    pub median_seconds: i64,
    /// The smallest value that at least nine tenths of all do not exceed.
    pub percentile_90_seconds: i64,
}

impl Counts {
    /// Issues and pull requests together.
    #[must_use]
    pub fn opened(&self) -> i64 {
        self.issues_opened + self.pull_requests_opened
    }

    #[must_use]
    pub fn closed(&self) -> i64 {
        self.issues_closed + self.pull_requests_closed
    }

    /// Where no row told what is open, nothing is; unless it is not known at all.
    pub(super) fn settle_open(&mut self, is_known: bool) {
        let settled = |number: Option<i64>| is_known.then(|| number.unwrap_or_default());
        self.open_issues = settled(self.open_issues);
        self.open_pull_requests = settled(self.open_pull_requests);
    }

    #[must_use]
    pub fn open(&self) -> Option<i64> {
        Some(self.open_issues? + self.open_pull_requests?)
    }
}

impl Measures {
    /// Fills in what follows from the counts.
    pub(super) fn complete(&mut self) {
        let counts = &self.counts;
        self.backlog_growth = counts.opened() - counts.closed();
        self.merge_rate_percent =
            rounded_percent(counts.pull_requests_merged, counts.pull_requests_closed);
    }
}

/// A share in percent; `None` of nothing.
fn rounded_percent(part: i64, whole: i64) -> Option<i64> {
    (part * 100 + whole / 2).checked_div(whole)
}
