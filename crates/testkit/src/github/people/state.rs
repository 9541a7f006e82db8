//! Who follows whom, and who has starred what.

use std::collections::HashMap;

/// Whom GitHub shows lists of stargazers to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StargazerAccess {
    #[default]
    Everybody,
    /// Maintainers alone: others get this status, 403 or 404.
    Refused(u16),
    /// Maintainers alone: others get an empty list.
    Empty,
}

/// Relations between accounts, and to repositories; the newest are last.
#[derive(Debug, Default)]
pub(in crate::github) struct PeopleState {
    pub(super) followers: HashMap<u64, Vec<u64>>,
    pub(super) following: HashMap<u64, Vec<u64>>,
    /// Repositories, and when they were starred.
    pub(super) starred: HashMap<u64, Vec<(u64, u64)>>,
    /// People, and when they did.
    pub(super) stargazers: HashMap<u64, Vec<(u64, u64)>>,
    pub(super) access: StargazerAccess,
}

impl PeopleState {
    pub(super) fn follow(&mut self, follower: u64, followed: u64) {
        let followed_ones = self.following.entry(follower).or_default();
        if follower != followed && !followed_ones.contains(&followed) {
            followed_ones.push(followed);
            self.followers.entry(followed).or_default().push(follower);
        }
    }

    pub(super) fn unfollow(&mut self, follower: u64, followed: u64) {
        let following = self.following.entry(follower).or_default();
        following.retain(|one| *one != followed);
        let followers = self.followers.entry(followed).or_default();
        followers.retain(|one| *one != follower);
    }

    pub(super) fn star(&mut self, account: u64, repository: u64, at: u64) {
        let starred = self.starred.entry(account).or_default();
        if !starred.iter().any(|(one, _)| *one == repository) {
            starred.push((repository, at));
            let stargazers = self.stargazers.entry(repository).or_default();
            stargazers.push((account, at));
        }
    }

    pub(super) fn unstar(&mut self, account: u64, repository: u64) {
        let starred = self.starred.entry(account).or_default();
        starred.retain(|(one, _)| *one != repository);
        let stargazers = self.stargazers.entry(repository).or_default();
        stargazers.retain(|(one, _)| *one != account);
    }

    /// Ends all relations of an account.
    pub(super) fn leave(&mut self, account: u64) {
        for followed in self.following.remove(&account).unwrap_or_default() {
            self.unfollow(account, followed);
        }
        for follower in self.followers.remove(&account).unwrap_or_default() {
            self.unfollow(follower, account);
        }
        for (repository, _) in self.starred.remove(&account).unwrap_or_default() {
            self.unstar(account, repository);
        }
    }

    /// Ends all relations of a repository.
    pub(super) fn close(&mut self, repository: u64) {
        for (account, _) in self.stargazers.remove(&repository).unwrap_or_default() {
            self.unstar(account, repository);
        }
    }
}

/// The newest first.
pub(super) fn newest<T: Copy>(all: Option<&Vec<T>>) -> Vec<T> {
    all.into_iter().flatten().rev().copied().collect()
}
