//! Rebuilds a collection as its next version and moves the aliases, without interrupting searches.
//!
//! The steps, recorded in the ledger: the new version is created, filled, and compared with the old
//! one; then each alias that still points to the old one is moved with one request. The old version
//! stays. A *plain* collection, whose own name front ends use, has to be deleted before that name
//! can become an alias: its copy is compared just before, and the gap is measured.
//!
//! If interrupted while filling, the same command starts again, and replaces the partial copy if it
//! has no documents besides those of the old version. If interrupted while moving aliases, the same
//! command moves the remaining ones. Nothing else is ever deleted here, and aliases that another
//! program has moved meanwhile are left alone.

use std::time::Instant;

use serde::Serialize;

use super::conform::TargetSchema;
use super::copy::{CopyReport, SurplusPolicy};
use super::lists::ServerLists;
use super::{Deletion, ManageError, Manager, names};
use crate::search::{Collection, NewCollection};
use crate::store::Ledger;
use crate::store::ledger::{Switch, SwitchStage};

/// A plan to rebuild a collection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recreation {
    /// The name given by the user: a collection or an alias.
    pub name: String,
    /// Own name of the old collection; `None` if there is none, so that an empty one is created.
    pub source: Option<String>,
    /// How many documents the old collection has.
    pub documents: u64,
    /// Own name of the new collection.
    pub target: String,
    /// The names that will point to the new collection.
    pub aliases: Vec<String>,
    /// One of `aliases` is the old collection's own name, so that it has to be deleted.
    pub is_plain: bool,
    /// Whether this restarts or finishes an interrupted rebuild.
    pub resumes: bool,
    /// The new collection is complete; only aliases have to be moved.
    pub is_filled: bool,
}

/// A finished rebuild.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecreationReport {
    /// The old collection, if there was one.
    pub source: Option<String>,
    pub target: String,
    /// The names that point to the new collection.
    pub aliases: Vec<String>,
    /// Aliases that were moved elsewhere after the rebuild began, and were left alone.
    pub moved_elsewhere: Vec<String>,
    /// `None` if the rebuild was resumed after the copy.
    pub copied: Option<CopyReport>,
    /// For how many milliseconds the name of a plain collection pointed to nothing, if known.
    pub gap: Option<u64>,
}

/// Whether the old version can be deleted after a rebuild.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OldCollection {
    /// It no longer exists.
    Gone,
    /// It can be deleted: the new version has all its documents, and no alias points to it.
    Superfluous(Deletion),
    /// It has to stay, for this reason.
    Needed(String),
}

impl Manager {
    /// Plans to rebuild the collection with this name or alias, or to finish its interrupted
    /// rebuild.
    pub async fn plan_recreation(&self, name: &str) -> Result<Recreation, ManageError> {
        let mut unfinished = Vec::new();
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
                SwitchStage::Filling | SwitchStage::Switching => unfinished.push(switch),
                _ => {}
            }
        }
        self.plan_from_start(name, &unfinished).await
    }

    /// Plans a rebuild that copies all documents. It replaces the target of an `unfinished` one, if
    /// that is safe.
    async fn plan_from_start(
        &self,
        name: &str,
        unfinished: &[Switch],
    ) -> Result<Recreation, ManageError> {
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
            plan.target = self.find_free_version(name, None).await?;
            self.refuse_unaliased_version(name).await?;
            return Ok(plan);
        };
        let documents = self.count_documents(&source).await?;
        let aliases = self.find_aliases_of(&source.name).await?;
        if source.name != name && !aliases.iter().any(|alias| alias == name) {
            return Err(ManageError::ShortList {
                list: "aliases",
                left_out: format!("`{name}`, which points at `{}`", source.name),
            });
        }
        let (base, version) = names::split(&source.name);
        plan.is_plain = source.name == name && (aliases.is_empty() || version == 0);
        let versioned_name = if plan.is_plain { name } else { base };
        if plan.is_plain {
            plan.aliases.splice(..0, aliases);
        } else {
            plan.aliases = aliases;
        }
        for switch in unfinished {
            if switch.source == source.name && self.is_partial_copy(switch, &source).await? {
                plan.target.clone_from(&switch.target);
                plan.resumes = true;
                break;
            }
        }
        if !plan.resumes {
            plan.target = self
                .find_free_version(versioned_name, Some(&source.name))
                .await?;
        }
        plan.documents = documents;
        plan.source = Some(source.name);
        Ok(plan)
    }

    /// Finds the next version of `base` that no alias or collection has. An empty collection that
    /// no alias points to may be replaced, so its version counts as free.
    async fn find_free_version(
        &self,
        base: &str,
        source: Option<&str>,
    ) -> Result<String, ManageError> {
        let ServerLists {
            aliases,
            collections,
        } = self.fetch_lists().await?;
        let has_alias = |name: &str| aliases.iter().any(|alias| alias.collection_name == name);
        let in_use = collections.iter().filter(|one| {
            one.num_documents > 0 || Some(one.name.as_str()) == source || has_alias(&one.name)
        });
        let taken = in_use
            .map(|one| one.name.as_str())
            .chain(aliases.iter().map(|alias| alias.name.as_str()));
        Ok(names::next(base, taken))
    }

    /// Fails if a version of `name` has documents and only lacks its alias, since creating an empty
    /// collection would hide them.
    async fn refuse_unaliased_version(&self, name: &str) -> Result<(), ManageError> {
        let collections = self.fetch_collections(&[]).await?;
        let versions = collections.into_iter().filter(|one| {
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

    /// Fetches the collection with this own name; an alias is not resolved.
    pub(super) async fn find_exact_collection(
        &self,
        name: &str,
    ) -> Result<Option<Collection>, ManageError> {
        let found = self.workspace.search.fetch_collection(name).await?;
        Ok(found.filter(|collection| collection.name == name))
    }

    /// Whether aliases have already been moved to the new collection, and it exists.
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

    /// Whether aliases still have to be moved back to the old collection, and it exists.
    pub(super) async fn is_going_back(&self, switch: &Switch) -> Result<bool, ManageError> {
        if self.find_exact_collection(&switch.source).await?.is_none() {
            return Ok(false);
        }
        let remaining = self.find_aliases_of(&switch.target).await?;
        Ok(switch.aliases.iter().any(|alias| remaining.contains(alias)))
    }

    /// Whether the target may be replaced: the interrupted rebuild created it, no alias points to
    /// it, and it has no documents that the source lacks.
    async fn is_partial_copy(
        &self,
        switch: &Switch,
        source: &Collection,
    ) -> Result<bool, ManageError> {
        let Some(target) = self.find_exact_collection(&switch.target).await? else {
            return Ok(false);
        };
        if Some(target.created_at) != switch.created_at
            || !self.find_aliases_of(&target.name).await?.is_empty()
        {
            return Ok(false);
        }
        let schema = TargetSchema::of(&target);
        let differences = self
            .find_differences(self, &source.name, &target.name, &schema)
            .await?;
        Ok(differences.surplus.is_empty())
    }

    /// Rebuilds the collection and moves the aliases, if the plan still holds.
    pub async fn recreate(&self, plan: &Recreation) -> Result<RecreationReport, ManageError> {
        let source = plan.source.as_ref();
        let aliases = plan.aliases.iter().filter(|alias| Some(*alias) != source);
        let names = aliases.chain(source).chain([&plan.target]);
        let _locks = self.lock(names.map(String::as_str)).await?;
        let now = self.plan_recreation(&plan.name).await?;
        if (&now.source, &now.target, &now.aliases, now.is_filled)
            != (&plan.source, &plan.target, &plan.aliases, plan.is_filled)
        {
            return Err(ManageError::Changed {
                name: plan.name.clone(),
            });
        }
        self.with_ledger(async |ledger| match now.source.clone() {
            Some(source) => self.copy_and_switch(now, source, ledger).await,
            None => self.create_empty(now).await,
        })
        .await
    }

    /// Fills the new version if that is not done yet, and moves the aliases.
    async fn copy_and_switch(
        &self,
        now: Recreation,
        source: String,
        ledger: &Ledger,
    ) -> Result<RecreationReport, ManageError> {
        let mut switch = Switch {
            server: self.workspace.search.identity().to_owned(),
            source: source.clone(),
            target: now.target.clone(),
            created_at: None,
            aliases: now.aliases.clone(),
            stage: SwitchStage::Switching,
        };
        let mut copied = None;
        if !now.is_filled {
            copied = Some(self.fill(&now, &mut switch, ledger).await?);
            switch.stage = SwitchStage::Switching;
            ledger.record_switch(&switch).await?;
        }
        let (moved_elsewhere, gap) = self.move_aliases(&switch).await?;
        switch.stage = SwitchStage::Done;
        ledger.record_switch(&switch).await?;
        if switch.is_plain() {
            ledger.forget_collection(&switch.server, &source).await?;
        }
        let mut aliases = now.aliases;
        aliases.retain(|alias| !moved_elsewhere.contains(alias));
        Ok(RecreationReport {
            source: now.source,
            target: now.target,
            aliases,
            moved_elsewhere,
            copied,
            gap: gap.filter(|_| !now.is_filled),
        })
    }

    /// Creates an empty collection and its alias.
    async fn create_empty(&self, plan: Recreation) -> Result<RecreationReport, ManageError> {
        self.remove_existing_target(&plan).await?;
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
            moved_elsewhere: Vec::new(),
            copied: Some(CopyReport::default()),
            gap: None,
        })
    }

    /// Deletes the collection that has the name of the new version: an empty one, or the partial
    /// copy of an interrupted rebuild. The list that showed it as empty may have been out of date,
    /// so its documents are counted again.
    async fn remove_existing_target(&self, plan: &Recreation) -> Result<(), ManageError> {
        let Some(existing) = self.find_exact_collection(&plan.target).await? else {
            return Ok(());
        };
        if !plan.resumes && self.count_documents(&existing).await? > 0 {
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

    /// Creates the new collection and copies the old one to it. The comparison at the end is the
    /// last request before the aliases are moved.
    async fn fill(
        &self,
        plan: &Recreation,
        switch: &mut Switch,
        ledger: &Ledger,
    ) -> Result<CopyReport, ManageError> {
        let source = self.fetch_collection(&switch.source).await?;
        for stale in self.read_switches().await? {
            let is_open = matches!(stale.stage, SwitchStage::Filling | SwitchStage::Switching);
            if is_open && stale.source == switch.source {
                ledger.forget_switch(&stale.server, &stale.target).await?;
            }
        }
        self.remove_existing_target(plan).await?;
        let new = NewCollection::with_extended_schema(&plan.target, &source);
        let copy = self.workspace.search.create_collection(&new).await?;
        switch.created_at = Some(copy.created_at);
        switch.stage = SwitchStage::Filling;
        ledger.record_switch(switch).await?;
        let outcome = self
            .copy_documents(self, &source, &copy, None, SurplusPolicy::Delete)
            .await;
        if let Err(ManageError::Refused { .. } | ManageError::Differs { .. }) = &outcome {
            self.workspace
                .search
                .delete_collection(&plan.target)
                .await?;
            ledger.forget_switch(&switch.server, &switch.target).await?;
        }
        let copied = outcome?;
        self.copy_ledger_state(self, &source, &copy).await?;
        Ok(copied)
    }

    /// Moves the aliases that point to the old collection. Returns those that point elsewhere by
    /// now, and the gap of a plain collection in milliseconds.
    async fn move_aliases(
        &self,
        switch: &Switch,
    ) -> Result<(Vec<String>, Option<u64>), ManageError> {
        let (source, target) = (&switch.source, &switch.target);
        let mut gap = None;
        if switch.is_plain() {
            let started = Instant::now();
            if let Some(plain) = self.find_exact_collection(source).await? {
                self.count_documents(&plain).await?;
                self.workspace.search.delete_collection(source).await?;
            }
            if self.workspace.search.fetch_alias(source).await?.is_none() {
                self.workspace.search.set_alias(source, target).await?;
            }
            gap = u64::try_from(started.elapsed().as_millis()).ok();
        }
        let mut moved_elsewhere = Vec::new();
        for alias in &switch.aliases {
            let found = self.workspace.search.fetch_alias(alias).await?;
            match found.map(|found| found.collection_name) {
                Some(current) if current == *target => {}
                Some(current) if current == *source => {
                    self.workspace.search.set_alias(alias, target).await?;
                }
                _ => moved_elsewhere.push(alias.clone()),
            }
        }
        Ok((moved_elsewhere, gap))
    }

    /// Whether the old version can be deleted after a rebuild; compares it with the new one again.
    pub async fn assess_old_collection(
        &self,
        recreated: &RecreationReport,
    ) -> Result<OldCollection, ManageError> {
        let Some(source) = &recreated.source else {
            return Ok(OldCollection::Gone);
        };
        // Other nodes of a cluster may not have the moved aliases yet.
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
        let target = self.fetch_collection(&recreated.target).await?;
        let schema = TargetSchema::of(&target);
        let (old, new) = futures::try_join!(
            self.digest_collection(source, &schema),
            self.digest_collection(&target.name, &schema)
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
