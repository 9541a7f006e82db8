//! The state behind projects, discussions and teams, and what is to go wrong.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::discussion::FakeDiscussion;
use super::project::FakeProject;

/// Projects, discussions and teams.
#[derive(Debug)]
pub(in crate::github) struct BoardState {
    /// By repository and number.
    pub(super) discussions: BTreeMap<(u64, u64), FakeDiscussion>,
    /// By node id.
    pub(super) projects: BTreeMap<String, FakeProject>,
    /// Organisation and name in lower case, and the ids of the members.
    pub(super) teams: BTreeMap<(String, String), Vec<u64>>,
    /// The scopes of tokens that have some.
    pub(in crate::github) scopes: HashMap<String, String>,
    /// The login of the account that asks.
    pub(super) viewer: String,
    /// Nodes, or aliases of a mutation, that a request may ask for.
    pub(in crate::github) budget: Option<u64>,
    /// How many requests were too much.
    pub(in crate::github) timeouts: u64,
    /// How many more mutations are executed before everything ends.
    pub(super) left: Option<u64>,
    /// Whether everything has ended.
    pub(in crate::github) is_dead: bool,
    /// Requests with mutations that are executed and whose answer is lost.
    pub(in crate::github) lost_answers: u32,
    /// Items, or contents, about which mutations fail: the type of the error and its message.
    pub(super) refused: HashMap<String, (&'static str, &'static str)>,
    /// Issues that nobody may see, by repository and number.
    pub(super) hidden: HashSet<(u64, u64)>,
    /// Scopes whose searches fail.
    pub(super) broken_scopes: HashSet<String>,
    /// Ids of items that cannot be read by their ids, although they are there.
    pub(super) broken_items: HashSet<String>,
    /// Fields of projects whose values cannot be read, by name.
    pub(super) broken_fields: BTreeSet<String>,
    /// Repositories about which GraphQL says nothing at all, not even that they are not there.
    pub(in crate::github) silent: HashSet<String>,
    /// How many items the list of a project loses although it counts them.
    pub(super) lost_items: usize,
    /// Whether the last page of items and of results says that the first one follows.
    pub(super) repeats_pages: bool,
    /// How many results searches lose although they count them.
    pub(super) lost_results: usize,
    /// Mutations that were executed.
    pub(super) executed: u64,
    /// Requests with mutations.
    pub(in crate::github) mutation_calls: u64,
}

impl Default for BoardState {
    fn default() -> Self {
        Self {
            discussions: BTreeMap::new(),
            projects: BTreeMap::new(),
            teams: BTreeMap::new(),
            scopes: HashMap::new(),
            viewer: "board[bot]".to_owned(),
            budget: None,
            timeouts: 0,
            left: None,
            is_dead: false,
            lost_answers: 0,
            refused: HashMap::new(),
            hidden: HashSet::new(),
            broken_scopes: HashSet::new(),
            broken_items: HashSet::new(),
            broken_fields: BTreeSet::new(),
            silent: HashSet::new(),
            lost_items: 0,
            repeats_pages: false,
            lost_results: 0,
            executed: 0,
            mutation_calls: 0,
        }
    }
}
