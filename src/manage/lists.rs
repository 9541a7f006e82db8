//! ServerLists of aliases and collections that were held against single questions.
//!
//! A list may be whole JSON and still lack something: a node lags, a load balancer answers from an
//! old copy. Nothing in the list says so. So what may be there beside it is asked for by name: the
//! alias `plone` where there is a `plone-1`, the aliases that the ledger has moved, the collections
//! that aliases lead to and those that the ledger knows. What answers and is not listed is a reason
//! to ask again, and then to refuse.
//!
//! Likewise for the number of documents: what a collection says of itself is held against a search
//! and, where it is none, against the ledger.
//!
//! Never changes anything. All of `manage` reads lists here.

use std::time::Duration;

use super::{ManageError, Manager, names};
use crate::search::{Alias, Collection, SearchError};
use crate::store::Ledger;

/// How often a contradiction is looked at again before it is believed.
const REPEATS: u32 = 3;
/// ServerLists that lack something else each time: others are at work.
const MOST_LOOKS: u32 = 20;
/// Before the first repetition; doubled with each.
const PAUSE: Duration = Duration::from_millis(250);

/// Everything that the server has.
pub(super) struct ServerLists {
    pub aliases: Vec<Alias>,
    pub collections: Vec<Collection>,
}

/// Counts how often the same contradiction was seen.
#[derive(Default)]
struct ListRetries {
    left_out: String,
    seen: u32,
    looks: u32,
}

impl ListRetries {
    /// Waits before another look, or refuses.
    async fn wait(&mut self, list: &'static str, left_out: String) -> Result<(), ManageError> {
        if self.left_out != left_out {
            self.left_out.clone_from(&left_out);
            self.seen = 0;
        }
        if self.seen >= REPEATS || self.looks >= MOST_LOOKS {
            return Err(ManageError::ShortList { list, left_out });
        }
        tokio::time::sleep(PAUSE * 2_u32.pow(self.seen)).await;
        self.seen += 1;
        self.looks += 1;
        Ok(())
    }
}

impl Manager {
    /// All aliases and all collections.
    ///
    /// # Errors
    ///
    /// [`ManageError::ShortList`] where one of them lacks what the server has.
    pub(super) async fn fetch_lists(&self) -> Result<ServerLists, ManageError> {
        let aliases = self.fetch_aliases(&[]).await?;
        let collections = self.fetch_collections(&aliases).await?;
        let bases: Vec<&str> = collections
            .iter()
            .filter_map(|collection| base(&collection.name))
            .collect();
        Ok(ServerLists {
            aliases: self.fetch_aliases(&bases).await?,
            collections,
        })
    }

    /// All aliases. Those of these names, and those that the ledger has moved, are asked for
    /// one by one where the list lacks them.
    pub(super) async fn fetch_aliases(&self, suspects: &[&str]) -> Result<Vec<Alias>, ManageError> {
        let switches = self.read_switches().await?;
        let moved = switches.iter().flat_map(|switch| &switch.aliases);
        let mut names: Vec<&str> = moved.map(String::as_str).collect();
        names.extend(suspects);
        names.sort_unstable();
        names.dedup();
        let mut patience = ListRetries::default();
        'look: loop {
            let aliases = self.workspace.search.list_aliases().await?;
            for name in &names {
                if aliases.iter().any(|alias| alias.name == *name) {
                    continue;
                }
                if let Some(alias) = known(self.workspace.search.fetch_alias(name).await)? {
                    let left_out = format!(
                        "`{name}`, which points at `{}` when requested by name",
                        alias.collection_name
                    );
                    patience.wait("aliases", left_out).await?;
                    continue 'look;
                }
            }
            return Ok(aliases);
        }
    }

    /// All collections. Those that these aliases lead to, and those that the ledger knows, are
    /// asked for one by one where the list lacks them.
    pub(super) async fn fetch_collections(
        &self,
        aliases: &[Alias],
    ) -> Result<Vec<Collection>, ManageError> {
        let mut names = match Ledger::open_to_look(&self.workspace.home).await? {
            Some(ledger) => {
                ledger
                    .collection_names(self.workspace.search.identity())
                    .await?
            }
            None => Vec::new(),
        };
        names.extend(aliases.iter().map(|alias| alias.collection_name.clone()));
        // No collection can have these names, but a foreign alias may lead there.
        names.retain(|name| !matches!(name.as_str(), "" | "." | ".."));
        names.sort_unstable();
        names.dedup();
        let mut patience = ListRetries::default();
        'look: loop {
            let collections = self.workspace.search.list_collections().await?;
            for name in &names {
                if collections.iter().any(|one| one.name == *name) {
                    continue;
                }
                let found = known(self.workspace.search.fetch_collection(name).await)?;
                if found.is_some_and(|found| found.name == *name) {
                    let left_out = format!("`{name}`, which exists when requested by name");
                    patience.wait("collections", left_out).await?;
                    continue 'look;
                }
            }
            return Ok(collections);
        }
    }

    /// The names of the aliases that lead to a collection, in their order.
    pub(super) async fn find_aliases_of(
        &self,
        collection: &str,
    ) -> Result<Vec<String>, ManageError> {
        let mut names = Vec::new();
        let suspects = [collection, names::split(collection).0];
        for alias in self.fetch_aliases(&suspects).await? {
            // A collection of the same name comes first, and the alias leads nowhere.
            if alias.collection_name == collection
                && self.find_exact_collection(&alias.name).await?.is_none()
            {
                names.push(alias.name);
            }
        }
        names.sort();
        Ok(names)
    }

    /// How many documents a collection holds, as several questions agree. Asked before it is
    /// deleted or copied.
    ///
    /// # Errors
    ///
    /// [`ManageError::Miscounted`] where a search finds more than the collection says, and where it
    /// says none and the ledger knows of some.
    pub(super) async fn count_documents(
        &self,
        collection: &Collection,
    ) -> Result<u64, ManageError> {
        let name = &collection.name;
        let refused = |said: u64, why: String| ManageError::Miscounted {
            name: name.clone(),
            said,
            why,
        };
        let mut before = collection.num_documents;
        for repeat in 0..=REPEATS {
            let found = self.workspace.search.count_by_search(name).await?;
            // Counted after the search: what somebody adds meanwhile is no contradiction.
            let after = self.workspace.search.count_documents(name).await?;
            let said = before.max(after);
            if found > said {
                if repeat == REPEATS {
                    return Err(refused(said, format!("a search finds {found}")));
                }
                before = after;
                tokio::time::sleep(PAUSE * 2_u32.pow(repeat)).await;
                continue;
            }
            let known = if said == 0 {
                self.count_in_ledger(name).await?
            } else {
                0
            };
            if known > 0 {
                return Err(refused(said, format!("the ledger records {known}")));
            }
            return Ok(said);
        }
        Ok(before)
    }

    /// How many documents, or at least projects, the ledger knows in a collection.
    async fn count_in_ledger(&self, name: &str) -> Result<u64, ManageError> {
        let Some(ledger) = Ledger::open_to_look(&self.workspace.home).await? else {
            return Ok(0);
        };
        let Some(id) = ledger
            .known_collection(self.workspace.search.identity(), name)
            .await?
        else {
            return Ok(0);
        };
        Ok(match ledger.collection_record(id).await?.documents {
            Some(documents) => documents,
            None => ledger.written_summaries(id).await?.len() as u64,
        })
    }
}

/// The name of a version without its number: the alias that is to be expected.
fn base(collection: &str) -> Option<&str> {
    let (base, version) = names::split(collection);
    (version > 0).then_some(base)
}

/// A key that may see lists only proves nothing about single names.
fn known<T>(answer: Result<Option<T>, SearchError>) -> Result<Option<T>, SearchError> {
    match answer {
        Err(error) if error.is_unauthorized() => Ok(None),
        answer => answer,
    }
}
