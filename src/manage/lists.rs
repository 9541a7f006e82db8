//! Lists of aliases and collections, and document counts, cross-checked before they are trusted.
//!
//! A list may be valid JSON and still be incomplete, because a node lags behind or a load balancer
//! serves an old copy. So entries that are expected are requested by name: the alias `plone` if
//! there is a `plone-1`, the aliases that rebuilds have moved, the collections that aliases point
//! to, and those that the ledger records. If one exists and is not listed, the list is fetched
//! again; after several attempts it is an error.
//!
//! Likewise, the document count of a collection is compared with the hits of a search and, if it is
//! 0, with the ledger.
//!
//! Only reads. All of `manage` fetches its lists here.

use std::time::Duration;

use super::{ManageError, Manager, names};
use crate::search::{Alias, Collection, SearchError};
use crate::store::Ledger;

/// How often the same contradiction is checked again before it is an error.
const REPEATS: u32 = 3;
/// The same for lists that lack another entry each time, because other programs make changes.
const MOST_LOOKS: u32 = 20;
/// The pause before the first repetition; doubles with each.
const PAUSE: Duration = Duration::from_millis(250);

/// All aliases and collections of a server.
pub(super) struct ServerLists {
    pub aliases: Vec<Alias>,
    pub collections: Vec<Collection>,
}

/// Counts how often the same entry was missing.
#[derive(Default)]
struct ListRetries {
    left_out: String,
    seen: u32,
    looks: u32,
}

impl ListRetries {
    /// Waits before the list is fetched again; fails after too many attempts.
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
    /// Fetches all aliases and all collections.
    ///
    /// # Errors
    ///
    /// [`ManageError::ShortList`] if a list lacks an entry that exists.
    pub(super) async fn fetch_lists(&self) -> Result<ServerLists, ManageError> {
        let aliases = self.fetch_aliases(&[]).await?;
        let collections = self.fetch_collections(&aliases).await?;
        let expected: Vec<&str> = collections
            .iter()
            .filter_map(|collection| expected_alias(&collection.name))
            .collect();
        Ok(ServerLists {
            aliases: self.fetch_aliases(&expected).await?,
            collections,
        })
    }

    /// Fetches all aliases. The `expected` ones, and those that rebuilds have moved, are requested
    /// by name if the list lacks them.
    pub(super) async fn fetch_aliases(&self, expected: &[&str]) -> Result<Vec<Alias>, ManageError> {
        let switches = self.read_switches().await?;
        let moved = switches.iter().flat_map(|switch| &switch.aliases);
        let mut names: Vec<&str> = moved.map(String::as_str).collect();
        names.extend(expected);
        names.sort_unstable();
        names.dedup();
        let mut retries = ListRetries::default();
        'fetch: loop {
            let aliases = self.workspace.search.list_aliases().await?;
            for name in &names {
                if aliases.iter().any(|alias| alias.name == *name) {
                    continue;
                }
                if let Some(alias) =
                    none_if_unauthorized(self.workspace.search.fetch_alias(name).await)?
                {
                    let left_out = format!(
                        "`{name}`, which points at `{}` when requested by name",
                        alias.collection_name
                    );
                    retries.wait("aliases", left_out).await?;
                    continue 'fetch;
                }
            }
            return Ok(aliases);
        }
    }

    /// Fetches all collections. Those that these aliases point to, and those that the ledger
    /// records, are requested by name if the list lacks them.
    pub(super) async fn fetch_collections(
        &self,
        aliases: &[Alias],
    ) -> Result<Vec<Collection>, ManageError> {
        let mut names = match Ledger::open_to_look(&self.workspace.home).await? {
            Some(ledger) => {
                ledger
                    .read_collection_names(self.workspace.search.identity())
                    .await?
            }
            None => Vec::new(),
        };
        names.extend(aliases.iter().map(|alias| alias.collection_name.clone()));
        // No collection can have these names, but an alias made elsewhere may point to them.
        names.retain(|name| !matches!(name.as_str(), "" | "." | ".."));
        names.sort_unstable();
        names.dedup();
        let mut retries = ListRetries::default();
        'fetch: loop {
            let collections = self.workspace.search.list_collections().await?;
            for name in &names {
                if collections.iter().any(|one| one.name == *name) {
                    continue;
                }
                let found =
                    none_if_unauthorized(self.workspace.search.fetch_collection(name).await)?;
                if found.is_some_and(|found| found.name == *name) {
                    let left_out = format!("`{name}`, which exists when requested by name");
                    retries.wait("collections", left_out).await?;
                    continue 'fetch;
                }
            }
            return Ok(collections);
        }
    }

    /// Fetches the names of the aliases that point to a collection, sorted.
    pub(super) async fn find_aliases_of(
        &self,
        collection: &str,
    ) -> Result<Vec<String>, ManageError> {
        let mut names = Vec::new();
        let expected = [collection, names::split(collection).0];
        for alias in self.fetch_aliases(&expected).await? {
            // A collection of the same name takes precedence over the alias.
            if alias.collection_name == collection
                && self.find_exact_collection(&alias.name).await?.is_none()
            {
                names.push(alias.name);
            }
        }
        names.sort();
        Ok(names)
    }

    /// Counts the documents of a collection in several ways, before it is deleted or copied.
    ///
    /// # Errors
    ///
    /// [`ManageError::Miscounted`] if a search finds more than the collection reports, or if it
    /// reports none although the ledger records some.
    pub(super) async fn count_documents(
        &self,
        collection: &Collection,
    ) -> Result<u64, ManageError> {
        let name = &collection.name;
        let miscounted = |reported: u64, why: String| ManageError::Miscounted {
            name: name.clone(),
            said: reported,
            why,
        };
        let mut before = collection.num_documents;
        for repeat in 0..=REPEATS {
            let found = self.workspace.search.count_by_search(name).await?;
            // Counted after the search, so that documents added meanwhile are no contradiction.
            let after = self.workspace.search.count_documents(name).await?;
            let reported = before.max(after);
            if found > reported {
                if repeat == REPEATS {
                    return Err(miscounted(reported, format!("a search finds {found}")));
                }
                before = after;
                tokio::time::sleep(PAUSE * 2_u32.pow(repeat)).await;
                continue;
            }
            let recorded = if reported == 0 {
                self.count_in_ledger(name).await?
            } else {
                0
            };
            if recorded > 0 {
                return Err(miscounted(
                    reported,
                    format!("the ledger records {recorded}"),
                ));
            }
            return Ok(reported);
        }
        Ok(before)
    }

    /// How many documents the ledger records for a collection; the number of projects, if it has no
    /// document count.
    async fn count_in_ledger(&self, name: &str) -> Result<u64, ManageError> {
        let Some(ledger) = Ledger::open_to_look(&self.workspace.home).await? else {
            return Ok(0);
        };
        let server = self.workspace.search.identity();
        let mut count = 0;
        for id in ledger.find_collections(server, name).await?.into_values() {
            count += match ledger.read_collection_record(id).await?.documents {
                Some(documents) => documents,
                None => ledger.read_written_summaries(id).await?.len() as u64,
            };
        }
        Ok(count)
    }
}

/// The alias that a versioned collection is expected to have: its name without the version.
fn expected_alias(collection: &str) -> Option<&str> {
    let (base, version) = names::split(collection);
    (version > 0).then_some(base)
}

/// An API key that may only list entries cannot be used for the check, so the list is trusted.
fn none_if_unauthorized<T>(
    found: Result<Option<T>, SearchError>,
) -> Result<Option<T>, SearchError> {
    match found {
        Err(error) if error.is_unauthorized() => Ok(None),
        other => other,
    }
}
