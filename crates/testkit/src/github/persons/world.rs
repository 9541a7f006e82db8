//! What a person does, and who lets which program in.

use super::state::{FakeCommit, OauthClient};
use crate::github::World;
use crate::github::state::GitHubState;
use crate::service::Fake;

impl World<'_> {
    /// Commits now; the hash.
    pub fn commit(&mut self, slug: &str, login: &str, message: &str) -> String {
        let (repository, author) = (self.repository_id(slug), self.user_id(login));
        let at = self.now;
        let commits = &mut self.state.persons.commits;
        let sha = format!("{:040x}", 0xabc0_0000_u64 + commits.len() as u64);
        commits.push(FakeCommit {
            sha: sha.clone(),
            repository,
            author,
            at,
            message: message.to_owned(),
        });
        sha
    }

    /// Gives a review comments.
    pub fn comment_in_review(&mut self, review: u64, count: usize) {
        self.state.persons.review_comments.insert(review, count);
    }

    /// Hides a repository from those who ask for public ones.
    pub fn make_private(&mut self, slug: &str) {
        self.state
            .change(slug, |stored| stored.repository.is_private = true);
    }
}

impl Fake<GitHubState> {
    /// Accepts a token as that of an account.
    pub fn allow_as(&self, token: &str, login: &str) {
        self.allow(token);
        let id = self.world().user_id(login);
        self.state().persons.owners.insert(token.to_owned(), id);
    }

    /// Registers a program that people may let in.
    pub fn add_client(&self, id: &str, secret: &str) {
        let secret = secret.to_owned();
        let client = OauthClient { secret };
        self.state().persons.clients.insert(id.to_owned(), client);
    }

    /// Puts somebody with this account at the browser.
    pub fn sign_in(&self, login: &str) {
        let id = self.world().user_id(login);
        self.state().persons.at_browser = Some(id);
    }

    /// Tokens that apps are given from now on end after eight hours, as those of a GitHub App do.
    pub fn end_tokens(&self) {
        self.state().persons.do_tokens_end = true;
    }

    /// Gives no new tokens for those that have ended.
    pub fn refuse_refresh(&self) {
        self.state().persons.refresh.clear();
    }

    /// Whether an account lets the app in, also if no token is left to use that.
    #[must_use]
    pub fn has_grant(&self, login: &str) -> bool {
        let id = self.world().user_id(login);
        self.state().persons.grants.contains(&id)
    }

    /// The tokens that an account has given to programs.
    #[must_use]
    pub fn tokens_of(&self, login: &str) -> Vec<String> {
        let id = self.world().user_id(login);
        let state = self.state();
        let owned = state.persons.owners.iter();
        let owned = owned.filter(|(token, owner)| **owner == id && state.tokens.contains(*token));
        owned.map(|(token, _)| token.clone()).collect()
    }
}
