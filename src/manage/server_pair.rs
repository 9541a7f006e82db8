//! Two servers: the one that is read and the one that is filled. Both may be the same.

use super::{ManageError, Manager};
use crate::workspace::CollectionLock;

/// The source and the target of a copy. Home, since-file and progress are the same on both sides.
#[derive(Clone)]
pub struct ServerPair {
    /// Manages the server that is read.
    pub from: Manager,
    /// Manages the server that is filled.
    pub to: Manager,
}

impl ServerPair {
    /// Whether both are the same server.
    #[must_use]
    pub fn is_one_server(&self) -> bool {
        self.from.workspace.search.identity() == self.to.workspace.search.identity()
    }

    /// Takes the locks of these names; each list has its aliases first.
    pub(super) async fn lock(
        &self,
        sources: &[&str],
        targets: &[&str],
    ) -> Result<Vec<CollectionLock>, ManageError> {
        if self.is_one_server() {
            let mut names = [sources, targets].concat();
            names.sort_unstable();
            return self.to.lock(names).await;
        }
        let mut locks = self.from.lock(sources.iter().copied()).await?;
        locks.extend(self.to.lock(targets.iter().copied()).await?);
        Ok(locks)
    }
}
