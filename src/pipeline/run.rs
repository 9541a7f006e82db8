//! The state of one run, shared by its stages, and what they all do alike.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::error::RunError;
use super::outcome::Outcome;
use super::own_documents::OwnDocuments;
use super::project_progress::{Ending, NextStep, ProjectProgress};
use super::release_cache::ReleaseCache;
use super::report::ChangeKind;
use super::report_builder::ReportBuilder;
use super::request::{FetchRequest, Mode, Versions};
use super::step_failure::StepFailure;
use crate::model::{Owner, ProjectName, Serial};
use crate::progress::Progress;
use crate::registry::Registry;
use crate::search;
use crate::store::Ledger;
use crate::store::ledger::{CollectionId, RegistryId};
use crate::workspace::Workspace;

/// The clients that a run works with.
#[derive(Clone)]
pub struct FetchServices {
    /// The registry.
    pub registry: Arc<dyn Registry>,
    pub workspace: Workspace,
    pub cache: pyfa_http::DiskCache,
}

/// One run, once it knows where it writes.
pub(super) struct Run {
    pub request: FetchRequest,
    pub registry: Arc<dyn Registry>,
    pub search: search::Client,
    pub ledger: Ledger,
    pub cache: ReleaseCache,
    pub progress: Arc<dyn Progress>,
    /// Real name of the collection.
    pub collection: String,
    pub collection_id: CollectionId,
    pub registry_id: RegistryId,
    pub versions: Versions,
    /// When the run began, Unix seconds.
    pub now: i64,
    /// See [`Run::record`].
    pub report: Mutex<ReportBuilder>,
    /// Whether documents were written or deleted, so that the nodes of a cluster may differ.
    pub has_changed_collection: AtomicBool,
}

impl Run {
    /// Adds an outcome to the report.
    pub(super) fn record(&self, outcome: Outcome) {
        self.report
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .add(outcome);
    }

    /// The documents of the collection that this run may change.
    pub(super) fn own_documents(&self) -> OwnDocuments<'_> {
        OwnDocuments {
            search: &self.search,
            ledger: &self.ledger,
            collection: &self.collection,
            registry: self.registry.kind(),
        }
    }

    /// Takes the report at the end of the run.
    pub(super) fn take_report(&self) -> ReportBuilder {
        std::mem::take(&mut *self.report.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Tells the user something, now and in the report.
    pub(super) fn note(&self, text: impl Into<String>) {
        let text = text.into();
        self.progress.note(&text);
        self.record(Outcome::Note(text));
    }

    /// Records a value that was changed or left out so that its document could be kept.
    pub(super) fn record_normalized(&self, id: &str, field: &str, reason: &str) {
        tracing::debug!(document = id, field, reason, "normalised");
        self.record(Outcome::ValueNormalized {
            field: field.to_owned(),
            reason: reason.to_owned(),
        });
    }

    /// Records that a project could not be brought up to date; the next run tries again.
    pub(super) async fn record_failure(
        &self,
        project: &ProjectName,
        serial: Option<Serial>,
        failure: &StepFailure,
    ) -> Result<(), RunError> {
        tracing::warn!(
            project = %project,
            serial = Serial::number(serial),
            reason = %failure.reason,
            "not brought up to date"
        );
        // Nothing is pending for a name that was typed and that the collection does not know.
        let is_typed =
            self.request.mode == Mode::Named && self.read_stored_project(project).await?.is_none();
        if self.request.dry_run || is_typed {
            self.record(Outcome::ProjectFailedUnrecorded {
                project: project.clone(),
                reason: failure.reason.clone(),
            });
            return Ok(());
        }
        self.record(Outcome::ProjectFailed);
        self.store_failure(project, serial, failure).await?;
        Ok(())
    }

    /// Does what follows from a step of a project, until the project waits for other steps or has
    /// ended.
    pub(super) async fn follow_up(
        &self,
        project: &ProjectProgress,
        mut next: NextStep,
    ) -> Result<(), RunError> {
        loop {
            match next {
                NextStep::Wait => return Ok(()),
                NextStep::RemoveDocuments(ids) => {
                    self.delete_documents(&project.context.name, &ids).await?;
                    next = project.documents_removed(&ids);
                }
                NextStep::Finish(ending) => {
                    self.store_projects(vec![project.ledger_record()]).await?;
                    if let Ending::Incomplete(failure) = ending {
                        let context = &project.context;
                        self.record_failure(&context.name, context.serial, &failure)
                            .await?;
                    }
                    return Ok(());
                }
            }
        }
    }

    /// Whether `project` of the run's registry owns a stored document.
    pub(super) fn is_owner(&self, owner: &Owner, project: &ProjectName) -> bool {
        owner.is_project(self.registry.kind(), project)
    }

    /// Deletes documents of `project` by id; one that is gone already counts as deleted. A document
    /// of another project stays, and the user is told.
    pub(super) async fn delete_documents(
        &self,
        project: &ProjectName,
        ids: &[String],
    ) -> Result<(), RunError> {
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let owners = self.search.fetch_owners(&self.collection, &ids).await?;
        let foreign_owner = |id: &&str| {
            let owner = owners.get(*id)?;
            (!self.is_owner(owner, project)).then_some(owner)
        };
        let (own, foreign): (Vec<&str>, Vec<&str>) =
            ids.into_iter().partition(|id| foreign_owner(id).is_none());
        for id in foreign {
            if let Some(owner) = foreign_owner(&id) {
                self.note(format!(
                    "the document `{id}` belongs to {owner}, not to `{project}`, and is kept"
                ));
            }
        }
        if self.request.dry_run {
            for id in &own {
                self.record(Outcome::DocumentWouldChange {
                    kind: ChangeKind::Delete,
                    id: (*id).to_owned(),
                });
            }
        } else {
            self.search.delete_documents(&self.collection, &own).await?;
        }
        if !own.is_empty() {
            self.has_changed_collection.store(true, Ordering::Relaxed);
        }
        self.record(Outcome::DocumentsDeleted(own.len()));
        Ok(())
    }
}
