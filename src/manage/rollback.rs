//! Undoes a rebuild: the aliases lead to the old collection again, the new one stays.
//!
//! The ledger knows which collection was the old one. Without it the version below is a guess, and
//! said to be one.

use serde::Serialize;

use super::{ManageError, Manager, names};
use crate::search::Collection;
use crate::store::Ledger;
use crate::store::ledger::{Switch, SwitchStage};

/// Aliases that are to be moved back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rollback {
    /// The collection that they lead to now.
    pub from: String,
    /// How many documents it holds.
    pub documents: u64,
    /// The collection that they will lead to again.
    pub to: String,
    /// How many documents it holds.
    pub documents_before: u64,
    /// None where they were moved already, and the rollback only was not finished.
    pub aliases: Vec<String>,
    /// No rebuild is known; it is the version below.
    pub is_guess: bool,
}

impl Manager {
    /// What going back from the collection behind `name` means.
    ///
    /// # Errors
    ///
    /// [`ManageError::NothingBefore`] where no earlier version is known, or it is gone, or no
    /// alias would move.
    pub async fn plan_rollback(&self, name: &str) -> Result<Rollback, ManageError> {
        let switches = self.read_switches().await?;
        for switch in switches.iter().filter(|switch| switch.concerns(name)) {
            match switch.stage {
                SwitchStage::Undoing if self.is_going_back(switch).await? => {
                    return self.way_back(switch).await;
                }
                // Killed after its last move.
                SwitchStage::Undoing if self.is_back(switch).await? => {
                    return self.moved_back(switch).await;
                }
                SwitchStage::Switching if self.has_begun(switch).await? => {
                    return Err(ManageError::Unfinished {
                        what: format!("a rebuild of `{}`", switch.source),
                        command: format!("recreate {name}"),
                    });
                }
                _ => {}
            }
        }
        let now = self.collection(name).await?;
        let done = switches
            .iter()
            .find(|switch| switch.stage == SwitchStage::Done && switch.target == now.name);
        match done {
            Some(switch) => self.way_back(switch).await,
            None => self.version_below(now).await,
        }
    }

    /// Whether the names of an unfinished rollback lead to the old collection already.
    async fn is_back(&self, switch: &Switch) -> Result<bool, ManageError> {
        let moved = self.find_aliases_of(&switch.source).await?;
        Ok(switch.aliases.iter().any(|alias| moved.contains(alias)))
    }

    /// The plan that has nothing left to move.
    async fn moved_back(&self, switch: &Switch) -> Result<Rollback, ManageError> {
        let documents = async |name: &str| {
            let found = self.find_exact_collection(name).await?;
            Ok::<_, ManageError>(found.map_or(0, |collection| collection.num_documents))
        };
        Ok(Rollback {
            documents: documents(&switch.target).await?,
            documents_before: documents(&switch.source).await?,
            from: switch.target.clone(),
            to: switch.source.clone(),
            aliases: Vec::new(),
            is_guess: false,
        })
    }

    async fn way_back(&self, switch: &Switch) -> Result<Rollback, ManageError> {
        let nothing = |why: String| ManageError::NothingBefore {
            collection: switch.target.clone(),
            why,
        };
        let Some(before) = self.find_exact_collection(&switch.source).await? else {
            return Err(nothing(format!("`{}` no longer exists", switch.source)));
        };
        let mut aliases = self.find_aliases_of(&switch.target).await?;
        aliases.retain(|alias| switch.aliases.contains(alias));
        if aliases.is_empty() {
            return Err(nothing("no alias points at it".to_owned()));
        }
        let now = self.collection(&switch.target).await?;
        Ok(Rollback {
            from: now.name,
            documents: now.num_documents,
            to: before.name,
            documents_before: before.num_documents,
            aliases,
            is_guess: false,
        })
    }

    async fn version_below(&self, now: Collection) -> Result<Rollback, ManageError> {
        let nothing = |why: &str| ManageError::NothingBefore {
            collection: now.name.clone(),
            why: why.to_owned(),
        };
        let (base, version) = names::split(&now.name);
        let listed = self.fetch_collections(&[]).await?;
        let earlier = listed.into_iter().filter(|one| {
            let (other, earlier) = names::split(&one.name);
            other == base && earlier < version && one.num_documents > 0
        });
        let before = earlier.max_by_key(|one| names::split(&one.name).1);
        let before = before.ok_or_else(|| {
            nothing("no rebuild of it is recorded, and no earlier version has documents")
        })?;
        let aliases = self.find_aliases_of(&now.name).await?;
        if aliases.is_empty() {
            return Err(nothing("no alias points at it"));
        }
        Ok(Rollback {
            documents: now.num_documents,
            to: before.name,
            documents_before: before.num_documents,
            aliases,
            is_guess: true,
            from: now.name,
        })
    }

    /// Moves the aliases back; those that lead elsewhere by now are left alone.
    pub async fn roll_back(&self, name: &str, plan: &Rollback) -> Result<(), ManageError> {
        let collections = [plan.to.as_str(), plan.from.as_str()];
        let names = plan.aliases.iter().map(String::as_str).chain(collections);
        let _locks = self.lock(names).await?;
        let now = self.plan_rollback(name).await?;
        if (&now.from, &now.to, &now.aliases) != (&plan.from, &plan.to, &plan.aliases) {
            return Err(ManageError::Changed {
                name: name.to_owned(),
            });
        }
        let (ledger, _) = Ledger::open(&self.workspace.home).await?;
        let switch = Switch {
            server: self.workspace.search.identity().to_owned(),
            source: plan.to.clone(),
            target: plan.from.clone(),
            created_at: 0,
            aliases: plan.aliases.clone(),
            stage: SwitchStage::Undoing,
        };
        ledger.record_switch(&switch).await?;
        for alias in &plan.aliases {
            let now = self.workspace.search.fetch_alias(alias).await?;
            if now.is_some_and(|now| now.collection_name == plan.from) {
                self.workspace.search.set_alias(alias, &plan.to).await?;
            }
        }
        ledger.forget_switch(&switch.server, &switch.target).await?;
        ledger.close().await;
        Ok(())
    }
}
