//! Looks after what the pipeline fills: lists, copies, rebuilds, switches and deletes
//! collections, moves aliases, makes search-only keys; takes all of it to another server.
//!
//! Every action that changes something comes in two steps: a *plan*, which is plain data that
//! people can be shown, and its *execution*, which looks again under the collection's lock and
//! does nothing if the plan is no longer true. A rebuild notes in the ledger how far it has come,
//! so that the same command takes up one that was killed.
//!
//! What it never does: ask or print (that is `cli`), write documents that it did not read from
//! another collection, drop a collection whose copy it has not compared, or repeat a secret.
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
use crate::store::lock::CollectionLock;
use crate::workspace::Workspace;

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

/// What other processes read in the lock file.
const COMMAND: &str = "manage";

/// Looks after the collections of one server or cluster.
#[derive(Clone)]
pub struct Manager {
    pub workspace: Workspace,
    /// The file with the timestamps of complete runs.
    pub since_file: PathBuf,
}

impl Manager {
    /// The collection behind a name.
    async fn collection(&self, name: &str) -> Result<Collection, ManageError> {
        self.workspace
            .search
            .fetch_collection(name)
            .await?
            .ok_or_else(|| ManageError::NotThere {
                name: name.to_owned(),
            })
    }

    /// The collection's own name, where an alias may have been named.
    pub async fn find_real_name(&self, name: &str) -> Result<String, ManageError> {
        Ok(self.collection(name).await?.name)
    }

    /// The rebuilds that the ledger knows, the latest first.
    async fn read_switches(&self) -> Result<Vec<Switch>, ManageError> {
        match Ledger::open_to_look(&self.workspace.home).await? {
            Some(ledger) => Ok(ledger.switches(self.workspace.search.identity()).await?),
            None => Ok(Vec::new()),
        }
    }

    /// Nobody may use a copy that is not complete.
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

    /// Takes the locks of these names, one after the other: aliases before collections, as every
    /// writer does.
    async fn lock<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<CollectionLock>, ManageError> {
        Ok(self.workspace.lock_names(names, COMMAND).await?)
    }
}

/// What was begun with a collection and not finished.
fn unfinished(switches: &[Switch], collection: &str) -> Option<String> {
    let begun = switches
        .iter()
        .find(|switch| switch.target == collection && switch.stage != SwitchStage::Done)?;
    Some(match begun.stage {
        SwitchStage::Undoing => format!("an unfinished rollback to `{}`", begun.source),
        _ => format!("an unfinished rebuild of `{}`", begun.source),
    })
}
