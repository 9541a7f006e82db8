//! What there is: collections with all that is known of them, and aliases.

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::lists::ServerLists;
use super::{ManageError, Manager, unfinished};
use crate::search::{Collection, ServerState};
use crate::store::{Ledger, since_file};

/// Everything on the server that concerns us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overview {
    /// The server, or all nodes of the cluster.
    pub address: String,
    pub server: ServerState,
    /// By name.
    pub collections: Vec<CollectionSummary>,
    /// Aliases that lead nowhere.
    pub dangling: Vec<String>,
}

/// One collection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CollectionSummary {
    /// Real name.
    pub name: String,
    /// The names that lead to it.
    pub aliases: Vec<String>,
    pub documents: u64,
    /// Different packages; `None` where the collection does not hold ours.
    pub projects: Option<u64>,
    /// Releases of packages; `None` where the collection does not hold ours.
    pub releases: Option<u64>,
    /// Unix seconds; older servers date collections anew when they are started.
    pub created_at: i64,
    /// The registry's serial up to which the last complete run has read.
    pub mark: Option<u64>,
    /// When that run ended, where the since-file tells.
    #[serde(serialize_with = "as_text")]
    pub marked_at: Option<jiff::Timestamp>,
    /// A rebuild or rollback of it that was not finished.
    pub unfinished: Option<String>,
}

/// One alias.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AliasSummary {
    pub name: String,
    /// Real name of the collection that it points to.
    pub collection: String,
    /// How many documents are there; `None` where the collection does not exist.
    pub documents: Option<u64>,
}

impl Manager {
    /// ServerLists all collections.
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
        // A collection of the same name comes first.
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
            // Somebody else's collection may bear our names and other types.
            let projects = self.projects(&collection).await.unwrap_or_default();
            // An unreadable file costs a column, not the list.
            let mark = since_file::read(&self.since_file, &collection.name).unwrap_or_default();
            let baseline = match &ledger {
                Some(ledger) => self.baseline(ledger, &collection.name).await?,
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
        // A key that may not ask for the server's state may still list its collections.
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

    /// A name for each collection that front ends and commands can use: the aliases where there
    /// are some, else its own.
    pub async fn usable_names(&self) -> Result<Vec<String>, ManageError> {
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

    /// ServerLists all aliases, by name.
    pub async fn aliases(&self) -> Result<Vec<AliasSummary>, ManageError> {
        let ServerLists {
            aliases,
            collections,
        } = self.fetch_lists().await?;
        let mut aliases: Vec<AliasSummary> = aliases
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
        aliases.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(aliases)
    }

    /// How many packages a collection holds; `None` where it is none of ours.
    async fn projects(&self, collection: &Collection) -> Result<Option<u64>, ManageError> {
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
        let found = async |parameters: &[(&str, String)]| {
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
            let found = found(&latest).await?;
            if found > Some(0) {
                return Ok(found);
            }
        }
        // Documents of another writer have no such flag.
        parameters.push(("group_by", "name_sortable".to_owned()));
        found(&parameters).await
    }

    /// The mark of a collection as the ledger has it.
    async fn baseline(
        &self,
        ledger: &Ledger,
        collection: &str,
    ) -> Result<Option<u64>, ManageError> {
        let Some(id) = ledger
            .known_collection(self.workspace.search.identity(), collection)
            .await?
        else {
            return Ok(None);
        };
        let baseline = ledger.collection_record(id).await?.baseline;
        Ok(baseline.map(|baseline| baseline.serial))
    }
}

/// As RFC 3339 has it.
#[expect(clippy::ref_option, reason = "serde passes the field as it is")]
fn as_text<S: Serializer>(time: &Option<jiff::Timestamp>, to: S) -> Result<S::Ok, S::Error> {
    time.map(|time| time.to_string()).serialize(to)
}
