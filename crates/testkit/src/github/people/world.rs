//! What people do.

use std::collections::BTreeSet;

use serde_json::Value;

use super::answers::{account, repository_document};
use super::state::StargazerAccess;
use crate::github::World;
use crate::github::activity::FakeUser;
use crate::github::repository::FakeRepository;

impl World<'_> {
    /// The id of an organisation, which is created if there is none.
    pub fn organisation_id(&mut self, login: &str) -> u64 {
        let id = self.user_id(login);
        let users = &mut self.state.activity.users;
        users.change(id, |user| user.is_organisation = true);
        id
    }

    pub fn follow(&mut self, follower: &str, followed: &str) {
        let (follower, followed) = (self.user_id(follower), self.user_id(followed));
        self.state.people.follow(follower, followed);
    }

    pub fn unfollow(&mut self, follower: &str, followed: &str) {
        let (follower, followed) = (self.user_id(follower), self.user_id(followed));
        self.state.people.unfollow(follower, followed);
    }

    pub fn star(&mut self, login: &str, slug: &str) {
        let (account, repository) = (self.user_id(login), self.repository_id(slug));
        let now = self.now;
        self.state.people.star(account, repository, now);
    }

    pub fn unstar(&mut self, login: &str, slug: &str) {
        let (account, repository) = (self.user_id(login), self.repository_id(slug));
        self.state.people.unstar(account, repository);
    }

    /// Creates a repository; its id.
    pub fn create_repository(&mut self, slug: &str) -> u64 {
        if let Some((owner, _)) = slug.split_once('/') {
            self.user_id(owner);
        }
        self.state.add(slug, FakeRepository::default());
        self.repository_id(slug)
    }

    pub fn delete_repository(&mut self, slug: &str) {
        let id = self.repository_id(slug);
        self.state.people.close(id);
        self.state.remove(slug);
    }

    /// Gives a repository another name, or another owner.
    pub fn move_repository(&mut self, slug: &str, to: &str) {
        self.state.rename(slug, to);
    }

    /// Gives an account another login; its repositories move along.
    pub fn rename_account(&mut self, login: &str, to: &str) {
        for slug in self.owned(login) {
            let name = slug.split_once('/').map_or("", |(_, name)| name);
            self.state.rename(&slug, &format!("{to}/{name}"));
        }
        self.rename_user(login, to);
    }

    /// Deletes an account with everything that it has.
    pub fn delete_account(&mut self, login: &str) {
        for slug in self.owned(login) {
            self.delete_repository(&slug);
        }
        let id = self.user_id(login);
        self.state.people.leave(id);
        self.delete_user(login);
    }

    /// Sets what an account's page shows.
    pub fn set_detail(&mut self, login: &str, name: &'static str, value: Value) {
        let id = self.user_id(login);
        let users = &mut self.state.activity.users;
        users.change(id, |user| _ = user.details.insert(name, value));
    }

    /// Whom lists of stargazers are shown to.
    pub fn set_stargazer_access(&mut self, access: StargazerAccess) {
        self.state.people.access = access;
    }

    /// All accounts that exist.
    #[must_use]
    pub fn accounts(&self) -> Vec<FakeUser> {
        self.state.activity.users.present().cloned().collect()
    }

    #[must_use]
    pub fn followers(&self, id: u64) -> BTreeSet<u64> {
        let all = self.state.people.followers.get(&id);
        all.into_iter().flatten().copied().collect()
    }

    #[must_use]
    pub fn following(&self, id: u64) -> BTreeSet<u64> {
        let all = self.state.people.following.get(&id);
        all.into_iter().flatten().copied().collect()
    }

    /// The repositories that an account has starred.
    #[must_use]
    pub fn starred(&self, id: u64) -> BTreeSet<u64> {
        let all = self.state.people.starred.get(&id);
        all.into_iter().flatten().map(|(one, _)| *one).collect()
    }

    #[must_use]
    pub fn stargazers(&self, repository: u64) -> BTreeSet<u64> {
        let all = self.state.people.stargazers.get(&repository);
        all.into_iter().flatten().map(|(one, _)| *one).collect()
    }

    /// The repositories of an account, as `owner/name`.
    #[must_use]
    pub fn owned(&self, login: &str) -> Vec<String> {
        let owned = self.state.owned_by(login).into_iter();
        owned.map(|stored| stored.slug.clone()).collect()
    }

    /// All repositories, as `owner/name`, by id.
    #[must_use]
    pub fn repositories(&self) -> Vec<(u64, String)> {
        let all = self.state.repositories();
        let mut all: Vec<(u64, String)> = all.map(|one| (one.id, one.slug.clone())).collect();
        all.sort();
        all
    }

    /// An account as GitHub shows it.
    #[must_use]
    pub fn account(&self, id: u64) -> Value {
        account(&self.state, id)
    }

    /// A repository as GitHub shows it.
    #[must_use]
    pub fn repository_shown(&self, slug: &str) -> Option<Value> {
        let stored = self.state.find(slug)?;
        Some(repository_document(&self.state, stored))
    }
}
