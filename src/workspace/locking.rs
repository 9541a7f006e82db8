//! Locks a collection against other writers: the name that was given, and the collection's own.
//!
//! Two aliases of one collection must not admit two writers, so the collection itself is locked
//! too. While a command waits for that lock, another one may rebuild the collection and move the
//! alias, so the name is resolved again afterwards.

use super::{Workspace, WorkspaceError};
use crate::search::Collection;
use crate::store::lock::{self, Acquired, CollectionLock, Holder};

/// A collection that no other command writes to until this is dropped.
#[derive(Debug)]
pub struct LockedCollection {
    pub collection: Collection,
    _locks: Vec<CollectionLock>,
}

impl Workspace {
    /// Takes the lock of one name; waits while a different command holds it.
    ///
    /// # Errors
    ///
    /// [`WorkspaceError::Locked`] if the same command holds it, or another one holds it for longer
    /// than [`lock::PATIENCE`].
    pub async fn lock_name(
        &self,
        name: &str,
        command: &str,
    ) -> Result<CollectionLock, WorkspaceError> {
        let report = |holder: &Holder| {
            let who = &holder.description;
            self.progress
                .note(&format!("waiting for {who}, which has locked `{name}`"));
        };
        let server = self.search.identity();
        let patience = lock::PATIENCE;
        match lock::acquire(&self.home, server, name, command, patience, report).await? {
            Acquired::Lock(lock) => Ok(lock),
            Acquired::Held(holder) => Err(WorkspaceError::Locked {
                name: name.to_owned(),
                holder: holder.description,
            }),
        }
    }

    /// Takes the locks of several names in the order given. Every writer locks an alias before the
    /// collection behind it.
    ///
    /// # Errors
    ///
    /// Those of [`Workspace::lock_name`]; the locks taken so far are released.
    pub async fn lock_names<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str>,
        command: &str,
    ) -> Result<Vec<CollectionLock>, WorkspaceError> {
        let mut locked: Vec<&str> = Vec::new();
        let mut locks = Vec::new();
        for name in names {
            if !locked.contains(&name) {
                locks.push(self.lock_name(name, command).await?);
                locked.push(name);
            }
        }
        Ok(locks)
    }

    /// Locks `target` and the collection behind it, which `find` resolves or creates.
    ///
    /// # Errors
    ///
    /// Those of [`Workspace::lock_name`], and of `find`.
    pub async fn lock_target<E: From<WorkspaceError>>(
        &self,
        target: &str,
        command: &str,
        mut find: impl AsyncFnMut() -> Result<Collection, E>,
    ) -> Result<LockedCollection, E> {
        let target_lock = self.lock_name(target, command).await?;
        let mut collection = find().await?;
        if collection.name == target {
            return Ok(LockedCollection {
                collection,
                _locks: vec![target_lock],
            });
        }
        loop {
            let lock = self.lock_name(&collection.name, command).await?;
            let found_again = find().await?;
            if found_again.name == collection.name {
                return Ok(LockedCollection {
                    collection: found_again,
                    _locks: vec![target_lock, lock],
                });
            }
            collection = found_again;
        }
    }
}
