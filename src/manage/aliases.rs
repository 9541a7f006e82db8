//! Points aliases to collections, and deletes aliases.

use serde::Serialize;

use super::{ManageError, Manager};

/// A plan to create an alias, or to point it to another collection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AliasChange {
    pub alias: String,
    /// The collection's own name, even if an alias of it was given.
    pub collection: String,
    pub documents: u64,
    /// The collection that the alias points to now, if it exists.
    pub before: Option<String>,
    /// How many documents that collection has; `None` if it does not exist.
    pub documents_before: Option<u64>,
}

/// A plan to delete an alias.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AliasDeletion {
    pub alias: String,
    /// The collection that it points to, which stays.
    pub collection: String,
    /// How many documents that collection has; `None` if it does not exist.
    pub documents: Option<u64>,
}

impl Manager {
    /// Plans to point `alias` to `target`.
    ///
    /// # Errors
    ///
    /// [`ManageError::NotThere`] if the target does not exist; [`ManageError::IsCollection`] if a
    /// collection has the name of the alias, which the server would refuse.
    pub async fn plan_alias_change(
        &self,
        alias: &str,
        target: &str,
    ) -> Result<AliasChange, ManageError> {
        // The server does not resolve an alias of an alias.
        let collection = self.fetch_collection(target).await?;
        let existing = self.workspace.search.fetch_collection(alias).await?;
        if existing.as_ref().is_some_and(|found| found.name == alias) {
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
            documents_before: existing.map(|found| found.num_documents),
        })
    }

    /// Points the alias to its collection, if the plan still holds.
    pub async fn set_alias(&self, change: &AliasChange) -> Result<(), ManageError> {
        let now = self.workspace.search.fetch_alias(&change.alias).await?;
        let target_exists = self
            .find_exact_collection(&change.collection)
            .await?
            .is_some();
        if now.map(|alias| alias.collection_name) != change.before || !target_exists {
            return Err(ManageError::Changed {
                name: change.alias.clone(),
            });
        }
        let (alias, collection) = (&change.alias, &change.collection);
        Ok(self.workspace.search.set_alias(alias, collection).await?)
    }

    /// Plans to delete an alias.
    pub async fn plan_alias_deletion(&self, alias: &str) -> Result<AliasDeletion, ManageError> {
        let Some(found) = self.workspace.search.fetch_alias(alias).await? else {
            return Err(ManageError::NoAlias {
                name: alias.to_owned(),
            });
        };
        let target = self
            .workspace
            .search
            .fetch_collection(&found.collection_name)
            .await?;
        Ok(AliasDeletion {
            alias: found.name,
            collection: found.collection_name,
            documents: target.map(|collection| collection.num_documents),
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
