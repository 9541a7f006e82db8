//! Reads one project, decides whether it belongs to the collection, and builds what is written
//! first.
//!
//! The newest release of every project is taken from the project document itself, so that a run
//! that is stopped early leaves a complete gallery; the history follows in a stage of its own.
//! Called by `examination`, which sends the documents.

use std::collections::HashSet;
use std::sync::Arc;

use super::build::{self, BuiltDocument};
use super::candidate::Candidate;
use super::error::RunError;
use super::plan::{Plan, PlanOptions, PlannedDocument, plan};
use super::project_facts::ProjectFacts;
use super::project_progress::{ProjectProgress, StepCounts, StepOutcome};
use super::request::Mode;
use super::run::Run;
use super::step_failure::StepFailure;
use crate::model::ProjectName;
use crate::registry::{Absence, FurtherReleases, ProjectHead, RegistryError, UnreadProject};
use crate::search::SearchError;
use crate::store::StoreError;
use crate::store::ledger::{DocumentEntry, ReadOutcome, WrittenRecord};

/// A candidate that has been read.
pub(super) struct Examined {
    pub candidate: Candidate,
    pub result: ExaminationResult,
}

/// What came of reading a project.
pub(super) enum ExaminationResult {
    /// It belongs to the collection.
    Matching {
        head: ProjectHead,
        work: ProjectWork,
    },
    /// It does not belong to the collection.
    NotMatching { head: ProjectHead, is_indexed: bool },
    /// It exists, but there is nothing to show.
    NothingToShow {
        outcome: ReadOutcome,
        is_indexed: bool,
    },
    /// It is as it was when it was last looked at.
    Unchanged { is_indexed: bool },
    /// The registry itself says that it is gone.
    Gone {
        is_indexed: bool,
        /// What it serves in the project's place says so.
        is_withdrawn: bool,
    },
    /// It could not be read or built.
    Failed(StepFailure),
}

/// What has to be done for a project.
pub(super) struct ProjectWork {
    pub project: Arc<ProjectProgress>,
    /// The newest release, then the one that it replaces.
    pub first: Vec<BuiltDocument>,
    pub history: ProjectHistory,
    pub unchanged: usize,
}

/// What follows once the newest release of every project is written.
pub(super) struct ProjectHistory {
    pub project: Arc<ProjectProgress>,
    pub facts: Arc<ProjectFacts>,
    /// Newest first.
    pub planned: Vec<PlannedDocument>,
    pub vanished: Vec<DocumentEntry>,
}

/// Examines one project. Errors of the search server end the run; everything else is a result.
pub(super) async fn examine(run: Arc<Run>, candidate: Candidate) -> Result<Examined, RunError> {
    let result = match read_candidate(&run, &candidate).await {
        Ok(result) => result,
        Err(ExaminationError::Run(error)) => return Err(error),
        Err(ExaminationError::Registry(error)) => {
            ExaminationResult::Failed(StepFailure::from(&error))
        }
        Err(ExaminationError::SearchRefused(error)) => ExaminationResult::Failed(StepFailure {
            reason: error.to_string(),
            is_permanent: true,
        }),
    };
    Ok(Examined { candidate, result })
}

enum ExaminationError {
    /// Ends the run.
    Run(RunError),
    /// The search server refuses a request that concerns this project.
    SearchRefused(SearchError),
    Registry(RegistryError),
}

impl<E: Into<RunError>> From<E> for ExaminationError {
    fn from(error: E) -> Self {
        match error.into() {
            RunError::Registry(error) => Self::Registry(error),
            RunError::Search(error @ SearchError::Refused { .. }) => Self::SearchRefused(error),
            error => Self::Run(error),
        }
    }
}

async fn read_candidate(
    run: &Arc<Run>,
    candidate: &Candidate,
) -> Result<ExaminationResult, ExaminationError> {
    let name = &candidate.name;
    let fetched = run
        .registry
        .fetch_changed_project(name, candidate.serial, candidate.known)
        .await;
    let mut unread = match fetched {
        Ok(Some(unread)) => unread,
        Ok(None) => {
            return Ok(ExaminationResult::Unchanged {
                is_indexed: candidate.may_be_indexed,
            });
        }
        Err(error) if error.is_not_found() => {
            return read_absence(run, candidate, error).await;
        }
        Err(error) => return Err(ExaminationError::Registry(error)),
    };
    let marks = candidate.marks.iter().cloned();
    unread.head.classifiers.extend(marks);
    let stored = read_stored(run, candidate).await?;
    let selection = run.request.rules.select(name, &unread.head.classifiers);
    if !selection.is_matched() {
        return Ok(ExaminationResult::NotMatching {
            head: unread.head,
            is_indexed: stored.is_some(),
        });
    }
    let head = unread.head.clone();
    let work = prepare_work(run, unread, stored.as_ref()).await?;
    Ok(ExaminationResult::Matching { head, work })
}

/// What the collection holds of a candidate.
async fn read_stored(
    run: &Run,
    candidate: &Candidate,
) -> Result<Option<WrittenRecord>, StoreError> {
    if candidate.may_be_indexed {
        run.read_stored_project(&candidate.name).await
    } else {
        Ok(None)
    }
}

/// A project whose document is not found: withheld, empty, or unknown after all.
async fn read_absence(
    run: &Arc<Run>,
    candidate: &Candidate,
    not_found: RegistryError,
) -> Result<ExaminationResult, ExaminationError> {
    let name = &candidate.name;
    let outcome = match run.registry.fetch_absence(name, candidate.serial).await {
        Ok(absence @ (Absence::Gone | Absence::Withdrawn(_)))
            if !run.registry.has_complete_index() && run.request.mode != Mode::Named =>
        {
            return Ok(ExaminationResult::Gone {
                is_indexed: read_stored(run, candidate).await?.is_some(),
                is_withdrawn: matches!(absence, Absence::Withdrawn(_)),
            });
        }
        Ok(Absence::Gone | Absence::Withdrawn(_)) => {
            return Err(ExaminationError::Registry(not_found));
        }
        Ok(Absence::Quarantined) => ReadOutcome::Quarantined,
        Ok(Absence::WithoutReleases) => ReadOutcome::Empty,
        Ok(Absence::Inconsistent) => {
            return Err(ExaminationError::Registry(RegistryError::Broken {
                what: format!("project `{name}`"),
                why: "the registry answers 404 although its index lists releases".to_owned(),
            }));
        }
        Err(error) => return Err(ExaminationError::Registry(error)),
    };
    Ok(ExaminationResult::NothingToShow {
        outcome,
        is_indexed: read_stored(run, candidate).await?.is_some(),
    })
}

async fn prepare_work(
    run: &Arc<Run>,
    unread: UnreadProject,
    stored: Option<&WrittenRecord>,
) -> Result<ProjectWork, ExaminationError> {
    let mut fetched = run.registry.read_project(unread).await?;
    let further = std::mem::take(&mut fetched.further);
    let options = PlanOptions {
        versions: run.versions,
        history_text: run.request.history_text,
        force: run.request.force,
    };
    let Plan {
        context,
        first: planned_first,
        history,
        vanished,
        obsolete,
        unchanged,
    } = plan(&*run.registry, &fetched, stored, options);
    let wanted: HashSet<&str> = planned_first
        .iter()
        .chain(&history)
        .map(|planned| planned.version.as_str())
        .collect();
    keep_wanted(run, &fetched.name, further, &wanted).await;
    let rewritten = planned_first.iter().chain(&history);
    let reopened = reopen(run, stored, rewritten).await?;
    let mut facts = if planned_first.is_empty() && history.is_empty() {
        ProjectFacts::default()
    } else {
        ProjectFacts::load(run, &fetched.name, stored).await?
    };
    let steps = StepCounts {
        documents: planned_first.len() + history.len(),
        confirmations: vanished.len(),
    };
    let project = Arc::new(ProjectProgress::new(
        context,
        steps,
        obsolete,
        reopened.as_ref().or(stored),
        facts.take_own_ids(),
    ));

    let context = &project.context;
    let mut first = Vec::with_capacity(planned_first.len());
    let mut latest = Some(fetched.latest);
    for planned in &planned_first {
        let built = match latest.take_if(|_| planned.is_latest) {
            Some(release) => {
                Ok(build::build_from_fetched(run, context, planned, release, &facts).await)
            }
            None => build::build_from_cache_or_registry(run, context, planned, &facts).await,
        };
        match built {
            Ok(document) => first.push(document),
            // The new release does not wait for the old one, which loses its flag all the same.
            Err(error) => {
                let failure = StepFailure::of_listed_release(&error);
                // The project has not been handed over, so nothing can follow yet.
                let _ = project.record(StepOutcome::DocumentNotBuilt(failure));
            }
        }
    }
    Ok(ProjectWork {
        history: ProjectHistory {
            project: project.clone(),
            facts: Arc::new(facts),
            planned: history,
            vanished,
        },
        project,
        first,
        unchanged,
    })
}

/// Brings the wanted releases to the cache, and frees all of them: nothing large may be held while the
/// registry is asked for more.
async fn keep_wanted(
    run: &Run,
    name: &ProjectName,
    further: FurtherReleases,
    wanted: &HashSet<&str>,
) {
    for (version, cached) in further.all() {
        if wanted.contains(version) {
            run.cache.keep_release(name, version, cached.to_vec()).await;
        }
    }
}

/// Forgets the keys of the documents that will be rewritten, in the ledger too. A run may end
/// between the server's answer and the ledger's note of it, and the registry may take a change back
/// before the next run: until then, what these documents hold is not known. `None` where none of
/// them is there yet.
async fn reopen<'p>(
    run: &Run,
    stored: Option<&WrittenRecord>,
    rewritten: impl Iterator<Item = &'p PlannedDocument>,
) -> Result<Option<WrittenRecord>, StoreError> {
    let ids = rewritten.map(|planned| &*planned.entry.id);
    let reopened = stored.and_then(|record| record.before_rewrite(ids));
    if let Some(record) = &reopened {
        run.store_projects(vec![record.clone()]).await?;
    }
    Ok(reopened)
}
