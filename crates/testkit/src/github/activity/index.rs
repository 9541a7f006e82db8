//! What the search knows, which is later than the rest.

use std::collections::BTreeMap;

use super::issue::FakeIssue;

/// What the search knows; later than the rest.
#[derive(Debug, Default)]
pub(super) struct SearchIndex {
    /// Seconds.
    pub(super) lag: u64,
    pub(super) known: BTreeMap<(u64, u64), FakeIssue>,
    pending: Vec<(u64, u64, u64, Option<FakeIssue>)>,
}

impl SearchIndex {
    /// An issue has changed, or has left its repository.
    pub(super) fn changed(
        &mut self,
        now: u64,
        repository: u64,
        number: u64,
        issue: Option<FakeIssue>,
    ) {
        self.pending.push((now, repository, number, issue));
    }

    pub(super) fn catch_up(&mut self, now: u64) {
        let (seen, later) = std::mem::take(&mut self.pending)
            .into_iter()
            .partition(|(at, ..)| at + self.lag <= now);
        self.pending = later;
        let seen: Vec<_> = seen;
        for (_, repository, number, issue) in seen {
            match issue {
                Some(issue) => self.known.insert((repository, number), issue),
                None => self.known.remove(&(repository, number)),
            };
        }
    }
}
