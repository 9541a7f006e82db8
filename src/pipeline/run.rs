//! The state of one run, shared by its stages: clients, ledger, report, and what they all do alike.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::error::RunError;
use super::job::{Ending, Job, Progressed, Setback};
use super::release_cache::ReleaseCache;
use super::report::{Change, ChangeKind, Report};
use super::request::{Mode, Request, Versions};
use crate::model::ProjectName;
use crate::progress::Progress;
use crate::registry::RegistryError;
use crate::registry::pypi::PyPi;
use crate::search;
use crate::store::Ledger;
use crate::store::ledger::{CollectionId, Failure, RegistryId};
use crate::transform::Note;

/// The clients that a run works with.
#[derive(Clone)]
pub struct Services {
    /// The registry.
    pub pypi: PyPi,
    /// The search server or cluster.
    pub search: search::Client,
    pub cache: pyfa_http::DiskCache,
    /// `PYFA_HOME`.
    pub home: PathBuf,
    /// Receives what happens.
    pub progress: Arc<dyn Progress>,
}

/// One run, once it knows where it writes.
pub(super) struct Run {
    pub request: Request,
    pub pypi: PyPi,
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
    pub report: Mutex<Report>,
    pub written: AtomicU64,
    pub deleted: AtomicU64,
}

impl Run {
    pub(super) fn report(&self) -> MutexGuard<'_, Report> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the user something, now and in the report.
    pub(super) fn note(&self, text: impl Into<String>) {
        let text = text.into();
        self.progress.note(&text);
        self.report().notes.push(text);
    }

    /// Counts what `transform` had to normalise.
    pub(super) fn note_normalized(&self, id: &str, notes: &[Note]) {
        for note in notes {
            self.count_normalized(id, note.field, &note.reason);
        }
    }

    /// Counts a value that was changed or left out so that its document could be kept.
    pub(super) fn count_normalized(&self, id: &str, field: &str, reason: &str) {
        tracing::debug!(document = id, field, reason, "normalised");
        let reason = format!("{field}: {reason}");
        let mut report = self.report();
        let normalized = &mut report.normalized;
        if normalized.len() < super::report::LIST_LIMIT || normalized.contains_key(&reason) {
            *normalized.entry(reason).or_default() += 1;
        }
    }

    /// Notes a line of a dry run.
    pub(super) fn note_change(&self, kind: ChangeKind, id: &str) {
        self.report().changes.push(Change {
            kind,
            id: id.to_owned(),
        });
    }

    /// Counts a project that could not be brought up to date.
    pub(super) fn owe(
        &self,
        project: &ProjectName,
        serial: u64,
        setback: &Setback,
    ) -> Result<(), RunError> {
        self.report().projects.failed += 1;
        tracing::warn!(project = %project, serial, reason = %setback.reason, "not brought up to date");
        // A name that was typed, and that neither registry nor collection knows, is owed by nobody.
        let is_typed = self.request.mode == Mode::Named
            && self.ledger.written(self.collection_id, project)?.is_none();
        if self.request.dry_run || is_typed {
            let mut report = self.report();
            Report::list(&mut report.owed, project.as_str(), &setback.reason);
            return Ok(());
        }
        let failure = Failure {
            project: project.clone(),
            serial,
            reason: setback.reason.clone(),
            lasting: setback.lasting,
        };
        self.ledger
            .record_failure(self.collection_id, &failure, self.now)?;
        Ok(())
    }

    /// Acts on what a step of a project has led to, until the project waits or has ended.
    pub(super) async fn settle(
        &self,
        job: &Job,
        mut progressed: Progressed,
    ) -> Result<(), RunError> {
        loop {
            match progressed {
                Progressed::Open => return Ok(()),
                Progressed::Remove(ids) => {
                    self.delete(&job.frame.name, &ids).await?;
                    progressed = job.removed(&ids);
                }
                Progressed::Ended(ending) => {
                    self.ledger
                        .record_written(self.collection_id, [job.record()])?;
                    if let Ending::Incomplete(setback) = ending {
                        self.owe(&job.frame.name, job.frame.serial, &setback)?;
                    }
                    return Ok(());
                }
            }
        }
    }

    /// Deletes documents of `project` by id; what is gone already counts as deleted. A document of
    /// another project stays, which is said.
    pub(super) async fn delete(
        &self,
        project: &ProjectName,
        ids: &[String],
    ) -> Result<(), RunError> {
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let owners = self.search.fetch_owners(&self.collection, &ids).await?;
        let foreign = |id: &&str| {
            let owner = owners.get(*id)?;
            (!owner.is_project(project)).then_some(owner)
        };
        let (own, others): (Vec<&str>, Vec<&str>) =
            ids.into_iter().partition(|id| foreign(id).is_none());
        for id in others {
            if let Some(owner) = foreign(&id) {
                self.note(format!(
                    "the document `{id}` belongs to {owner}, not to `{project}`, and stays"
                ));
            }
        }
        if self.request.dry_run {
            for id in &own {
                self.note_change(ChangeKind::Delete, id);
            }
        } else {
            self.search.delete_documents(&self.collection, &own).await?;
        }
        self.deleted.fetch_add(own.len() as u64, Ordering::Relaxed);
        Ok(())
    }
}

impl Setback {
    /// The program itself has failed, which it will again.
    pub(super) fn panicked() -> Self {
        Self {
            reason: "the program failed on it, which is a mistake of ours: please report it"
                .to_owned(),
            lasting: true,
        }
    }

    /// The setback of a release that the project lists: that it is denied will stay so, too.
    pub(super) fn of_listed(error: &RegistryError) -> Self {
        Self {
            reason: error.to_string(),
            lasting: error.is_lasting() || error.is_not_found(),
        }
    }
}

impl From<&RegistryError> for Setback {
    fn from(error: &RegistryError) -> Self {
        Self {
            reason: error.to_string(),
            lasting: error.is_lasting(),
        }
    }
}
