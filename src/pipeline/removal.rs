//! What leaves the collection: the only place that removes whole projects.
//!
//! Nothing is ever removed because something failed. A project is gone when an index that is no
//! older than the last one lacks it, and both its document and its page in the index answer 404
//! or 410 in this run. An index that lacks projects which the registry serves is not whole, which is
//! told to the caller. A project that no longer matches goes only under the rules that are
//! recorded for the collection. Many removals at once need a second thought: `--prune`.

use std::sync::Arc;

use futures::StreamExt;
use futures::stream;

use super::error::RunError;
use super::job::Setback;
use super::report::Report;
use super::run::Run;
use crate::model::{ProjectName, Serial};
use crate::progress::{Stage, Stop};
use crate::registry::{Absence, RegistryError};

/// So many projects may always go.
const MOST_PROJECTS: usize = 20;
/// More than that may go up to this share of the collection.
const MOST_SHARE: f64 = 0.05;

/// What a run would remove.
#[derive(Debug, Default)]
pub(super) struct Removals {
    /// Indexed, and absent from the index that was read.
    pub vanished: Vec<ProjectName>,
    /// Indexed, without any release left; with the serial that the index announced.
    pub empty: Vec<(ProjectName, Option<Serial>)>,
    /// Indexed, and not selected by the rules of this run.
    pub outgrown: Vec<ProjectName>,
}

/// Whether projects may leave under the rules of this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Permission {
    /// The index is no older than the last one that was read.
    pub index_is_current: bool,
    /// The rules of this run are those recorded for the collection.
    pub rules_are_recorded: bool,
}

/// Removes what may be removed, until a stop is requested. Returns whether the index is whole, as
/// far as that shows.
pub(super) async fn remove(
    run: &Arc<Run>,
    removals: Removals,
    permission: Permission,
    stop: &Stop,
) -> Result<bool, RunError> {
    let Removals {
        vanished,
        empty,
        outgrown,
    } = removals;
    let prune = run.request.prune;
    let mut gone = Vec::new();
    let mut is_whole = true;
    if permission.index_is_current {
        tokio::select! {
            confirmed = confirmed(run, vanished, empty) => (gone, is_whole) = confirmed?,
            () = stop.clone().requested() => return Ok(true),
        }
    } else if !vanished.is_empty() {
        run.note(format!(
            "the index is older than one that was read before, so {} projects that it lacks stay",
            vanished.len()
        ));
    }
    let mut outgrown = outgrown;
    if !outgrown.is_empty() && !permission.rules_are_recorded && !prune {
        run.note(format!(
            "{} projects are not selected by the rules of this run, which are not those recorded \
             for the collection; they stay, `--prune` removes them",
            outgrown.len()
        ));
        keep(run, &outgrown, "not selected by the rules of this run");
        outgrown.clear();
    }
    let total = gone.len() + outgrown.len();
    let held = run.ledger.written_summaries(run.collection_id)?.len();
    if !prune && total > MOST_PROJECTS && total as f64 > MOST_SHARE * held as f64 {
        run.note(format!(
            "{total} of {held} projects would be removed ({} are gone, {} no longer match); none \
             was: look into it, then run again with `--prune`",
            gone.len(),
            outgrown.len()
        ));
        keep(run, &gone, "gone from the registry");
        keep(run, &outgrown, "no longer matches");
        run.report().blocked = true;
        return Ok(is_whole);
    }
    gone.append(&mut outgrown);
    if gone.is_empty() {
        return Ok(is_whole);
    }
    run.progress.stage(Stage::Removing, Some(gone.len() as u64));
    for name in gone.iter().take_while(|_| !stop.is_requested()) {
        if let Some(record) = run.ledger.written(run.collection_id, name)? {
            let ids: Vec<String> = record
                .documents
                .0
                .into_iter()
                .map(|entry| entry.id)
                .collect();
            run.delete(name, &ids).await?;
            run.report().projects.removed += 1;
            run.ledger
                .forget_written(run.collection_id, std::slice::from_ref(name))?;
        }
        run.progress.advance(1);
    }
    run.progress.stage_done();
    Ok(is_whole)
}

fn keep(run: &Run, names: &[ProjectName], reason: &str) {
    let mut report = run.report();
    for name in names {
        Report::list(&mut report.kept, name.as_str(), reason);
    }
}

/// Those of which the registry itself says that they are gone, and whether the index lists all that
/// it serves.
async fn confirmed(
    run: &Arc<Run>,
    vanished: Vec<ProjectName>,
    empty: Vec<(ProjectName, Option<Serial>)>,
) -> Result<(Vec<ProjectName>, bool), RunError> {
    let vanished = vanished.into_iter().map(|name| (name, Check::Project));
    let empty = empty.into_iter();
    let empty = empty.map(|(name, serial)| (name, Check::Releases { announced: serial }));
    let mut checks = stream::iter(vanished.chain(empty))
        .map(|(name, check)| async move {
            let (announced, gone) = match check {
                Check::Project => (None, fate(run, &name).await.map_err(Unconfirmed::Registry)),
                Check::Releases { announced } => {
                    let gone = releases_are_gone(run, &name, announced).await;
                    let fate = |gone| if gone { Fate::Gone } else { Fate::Withheld };
                    (announced, gone.map(fate))
                }
            };
            (name, announced, gone)
        })
        .buffer_unordered(run.registry.max_concurrency());
    let (mut gone, mut unlisted) = (Vec::new(), Vec::new());
    while let Some((name, announced, answer)) = checks.next().await {
        match answer {
            Ok(Fate::Gone) => gone.push(name),
            Ok(Fate::Withheld) => {}
            Ok(Fate::Served) => {
                let setback = Setback {
                    reason: "the index lacks it, although the registry serves it".to_owned(),
                    lasting: false,
                };
                run.owe(&name, None, &setback)?;
                unlisted.push(name);
            }
            Err(Unconfirmed::Run(error)) => return Err(error),
            Err(Unconfirmed::Registry(error)) => {
                let setback = (&error).into();
                run.owe(&name, announced, &setback)?;
            }
        }
    }
    gone.sort_unstable();
    if let Some(name) = unlisted.first() {
        run.note(format!(
            "the index lacks {} projects that the registry serves, such as `{name}`: it may lack new \
             ones too, so no mark is set",
            unlisted.len()
        ));
    }
    Ok((gone, unlisted.is_empty()))
}

/// What has to be asked before a project may go.
enum Check {
    /// The index lacks it.
    Project,
    /// It has no release left.
    Releases { announced: Option<Serial> },
}

/// What became of a project that the index lacks.
enum Fate {
    Gone,
    /// Its documents stay.
    Withheld,
    /// The index is wrong.
    Served,
}

enum Unconfirmed {
    Run(RunError),
    Registry(RegistryError),
}

/// A project is gone if both its document and its page in the index answer 404 or 410.
async fn fate(run: &Run, name: &ProjectName) -> Result<Fate, RegistryError> {
    let document = run.registry.fetch_project(name, None).await;
    if document.is_ok() {
        return Ok(Fate::Served);
    }
    if !RegistryError::denies(document)? {
        return Ok(Fate::Withheld);
    }
    match run.registry.fetch_absence(name, None).await {
        Ok(Absence::Gone) => Ok(Fate::Gone),
        Ok(_) => Ok(Fate::Withheld),
        // An answer that cannot be read is still an answer: it is there.
        Err(error) if error.is_lasting() => Ok(Fate::Withheld),
        Err(error) => Err(error),
    }
}

/// Every release that is indexed answers 404 or 410.
async fn releases_are_gone(
    run: &Run,
    name: &ProjectName,
    announced: Option<Serial>,
) -> Result<bool, Unconfirmed> {
    let record = run
        .ledger
        .written(run.collection_id, name)
        .map_err(|error| Unconfirmed::Run(error.into()))?;
    for entry in record.into_iter().flat_map(|record| record.documents.0) {
        let gone = run
            .registry
            .confirm_release_gone(name, &entry.version, announced)
            .await;
        if !gone.map_err(Unconfirmed::Registry)? {
            return Ok(false);
        }
    }
    Ok(true)
}
