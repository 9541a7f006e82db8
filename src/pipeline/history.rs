//! The second part of a run: every release but the newest, and releases that are no longer listed.
//!
//! Project by project, newest first. A release that is no longer listed loses its document only
//! if the registry confirms that it is gone. Called by `run_pipeline`.

use std::sync::Arc;

use futures::StreamExt;
use futures::stream;

use super::build::{self, BuiltDocument};
use super::error::RunError;
use super::examine::ProjectHistory;
use super::indexer::{Indexer, ProjectDocuments};
use super::plan::PlannedDocument;
use super::project_facts::ProjectFacts;
use super::project_progress::{ProjectProgress, StepOutcome};
use super::run::Run;
use super::step_failure::StepFailure;
use crate::progress::{Stage, Stop, spawn};
use crate::store::ledger::DocumentEntry;

/// One step of a project's history.
enum HistoryStep {
    Build {
        facts: Arc<ProjectFacts>,
        planned: PlannedDocument,
    },
    Confirm(DocumentEntry),
}

/// What a step has led to.
enum StepResult {
    /// A document that goes to the indexer.
    Built(BuiltDocument),
    /// The step has ended here.
    Ended(StepOutcome),
}

impl HistoryStep {
    /// How the step ends if it panics.
    fn panic_outcome(&self) -> StepOutcome {
        match self {
            Self::Build { .. } => StepOutcome::DocumentNotBuilt(StepFailure::panicked()),
            Self::Confirm(_) => StepOutcome::ReleaseNotConfirmed(StepFailure::panicked()),
        }
    }
}

/// Writes the history of all projects, newest releases of each first.
pub(super) async fn write_history(
    run: &Arc<Run>,
    histories: Vec<ProjectHistory>,
    indexer: &Indexer,
    stop: &Stop,
) -> Result<(), RunError> {
    let total = histories
        .iter()
        .map(|history| history.planned.len() + history.vanished.len())
        .sum::<usize>();
    if total == 0 {
        return Ok(());
    }
    run.progress.stage(Stage::History, Some(total as u64));
    let mut results = stream::iter(histories.into_iter().flat_map(steps))
        .map(|(project, step)| {
            let of_panicked = (project.clone(), step.panic_outcome());
            spawn(execute(run.clone(), project, step), || {
                let (project, outcome) = of_panicked;
                (project, StepResult::Ended(outcome))
            })
        })
        .buffer_unordered(run.registry.max_concurrency())
        .take_until(Box::pin(stop.clone().requested()));
    while let Some(result) = results.next().await {
        match result? {
            (project, StepResult::Built(document)) => {
                let documents = vec![document];
                let batch = ProjectDocuments { project, documents };
                if !indexer.send(batch).await {
                    break;
                }
            }
            (project, StepResult::Ended(outcome)) => {
                let next = project.record(outcome);
                run.follow_up(&project, next).await?;
            }
        }
        run.progress.advance(1);
    }
    run.progress.stage_done();
    Ok(())
}

fn steps(history: ProjectHistory) -> impl Iterator<Item = (Arc<ProjectProgress>, HistoryStep)> {
    let ProjectHistory {
        project,
        facts,
        planned,
        vanished,
    } = history;
    let builds = planned.into_iter().map(move |planned| HistoryStep::Build {
        facts: facts.clone(),
        planned,
    });
    builds
        .chain(vanished.into_iter().map(HistoryStep::Confirm))
        .map(move |step| (project.clone(), step))
}

async fn execute(
    run: Arc<Run>,
    project: Arc<ProjectProgress>,
    step: HistoryStep,
) -> (Arc<ProjectProgress>, StepResult) {
    let context = &project.context;
    let result = match step {
        HistoryStep::Build { facts, planned } => {
            match build::build_from_cache_or_registry(&run, context, &planned, &facts).await {
                Ok(document) => StepResult::Built(document),
                Err(error) => {
                    let failure = StepFailure::of_listed_release(&error);
                    StepResult::Ended(StepOutcome::DocumentNotBuilt(failure))
                }
            }
        }
        HistoryStep::Confirm(entry) => {
            let gone = run
                .registry
                .confirm_release_gone(&context.name, &entry.version, context.serial)
                .await;
            StepResult::Ended(match gone {
                Ok(true) => StepOutcome::ReleaseGone { id: entry.id },
                Ok(false) => StepOutcome::ReleaseStillServed,
                Err(error) => StepOutcome::ReleaseNotConfirmed(StepFailure::from(&error)),
            })
        }
    };
    (project, result)
}
