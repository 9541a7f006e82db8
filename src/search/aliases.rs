//! Aliases: names that point to a collection and can be moved in one step.

use reqwest::Method;
use serde::Deserialize;

use super::call::{Call, segment};
use super::error::optional;
use super::nodes::Nodes;
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
    pub async fn alias(&self, name: &str) -> Result<Option<Alias>, SearchError> {
        let doing = format!("read the alias `{name}`");
        let call = Call::new(Method::GET, path(name, &doing)?, doing.clone());
        let alias: Option<Alias> = optional(self.nodes.read(call).await)?;
        match alias {
            Some(other) if other.name != name => Err(SearchError::Broken {
                doing,
                why: format!("the server answers with the alias `{}`", other.name),
            }),
            alias => Ok(alias),
        }
    }

    /// All aliases, also those that only some nodes of a cluster know of yet.
    pub async fn aliases(&self) -> Result<Vec<Alias>, SearchError> {
        #[derive(Deserialize)]
        struct Aliases {
            aliases: Vec<Alias>,
        }
        let doing = "list the aliases".to_owned();
        let call = Call::new(Method::GET, "/aliases".to_owned(), doing);
        let mut aliases: Vec<Alias> = Vec::new();
        for list in self.nodes.read_all::<Aliases>(&call).await? {
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
        let doing = format!("point the alias `{name}` to `{collection}`");
        let call = Call::new(Method::PUT, path(name, &doing)?, doing)
            .json(&serde_json::json!({ "collection_name": collection }))?;
        self.nodes.send(&call).await?;
        Ok(())
    }

    /// Deletes the alias and leaves the collection; false where there was none.
    pub async fn delete_alias(&self, name: &str) -> Result<bool, SearchError> {
        let doing = format!("delete the alias `{name}`");
        let call = Call::new(Method::DELETE, path(name, &doing)?, doing);
        Ok(optional(self.nodes.send(&call).await)?.is_some())
    }
}

/// Holds that an answer about `asked` may be about the collection `answered`: it has that name, or
/// an alias leads there, as at least one node says.
pub(super) async fn leads_to(
    nodes: &Nodes,
    asked: &str,
    answered: &str,
) -> Result<bool, SearchError> {
    if asked == answered {
        return Ok(true);
    }
    let doing = format!("read the alias `{asked}`");
    let call = Call::new(Method::GET, path(asked, &doing)?, doing);
    match nodes.read_all::<Alias>(&call).await {
        Ok(aliases) => Ok(aliases
            .iter()
            .any(|alias| alias.name == asked && alias.collection_name == answered)),
        Err(SearchError::NotFound { .. }) => Ok(false),
        // A key for collections alone cannot tell.
        Err(SearchError::Unauthorized { .. }) => Ok(true),
        Err(error) => Err(error),
    }
}

fn path(name: &str, doing: &str) -> Result<String, SearchError> {
    Ok(format!("/aliases/{}", segment(name, doing)?))
}
