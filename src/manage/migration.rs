//! Copies one collection to another: as a snapshot on the same server, or to another server.
//!
//! On the same server the copy has the schema of this program; on another one it is as it was. No
//! alias is changed, and the copy can be repeated: only differences are written, and afterwards
//! both are equal again.

use std::collections::BTreeMap;

use serde::Serialize;

use super::compare::Differences;
use super::conform::TargetSchema;
use super::copy::{CopyReport, SurplusPolicy};
use super::fields::lacking;
use super::{ManageError, Manager, ServerPair};
use crate::search::{Collection, CurationKind, Field, NewCollection, schema};
use crate::store::ledger::CollectionIdentity;
use crate::store::since_file::{self, Mark};

/// A plan to copy a collection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Migration {
    /// Own name of the collection that is read.
    pub source: String,
    pub documents: u64,
    /// Own name of the collection that is filled.
    pub target: String,
    /// Whether it has to be created.
    pub is_new: bool,
    /// Whether it is on another server than the source.
    pub is_elsewhere: bool,
    /// Documents that the target lacks.
    pub to_add: u64,
    /// Documents that the target has with other content.
    pub to_replace: u64,
    /// Documents that only the target has, which would be deleted.
    pub to_delete: u64,
    /// Synonyms and overrides of the target that would be replaced by those of the source.
    pub rules_to_replace: u64,
}

impl Migration {
    /// Whether the target loses something that the user has to confirm. A copy on the same server
    /// is meant to be brought up to date.
    #[must_use]
    pub fn destroys(&self) -> bool {
        self.to_delete > 0
            || self.rules_to_replace > 0
            || (self.is_elsewhere && self.to_replace > 0)
    }

    /// Whether both hold the same documents.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        !self.is_new && self.to_add + self.to_replace + self.to_delete == 0
    }

    /// Whether the target would lose more than the user has confirmed.
    fn exceeds(&self, confirmed: &Self) -> bool {
        self.to_delete > confirmed.to_delete
            || self.rules_to_replace > confirmed.rules_to_replace
            || (self.is_elsewhere && self.to_replace > confirmed.to_replace)
    }
}

/// A finished copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MigrationReport {
    pub source: String,
    pub target: String,
    pub is_new: bool,
    /// Documents that were written.
    pub written: u64,
    pub deleted: u64,
    #[serde(flatten)]
    pub copied: CopyReport,
}

/// The state of source and target.
struct MigrationAnalysis {
    plan: Migration,
    source: Collection,
    existing: Option<Collection>,
    /// Fields that the target lacks.
    missing: Vec<Field>,
    differences: Differences,
}

impl ServerPair {
    /// Plans to copy `source` to `target`.
    ///
    /// # Errors
    ///
    /// [`ManageError::IsAlias`] if the target is an alias, [`ManageError::Schema`] if it cannot
    /// hold the documents.
    pub async fn plan_migration(
        &self,
        source: &str,
        target: &str,
    ) -> Result<Migration, ManageError> {
        Ok(self.analyse(source, target).await?.plan)
    }

    /// Fetches both collections and compares them.
    async fn analyse(
        &self,
        source_name: &str,
        target: &str,
    ) -> Result<MigrationAnalysis, ManageError> {
        let (from, to) = (&self.from, &self.to);
        let source = from.fetch_collection(source_name).await?;
        from.refuse_half_filled(&source.name).await?;
        from.count_documents(&source).await?;
        let existing = to.workspace.search.fetch_collection(target).await?;
        let mut missing = Vec::new();
        if let Some(existing) = &existing {
            if existing.name == source.name && self.is_one_server() {
                return Err(ManageError::Same { name: source.name });
            }
            if existing.name != target {
                return Err(ManageError::IsAlias {
                    name: target.to_owned(),
                    collection: existing.name.clone(),
                    instead: "use the collection's own name, or a new one".to_owned(),
                });
            }
            missing = self.missing_fields(&source, existing)?;
            to.refuse_half_filled(&existing.name).await?;
        } else if let Some(alias) = to.workspace.search.fetch_alias(target).await? {
            return Err(ManageError::IsAlias {
                name: target.to_owned(),
                collection: alias.collection_name,
                instead: "use a new name".to_owned(),
            });
        }
        let mut plan = Migration {
            source: source.name.clone(),
            documents: source.num_documents,
            target: target.to_owned(),
            is_new: existing.is_none(),
            is_elsewhere: !self.is_one_server(),
            to_add: source.num_documents,
            to_replace: 0,
            to_delete: 0,
            rules_to_replace: 0,
        };
        let mut differences = Differences::default();
        if let Some(existing) = &existing {
            let schema = TargetSchema::of(existing);
            differences = to
                .find_differences(from, &source.name, &existing.name, &schema)
                .await?;
            plan.to_replace = differences.replaced;
            plan.to_add = differences.missing.len() as u64 - differences.replaced;
            plan.to_delete = differences.surplus.len() as u64;
            plan.rules_to_replace = self.count_rules_to_replace(&source, existing).await?;
        }
        Ok(MigrationAnalysis {
            plan,
            source,
            existing,
            missing,
            differences,
        })
    }

    /// Copies the collection under the writer locks of both sides. Fails if the target would lose
    /// more than the plan says.
    pub async fn migrate(&self, plan: &Migration) -> Result<MigrationReport, ManageError> {
        let _locks = self.lock(&[&plan.source], &[&plan.target]).await?;
        self.migrate_locked(plan).await
    }

    /// Like [`Self::migrate`], for a caller that holds the locks.
    pub(super) async fn migrate_locked(
        &self,
        plan: &Migration,
    ) -> Result<MigrationReport, ManageError> {
        let analysis = self.analyse(&plan.source, &plan.target).await?;
        if analysis.plan.exceeds(plan) {
            return Err(ManageError::Changed {
                name: plan.target.clone(),
            });
        }
        let mut migrated = MigrationReport {
            source: plan.source.clone(),
            target: plan.target.clone(),
            is_new: plan.is_new,
            written: analysis.plan.to_add + analysis.plan.to_replace,
            deleted: analysis.plan.to_delete,
            copied: CopyReport::default(),
        };
        let is_equal = analysis.plan.is_equal() && analysis.missing.is_empty();
        migrated.copied = if is_equal {
            let rules = self
                .to
                .copy_rules(&self.from, &analysis.source.name, &plan.target)
                .await?;
            CopyReport {
                documents: analysis.source.num_documents,
                ..rules
            }
        } else {
            self.fill(plan, &analysis).await?
        };
        if let Some(copy) = self.to.find_exact_collection(&plan.target).await?
            && !(is_equal && self.has_newer_records(&analysis.source, &copy).await?)
        {
            self.to
                .copy_ledger_state(&self.from, &analysis.source, &copy)
                .await?;
        }
        Ok(migrated)
    }

    /// Creates the target if needed, and makes it equal to the source.
    async fn fill(
        &self,
        plan: &Migration,
        analysis: &MigrationAnalysis,
    ) -> Result<CopyReport, ManageError> {
        let (to, target) = (&self.to, plan.target.as_str());
        // If interrupted from here on, the ledger must not have records of a partial copy.
        let server = to.workspace.search.identity();
        to.with_ledger(async |ledger| Ok(ledger.forget_collection(server, target).await?))
            .await?;
        let (copy, only) = match &analysis.existing {
            None => {
                let new = if self.is_one_server() {
                    NewCollection::with_extended_schema(target, &analysis.source)
                } else {
                    NewCollection::with_same_schema(target, &analysis.source)
                };
                (to.workspace.search.create_collection(&new).await?, None)
            }
            Some(existing) if analysis.missing.is_empty() => {
                (existing.clone(), Some(&analysis.differences.missing))
            }
            Some(_) => {
                to.workspace
                    .search
                    .add_fields(target, &analysis.missing)
                    .await?;
                // Existing values of these fields have a type now, so all documents are compared.
                (to.fetch_collection(target).await?, None)
            }
        };
        let surplus = if plan.to_delete > 0 || plan.is_new {
            SurplusPolicy::Delete
        } else {
            SurplusPolicy::Refuse
        };
        let copied = to
            .copy_documents(&self.from, &analysis.source, &copy, only, surplus)
            .await;
        if analysis.plan.is_new
            && let Err(ManageError::Refused { .. } | ManageError::Differs { .. }) = &copied
        {
            to.workspace.search.delete_collection(target).await?;
        }
        copied
    }

    /// The fields to add to the target.
    fn missing_fields(
        &self,
        source: &Collection,
        existing: &Collection,
    ) -> Result<Vec<Field>, ManageError> {
        let compared = if self.is_one_server() {
            let comparison = schema::compare(existing);
            let conflicts: Vec<String> = comparison
                .conflicts
                .iter()
                .map(ToString::to_string)
                .collect();
            if conflicts.is_empty() {
                Ok(comparison.missing)
            } else {
                Err(conflicts)
            }
        } else {
            lacking(source, existing)
        };
        compared.map_err(|conflicts| ManageError::Schema {
            collection: existing.name.clone(),
            conflicts: conflicts.join(", "),
        })
    }

    /// Counts the synonyms and overrides of `target` that differ from those with the same id in
    /// `source`.
    async fn count_rules_to_replace(
        &self,
        source: &Collection,
        target: &Collection,
    ) -> Result<u64, ManageError> {
        let mut count = 0;
        for kind in CurationKind::ALL {
            let target_rules = self
                .to
                .workspace
                .search
                .list_rules(&target.name, kind)
                .await?;
            for rule in self
                .from
                .workspace
                .search
                .list_rules(&source.name, kind)
                .await?
            {
                let same_id = target_rules
                    .iter()
                    .find(|other| other.get("id") == rule.get("id"));
                count += u64::from(same_id.is_some_and(|other| *other != rule));
            }
        }
        Ok(count)
    }

    /// Whether the ledger records the target, at an index serial not below that of the source.
    async fn has_newer_records(
        &self,
        source: &Collection,
        target: &Collection,
    ) -> Result<bool, ManageError> {
        self.to
            .with_ledger(async |ledger| {
                let read_serials = async |manager: &Manager, name: &str| {
                    let server = manager.workspace.search.identity();
                    let mut serials = BTreeMap::new();
                    for (registry, id) in ledger.find_collections(server, name).await? {
                        let record = ledger.read_collection_record(id).await?;
                        serials.insert(registry, record.index_serial);
                    }
                    Ok::<_, ManageError>(serials)
                };
                let of_target = read_serials(&self.to, &target.name).await?;
                let of_source = read_serials(&self.from, &source.name).await?;
                let is_newer = |(registry, serial)| of_target.get(registry) >= Some(serial);
                Ok(!of_target.is_empty() && of_source.iter().all(is_newer))
            })
            .await
    }
}

impl Manager {
    /// Copies the ledger and since-file records of `source`, on the server of `from`, to its copy,
    /// so that a run into the copy continues from there.
    pub(super) async fn copy_ledger_state(
        &self,
        from: &Self,
        source: &Collection,
        target: &Collection,
    ) -> Result<(), ManageError> {
        let identity = |manager: &Self, collection: &Collection, registry| CollectionIdentity {
            server: manager.workspace.search.identity().to_owned(),
            name: collection.name.clone(),
            registry,
            created_at: collection.created_at,
        };
        self.with_ledger(async |ledger| {
            let server = from.workspace.search.identity();
            let known = ledger.find_collections(server, &source.name).await?;
            for registry in known.into_keys() {
                // With its creation time: if the source's records are in doubt, so are the copy's.
                let original = identity(from, source, registry);
                let copy = identity(self, target, registry);
                let (original, _) = ledger.find_or_add_collection(&original).await?;
                let (copy, _) = ledger.find_or_add_collection(&copy).await?;
                ledger.copy_collection(original, copy).await?;
            }
            Ok(())
        })
        .await?;
        for mark in since_file::read_all(&self.since_file, &source.name)? {
            let target_mark = Mark {
                collection: target.name.clone(),
                ..mark
            };
            since_file::write(&self.since_file, &target_mark)?;
        }
        Ok(())
    }
}
