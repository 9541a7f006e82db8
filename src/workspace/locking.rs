//! Locks a collection against other writers: the name that was given, and the collection's own.
//!
//! Two aliases of one collection must not admit two writers, so the collection itself is locked
//! too. While a command waits for that lock, another one may rebuild the collection and move the
//! alias, so the name is resolved again afterwards.
//!
//! A lock keeps away the other processes of this host and, if hosts share a database, those of the
//! other hosts. While it is held, the search client writes only as long as the database knows it.

use super::{Workspace, WorkspaceError};
use crate::hosts::SharedLock;
use crate::model::RegistryKind;
use crate::search::{Collection, RequiredPermit};
use crate::store::lock;

/// A lock of one name; released when dropped.
#[derive(Debug)]
pub struct CollectionLock {
    // In the order in which they are given back.
    _permit: Option<RequiredPermit>,
    shared: Option<SharedLock>,
    _file: lock::CollectionLock,
}

/// A collection that no other command writes to until this is dropped.
#[derive(Debug)]
pub struct LockedCollection {
    pub collection: Collection,
    /// Its own lock.
    lock: CollectionLock,
    /// The lock of the name that was given, if that is another one.
    _target: Option<CollectionLock>,
}

impl LockedCollection {
    /// Counts a fetch of a registry into the collection, and gives the number of all so far; `None` if
    /// hosts do not share it.
    ///
    /// # Errors
    ///
    /// [`WorkspaceError::Database`] if the database does not answer.
    pub async fn count_fetch(&self, registry: RegistryKind) -> Result<Option<i64>, WorkspaceError> {
        match &self.lock.shared {
            Some(shared) => Ok(shared.count_fetch(registry.as_str()).await?),
            None => Ok(None),
        }
    }
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
        let report = |who: &str| {
            self.progress
                .note(&format!("waiting for {who}, which has locked `{name}`"));
        };
        let locked = |holder: String| WorkspaceError::Locked {
            name: name.to_owned(),
            holder,
        };
        let server = self.search.identity();
        let patience = lock::PATIENCE;
        let waiting = |holder: &lock::Holder| report(&holder.description);
        let file = match lock::acquire(&self.home, server, name, command, patience, waiting).await?
        {
            lock::Acquired::Lock(file) => file,
            lock::Acquired::Held(holder) => return Err(locked(holder.description)),
        };
        // The folder of an embedded engine is on this host.
        let shared_locks = self.shared_locks.as_ref();
        let Some(shared_locks) = shared_locks.filter(|_| !self.search.is_embedded()) else {
            return Ok(CollectionLock {
                _permit: None,
                shared: None,
                _file: file,
            });
        };
        let subject = format!("`{name}` at {server}");
        let waiting = |holder: &lock::Holder| report(&holder.description);
        let acquired = shared_locks.acquire(&subject, command, patience, waiting);
        match acquired.await? {
            lock::Acquired::Lock(shared) => Ok(CollectionLock {
                _permit: Some(self.search.require_permit(shared.permit())),
                shared: Some(shared),
                _file: file,
            }),
            lock::Acquired::Held(holder) => Err(locked(holder.description)),
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
                lock: target_lock,
                _target: None,
            });
        }
        loop {
            let lock = self.lock_name(&collection.name, command).await?;
            let found_again = find().await?;
            if found_again.name == collection.name {
                return Ok(LockedCollection {
                    collection: found_again,
                    lock,
                    _target: Some(target_lock),
                });
            }
            collection = found_again;
        }
    }
}
