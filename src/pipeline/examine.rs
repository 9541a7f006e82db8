//! One project: read it, decide whether it belongs here, and build what comes first.
//!
//! The newest release of every project is taken from the project document itself, so that a run
//! which is stopped early leaves a complete gallery; its history follows in a stage of its own.
//! Sends no document: it hands lines to `stages`, which called it.

use std::sync::Arc;

use super::build::{self, Line};
use super::error::RunError;
use super::facts::Facts;
use super::job::{Job, Setback};
use super::plan::{Plan, PlanSettings, Wanted, plan};
use super::run::Run;
use crate::model::{ProjectName, Serial};
use crate::registry::{Absence, ProjectHead, RegistryError, UnreadProject};
use crate::search::SearchError;
use crate::store::StoreError;
use crate::store::ledger::{DocumentEntry, ReadOutcome, WrittenRecord};

/// A project that a run looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub name: ProjectName,
    /// The serial that the index announced; `None` where no index was read.
    pub serial: Option<Serial>,
    /// False where discovery knows that the collection holds nothing of it, so that a scan need
    /// not ask the ledger a million times.
    pub may_be_indexed: bool,
}

/// What was found.
pub(super) struct Examined {
    pub candidate: Candidate,
    pub found: Found,
}

pub(super) enum Found {
    /// It belongs here.
    Matching { head: ProjectHead, work: Work },
    /// It does not belong here.
    NotMatching { head: ProjectHead, is_indexed: bool },
    /// It exists, but there is nothing to show.
    Nothing {
        outcome: ReadOutcome,
        is_indexed: bool,
    },
    /// It could not be read or built.
    Failed(Setback),
}

/// What has to be done for a project.
pub(super) struct Work {
    pub job: Arc<Job>,
    /// The newest release, then the one that it replaces.
    pub first: Vec<Line>,
    pub history: History,
    pub unchanged: usize,
}

/// What follows once the newest release of every project is written.
pub(super) struct History {
    pub job: Arc<Job>,
    pub facts: Arc<Facts>,
    /// Newest first.
    pub wanted: Vec<Wanted>,
    pub vanished: Vec<DocumentEntry>,
}

/// Examines one project. Errors of the search server end the run; everything else is an answer.
pub(super) async fn examine(run: Arc<Run>, candidate: Candidate) -> Result<Examined, RunError> {
    let found = match look(&run, &candidate).await {
        Ok(found) => found,
        Err(Trouble::Run(error)) => return Err(error),
        Err(Trouble::Registry(error)) => Found::Failed(Setback::from(&error)),
        Err(Trouble::Refused(error)) => Found::Failed(Setback {
            reason: error.to_string(),
            lasting: true,
        }),
    };
    Ok(Examined { candidate, found })
}

enum Trouble {
    /// Ends the run.
    Run(RunError),
    /// The search server does not take a request that concerns this project.
    Refused(SearchError),
    Registry(RegistryError),
}

impl<E: Into<RunError>> From<E> for Trouble {
    fn from(error: E) -> Self {
        match error.into() {
            RunError::Registry(error) => Self::Registry(error),
            RunError::Search(error @ SearchError::Refused { .. }) => Self::Refused(error),
            error => Self::Run(error),
        }
    }
}

async fn look(run: &Arc<Run>, candidate: &Candidate) -> Result<Found, Trouble> {
    let name = &candidate.name;
    let unread = match run.registry.fetch_project(name, candidate.serial).await {
        Ok(unread) => unread,
        Err(error) if error.is_not_found() => return withheld(run, candidate, error).await,
        Err(error) => return Err(Trouble::Registry(error)),
    };
    let written = written(run, candidate)?;
    if !run
        .request
        .rules
        .select(name, &unread.head.classifiers)
        .is_matched()
    {
        let head = unread.head;
        return Ok(Found::NotMatching {
            head,
            is_indexed: written.is_some(),
        });
    }
    let head = unread.head.clone();
    let work = work(run, unread, written.as_ref()).await?;
    Ok(Found::Matching { head, work })
}

/// What the collection holds of a candidate.
fn written(run: &Run, candidate: &Candidate) -> Result<Option<WrittenRecord>, StoreError> {
    if candidate.may_be_indexed {
        run.ledger.written(run.collection_id, &candidate.name)
    } else {
        Ok(None)
    }
}

/// A project whose document answers 404: withheld, empty, or unknown after all.
async fn withheld(
    run: &Arc<Run>,
    candidate: &Candidate,
    not_found: RegistryError,
) -> Result<Found, Trouble> {
    let name = &candidate.name;
    let outcome = match run.registry.fetch_absence(name, candidate.serial).await {
        Ok(Absence::Gone) => return Err(Trouble::Registry(not_found)),
        Ok(Absence::Quarantined) => ReadOutcome::Quarantined,
        Ok(Absence::WithoutReleases) => ReadOutcome::Empty,
        Ok(Absence::Inconsistent) => {
            return Err(Trouble::Registry(RegistryError::Broken {
                what: format!("project `{name}`"),
                why: "its document answers 404 although the index lists releases".to_owned(),
            }));
        }
        Err(error) => return Err(Trouble::Registry(error)),
    };
    Ok(Found::Nothing {
        outcome,
        is_indexed: written(run, candidate)?.is_some(),
    })
}

async fn work(
    run: &Arc<Run>,
    unread: UnreadProject,
    written: Option<&WrittenRecord>,
) -> Result<Work, Trouble> {
    let project = run.registry.read_project(unread).await?;
    let settings = PlanSettings {
        versions: run.versions,
        history_text: run.request.history_text,
        force: run.request.force,
    };
    let Plan {
        frame,
        first,
        history,
        vanished,
        obsolete,
        unchanged,
    } = plan(&*run.registry, &project, written, settings);

    // A run may end between the server's answer and the ledger's note of it, and the registry may
    // take a change back before the next one: what is written over is unknown from here on.
    let ids = first.iter().chain(&history).map(|wanted| &*wanted.entry.id);
    let doubted = written.and_then(|record| record.doubting(ids));
    if let Some(record) = &doubted {
        run.ledger
            .record_written(run.collection_id, [record.clone()])?;
    }

    // One more step than there are documents: it ends when everything has been handed over.
    let open = 1 + first.len() + history.len() + vanished.len();
    let before = doubted.as_ref().or(written);
    let mut facts = if first.is_empty() && history.is_empty() {
        Facts::default()
    } else {
        let name = &project.name;
        Facts::load(&run.cache, &run.search, &run.collection, name, written).await?
    };
    let own_ids = facts.take_own_ids();
    let job = Arc::new(Job::new(frame, before, open, obsolete, own_ids));
    let mut lines = Vec::with_capacity(first.len());
    let mut latest = Some(project.latest);
    for wanted in &first {
        let built = match latest.take_if(|_| wanted.is_latest) {
            Some(fetched) => {
                Ok(build::from_fetched(run, &job.frame, wanted, fetched, &facts).await)
            }
            None => build::from_anywhere(run, &job.frame, wanted, &facts).await,
        };
        match built {
            Ok(line) => lines.push(line),
            // The new release is not held up by the old one, which loses its flag all the same.
            Err(error) => {
                job.failed(Setback::of_listed(&error));
            }
        }
    }
    Ok(Work {
        history: History {
            job: job.clone(),
            facts: Arc::new(facts),
            wanted: history,
            vanished,
        },
        job,
        first: lines,
        unchanged,
    })
}
