//! Commits, and who has let which program in.

use std::collections::{HashMap, HashSet};

/// A commit. Times are Unix seconds, people are ids of accounts.
#[derive(Clone, Debug)]
pub(in crate::github) struct FakeCommit {
    pub(super) sha: String,
    pub(super) repository: u64,
    pub(super) author: u64,
    pub(super) at: u64,
    pub(super) message: String,
}

/// A program that people let in.
#[derive(Debug)]
pub(super) struct OauthClient {
    pub(super) secret: String,
}

/// A code that was not exchanged yet.
#[derive(Debug)]
pub(super) struct OauthCode {
    pub(super) client: String,
    pub(super) account: u64,
    pub(super) redirect: String,
    pub(super) challenge: String,
    pub(super) scope: String,
}

#[derive(Debug, Default)]
pub(in crate::github) struct PersonsState {
    pub(super) commits: Vec<FakeCommit>,
    pub(super) clients: HashMap<String, OauthClient>,
    pub(super) codes: HashMap<String, OauthCode>,
    /// The account behind a token that was given out.
    pub(in crate::github) owners: HashMap<String, u64>,
    /// Accounts that have let the app in, until it is taken back.
    pub(super) grants: HashSet<u64>,
    /// Whether tokens of the app end after eight hours.
    pub(super) do_tokens_end: bool,
    /// When they do.
    pub(super) ends: HashMap<String, u64>,
    /// The account behind what gives new ones.
    pub(super) refresh: HashMap<String, u64>,
    /// Who is at the browser.
    pub(super) at_browser: Option<u64>,
    pub(super) given: u64,
    /// How many comments a review has, by the id of its event.
    pub(super) review_comments: HashMap<u64, usize>,
}
