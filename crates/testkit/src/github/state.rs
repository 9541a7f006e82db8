//! The state of the fake: repositories by current and former names, tokens, quotas.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::activity::ActivityState;
use super::board::BoardState;
use super::people::PeopleState;
use super::persons::PersonsState;
use super::quota::{OverBudget, QuotaError, Quotas};
use super::repository::FakeRepository;

/// A repository with its id and current name.
#[derive(Debug)]
pub(super) struct StoredRepository {
    pub(super) id: u64,
    /// `owner/name` as its owner spells it.
    pub(super) slug: String,
    pub(super) repository: FakeRepository,
}

/// The state of the fake.
#[derive(Debug, Default)]
pub struct GitHubState {
    stored: HashMap<u64, StoredRepository>,
    /// Ids by name in lower case, including former names.
    names: HashMap<String, u64>,
    /// Ids by the owner's login in lower case.
    owned: HashMap<String, BTreeSet<u64>>,
    last_id: u64,
    pub(super) activity: ActivityState,
    pub(super) people: PeopleState,
    pub(super) board: BoardState,
    pub(super) persons: PersonsState,
    pub(super) tokens: HashSet<String>,
    pub(super) quotas: Quotas,
    pub(super) quota_error: QuotaError,
    /// How many repositories a query may ask for, and what happens if it asks for more.
    pub(super) budget: Option<(usize, OverBudget)>,
    /// Responses by status.
    pub(super) statuses: BTreeMap<u16, u64>,
    /// The number of repositories in each query, oldest first.
    pub(super) batches: Vec<usize>,
}

impl GitHubState {
    pub(super) fn add(&mut self, slug: &str, repository: FakeRepository) {
        self.last_id += 1;
        let id = self.last_id;
        self.names.insert(slug.to_lowercase(), id);
        self.owned.entry(owner_of(slug)).or_default().insert(id);
        let slug = slug.to_owned();
        self.stored.insert(
            id,
            StoredRepository {
                id,
                slug,
                repository,
            },
        );
    }

    /// Finds a repository by its current or a former name, ignoring case.
    pub(super) fn find(&self, slug: &str) -> Option<&StoredRepository> {
        self.stored.get(self.names.get(&slug.to_lowercase())?)
    }

    /// The repositories of an owner, by id.
    pub(super) fn owned_by(&self, owner: &str) -> Vec<&StoredRepository> {
        let ids = self.owned.get(&owner.to_lowercase()).into_iter().flatten();
        ids.filter_map(|id| self.stored.get(id)).collect()
    }

    pub(super) fn by_id(&self, id: u64) -> Option<&StoredRepository> {
        self.stored.get(&id)
    }

    /// # Panics
    ///
    /// If there is no such repository.
    pub(super) fn change(&mut self, slug: &str, change: impl FnOnce(&mut StoredRepository)) {
        let id = self.names.get(&slug.to_lowercase()).copied();
        let Some(stored) = id.and_then(|id| self.stored.get_mut(&id)) else {
            panic!("the fake GitHub has no repository {slug}");
        };
        change(stored);
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) {
        let mut former = String::new();
        self.change(from, |stored| {
            former = std::mem::replace(&mut stored.slug, to.to_owned());
        });
        if let Some(id) = self.find(from).map(|stored| stored.id) {
            self.names.insert(to.to_lowercase(), id);
            self.owned.entry(owner_of(&former)).or_default().remove(&id);
            self.owned.entry(owner_of(to)).or_default().insert(id);
        }
    }

    /// Removes a repository and all its names.
    pub(super) fn remove(&mut self, slug: &str) {
        let found = self.find(slug);
        let Some((id, owner)) = found.map(|stored| (stored.id, owner_of(&stored.slug))) else {
            panic!("the fake GitHub has no repository {slug}");
        };
        self.names.retain(|_, other| *other != id);
        self.owned.entry(owner).or_default().remove(&id);
        self.stored.remove(&id);
    }

    /// All repositories, in no order.
    pub(super) fn repositories(&self) -> impl Iterator<Item = &StoredRepository> {
        self.stored.values()
    }
}

/// The owner's login in lower case.
fn owner_of(slug: &str) -> String {
    let owner = slug.split_once('/').map_or(slug, |(owner, _)| owner);
    owner.to_lowercase()
}
