//! Fills a plain collection from another one: a snapshot, or a copy to go on with.
//!
//! No alias is touched, and the copy may be repeated: afterwards both are equal again.

use serde::Serialize;

use super::copy::{Copied, Surplus};
use super::{ManageError, Manager};
use crate::search::{Collection, NewCollection, schema};
use crate::store::Ledger;
use crate::store::ledger::CollectionIdentity;
use crate::store::since_file::{self, Mark};

/// A copy that is to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Migration {
    /// Real name of the collection that is read.
    pub source: String,
    pub documents: u64,
    /// Real name of the collection that is filled.
    pub target: String,
    /// Whether it has to be created.
    pub is_new: bool,
    /// Documents that only the target has, which would be deleted.
    pub to_delete: u64,
}

/// A copy that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Migrated {
    pub source: String,
    pub target: String,
    pub is_new: bool,
    pub deleted: u64,
    #[serde(flatten)]
    pub copied: Copied,
}

impl Manager {
    /// What copying `source` to `target` means.
    ///
    /// # Errors
    ///
    /// [`ManageError::IsAlias`] where the target is an alias, [`ManageError::Schema`] where it
    /// cannot hold our documents.
    pub async fn migration(&self, source: &str, target: &str) -> Result<Migration, ManageError> {
        let source = self.collection(source).await?;
        let there = self.search.collection(target).await?;
        if let Some(there) = &there {
            if there.name != target {
                return Err(ManageError::IsAlias {
                    name: target.to_owned(),
                    collection: there.name.clone(),
                    instead: "name the collection itself, or a new one".to_owned(),
                });
            }
            if there.name == source.name {
                return Err(ManageError::Same { name: source.name });
            }
            fits(there)?;
        } else if let Some(alias) = self.search.alias(target).await? {
            return Err(ManageError::IsAlias {
                name: target.to_owned(),
                collection: alias.collection_name,
                instead: "name a new collection".to_owned(),
            });
        }
        let to_delete = match &there {
            Some(there) if there.num_documents > 0 => self.surplus(&source, there).await?,
            _ => 0,
        };
        Ok(Migration {
            source: source.name,
            documents: source.num_documents,
            target: target.to_owned(),
            is_new: there.is_none(),
            to_delete,
        })
    }

    /// Makes the copy. Documents that only the target has go if the plan says that there are some.
    pub async fn migrate(&self, plan: &Migration) -> Result<Migrated, ManageError> {
        let (source, target) = (plan.source.as_str(), plan.target.as_str());
        let mut names = [source, target];
        names.sort_unstable();
        let _locks = self.lock(names).await?;
        let now = self.migration(source, target).await?;
        if now.to_delete > plan.to_delete {
            return Err(ManageError::Changed {
                name: target.to_owned(),
            });
        }
        let collection = self.collection(source).await?;
        let copy = if now.is_new {
            let like = NewCollection::like(target, &collection);
            self.search.create_collection(&like).await?
        } else {
            let there = self.collection(target).await?;
            let missing = schema::compare(&there).missing;
            if missing.is_empty() {
                there
            } else {
                self.search.add_fields(target, &missing).await?;
                self.collection(target).await?
            }
        };
        let surplus = if plan.to_delete > 0 || plan.is_new {
            Surplus::Delete
        } else {
            Surplus::Refuse
        };
        let copied = self.copy(&collection, &copy, surplus).await?;
        self.inherit(source, &copy)?;
        Ok(Migrated {
            source: source.to_owned(),
            target: target.to_owned(),
            is_new: plan.is_new,
            deleted: now.to_delete,
            copied,
        })
    }

    /// How many documents only `target` has.
    async fn surplus(&self, source: &Collection, target: &Collection) -> Result<u64, ManageError> {
        let shape = super::conform::Shape::of(target);
        let differences = self.differences(&source.name, &target.name, &shape).await?;
        Ok(differences.to_delete.len() as u64)
    }

    /// What ledger and since-file know of `source` is true of its copy as well: a fetch into it
    /// goes on from there.
    pub(super) fn inherit(&self, source: &str, target: &Collection) -> Result<(), ManageError> {
        let (ledger, _) = Ledger::open(&self.home)?;
        let server = self.search.identity();
        if let Some(from) = ledger.known_collection(server, source)? {
            let identity = CollectionIdentity {
                server: server.to_owned(),
                name: target.name.clone(),
                created_at: target.created_at,
            };
            let (to, _) = ledger.collection(&identity)?;
            ledger.copy_collection(from, to)?;
        }
        if let Some(mark) = since_file::read(&self.since_file, source)? {
            let mark = Mark {
                collection: target.name.clone(),
                ..mark
            };
            since_file::write(&self.since_file, &mark)?;
        }
        Ok(())
    }
}

fn fits(collection: &Collection) -> Result<(), ManageError> {
    let conflicts = schema::compare(collection).conflicts;
    if conflicts.is_empty() {
        return Ok(());
    }
    let conflicts: Vec<String> = conflicts.iter().map(ToString::to_string).collect();
    Err(ManageError::Schema {
        collection: collection.name.clone(),
        conflicts: conflicts.join(", "),
    })
}
