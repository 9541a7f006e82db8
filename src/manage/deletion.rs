//! Deletes collections.

use serde::Serialize;

use super::{ManageError, Manager, unfinished};
use crate::store::{Ledger, since_file};

/// A collection that is to go, and what goes with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deletion {
    /// Real name.
    pub collection: String,
    pub documents: u64,
    /// Aliases that would lead nowhere.
    pub aliases: Vec<String>,
    /// What was begun with it and not finished.
    pub unfinished: Option<String>,
}

impl Manager {
    /// What deleting a collection means.
    ///
    /// # Errors
    ///
    /// [`ManageError::IsAlias`] where an alias was named: the server would delete the collection
    /// behind it and leave the alias.
    pub async fn plan_deletion(&self, name: &str) -> Result<Deletion, ManageError> {
        let collection = self.collection(name).await?;
        if collection.name != name {
            return Err(ManageError::IsAlias {
                name: name.to_owned(),
                instead: format!(
                    "to delete the collection itself, run `pyfa manage delete {}`",
                    collection.name
                ),
                collection: collection.name,
            });
        }
        Ok(Deletion {
            aliases: self.find_aliases_of(name).await?,
            unfinished: unfinished(&self.read_switches().await?, name),
            documents: self.count_documents(&collection).await?,
            collection: collection.name,
        })
    }

    /// Deletes the collection, once nobody writes it, and forgets what is known of it.
    pub async fn delete_collection(&self, deletion: &Deletion) -> Result<(), ManageError> {
        let name = &deletion.collection;
        let _locks = self.lock([name.as_str()]).await?;
        // More of either than the user has confirmed?
        let now = self.plan_deletion(name).await?;
        if now.aliases != deletion.aliases || now.documents > deletion.documents {
            return Err(ManageError::Changed { name: name.clone() });
        }
        self.workspace.search.delete_collection(name).await?;
        self.forget(name).await
    }

    /// Forgets what is known of a collection that is gone.
    pub async fn forget(&self, name: &str) -> Result<(), ManageError> {
        since_file::remove(&self.since_file, name)?;
        let (ledger, _) = Ledger::open(&self.workspace.home).await?;
        let server = self.workspace.search.identity();
        ledger.forget_collection(server, name).await?;
        for switch in ledger.switches(server).await? {
            if switch.source == *name || switch.target == *name {
                ledger.forget_switch(server, &switch.target).await?;
            }
        }
        ledger.close().await;
        Ok(())
    }
}
