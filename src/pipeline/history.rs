//! The second part of a run: every release but the newest, and releases that are no longer
//! listed.
//!
//! Project by project, newest first. A release that is no longer listed loses its document only
//! if the registry denies it when asked for it alone. Called by `stages`.

use std::sync::Arc;

use futures::StreamExt;
use futures::stream;

use super::build::{self, Line};
use super::error::RunError;
use super::examine::History;
use super::facts::Facts;
use super::index::{Indexer, Unit};
use super::job::{Job, Setback};
use super::plan::Wanted;
use super::run::Run;
use super::spawned::spawn;
use crate::progress::{Stage, Stop};
use crate::registry::RegistryError;
use crate::store::ledger::DocumentEntry;

enum Step {
    Build {
        job: Arc<Job>,
        facts: Arc<Facts>,
        wanted: Wanted,
    },
    Confirm {
        job: Arc<Job>,
        entry: DocumentEntry,
    },
}

impl Step {
    fn job(&self) -> &Arc<Job> {
        match self {
            Self::Build { job, .. } | Self::Confirm { job, .. } => job,
        }
    }
}

enum Done {
    Panicked(Arc<Job>),
    Built(Arc<Job>, Result<Line, RegistryError>),
    Confirmed(Arc<Job>, DocumentEntry, Result<bool, RegistryError>),
}

/// Writes the history of all projects, newest releases of each first.
pub(super) async fn write(
    run: &Arc<Run>,
    histories: Vec<History>,
    indexer: &Indexer,
    stop: &Stop,
) -> Result<(), RunError> {
    let total = histories
        .iter()
        .map(|history| history.wanted.len() + history.vanished.len())
        .sum::<usize>();
    if total == 0 {
        return Ok(());
    }
    run.progress.stage(Stage::History, Some(total as u64));
    let mut done = stream::iter(histories.into_iter().flat_map(steps))
        .map(|step| {
            let job = step.job().clone();
            spawn(take(run.clone(), step), || Done::Panicked(job))
        })
        .buffer_unordered(run.registry.max_concurrency())
        .take_until(Box::pin(stop.clone().requested()));
    while let Some(result) = done.next().await {
        match result? {
            Done::Built(job, Ok(line)) => {
                if !indexer
                    .send(Unit {
                        job,
                        lines: vec![line],
                    })
                    .await
                {
                    break;
                }
            }
            Done::Panicked(job) => {
                let progressed = job.failed(Setback::panicked());
                run.settle(&job, progressed).await?;
            }
            Done::Built(job, Err(error)) => {
                let progressed = job.failed(Setback::of_listed(&error));
                run.settle(&job, progressed).await?;
            }
            Done::Confirmed(job, entry, gone) => {
                let progressed = match gone {
                    Ok(true) => job.confirmed_gone(entry.id),
                    Ok(false) => job.stays(),
                    Err(error) => job.failed(Setback::from(&error)),
                };
                run.settle(&job, progressed).await?;
            }
        }
        run.progress.advance(1);
    }
    run.progress.stage_done();
    Ok(())
}

fn steps(history: History) -> impl Iterator<Item = Step> {
    let History {
        job,
        facts,
        wanted,
        vanished,
    } = history;
    let builder = job.clone();
    let build = wanted.into_iter().map(move |wanted| Step::Build {
        job: builder.clone(),
        facts: facts.clone(),
        wanted,
    });
    build.chain(vanished.into_iter().map(move |entry| Step::Confirm {
        job: job.clone(),
        entry,
    }))
}

async fn take(run: Arc<Run>, step: Step) -> Done {
    match step {
        Step::Build { job, facts, wanted } => {
            let line = build::from_anywhere(&run, &job.frame, &wanted, &facts).await;
            Done::Built(job, line)
        }
        Step::Confirm { job, entry } => {
            let gone = run
                .registry
                .confirm_release_gone(&job.frame.name, &entry.version, job.frame.serial)
                .await;
            Done::Confirmed(job, entry, gone)
        }
    }
}
