//! Lists, copies, rebuilds and deletes collections, moves aliases, creates search-only keys, and
//! copies all of it to another server.
//!
//! Every action that changes something has two steps: a *plan*, which is plain data to show to the
//! user, and its *execution*, which plans again under the collection's lock and does nothing if the
//! plan has changed. A rebuild records its progress in the ledger, so that the same command resumes
//! it after an interruption.
//!
//! Never prompts or prints (`cli` does), never writes documents that it did not read from another
//! collection, never deletes a collection whose copy it has not compared, and never repeats a
//! secret.
//!
//! Called by `cli`.

mod aliases;
mod compare;
mod conform;
mod copy;
mod deletion;
mod error;
mod fields;
mod key_moves;
mod keys;
mod lists;
mod migration;
mod names;
mod overview;
mod recreation;
mod relocation;
mod rollback;
mod server_pair;

use std::path::PathBuf;

use crate::search::Collection;
use crate::store::Ledger;
use crate::store::ledger::{Switch, SwitchStage};
use crate::workspace::{CollectionLock, Workspace};

pub use aliases::{AliasChange, AliasDeletion};
pub use copy::CopyReport;
pub use deletion::Deletion;
pub use error::ManageError;
pub use key_moves::{KeyMove, KeyMoves};
pub use keys::{KeyRequest, SearchKey, check_key, is_search_only, scoped};
pub use migration::{Migration, MigrationReport};
pub use overview::{AliasSummary, CollectionSummary, Overview};
pub use recreation::{OldCollection, Recreation, RecreationReport};
pub use relocation::{AliasMove, Relocation, RelocationReport};
pub use rollback::Rollback;
pub use server_pair::ServerPair;

/// The command that the lock file names to other processes.
const COMMAND: &str = "manage";

/// Manages the collections of one server or cluster.
#[derive(Clone)]
pub struct Manager {
    pub workspace: Workspace,
    /// The file with the high-water marks of complete runs.
    pub since_file: PathBuf,
}

impl Manager {
    /// Fetches the collection with this name or alias.
    async fn fetch_collection(&self, name: &str) -> Result<Collection, ManageError> {
        self.workspace
            .search
            .fetch_collection(name)
            .await?
            .ok_or_else(|| ManageError::NotThere {
                name: name.to_owned(),
            })
    }

    /// Resolves a name or an alias to the collection's own name.
    pub async fn find_real_name(&self, name: &str) -> Result<String, ManageError> {
        Ok(self.fetch_collection(name).await?.name)
    }

    /// The rebuilds that the ledger records, latest first.
    async fn read_switches(&self) -> Result<Vec<Switch>, ManageError> {
        match Ledger::open_to_look(&self.workspace.home).await? {
            Some(ledger) => Ok(ledger
                .read_switches(self.workspace.search.identity())
                .await?),
            None => Ok(Vec::new()),
        }
    }

    /// Opens the ledger, does `work` with it, and closes it even if the work fails.
    async fn with_ledger<T>(
        &self,
        work: impl AsyncFnOnce(&Ledger) -> Result<T, ManageError>,
    ) -> Result<T, ManageError> {
        let (ledger, _) = Ledger::open(&self.workspace.home).await?;
        let result = work(&ledger).await;
        ledger.close().await;
        result
    }

    /// Fails if `collection` is the target of a rebuild that has not finished copying.
    async fn refuse_half_filled(&self, collection: &str) -> Result<(), ManageError> {
        let switches = self.read_switches().await?;
        let filling = switches
            .into_iter()
            .find(|switch| switch.target == collection && switch.stage == SwitchStage::Filling);
        match filling {
            None => Ok(()),
            Some(switch) => Err(ManageError::Unfinished {
                what: format!("the rebuild of `{}` into `{collection}`", switch.source),
                command: format!("recreate {}", switch.source),
            }),
        }
    }

    /// Takes the locks of these names in the order given: aliases before collections, as every
    /// writer does.
    async fn lock<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<CollectionLock>, ManageError> {
        Ok(self.workspace.lock_names(names, COMMAND).await?)
    }
}

/// Describes the interrupted rebuild or rollback of a collection, if there is one.
fn unfinished(switches: &[Switch], collection: &str) -> Option<String> {
    let switch = switches
        .iter()
        .find(|switch| switch.target == collection && switch.stage != SwitchStage::Done)?;
    Some(match switch.stage {
        SwitchStage::Undoing => format!("an unfinished rollback to `{}`", switch.source),
        _ => format!("an unfinished rebuild of `{}`", switch.source),
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing step fails the test")]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;
    use std::time::Duration;

    use super::{ManageError, Manager, Workspace};
    use crate::progress::Silent;
    use crate::search::{Client, TypesenseSettings};

    #[tokio::test]
    async fn the_ledger_is_closed_after_an_error() {
        let home = tempfile::tempdir().unwrap();
        let search = Client::new(&TypesenseSettings {
            nodes: vec!["http://127.0.0.1:1/".parse().unwrap()],
            api_key: "key".into(),
            timeout: Duration::from_secs(1),
        });
        let manager = Manager {
            workspace: Workspace::new(search.unwrap(), home.path().to_owned(), Arc::new(Silent)),
            since_file: PathBuf::new(),
        };
        let beside = home.path().join("ledger.sqlite-wal");
        let failed = manager.with_ledger::<()>(async |ledger| {
            ledger.forget_collection("server", "name").await?;
            assert!(beside.exists());
            Err(ManageError::NotThere {
                name: "name".to_owned(),
            })
        });
        assert!(failed.await.is_err() && !beside.exists());
    }
}
