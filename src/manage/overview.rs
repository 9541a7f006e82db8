//! Overviews of collections and aliases, with document counts, high-water marks and interrupted
//! rebuilds.
//!
//! Only reads.

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::lists::ServerLists;
use super::{ManageError, Manager, unfinished};
use crate::model::RegistryKind;
use crate::search::{Collection, ServerState};
use crate::store::{Ledger, since_file};

/// All collections of a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overview {
    /// Address of the server, or of all nodes of the cluster.
    pub address: String,
    pub server: ServerState,
    /// By name.
    pub collections: Vec<CollectionSummary>,
    /// Names of aliases whose collection does not exist.
    pub dangling: Vec<String>,
}

/// One collection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CollectionSummary {
    /// The collection's own name.
    pub name: String,
    /// Aliases that point to it.
    pub aliases: Vec<String>,
    pub documents: u64,
    /// Number of projects; `None` if the collection does not hold packages.
    pub projects: Option<u64>,
    /// Number of releases; `None` if the collection does not hold packages.
    pub releases: Option<u64>,
    /// Unix seconds; older servers set it again when they start.
    pub created_at: i64,
    /// The high-water mark: the serial up to which the collection is complete.
    pub mark: Option<u64>,
    /// When that run ended, if the since-file has a line for the collection.
    #[serde(serialize_with = "as_text")]
    pub marked_at: Option<jiff::Timestamp>,
    /// An interrupted rebuild or rollback.
    pub unfinished: Option<String>,
}

/// One alias.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AliasSummary {
    pub name: String,
    /// Own name of the collection that it points to.
    pub collection: String,
    /// How many documents that collection has; `None` if it does not exist.
    pub documents: Option<u64>,
}

impl Manager {
    /// Lists all collections, with their marks from the since-file and the ledger.
    pub async fn read_overview(&self) -> Result<Overview, ManageError> {
        let ServerLists {
            aliases,
            mut collections,
        } = self.fetch_lists().await?;
        collections.sort_by(|one, other| one.name.cmp(&other.name));
        let mut dangling: Vec<String> = aliases
            .iter()
            .filter(|alias| {
                !collections
                    .iter()
                    .any(|collection| collection.name == alias.collection_name)
            })
            .map(|alias| alias.name.clone())
            .collect();
        dangling.sort();
        // A collection of the same name takes precedence over an alias.
        let shadowed: Vec<String> = aliases
            .iter()
            .filter(|alias| collections.iter().any(|one| one.name == alias.name))
            .map(|alias| alias.name.clone())
            .collect();
        let switches = self.read_switches().await?;
        let ledger = Ledger::open_to_look(&self.workspace.home).await?;
        let mut summaries = Vec::with_capacity(collections.len());
        for collection in collections {
            let mut names: Vec<String> = aliases
                .iter()
                .filter(|alias| alias.collection_name == collection.name)
                .filter(|alias| !shadowed.contains(&alias.name))
                .map(|alias| alias.name.clone())
                .collect();
            names.sort();
            // Another program's collection may have fields of these names with other types.
            let projects = self.count_projects(&collection).await.unwrap_or_default();
            // An unreadable since-file must not fail the whole list.
            let mark =
                since_file::read(&self.since_file, &collection.name, RegistryKind::default())
                    .unwrap_or_default();
            let baseline = match &ledger {
                Some(ledger) => self.read_baseline(ledger, &collection.name).await?,
                None => None,
            };
            summaries.push(CollectionSummary {
                aliases: names,
                documents: collection.num_documents,
                projects,
                releases: projects.map(|_| collection.num_documents),
                created_at: collection.created_at,
                mark: mark.as_ref().map(|mark| mark.serial).or(baseline),
                marked_at: mark.map(|mark| mark.time),
                unfinished: unfinished(&switches, &collection.name),
                name: collection.name,
            });
        }
        // An API key may be allowed to list collections but not to read the server's state.
        let server = self
            .workspace
            .search
            .fetch_server_state()
            .await
            .unwrap_or_default();
        Ok(Overview {
            address: self.workspace.search.address().to_owned(),
            server,
            collections: summaries,
            dangling,
        })
    }

    /// The names of all aliases, sorted.
    ///
    /// # Errors
    ///
    /// [`ManageError::ShortList`] where the list lacks an alias that exists.
    pub async fn list_alias_names(&self) -> Result<Vec<String>, ManageError> {
        let aliases = self.fetch_lists().await?.aliases.into_iter();
        let mut names: Vec<String> = aliases.map(|alias| alias.name).collect();
        names.sort_unstable();
        Ok(names)
    }

    /// The names of all collections, sorted; aliases are left out.
    ///
    /// # Errors
    ///
    /// [`ManageError::ShortList`] where the list lacks a collection that exists.
    pub async fn list_collection_names(&self) -> Result<Vec<String>, ManageError> {
        let collections = self.fetch_lists().await?.collections.into_iter();
        let mut names: Vec<String> = collections.map(|collection| collection.name).collect();
        names.sort_unstable();
        Ok(names)
    }

    /// Lists the names that front ends and commands use for the collections: the aliases of each,
    /// or its own name if it has none.
    pub async fn list_usable_names(&self) -> Result<Vec<String>, ManageError> {
        let ServerLists {
            aliases,
            collections,
        } = self.fetch_lists().await?;
        let mut names: Vec<String> = aliases
            .iter()
            .filter(|alias| {
                collections
                    .iter()
                    .any(|collection| collection.name == alias.collection_name)
            })
            .map(|alias| alias.name.clone())
            .collect();
        let is_named = |name: &str| aliases.iter().any(|alias| alias.collection_name == name);
        names.extend(
            collections
                .into_iter()
                .map(|collection| collection.name)
                .filter(|name| !is_named(name)),
        );
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// Lists all aliases, by name.
    pub async fn list_aliases(&self) -> Result<Vec<AliasSummary>, ManageError> {
        let ServerLists {
            aliases,
            collections,
        } = self.fetch_lists().await?;
        let mut summaries: Vec<AliasSummary> = aliases
            .into_iter()
            .map(|alias| AliasSummary {
                documents: collections
                    .iter()
                    .find(|collection| collection.name == alias.collection_name)
                    .map(|collection| collection.num_documents),
                name: alias.name,
                collection: alias.collection_name,
            })
            .collect();
        summaries.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(summaries)
    }

    /// Counts the projects of a collection; `None` if it does not hold packages.
    async fn count_projects(&self, collection: &Collection) -> Result<Option<u64>, ManageError> {
        let has = |name: &str| collection.fields.iter().any(|field| field.name == name);
        if !(has("name") && has("name_sortable") && has("version")) {
            return Ok(None);
        }
        if collection.num_documents == 0 {
            return Ok(Some(0));
        }
        let mut parameters = vec![
            ("q", "*".to_owned()),
            ("query_by", "name".to_owned()),
            ("per_page", "0".to_owned()),
        ];
        let count_hits = async |parameters: &[(&str, String)]| {
            let answer = self
                .workspace
                .search
                .search(&collection.name, parameters)
                .await?;
            Ok::<_, ManageError>(answer.get("found").and_then(Value::as_u64))
        };
        if has("is_latest") {
            let mut latest = parameters.clone();
            latest.push(("filter_by", "is_latest:=true".to_owned()));
            let count = count_hits(&latest).await?;
            if count > Some(0) {
                return Ok(count);
            }
        }
        // Documents of older programs have no `is_latest`.
        parameters.push(("group_by", "name_sortable".to_owned()));
        count_hits(&parameters).await
    }

    /// Reads a collection's baseline serial from the ledger.
    async fn read_baseline(
        &self,
        ledger: &Ledger,
        collection: &str,
    ) -> Result<Option<u64>, ManageError> {
        let server = self.workspace.search.identity();
        let recorded = ledger.find_collections(server, collection).await?;
        let Some(id) = recorded.get(&RegistryKind::default()) else {
            return Ok(None);
        };
        let baseline = ledger.read_collection_record(*id).await?.baseline;
        Ok(baseline.map(|baseline| baseline.serial))
    }
}

/// Serializes a time as RFC 3339.
#[expect(clippy::ref_option, reason = "serde passes the field as it is")]
fn as_text<S: Serializer>(time: &Option<jiff::Timestamp>, to: S) -> Result<S::Ok, S::Error> {
    time.map(|time| time.to_string()).serialize(to)
}
