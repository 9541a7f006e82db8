//! Copies one collection to another one: a snapshot here, or the same collection elsewhere.
//!
//! On the same server the copy has the schema of this program; on another one it is as it was. No
//! alias is touched, and the copy may be repeated: only what differs is written, and afterwards
//! both are equal again.

use serde::Serialize;

use super::compare::Differences;
use super::conform::TargetSchema;
use super::copy::{CopyReport, SurplusPolicy};
use super::fields::lacking;
use super::{ManageError, Manager, ServerPair};
use crate::search::{Collection, CurationKind, Field, NewCollection, schema};
use crate::store::Ledger;
use crate::store::ledger::CollectionIdentity;
use crate::store::since_file::{self, Mark};

/// A copy that is to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Migration {
    /// Real name of the collection that is read.
    pub source: String,
    pub documents: u64,
    /// Real name of the collection that is filled.
    pub target: String,
    /// Whether it has to be created.
    pub is_new: bool,
    /// Whether it is on another server than the source.
    pub is_elsewhere: bool,
    /// Documents that the target lacks.
    pub to_add: u64,
    /// Documents that the target has otherwise.
    pub to_replace: u64,
    /// Documents that only the target has, which would be deleted.
    pub to_delete: u64,
    /// Synonyms and overrides of the target that would be replaced by others of their name.
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

    /// Whether more would be lost than `agreed` says.
    fn exceeds(&self, agreed: &Self) -> bool {
        self.to_delete > agreed.to_delete
            || self.rules_to_replace > agreed.rules_to_replace
            || (self.is_elsewhere && self.to_replace > agreed.to_replace)
    }
}

/// A copy that was made.
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

/// What is at both ends.
struct MigrationAnalysis {
    plan: Migration,
    source: Collection,
    there: Option<Collection>,
    /// Fields that the target lacks.
    missing: Vec<Field>,
    differences: Differences,
}

impl ServerPair {
    /// What copying `source` to `target` means.
    ///
    /// # Errors
    ///
    /// [`ManageError::IsAlias`] where the target is an alias, [`ManageError::Schema`] where it
    /// cannot hold the documents.
    pub async fn plan_migration(
        &self,
        source: &str,
        target: &str,
    ) -> Result<Migration, ManageError> {
        Ok(self.look(source, target).await?.plan)
    }

    async fn look(&self, source: &str, target: &str) -> Result<MigrationAnalysis, ManageError> {
        let (from, to) = (&self.from, &self.to);
        let source = from.collection(source).await?;
        from.refuse_half_filled(&source.name).await?;
        from.count_documents(&source).await?;
        let there = to.workspace.search.fetch_collection(target).await?;
        let mut missing = Vec::new();
        if let Some(there) = &there {
            if there.name == source.name && self.is_one_server() {
                return Err(ManageError::Same { name: source.name });
            }
            if there.name != target {
                return Err(ManageError::IsAlias {
                    name: target.to_owned(),
                    collection: there.name.clone(),
                    instead: "use the collection's own name, or a new one".to_owned(),
                });
            }
            missing = self.missing_fields(&source, there)?;
            to.refuse_half_filled(&there.name).await?;
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
            is_new: there.is_none(),
            is_elsewhere: !self.is_one_server(),
            to_add: source.num_documents,
            to_replace: 0,
            to_delete: 0,
            rules_to_replace: 0,
        };
        let mut differences = Differences::default();
        if let Some(there) = &there {
            let shape = TargetSchema::of(there);
            differences = to
                .differences(from, &source.name, &there.name, &shape)
                .await?;
            plan.to_replace = differences.replaced;
            plan.to_add = differences.missing.len() as u64 - differences.replaced;
            plan.to_delete = differences.surplus.len() as u64;
            plan.rules_to_replace = self.rules_to_replace(&source, there).await?;
        }
        Ok(MigrationAnalysis {
            plan,
            source,
            there,
            missing,
            differences,
        })
    }

    /// Makes the copy, once nobody writes either side. What the target loses is what the plan says.
    pub async fn migrate(&self, plan: &Migration) -> Result<MigrationReport, ManageError> {
        let _locks = self.lock(&[&plan.source], &[&plan.target]).await?;
        self.migrate_locked(plan).await
    }

    pub(super) async fn migrate_locked(
        &self,
        plan: &Migration,
    ) -> Result<MigrationReport, ManageError> {
        let look = self.look(&plan.source, &plan.target).await?;
        if look.plan.exceeds(plan) {
            return Err(ManageError::Changed {
                name: plan.target.clone(),
            });
        }
        let mut migrated = MigrationReport {
            source: plan.source.clone(),
            target: plan.target.clone(),
            is_new: plan.is_new,
            written: look.plan.to_add + look.plan.to_replace,
            deleted: look.plan.to_delete,
            copied: CopyReport::default(),
        };
        let is_equal = look.plan.is_equal() && look.missing.is_empty();
        migrated.copied = if is_equal {
            let names = (&look.source.name, &plan.target);
            CopyReport {
                documents: look.source.num_documents,
                ..self.to.teach(&self.from, names.0, names.1).await?
            }
        } else {
            self.fill(plan, &look).await?
        };
        if let Some(copy) = self.to.find_exact_collection(&plan.target).await?
            && !(is_equal && self.knows_more(&look.source, &copy).await?)
        {
            self.to
                .copy_ledger_state(&self.from, &look.source, &copy)
                .await?;
        }
        Ok(migrated)
    }

    /// Makes the target if it is not there, and makes it equal.
    async fn fill(
        &self,
        plan: &Migration,
        look: &MigrationAnalysis,
    ) -> Result<CopyReport, ManageError> {
        let (to, target) = (&self.to, plan.target.as_str());
        // Whoever is killed from here on leaves a collection of which nothing is believed.
        let (ledger, _) = Ledger::open(&to.workspace.home).await?;
        ledger
            .forget_collection(to.workspace.search.identity(), target)
            .await?;
        ledger.close().await;
        let (copy, only) = match &look.there {
            None => {
                let new = if self.is_one_server() {
                    NewCollection::with_extended_schema(target, &look.source)
                } else {
                    NewCollection::with_same_schema(target, &look.source)
                };
                (to.workspace.search.create_collection(&new).await?, None)
            }
            Some(there) if look.missing.is_empty() => {
                (there.clone(), Some(&look.differences.missing))
            }
            Some(_) => {
                to.workspace
                    .search
                    .add_fields(target, &look.missing)
                    .await?;
                // Values that were only stored have a type now.
                (to.collection(target).await?, None)
            }
        };
        let surplus = if plan.to_delete > 0 || plan.is_new {
            SurplusPolicy::Delete
        } else {
            SurplusPolicy::Refuse
        };
        let copied = to
            .copy(&self.from, &look.source, &copy, only, surplus)
            .await;
        if look.plan.is_new
            && let Err(ManageError::Refused { .. } | ManageError::Differs { .. }) = &copied
        {
            to.workspace.search.delete_collection(target).await?;
        }
        copied
    }

    /// The fields that the target lacks.
    fn missing_fields(
        &self,
        source: &Collection,
        there: &Collection,
    ) -> Result<Vec<Field>, ManageError> {
        let compared = if self.is_one_server() {
            let comparison = schema::compare(there);
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
            lacking(source, there)
        };
        compared.map_err(|conflicts| ManageError::Schema {
            collection: there.name.clone(),
            conflicts: conflicts.join(", "),
        })
    }

    /// How many rules of `target` differ from those of the same id in `source`.
    async fn rules_to_replace(
        &self,
        source: &Collection,
        target: &Collection,
    ) -> Result<u64, ManageError> {
        let mut count = 0;
        for kind in CurationKind::ALL {
            let theirs = self
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
                let other = theirs
                    .iter()
                    .find(|other| other.get("id") == rule.get("id"));
                count += u64::from(other.is_some_and(|other| *other != rule));
            }
        }
        Ok(count)
    }

    /// Whether the ledger knows the target, and up to a serial that is not below the source's.
    async fn knows_more(
        &self,
        source: &Collection,
        target: &Collection,
    ) -> Result<bool, ManageError> {
        let (ledger, _) = Ledger::open(&self.to.workspace.home).await?;
        let known = async |manager: &Manager, name: &str| {
            let server = manager.workspace.search.identity();
            match ledger.known_collection(server, name).await? {
                Some(id) => ledger.collection_record(id).await.map(Some),
                None => Ok(None),
            }
        };
        let there = known(&self.to, &target.name).await?;
        let here = known(&self.from, &source.name).await?;
        ledger.close().await;
        let serial = |record: Option<_>| {
            record.map(|record: crate::store::ledger::CollectionRecord| record.index_serial)
        };
        Ok(there.is_some() && serial(there) >= serial(here))
    }
}

impl Manager {
    /// What ledger and since-file know of `source`, which is where `from` is, is true of its copy
    /// as well: a fetch into it goes on from there.
    pub(super) async fn copy_ledger_state(
        &self,
        from: &Self,
        source: &Collection,
        target: &Collection,
    ) -> Result<(), ManageError> {
        let (ledger, _) = Ledger::open(&self.workspace.home).await?;
        let identity = |manager: &Self, collection: &Collection| CollectionIdentity {
            server: manager.workspace.search.identity().to_owned(),
            name: collection.name.clone(),
            created_at: collection.created_at,
        };
        let known = ledger
            .known_collection(from.workspace.search.identity(), &source.name)
            .await?;
        if known.is_some() {
            // By its date: what is doubted of the source is doubted of the copy.
            let (known, _) = ledger.collection(&identity(from, source)).await?;
            let (copy, _) = ledger.collection(&identity(self, target)).await?;
            ledger.copy_collection(known, copy).await?;
        }
        ledger.close().await;
        if let Some(mark) = since_file::read(&self.since_file, &source.name)? {
            let mark = Mark {
                collection: target.name.clone(),
                ..mark
            };
            since_file::write(&self.since_file, &mark)?;
        }
        Ok(())
    }
}
