//! What leaves the collection: the only place that removes whole projects.
//!
//! Nothing is ever removed because something failed. A project is gone when an index that is no
//! older than the last one lacks it, and the registry itself confirms in this run that it is gone.
//! An index that lacks projects which the registry serves is not complete, which is returned to the
//! caller. A project that no longer matches goes only under the rules that are recorded for the
//! collection. Many removals at once are held back until the user confirms them with `--prune`.

use std::sync::Arc;

use futures::StreamExt;
use futures::stream;

use super::error::RunError;
use super::outcome::Outcome;
use super::run::Run;
use super::step_failure::StepFailure;
use crate::model::{ProjectName, Serial};
use crate::progress::{Stage, Stop};
use crate::registry::{Absence, RegistryError};

/// This many projects may always go.
const MOST_PROJECTS: usize = 20;
/// More than that may go up to this share of the collection.
const MOST_SHARE: f64 = 0.05;

/// What a run would remove.
#[derive(Debug, Default)]
pub(super) struct RemovalCandidates {
    /// Indexed, and absent from the index that was read, or unknown to the registry.
    pub vanished: Vec<ProjectName>,
    /// Indexed, and taken back, as the registry itself says.
    pub withdrawn: Vec<ProjectName>,
    /// Indexed, without any release left; with the serial that the index announced.
    pub without_releases: Vec<(ProjectName, Option<Serial>)>,
    /// Indexed, and not selected by the rules of this run.
    pub unselected: Vec<ProjectName>,
}

/// Whether projects may leave under the rules of this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RemovalPermission {
    /// The index is no older than the last one that was read.
    pub index_is_current: bool,
    /// The rules of this run are those recorded for the collection.
    pub rules_are_recorded: bool,
}

/// What a removal has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RemovalResult {
    /// Whether the index lists everything that the registry serves, as far as that shows.
    pub index_is_complete: bool,
    /// Whether projects stay that would have to go.
    pub has_kept_projects: bool,
    /// Whether too many would have gone at once, so that none did.
    pub is_blocked: bool,
}

/// Keeps what is not certain to be gone, at a registry without a complete index: one that knows
/// nothing at all would remove everything. `doubt` speaks against this run as a whole. `--prune` does
/// not help, because it confirms what was looked at. Returns whether projects are kept that the
/// registry does not know.
pub(super) fn keep_doubtful(
    run: &Run,
    candidates: &mut RemovalCandidates,
    doubt: Option<&str>,
    has_served_known: bool,
) -> bool {
    if doubt.is_some() {
        // What could not be asked may be what selects them.
        candidates.unselected.clear();
    }
    let nothing_served =
        (!has_served_known).then_some("it has served no other package of the collection");
    let Some(why) = doubt.or(nothing_served) else {
        return false;
    };
    let vanished = std::mem::take(&mut candidates.vanished);
    let Some(name) = vanished.first() else {
        return false;
    };
    run.note(format!(
        "{} packages of the collection are not known to the registry, such as `{name}`; they are \
         kept, because {why}",
        vanished.len()
    ));
    keep(run, vanished, "not known to a registry that is in doubt");
    true
}

/// Removes what may be removed, until a stop is requested.
pub(super) async fn remove_projects(
    run: &Arc<Run>,
    candidates: RemovalCandidates,
    permission: RemovalPermission,
    stop: &Stop,
) -> Result<RemovalResult, RunError> {
    let RemovalCandidates {
        mut vanished,
        withdrawn,
        without_releases,
        mut unselected,
    } = candidates;
    vanished.extend(withdrawn);
    let prune = run.request.prune;
    let mut result = RemovalResult {
        index_is_complete: true,
        has_kept_projects: false,
        is_blocked: false,
    };
    let mut gone = Vec::new();
    if permission.index_is_current {
        let confirmed = tokio::select! {
            confirmed = confirm_gone(run, vanished, without_releases) => confirmed?,
            () = stop.clone().requested() => return Ok(result),
        };
        gone = confirmed.gone;
        result.index_is_complete = confirmed.index_is_complete;
    } else if !vanished.is_empty() {
        run.note(format!(
            "the index is older than one that was read before, so {} projects that it lacks are kept",
            vanished.len()
        ));
    }
    if !unselected.is_empty() && !permission.rules_are_recorded && !prune {
        run.note(format!(
            "{} projects are not selected by the rules of this run, which are not those recorded \
             for the collection; they are kept; `--prune` removes them",
            unselected.len()
        ));
        keep(
            run,
            unselected.drain(..),
            "not selected by the rules of this run",
        );
        result.has_kept_projects = true;
    }
    let total = gone.len() + unselected.len();
    let stored = run.read_stored_summaries().await?.len();
    if !prune && total > MOST_PROJECTS && total as f64 > MOST_SHARE * stored as f64 {
        run.note(format!(
            "{total} of {stored} projects would be removed ({} are gone, {} no longer match); none \
             was: check whether that is right, then run again with `--prune`",
            gone.len(),
            unselected.len()
        ));
        keep(run, gone, "gone from the registry");
        keep(run, unselected, "no longer matches");
        result.has_kept_projects = true;
        result.is_blocked = true;
        return Ok(result);
    }
    gone.append(&mut unselected);
    if gone.is_empty() {
        return Ok(result);
    }
    run.progress.stage(Stage::Removing, Some(gone.len() as u64));
    for name in gone.iter().take_while(|_| !stop.is_requested()) {
        remove_project(run, name).await?;
        run.progress.advance(1);
    }
    run.progress.stage_done();
    Ok(result)
}

async fn remove_project(run: &Run, name: &ProjectName) -> Result<(), RunError> {
    let Some(record) = run.read_stored_project(name).await? else {
        return Ok(());
    };
    let documents = record.documents.0.into_iter();
    let ids: Vec<String> = documents.map(|entry| entry.id).collect();
    run.delete_documents(name, &ids).await?;
    run.record(Outcome::ProjectRemoved);
    run.forget_project(name).await?;
    Ok(())
}

fn keep(run: &Run, names: impl IntoIterator<Item = ProjectName>, reason: &'static str) {
    for project in names {
        run.record(Outcome::ProjectKept { project, reason });
    }
}

/// What the registry has confirmed.
struct Confirmed {
    gone: Vec<ProjectName>,
    index_is_complete: bool,
}

/// Asks the registry which of the projects are really gone.
async fn confirm_gone(
    run: &Arc<Run>,
    vanished: Vec<ProjectName>,
    without_releases: Vec<(ProjectName, Option<Serial>)>,
) -> Result<Confirmed, RunError> {
    let vanished = vanished.into_iter().map(|name| (name, Question::Project));
    let without_releases = without_releases
        .into_iter()
        .map(|(name, announced)| (name, Question::Releases { announced }));
    let mut answers = stream::iter(vanished.chain(without_releases))
        .map(|(name, question)| async move {
            let (announced, answer) = match question {
                Question::Project => (None, ask_for_project(run, &name).await),
                Question::Releases { announced } => {
                    (announced, ask_for_releases(run, &name, announced).await)
                }
            };
            (name, announced, answer)
        })
        .buffer_unordered(run.registry.max_concurrency());
    let (mut gone, mut unlisted) = (Vec::new(), Vec::new());
    while let Some((name, announced, answer)) = answers.next().await {
        match answer {
            Ok(Presence::Gone) => gone.push(name),
            Ok(Presence::Withdrawn(why)) => {
                run.note(format!("`{name}` {why}, so its documents go"));
                gone.push(name);
            }
            Ok(Presence::Withheld) => {}
            Ok(Presence::Served) => {
                let failure = StepFailure {
                    reason: "the index lacks it, although the registry serves it".to_owned(),
                    is_permanent: false,
                };
                run.record_failure(&name, None, &failure).await?;
                unlisted.push(name);
            }
            Err(ConfirmationError::Run(error)) => return Err(error),
            Err(ConfirmationError::Registry(error)) => {
                run.record_failure(&name, announced, &(&error).into())
                    .await?;
            }
        }
    }
    gone.sort_unstable();
    if let Some(name) = unlisted.first() {
        run.note(format!(
            "the index lacks {} projects that the registry serves, such as `{name}`: it may lack new \
             ones too, so this run does not advance the high-water mark",
            unlisted.len()
        ));
    }
    Ok(Confirmed {
        gone,
        index_is_complete: unlisted.is_empty(),
    })
}

/// What has to be asked before a project may go.
enum Question {
    /// The index lacks it: does the registry know it?
    Project,
    /// It has no release left: are those gone that are indexed?
    Releases { announced: Option<Serial> },
}

/// What the registry says about a project that would have to go.
enum Presence {
    Gone,
    /// It was taken back: the registry says how.
    Withdrawn(&'static str),
    /// Its documents stay.
    Withheld,
    /// The index is wrong.
    Served,
}

enum ConfirmationError {
    Run(RunError),
    Registry(RegistryError),
}

impl From<RegistryError> for ConfirmationError {
    fn from(error: RegistryError) -> Self {
        Self::Registry(error)
    }
}

/// A project is gone if the registry serves no document and says that it does not know it.
async fn ask_for_project(run: &Run, name: &ProjectName) -> Result<Presence, ConfirmationError> {
    let document = run.registry.fetch_project(name, None).await;
    if document.is_ok() {
        return Ok(Presence::Served);
    }
    if !RegistryError::denies(document)? {
        return Ok(Presence::Withheld);
    }
    match run.registry.fetch_absence(name, None).await {
        Ok(Absence::Gone) => Ok(Presence::Gone),
        Ok(Absence::Withdrawn(why)) => Ok(Presence::Withdrawn(why)),
        Ok(_) => Ok(Presence::Withheld),
        // An answer that cannot be read is still an answer: it is there.
        Err(error) if error.is_permanent() => Ok(Presence::Withheld),
        Err(error) => Err(error.into()),
    }
}

/// A project without releases is gone if the registry denies every release that is indexed.
async fn ask_for_releases(
    run: &Run,
    name: &ProjectName,
    announced: Option<Serial>,
) -> Result<Presence, ConfirmationError> {
    let record = run
        .read_stored_project(name)
        .await
        .map_err(|error| ConfirmationError::Run(error.into()))?;
    for entry in record.into_iter().flat_map(|record| record.documents.0) {
        let is_gone = run
            .registry
            .confirm_release_gone(name, &entry.version, announced)
            .await?;
        if !is_gone {
            return Ok(Presence::Withheld);
        }
    }
    Ok(Presence::Gone)
}
