//! Rebuilds a collection beside the old one and moves the aliases, so that searches never notice.
//!
//! The steps, noted in the ledger: the new version is made, filled, and compared with the old one;
//! then each alias that still leads to the old one is moved in one call of the server. The old
//! version stays. A *plain* collection, whose own name front ends use, has to be dropped before
//! that name can be an alias: its copy is compared just before, and the gap is measured.
//!
//! Killed while it fills: the same command begins again, in the place of the half-filled version if
//! that holds nothing but what the old one has. Killed while it switches: the same command moves
//! what is left to be moved. Nothing else is ever deleted here, and no alias that somebody else
//! has moved meanwhile is taken back.

use std::time::Instant;

use serde::Serialize;

use super::conform::TargetSchema;
use super::copy::{CopyReport, SurplusPolicy};
use super::lists::ServerLists;
use super::{Deletion, ManageError, Manager, names};
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
    /// A rebuild was interrupted, and this one takes its place or finishes it.
    pub resumes: bool,
    /// The new collection is complete, and only names have to be moved.
    pub is_filled: bool,
}

/// A rebuild that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecreationReport {
    /// The old collection, if there was one.
    pub source: Option<String>,
    pub target: String,
    /// The names that lead to the new collection.
    pub aliases: Vec<String>,
    /// Names that lead elsewhere since the rebuild began, and were left alone.
    pub left: Vec<String>,
    /// `None` where a rebuild was taken up after the copy.
    pub copied: Option<CopyReport>,
    /// For how long the name of a plain collection led nowhere, in milliseconds, where that is
    /// known.
    pub gap: Option<u64>,
}

/// What may become of the old version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OldCollection {
    /// There is none any more.
    Gone,
    /// Everything that it holds is in the new one, and no alias leads to it.
    Superfluous(Deletion),
    /// It has to stay, and why.
    Needed(String),
}

impl Manager {
    /// What rebuilding the collection behind `name` means.
    pub async fn plan_recreation(&self, name: &str) -> Result<Recreation, ManageError> {
        let mut leftovers = Vec::new();
        for switch in self.read_switches().await? {
            if !switch.concerns(name) {
                continue;
            }
            match switch.stage {
                SwitchStage::Switching if self.has_begun(&switch).await? => {
                    return Ok(Recreation {
                        name: name.to_owned(),
                        documents: 0,
                        is_plain: switch.is_plain(),
                        source: Some(switch.source),
                        target: switch.target,
                        aliases: switch.aliases,
                        resumes: true,
                        is_filled: true,
                    });
                }
                SwitchStage::Undoing if self.is_going_back(&switch).await? => {
                    return Err(ManageError::Unfinished {
                        what: format!("a rollback to `{}`", switch.source),
                        command: format!("rollback {name}"),
                    });
                }
                SwitchStage::Filling | SwitchStage::Switching => leftovers.push(switch),
                _ => {}
            }
        }
        self.fresh(name, &leftovers).await
    }

    async fn fresh(&self, name: &str, leftovers: &[Switch]) -> Result<Recreation, ManageError> {
        let mut plan = Recreation {
            name: name.to_owned(),
            source: None,
            documents: 0,
            target: String::new(),
            aliases: vec![name.to_owned()],
            is_plain: false,
            resumes: false,
            is_filled: false,
        };
        let Some(source) = self.workspace.search.fetch_collection(name).await? else {
            plan.target = self.free_version(name, None).await?;
            self.refuse_forgotten(name).await?;
            return Ok(plan);
        };
        let documents = self.count_documents(&source).await?;
        let leading = self.find_aliases_of(&source.name).await?;
        if source.name != name && !leading.iter().any(|alias| alias == name) {
            return Err(ManageError::ShortList {
                list: "aliases",
                left_out: format!("`{name}`, which points at `{}`", source.name),
            });
        }
        let (base, version) = names::split(&source.name);
        plan.is_plain = source.name == name && (leading.is_empty() || version == 0);
        let base = if plan.is_plain { name } else { base };
        if plan.is_plain {
            plan.aliases.splice(..0, leading);
        } else {
            plan.aliases = leading;
        }
        for leftover in leftovers {
            if leftover.source == source.name && self.is_half_copy(leftover, &source).await? {
                plan.target.clone_from(&leftover.target);
                plan.resumes = true;
                break;
            }
        }
        if !plan.resumes {
            plan.target = self.free_version(base, Some(&source.name)).await?;
        }
        plan.documents = documents;
        plan.source = Some(source.name);
        Ok(plan)
    }

    /// The first version of `base` above all that are taken; an empty collection to which nothing
    /// leads is not.
    async fn free_version(&self, base: &str, source: Option<&str>) -> Result<String, ManageError> {
        let ServerLists {
            aliases,
            collections,
        } = self.fetch_lists().await?;
        let is_led_to = |name: &str| aliases.iter().any(|alias| alias.collection_name == name);
        let taken = collections.iter().filter(|one| {
            one.num_documents > 0 || Some(one.name.as_str()) == source || is_led_to(&one.name)
        });
        let taken = taken.map(|one| one.name.as_str());
        let names = taken.chain(aliases.iter().map(|alias| alias.name.as_str()));
        Ok(names::next(base, names))
    }

    /// Refuses to make an empty collection where a full one only lacks its alias.
    async fn refuse_forgotten(&self, name: &str) -> Result<(), ManageError> {
        let listed = self.fetch_collections(&[]).await?;
        let versions = listed.into_iter().filter(|one| {
            let (base, version) = names::split(&one.name);
            base == name && version > 0 && one.num_documents > 0
        });
        match versions.max_by_key(|one| names::split(&one.name).1) {
            None => Ok(()),
            Some(version) => Err(ManageError::Forgotten {
                name: name.to_owned(),
                documents: version.num_documents,
                version: version.name,
            }),
        }
    }

    /// The collection that bears this name itself.
    pub(super) async fn find_exact_collection(
        &self,
        name: &str,
    ) -> Result<Option<Collection>, ManageError> {
        let found = self.workspace.search.fetch_collection(name).await?;
        Ok(found.filter(|collection| collection.name == name))
    }

    /// Whether names have been moved already, and the new collection is there.
    pub(super) async fn has_begun(&self, switch: &Switch) -> Result<bool, ManageError> {
        if self.find_exact_collection(&switch.target).await?.is_none() {
            return Ok(false);
        }
        if switch.is_plain() {
            return Ok(self.find_exact_collection(&switch.source).await?.is_none());
        }
        let moved = self.find_aliases_of(&switch.target).await?;
        Ok(switch.aliases.iter().any(|alias| moved.contains(alias)))
    }

    /// Whether names are left to be moved back, and the old collection is there.
    pub(super) async fn is_going_back(&self, switch: &Switch) -> Result<bool, ManageError> {
        if self.find_exact_collection(&switch.source).await?.is_none() {
            return Ok(false);
        }
        let left = self.find_aliases_of(&switch.target).await?;
        Ok(switch.aliases.iter().any(|alias| left.contains(alias)))
    }

    /// Whether the target is the collection that the interrupted rebuild has made, nobody uses it,
    /// and it holds nothing that the source lacks.
    async fn is_half_copy(
        &self,
        switch: &Switch,
        source: &Collection,
    ) -> Result<bool, ManageError> {
        let Some(target) = self.find_exact_collection(&switch.target).await? else {
            return Ok(false);
        };
        if target.created_at != switch.created_at
            || !self.find_aliases_of(&target.name).await?.is_empty()
        {
            return Ok(false);
        }
        let shape = TargetSchema::of(&target);
        let differences = self
            .differences(self, &source.name, &target.name, &shape)
            .await?;
        Ok(differences.surplus.is_empty())
    }

    /// Rebuilds the collection.
    pub async fn recreate(&self, plan: &Recreation) -> Result<RecreationReport, ManageError> {
        let source = plan.source.as_ref();
        let names = plan.aliases.iter().filter(|alias| Some(*alias) != source);
        let names = names.chain(source).chain([&plan.target]);
        let _locks = self.lock(names.map(String::as_str)).await?;
        let now = self.plan_recreation(&plan.name).await?;
        if (&now.source, &now.target, &now.aliases, now.is_filled)
            != (&plan.source, &plan.target, &plan.aliases, plan.is_filled)
        {
            return Err(ManageError::Changed {
                name: plan.name.clone(),
            });
        }
        let (ledger, _) = Ledger::open(&self.workspace.home).await?;
        let Some(source) = &now.source else {
            return self.make_empty(now).await;
        };
        let mut switch = Switch {
            server: self.workspace.search.identity().to_owned(),
            source: source.clone(),
            target: now.target.clone(),
            created_at: 0,
            aliases: now.aliases.clone(),
            stage: SwitchStage::Switching,
        };
        let mut copied = None;
        if !now.is_filled {
            copied = Some(self.fill(&now, &mut switch, &ledger).await?);
            switch.stage = SwitchStage::Switching;
            ledger.record_switch(&switch).await?;
        }
        let (left, gap) = self.switch(&switch).await?;
        switch.stage = SwitchStage::Done;
        ledger.record_switch(&switch).await?;
        if switch.is_plain() {
            ledger.forget_collection(&switch.server, source).await?;
        }
        ledger.close().await;
        let mut aliases = now.aliases;
        aliases.retain(|alias| !left.contains(alias));
        Ok(RecreationReport {
            source: now.source,
            target: now.target,
            aliases,
            left,
            copied,
            gap: gap.filter(|_| !now.is_filled),
        })
    }

    async fn make_empty(&self, plan: Recreation) -> Result<RecreationReport, ManageError> {
        self.clear(&plan).await?;
        let empty = NewCollection::named(&plan.target);
        self.workspace.search.create_collection(&empty).await?;
        self.workspace
            .search
            .set_alias(&plan.name, &plan.target)
            .await?;
        Ok(RecreationReport {
            source: None,
            target: plan.target,
            aliases: plan.aliases,
            left: Vec::new(),
            copied: Some(CopyReport::default()),
            gap: None,
        })
    }

    /// Deletes what stands in the place of the new version: an empty collection, or the half copy
    /// that the plan takes up. A list without a name, or a node that lags, is no proof that there is
    /// nothing, so it is counted once more.
    async fn clear(&self, plan: &Recreation) -> Result<(), ManageError> {
        let Some(there) = self.find_exact_collection(&plan.target).await? else {
            return Ok(());
        };
        if !plan.resumes && self.count_documents(&there).await? > 0 {
            return Err(ManageError::Changed {
                name: plan.target.clone(),
            });
        }
        self.workspace
            .search
            .delete_collection(&plan.target)
            .await?;
        Ok(())
    }

    /// Makes the new collection and copies the old one to it. The comparison at its end is the
    /// last thing that the server is asked before the switch.
    async fn fill(
        &self,
        plan: &Recreation,
        switch: &mut Switch,
        ledger: &Ledger,
    ) -> Result<CopyReport, ManageError> {
        let source = self.collection(&switch.source).await?;
        for stale in self.read_switches().await? {
            let is_open = matches!(stale.stage, SwitchStage::Filling | SwitchStage::Switching);
            if is_open && stale.source == switch.source {
                ledger.forget_switch(&stale.server, &stale.target).await?;
            }
        }
        self.clear(plan).await?;
        let like = NewCollection::with_extended_schema(&plan.target, &source);
        let copy = self.workspace.search.create_collection(&like).await?;
        switch.created_at = copy.created_at;
        switch.stage = SwitchStage::Filling;
        ledger.record_switch(switch).await?;
        let copied = self
            .copy(self, &source, &copy, None, SurplusPolicy::Delete)
            .await;
        if let Err(ManageError::Refused { .. } | ManageError::Differs { .. }) = &copied {
            self.workspace
                .search
                .delete_collection(&plan.target)
                .await?;
            ledger.forget_switch(&switch.server, &switch.target).await?;
        }
        let copied = copied?;
        self.copy_ledger_state(self, &source, &copy).await?;
        Ok(copied)
    }

    /// Moves the names that lead to the old collection. Gives those that lead elsewhere by now,
    /// and the gap of a plain collection in milliseconds.
    async fn switch(&self, switch: &Switch) -> Result<(Vec<String>, Option<u64>), ManageError> {
        let (source, target) = (&switch.source, &switch.target);
        let mut gap = None;
        if switch.is_plain() {
            let dropped = Instant::now();
            if let Some(plain) = self.find_exact_collection(source).await? {
                self.count_documents(&plain).await?;
                self.workspace.search.delete_collection(source).await?;
            }
            if self.workspace.search.fetch_alias(source).await?.is_none() {
                self.workspace.search.set_alias(source, target).await?;
            }
            gap = u64::try_from(dropped.elapsed().as_millis()).ok();
        }
        let mut left = Vec::new();
        for alias in &switch.aliases {
            let now = self.workspace.search.fetch_alias(alias).await?;
            match now.map(|alias| alias.collection_name) {
                Some(now) if now == *target => {}
                Some(now) if now == *source => {
                    self.workspace.search.set_alias(alias, target).await?
                }
                _ => left.push(alias.clone()),
            }
        }
        Ok((left, gap))
    }

    /// What may become of the old version after a rebuild: it is compared with the new one again.
    pub async fn assess_old_collection(
        &self,
        recreated: &RecreationReport,
    ) -> Result<OldCollection, ManageError> {
        let Some(source) = &recreated.source else {
            return Ok(OldCollection::Gone);
        };
        // The node that is asked may not know of the switch yet.
        self.workspace.search.wait_for_replication().await;
        if self.find_exact_collection(source).await?.is_none() {
            return Ok(OldCollection::Gone);
        }
        let deletion = self.plan_deletion(source).await?;
        if !deletion.aliases.is_empty() {
            return Ok(OldCollection::Needed(format!(
                "`{}` points at it",
                deletion.aliases.join("`, `")
            )));
        }
        let target = self.collection(&recreated.target).await?;
        let shape = TargetSchema::of(&target);
        let (old, new) = futures::try_join!(
            self.digest_collection(source, &shape),
            self.digest_collection(&target.name, &shape)
        )?;
        if old.dropped > 0 {
            return Ok(OldCollection::Needed(format!(
                "it has {} values that do not fit the schema of the new version",
                old.dropped
            )));
        }
        if old != new {
            return Ok(OldCollection::Needed(
                "the new version does not hold the same documents".to_owned(),
            ));
        }
        Ok(OldCollection::Superfluous(deletion))
    }
}
