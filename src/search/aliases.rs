//! Aliases: names that point to a collection and can be moved in one step.

use serde::Deserialize;

use super::error::none_if_not_found;
use super::failover::Failover;
use super::request::{ApiRequest, alias_path};
use super::{Client, SearchError};

/// A name and the collection it points to; the collection need not exist.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Alias {
    /// What searches use.
    pub name: String,
    /// Real name of the collection.
    pub collection_name: String,
}

impl Client {
    /// The alias of this name, if there is one.
    pub async fn fetch_alias(&self, name: &str) -> Result<Option<Alias>, SearchError> {
        let operation = format!("read the alias `{name}`");
        let request = ApiRequest::get(alias_path(name, &operation)?, operation.clone());
        let alias: Option<Alias> = none_if_not_found(self.api.fetch(request).await)?;
        match alias {
            Some(other) if other.name != name => Err(SearchError::InvalidResponse {
                operation,
                why: format!("the server answers with the alias `{}`", other.name),
            }),
            alias => Ok(alias),
        }
    }

    /// All aliases, also those that only some nodes of a cluster know of yet.
    pub async fn list_aliases(&self) -> Result<Vec<Alias>, SearchError> {
        #[derive(Deserialize)]
        struct Aliases {
            aliases: Vec<Alias>,
        }
        let operation = "list the aliases".to_owned();
        let request = ApiRequest::get("/aliases".to_owned(), operation);
        let mut aliases: Vec<Alias> = Vec::new();
        for list in self.api.fetch_from_all::<Aliases>(&request).await? {
            for alias in list.aliases {
                if !aliases.iter().any(|known| known.name == alias.name) {
                    aliases.push(alias);
                }
            }
        }
        Ok(aliases)
    }

    /// Points `name` to `collection`, whether the alias exists or not; searches see the one or
    /// the other, never neither.
    ///
    /// # Errors
    ///
    /// [`SearchError::Refused`] where `name` is a collection.
    pub async fn set_alias(&self, name: &str, collection: &str) -> Result<(), SearchError> {
        let operation = format!("point the alias `{name}` to `{collection}`");
        let request = ApiRequest::put(alias_path(name, &operation)?, operation)
            .json(&serde_json::json!({ "collection_name": collection }))?;
        self.api.send(&request).await?;
        Ok(())
    }

    /// Deletes the alias and leaves the collection; false where there was none.
    pub async fn delete_alias(&self, name: &str) -> Result<bool, SearchError> {
        let operation = format!("delete the alias `{name}`");
        let request = ApiRequest::delete(alias_path(name, &operation)?, operation);
        Ok(none_if_not_found(self.api.send(&request).await)?.is_some())
    }
}

/// Checks that an answer about the name `asked` may be about the collection `answered`: that is its
/// name, or at least one node says that an alias leads there.
pub(super) async fn check_leads_to(
    api: &Failover,
    asked: &str,
    answered: &str,
) -> Result<bool, SearchError> {
    if asked == answered {
        return Ok(true);
    }
    let operation = format!("read the alias `{asked}`");
    let request = ApiRequest::get(alias_path(asked, &operation)?, operation);
    match api.fetch_from_all::<Alias>(&request).await {
        Ok(aliases) => Ok(aliases
            .iter()
            .any(|alias| alias.name == asked && alias.collection_name == answered)),
        Err(SearchError::NotFound { .. }) => Ok(false),
        // A key for collections alone cannot tell.
        Err(SearchError::Unauthorized { .. }) => Ok(true),
        Err(error) => Err(error),
    }
}
