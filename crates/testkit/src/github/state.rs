//! What the fake holds: repositories under their present and former names, tokens, quotas.

use std::collections::{HashMap, HashSet};

use super::quota::Quotas;
use super::repository::FakeRepository;
use super::{QuotaError, TooMuch};

/// A repository with its number and its present name.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) id: u64,
    /// `owner/name` as its owner spells it.
    pub(super) slug: String,
    pub(super) repository: FakeRepository,
}

/// Everything behind the lock of the fake.
#[derive(Debug, Default)]
pub(super) struct World {
    held: HashMap<u64, Held>,
    /// Names in lower case, former ones included.
    names: HashMap<String, u64>,
    last_id: u64,
    pub(super) tokens: HashSet<String>,
    pub(super) quotas: Quotas,
    pub(super) quota_error: QuotaError,
    /// How many repositories one query may ask for, and what happens beyond.
    pub(super) budget: Option<(usize, TooMuch)>,
    /// How many repositories each query asked for, oldest first.
    pub(super) batches: Vec<usize>,
}

impl World {
    pub(super) fn add(&mut self, slug: &str, repository: FakeRepository) {
        self.last_id += 1;
        let id = self.last_id;
        self.names.insert(slug.to_lowercase(), id);
        let slug = slug.to_owned();
        self.held.insert(
            id,
            Held {
                id,
                slug,
                repository,
            },
        );
    }

    /// By its present or a former name, whatever the case.
    pub(super) fn find(&self, slug: &str) -> Option<&Held> {
        self.held.get(self.names.get(&slug.to_lowercase())?)
    }

    pub(super) fn by_id(&self, id: u64) -> Option<&Held> {
        self.held.get(&id)
    }

    /// # Panics
    ///
    /// If there is no such repository: the test is wrong.
    pub(super) fn change(&mut self, slug: &str, change: impl FnOnce(&mut Held)) {
        let id = self.names.get(&slug.to_lowercase()).copied();
        let Some(held) = id.and_then(|id| self.held.get_mut(&id)) else {
            panic!("the fake GitHub has no repository {slug}");
        };
        change(held);
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) {
        self.change(from, |held| to.clone_into(&mut held.slug));
        if let Some(id) = self.find(from).map(|held| held.id) {
            self.names.insert(to.to_lowercase(), id);
        }
    }

    /// Every name of it is gone.
    pub(super) fn remove(&mut self, slug: &str) {
        let Some(id) = self.find(slug).map(|held| held.id) else {
            panic!("the fake GitHub has no repository {slug}");
        };
        self.names.retain(|_, other| *other != id);
        self.held.remove(&id);
    }
}
