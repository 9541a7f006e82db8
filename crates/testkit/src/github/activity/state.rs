//! The state behind the world: issues by repository and number, people, members.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::index::SearchIndex;
use super::issue::FakeIssue;
use super::users::Users;

/// What is found under a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slot {
    Here(Box<FakeIssue>),
    /// Transferred: the id of the other repository, and the number there.
    Moved {
        repository: u64,
        number: u64,
    },
    Deleted,
}

/// Issues, people and members.
#[derive(Debug, Default)]
pub(in crate::github) struct ActivityState {
    pub(in crate::github) users: Users,
    /// By the id of the repository, then by number.
    pub(super) issues: BTreeMap<u64, BTreeMap<u64, Slot>>,
    /// Organisations in lower case, and the ids of their members.
    pub(super) members: BTreeMap<String, BTreeSet<u64>>,
    /// Organisations that show nobody.
    pub(super) hidden_members: HashSet<String>,
    pub(super) index: SearchIndex,
    last_id: u64,
}

impl ActivityState {
    pub(in crate::github) fn issue(&self, repository: u64, number: u64) -> Option<&FakeIssue> {
        match self.issues.get(&repository)?.get(&number)? {
            Slot::Here(issue) => Some(issue),
            _ => None,
        }
    }

    /// Everything that is in a repository now.
    pub(in crate::github) fn present(&self, repository: u64) -> impl Iterator<Item = &FakeIssue> {
        let slots = self.issues.get(&repository).into_iter();
        slots
            .flat_map(BTreeMap::values)
            .filter_map(|slot| match slot {
                Slot::Here(issue) => Some(&**issue),
                _ => None,
            })
    }

    /// What was an issue under a number, wherever it was transferred to since.
    pub(in crate::github) fn follow(
        &self,
        mut repository: u64,
        mut number: u64,
    ) -> Option<(u64, &FakeIssue)> {
        loop {
            match self.issues.get(&repository)?.get(&number)? {
                Slot::Here(issue) => return Some((repository, issue)),
                Slot::Moved {
                    repository: there,
                    number: new,
                } => (repository, number) = (*there, *new),
                Slot::Deleted => return None,
            }
        }
    }

    /// What the search knows, with the repositories.
    pub(in crate::github) fn searchable(&self) -> impl Iterator<Item = (u64, &FakeIssue)> {
        let known = self.index.known.iter();
        known.map(|((repository, _), issue)| (*repository, issue))
    }

    /// Lets the search learn what has happened, as far as it is not behind.
    pub(in crate::github) fn catch_up(&mut self, now: u64) {
        self.index.catch_up(now);
    }

    /// The issue with this id, and the repository it is in.
    pub(in crate::github) fn by_id(&self, id: u64) -> Option<(u64, &FakeIssue)> {
        let all = self.issues.keys();
        all.flat_map(|repository| self.present(*repository).map(|issue| (*repository, issue)))
            .find(|(_, issue)| issue.id == id)
    }

    pub(in crate::github) fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        3_000_000_000 + self.last_id
    }
}
