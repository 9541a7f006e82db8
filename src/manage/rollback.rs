//! Rolls back a rebuild: points the aliases to the old collection again. The new one stays.
//!
//! The ledger records which collection was the old one. Without that record, the next lower version
//! is used, and the plan says that it is a guess.

use serde::Serialize;

use super::{ManageError, Manager, names};
use crate::search::Collection;
use crate::store::Ledger;
use crate::store::ledger::{Switch, SwitchStage};

/// A plan to move aliases back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rollback {
    /// The collection that the aliases point to now.
    pub from: String,
    /// How many documents `from` has.
    pub documents: u64,
    /// The collection that they will point to.
    pub to: String,
    /// How many documents `to` has.
    pub documents_before: u64,
    /// Empty if all were moved already, and only the record of the rollback is left to delete.
    pub aliases: Vec<String>,
    /// The ledger has no record of a rebuild; `to` is the next lower version.
    pub is_guess: bool,
}

impl Manager {
    /// Plans to roll back the collection with this name or alias.
    ///
    /// # Errors
    ///
    /// [`ManageError::NothingBefore`] if there is no earlier version, it no longer exists, or there
    /// is no alias to move.
    pub async fn plan_rollback(&self, name: &str) -> Result<Rollback, ManageError> {
        let switches = self.read_switches().await?;
        for switch in switches.iter().filter(|switch| switch.concerns(name)) {
            match switch.stage {
                SwitchStage::Undoing if self.is_going_back(switch).await? => {
                    return self.plan_recorded_rollback(switch).await;
                }
                // Interrupted after the last alias was moved.
                SwitchStage::Undoing if self.is_back(switch).await? => {
                    return self.plan_finished_rollback(switch).await;
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
        let current = self.fetch_collection(name).await?;
        let done = switches
            .iter()
            .find(|switch| switch.stage == SwitchStage::Done && switch.target == current.name);
        match done {
            Some(switch) => self.plan_recorded_rollback(switch).await,
            None => self.plan_guessed_rollback(current).await,
        }
    }

    /// Whether an alias of an unfinished rollback already points to the old collection.
    async fn is_back(&self, switch: &Switch) -> Result<bool, ManageError> {
        let moved = self.find_aliases_of(&switch.source).await?;
        Ok(switch.aliases.iter().any(|alias| moved.contains(alias)))
    }

    /// Plans a rollback whose aliases were all moved.
    async fn plan_finished_rollback(&self, switch: &Switch) -> Result<Rollback, ManageError> {
        let count = async |name: &str| {
            let found = self.find_exact_collection(name).await?;
            Ok::<_, ManageError>(found.map_or(0, |collection| collection.num_documents))
        };
        Ok(Rollback {
            documents: count(&switch.target).await?,
            documents_before: count(&switch.source).await?,
            from: switch.target.clone(),
            to: switch.source.clone(),
            aliases: Vec::new(),
            is_guess: false,
        })
    }

    /// Plans a rollback to the collection that the ledger records.
    async fn plan_recorded_rollback(&self, switch: &Switch) -> Result<Rollback, ManageError> {
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
        let current = self.fetch_collection(&switch.target).await?;
        Ok(Rollback {
            from: current.name,
            documents: current.num_documents,
            to: before.name,
            documents_before: before.num_documents,
            aliases,
            is_guess: false,
        })
    }

    /// Plans a rollback to the next lower version that has documents.
    async fn plan_guessed_rollback(&self, current: Collection) -> Result<Rollback, ManageError> {
        let nothing = |why: &str| ManageError::NothingBefore {
            collection: current.name.clone(),
            why: why.to_owned(),
        };
        let (base, version) = names::split(&current.name);
        let collections = self.fetch_collections(&[]).await?;
        let earlier = collections.into_iter().filter(|one| {
            let (other_base, other_version) = names::split(&one.name);
            other_base == base && other_version < version && one.num_documents > 0
        });
        let latest = earlier.max_by_key(|one| names::split(&one.name).1);
        let before = latest.ok_or_else(|| {
            nothing("no rebuild of it is recorded, and no earlier version has documents")
        })?;
        let aliases = self.find_aliases_of(&current.name).await?;
        if aliases.is_empty() {
            return Err(nothing("no alias points at it"));
        }
        Ok(Rollback {
            documents: current.num_documents,
            to: before.name,
            documents_before: before.num_documents,
            aliases,
            is_guess: true,
            from: current.name,
        })
    }

    /// Moves the aliases back, if the plan still holds. Leaves alone those that point elsewhere by
    /// now.
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
        self.with_ledger(async |ledger| self.move_back(plan, ledger).await)
            .await
    }

    async fn move_back(&self, plan: &Rollback, ledger: &Ledger) -> Result<(), ManageError> {
        let switch = Switch {
            server: self.workspace.search.identity().to_owned(),
            source: plan.to.clone(),
            target: plan.from.clone(),
            created_at: None,
            aliases: plan.aliases.clone(),
            stage: SwitchStage::Undoing,
        };
        ledger.record_switch(&switch).await?;
        for alias in &plan.aliases {
            let found = self.workspace.search.fetch_alias(alias).await?;
            if found.is_some_and(|found| found.collection_name == plan.from) {
                self.workspace.search.set_alias(alias, &plan.to).await?;
            }
        }
        ledger.forget_switch(&switch.server, &switch.target).await?;
        Ok(())
    }
}
