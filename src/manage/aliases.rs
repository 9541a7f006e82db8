//! Points aliases to collections, and deletes them.

use serde::Serialize;

use super::{ManageError, Manager};

/// An alias that is to point somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AliasChange {
    pub alias: String,
    /// The real collection, also where an alias of it was named.
    pub collection: String,
    pub documents: u64,
    /// What the alias points to now.
    pub before: Option<String>,
    /// How many documents are there; `None` where the collection does not exist.
    pub documents_before: Option<u64>,
}

/// An alias that is to go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AliasDeletion {
    pub alias: String,
    /// The collection that stays.
    pub collection: String,
    /// How many documents searches under this name find now; `None` where there is no collection.
    pub documents: Option<u64>,
}

impl Manager {
    /// What pointing `alias` to `target` means.
    ///
    /// # Errors
    ///
    /// [`ManageError::NotThere`] for the target, [`ManageError::IsCollection`] for an alias whose
    /// name a collection bears: the server would refuse that.
    pub async fn plan_alias_change(
        &self,
        alias: &str,
        target: &str,
    ) -> Result<AliasChange, ManageError> {
        // An alias of an alias never leads anywhere.
        let collection = self.collection(target).await?;
        let there = self.workspace.search.fetch_collection(alias).await?;
        if there.as_ref().is_some_and(|there| there.name == alias) {
            let instead = if target == collection.name {
                format!(
                    "choose another name, or run `pyfa manage recreate {alias}` to turn it into a \
                     version with this alias"
                )
            } else {
                format!(
                    "`{target}` is an alias: did you mean `pyfa manage alias add {target} {alias}`?"
                )
            };
            return Err(ManageError::IsCollection {
                name: alias.to_owned(),
                instead,
            });
        }
        self.refuse_half_filled(&collection.name).await?;
        let before = self.workspace.search.fetch_alias(alias).await?;
        Ok(AliasChange {
            alias: alias.to_owned(),
            collection: collection.name,
            documents: collection.num_documents,
            before: before.map(|alias| alias.collection_name),
            documents_before: there.map(|there| there.num_documents),
        })
    }

    /// Points the alias to its collection.
    pub async fn set_alias(&self, change: &AliasChange) -> Result<(), ManageError> {
        let now = self.workspace.search.fetch_alias(&change.alias).await?;
        let is_there = self
            .find_exact_collection(&change.collection)
            .await?
            .is_some();
        if now.map(|alias| alias.collection_name) != change.before || !is_there {
            return Err(ManageError::Changed {
                name: change.alias.clone(),
            });
        }
        let (alias, collection) = (&change.alias, &change.collection);
        Ok(self.workspace.search.set_alias(alias, collection).await?)
    }

    /// What deleting an alias means.
    pub async fn plan_alias_deletion(&self, alias: &str) -> Result<AliasDeletion, ManageError> {
        let Some(found) = self.workspace.search.fetch_alias(alias).await? else {
            return Err(ManageError::NoAlias {
                name: alias.to_owned(),
            });
        };
        let documents = self
            .workspace
            .search
            .fetch_collection(&found.collection_name)
            .await?;
        Ok(AliasDeletion {
            alias: found.name,
            collection: found.collection_name,
            documents: documents.map(|collection| collection.num_documents),
        })
    }

    /// Deletes the alias; the collection stays.
    pub async fn delete_alias(&self, deletion: &AliasDeletion) -> Result<(), ManageError> {
        let now = self.workspace.search.fetch_alias(&deletion.alias).await?;
        if now.is_some_and(|alias| alias.collection_name != deletion.collection) {
            return Err(ManageError::Changed {
                name: deletion.alias.clone(),
            });
        }
        self.workspace.search.delete_alias(&deletion.alias).await?;
        Ok(())
    }
}
