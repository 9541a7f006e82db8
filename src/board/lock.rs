//! Keeps two runs from changing the same project: other processes of this host by a lock file, those of
//! other hosts by the database, if hosts share one.

use std::path::PathBuf;
use std::sync::Arc;

use super::error::BoardError;
use crate::hosts::{SharedLock, SharedLocks};
use crate::search::WritePermit;
use crate::store::lock;

/// What lock files say of their holder.
const COMMAND: &str = "board apply";

/// Where locks are taken.
#[derive(Debug)]
pub struct ProjectLocks {
    /// `PYFA_HOME`.
    pub home: PathBuf,
    /// `None` if no other host uses the same database.
    pub shared: Option<SharedLocks>,
}

/// The lock of a project; given back when dropped.
#[derive(Debug)]
pub(super) struct ProjectLock {
    // In the order in which they are given back.
    shared: Option<SharedLock>,
    _file: lock::CollectionLock,
}

impl ProjectLocks {
    /// Takes the lock of a project, without waiting.
    pub(super) async fn acquire(
        &self,
        server: &str,
        project: &str,
    ) -> Result<ProjectLock, BoardError> {
        let name = format!("project {project}");
        let held = |holder: String| BoardError::Locked { holder };
        let file = match lock::try_acquire(&self.home, server, &name, COMMAND)? {
            lock::Acquired::Lock(file) => file,
            lock::Acquired::Held(holder) => return Err(held(holder.description)),
        };
        let shared = match &self.shared {
            None => None,
            Some(locks) => {
                let subject = format!("{name} at {server}");
                match locks.try_acquire(&subject, COMMAND).await? {
                    lock::Acquired::Lock(shared) => Some(shared),
                    lock::Acquired::Held(holder) => return Err(held(holder.description)),
                }
            }
        };
        Ok(ProjectLock {
            shared,
            _file: file,
        })
    }
}

impl ProjectLock {
    /// What has to be held before each change; `None` if only this host can have the lock.
    pub(super) fn permit(&self) -> Option<Arc<dyn WritePermit>> {
        self.shared.as_ref().map(SharedLock::permit)
    }
}
