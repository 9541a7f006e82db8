//! Rebuilds a collection beside the old one and moves the aliases, so that searches never notice.
//!
//! The steps, each noted in the ledger before it begins: the new version is made and filled, both
//! are compared, then each alias is moved in one call of the server. The old version stays. A
//! *plain* collection, whose own name front ends use, has to be dropped before that name can be an
//! alias: its copy is compared just before, and the gap is measured.
//!
//! Killed while it fills: the same command throws the half-filled version away and begins again.
//! Killed while it switches: the same command moves what is left to be moved.

use std::time::Instant;

use serde::Serialize;

use super::copy::{Copied, Surplus};
use super::{ManageError, Manager, names};
use crate::search::{Collection, NewCollection};
use crate::store::Ledger;
use crate::store::ledger::{Switch, SwitchStage};

/// A rebuild that is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recreation {
    /// The name that was asked for.
    pub name: String,
    /// Real name of the old collection; `None` where there is none, and an empty one is made.
    pub source: Option<String>,
    /// How many documents it holds.
    pub documents: u64,
    /// Real name of the new collection.
    pub target: String,
    /// The names that will lead to it.
    pub aliases: Vec<String>,
    /// The old collection bears one of these names itself, and has to be dropped for it.
    pub is_plain: bool,
    /// An interrupted rebuild that this one takes up.
    pub resumes: bool,
    /// In that, the new collection is complete, and only names have to be moved.
    #[serde(skip)]
    is_switching: bool,
}

/// A rebuild that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recreated {
    /// The old collection, if it is still there.
    pub kept: Option<String>,
    pub target: String,
    /// The names that lead to the new collection.
    pub aliases: Vec<String>,
    /// `None` where a rebuild was taken up after the copy.
    pub copied: Option<Copied>,
    /// For how long the name of a plain collection led nowhere, in milliseconds.
    pub gap: Option<u64>,
}

impl Manager {
    /// What rebuilding the collection behind `name` means.
    pub async fn recreation(&self, name: &str) -> Result<Recreation, ManageError> {
        for switch in self.switches()? {
            let concerns = switch.source == name
                || switch.target == name
                || switch.aliases.iter().any(|alias| alias == name);
            match switch.stage {
                SwitchStage::Filling | SwitchStage::Switching if concerns => {
                    return self.resumed(name, switch).await;
                }
                SwitchStage::Undoing if concerns => {
                    return Err(ManageError::Unfinished {
                        what: format!("a rollback to `{}`", switch.source),
                        command: format!("--rollback {name}"),
                    });
                }
                _ => {}
            }
        }
        self.fresh(name).await
    }

    async fn fresh(&self, name: &str) -> Result<Recreation, ManageError> {
        let collections = self.search.collections().await?;
        let aliases = self.search.aliases().await?;
        let taken = || {
            let own = collections.iter().map(|one| one.name.as_str());
            own.chain(aliases.iter().map(|alias| alias.name.as_str()))
        };
        let mut plan = Recreation {
            name: name.to_owned(),
            source: None,
            documents: 0,
            target: names::next(name, taken()),
            aliases: vec![name.to_owned()],
            is_plain: false,
            resumes: false,
            is_switching: false,
        };
        let Some(source) = self.search.collection(name).await? else {
            return Ok(plan);
        };
        let leading = self.aliases_of(&source.name).await?;
        let (base, version) = names::split(&source.name);
        plan.is_plain = source.name == name && (leading.is_empty() || version == 0);
        if plan.is_plain {
            plan.aliases.extend(leading);
        } else {
            plan.aliases = leading;
            plan.target = names::next(base, taken());
        }
        plan.documents = source.num_documents;
        plan.source = Some(source.name);
        Ok(plan)
    }

    /// The plan that goes on where an interrupted rebuild stands.
    async fn resumed(&self, name: &str, switch: Switch) -> Result<Recreation, ManageError> {
        let source = self.exact(&switch.source).await?;
        let is_plain = switch.aliases.contains(&switch.source);
        let has_begun = if is_plain {
            source.is_none()
        } else {
            self.leads_to(&switch.aliases, &switch.target).await?
        };
        Ok(Recreation {
            name: name.to_owned(),
            documents: source.map_or(0, |source| source.num_documents),
            source: Some(switch.source),
            target: switch.target,
            aliases: switch.aliases,
            is_plain,
            resumes: true,
            is_switching: switch.stage == SwitchStage::Switching && has_begun,
        })
    }

    /// The collection that bears this name itself.
    async fn exact(&self, name: &str) -> Result<Option<Collection>, ManageError> {
        let found = self.search.collection(name).await?;
        Ok(found.filter(|collection| collection.name == name))
    }

    /// Whether any of the aliases points to `collection`.
    async fn leads_to(&self, aliases: &[String], collection: &str) -> Result<bool, ManageError> {
        let leading = self.aliases_of(collection).await?;
        Ok(aliases.iter().any(|alias| leading.contains(alias)))
    }

    /// Rebuilds the collection.
    pub async fn recreate(&self, plan: &Recreation) -> Result<Recreated, ManageError> {
        let collections = plan.source.iter().chain([&plan.target]);
        let names = plan.aliases.iter().chain(collections);
        let _locks = self.lock(names.map(String::as_str)).await?;
        let now = self.recreation(&plan.name).await?;
        if (&now.source, &now.target, &now.aliases) != (&plan.source, &plan.target, &plan.aliases) {
            return Err(ManageError::Changed {
                name: plan.name.clone(),
            });
        }
        let (ledger, _) = Ledger::open(&self.home)?;
        let mut switch = Switch {
            server: self.search.identity().to_owned(),
            source: now.source.clone().unwrap_or_default(),
            target: now.target.clone(),
            aliases: now.aliases.clone(),
            stage: SwitchStage::Filling,
        };
        let mut copied = None;
        if !now.is_switching {
            ledger.record_switch(&switch)?;
            copied = Some(self.fill(&now).await?);
        }
        switch.stage = SwitchStage::Switching;
        ledger.record_switch(&switch)?;
        let gap = self.switch(&now, &ledger).await?;
        switch.stage = SwitchStage::Done;
        ledger.record_switch(&switch)?;
        let kept = match &now.source {
            Some(source) if !now.is_plain => self.exact(source).await?,
            _ => None,
        };
        Ok(Recreated {
            kept: kept.map(|collection| collection.name),
            target: now.target,
            aliases: now.aliases,
            copied,
            gap,
        })
    }

    /// Makes the new collection and copies the old one to it. The comparison at its end is the
    /// last thing that the server is asked before the switch.
    async fn fill(&self, plan: &Recreation) -> Result<Copied, ManageError> {
        let target = plan.target.as_str();
        if plan.resumes {
            let in_use = self.aliases_of(target).await?;
            if !in_use.is_empty() {
                return Err(ManageError::Unfinished {
                    what: format!(
                        "a rebuild into `{target}`, to which `{}` points since,",
                        in_use.join("`, `")
                    ),
                    command: format!("--delete-alias {}", in_use.join(" --delete-alias ")),
                });
            }
            // Half a copy that nobody uses.
            self.search.delete_collection(target).await?;
        }
        let Some(source) = &plan.source else {
            let empty = NewCollection::named(target);
            self.search.create_collection(&empty).await?;
            return Ok(Copied::default());
        };
        let source = self.collection(source).await?;
        let like = NewCollection::like(target, &source);
        let copy = self.search.create_collection(&like).await?;
        let copied = self.copy(&source, &copy, Surplus::Delete).await?;
        self.inherit(&source.name, &copy)?;
        Ok(copied)
    }

    /// Moves every name to the new collection; gives the gap of a plain one in milliseconds.
    async fn switch(&self, plan: &Recreation, ledger: &Ledger) -> Result<Option<u64>, ManageError> {
        let mut gap = None;
        if let Some(plain) = plan.source.as_ref().filter(|_| plan.is_plain) {
            let dropped = Instant::now();
            if self.exact(plain).await?.is_some() {
                self.search.delete_collection(plain).await?;
            }
            self.search.set_alias(plain, &plan.target).await?;
            gap = u64::try_from(dropped.elapsed().as_millis()).ok();
            ledger.forget_collection(self.search.identity(), plain)?;
        }
        for alias in &plan.aliases {
            self.search.set_alias(alias, &plan.target).await?;
        }
        Ok(gap)
    }
}
