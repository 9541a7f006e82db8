//! Deletes collections, and the records of deleted ones.

use serde::Serialize;

use super::{ManageError, Manager, unfinished};
use crate::store::since_file;

/// A plan to delete a collection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deletion {
    /// The collection's own name.
    pub collection: String,
    pub documents: u64,
    /// Aliases that would point to nothing.
    pub aliases: Vec<String>,
    /// An interrupted rebuild or rollback.
    pub unfinished: Option<String>,
}

impl Manager {
    /// Plans to delete a collection.
    ///
    /// # Errors
    ///
    /// [`ManageError::IsAlias`] for an alias: the server would delete its collection and keep the
    /// alias.
    pub async fn plan_deletion(&self, name: &str) -> Result<Deletion, ManageError> {
        let collection = self.fetch_collection(name).await?;
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

    /// Deletes the collection under its writer lock, and the local records of it.
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

    /// Deletes the ledger and since-file records of a collection that no longer exists.
    pub async fn forget(&self, name: &str) -> Result<(), ManageError> {
        since_file::remove(&self.since_file, name)?;
        let server = self.workspace.search.identity();
        self.with_ledger(async |ledger| {
            ledger.forget_collection(server, name).await?;
            for switch in ledger.read_switches(server).await? {
                if switch.source == *name || switch.target == *name {
                    ledger.forget_switch(server, &switch.target).await?;
                }
            }
            Ok(())
        })
        .await
    }
}
