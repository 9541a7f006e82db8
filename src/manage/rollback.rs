//! Undoes a rebuild: the aliases lead to the old collection again, the new one stays.

use serde::Serialize;

use super::{ManageError, Manager, names};
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
    pub aliases: Vec<String>,
}

impl Manager {
    /// What going back from the collection behind `name` means.
    ///
    /// # Errors
    ///
    /// [`ManageError::NothingBefore`] where no earlier version is known, or it is gone.
    pub async fn rollback(&self, name: &str) -> Result<Rollback, ManageError> {
        let switches = self.switches()?;
        let concerns = |switch: &&Switch| {
            [&switch.source, &switch.target]
                .into_iter()
                .chain(&switch.aliases)
                .any(|one| one == name)
        };
        let begun = |stage| {
            switches
                .iter()
                .filter(concerns)
                .find(|one| one.stage == stage)
        };
        if let Some(switch) = begun(SwitchStage::Undoing) {
            return self.way_back(switch).await;
        }
        for stage in [SwitchStage::Filling, SwitchStage::Switching] {
            if let Some(switch) = begun(stage) {
                return Err(ManageError::Unfinished {
                    what: format!("a rebuild of `{}`", switch.source),
                    command: format!("--recreate-collection {name}"),
                });
            }
        }
        let now = self.collection(name).await?;
        let done = switches
            .iter()
            .find(|switch| switch.stage == SwitchStage::Done && switch.target == now.name);
        if let Some(switch) = done {
            return self.way_back(switch).await;
        }
        let (base, version) = names::split(&now.name);
        let before = self
            .search
            .collections()
            .await?
            .into_iter()
            .filter_map(|one| {
                let (other, earlier) = names::split(&one.name);
                (other == base && earlier < version && one.name != now.name)
                    .then_some((earlier, one))
            });
        let Some((_, before)) = before.max_by_key(|(earlier, _)| *earlier) else {
            return Err(ManageError::NothingBefore {
                collection: now.name,
                why: "no rebuild of it is known, and there is no earlier version".to_owned(),
            });
        };
        Ok(Rollback {
            aliases: self.aliases_of(&now.name).await?,
            from: now.name,
            documents: now.num_documents,
            to: before.name,
            documents_before: before.num_documents,
        })
    }

    async fn way_back(&self, switch: &Switch) -> Result<Rollback, ManageError> {
        let before = self.search.collection(&switch.source).await?;
        let Some(before) = before.filter(|before| before.name == switch.source) else {
            return Err(ManageError::NothingBefore {
                collection: switch.target.clone(),
                why: format!("`{}` is gone", switch.source),
            });
        };
        let now = self.search.collection(&switch.target).await?;
        Ok(Rollback {
            from: switch.target.clone(),
            documents: now.map_or(0, |now| now.num_documents),
            to: before.name,
            documents_before: before.num_documents,
            aliases: switch.aliases.clone(),
        })
    }

    /// Moves the aliases back; those that lead elsewhere by now are left alone.
    pub async fn roll_back(&self, name: &str, plan: &Rollback) -> Result<(), ManageError> {
        let collections = [plan.from.as_str(), plan.to.as_str()];
        let names = plan.aliases.iter().map(String::as_str).chain(collections);
        let _locks = self.lock(names).await?;
        let now = self.rollback(name).await?;
        if (&now.from, &now.to, &now.aliases) != (&plan.from, &plan.to, &plan.aliases) {
            return Err(ManageError::Changed {
                name: name.to_owned(),
            });
        }
        let (ledger, _) = Ledger::open(&self.home)?;
        let switch = Switch {
            server: self.search.identity().to_owned(),
            source: plan.to.clone(),
            target: plan.from.clone(),
            aliases: plan.aliases.clone(),
            stage: SwitchStage::Undoing,
        };
        ledger.record_switch(&switch)?;
        for alias in self.aliases_of(&plan.from).await? {
            if plan.aliases.contains(&alias) {
                self.search.set_alias(&alias, &plan.to).await?;
            }
        }
        ledger.forget_switch(&switch.server, &switch.target)?;
        Ok(())
    }
}
