//! Decides which projects a run has to look at.
//!
//! Decides from what is known, without reading a single project: the serial of every project in the
//! index; what was read of it, by whichever profile; what this collection holds of it; what waits
//! for a retry; and the baseline, at or below which an unknown project counts as not matching. Where
//! that saves requests, the registry is asked for classifiers (`browse`). Called by `run_pipeline`;
//! writes nothing, except that projects which have vanished wait for a retry no longer.

use std::collections::HashSet;
use std::sync::Arc;

use super::browse::{self, BrowseBasis, BrowseResult};
use super::candidate::Candidate;
use super::error::RunError;
use super::further_candidates::SkippedProjects;
use super::read_state::{ReadState, load_read_states};
use super::request::{Discovery, Mode};
use super::run::Run;
use super::unlisted_classifiers::UnlistedClassifiers;
use crate::model::{ProjectName, Serial};
use crate::registry::{Index, IndexEntry};
use crate::store::ledger::{Baseline, CollectionRecord, WrittenSummary};

/// What a run has to do.
#[derive(Debug, Default)]
pub(super) struct DiscoveryResult {
    /// In the order in which they are to be read.
    pub candidates: Vec<Candidate>,
    /// Indexed, but no longer in the index.
    pub vanished: Vec<ProjectName>,
    /// Indexed and unchanged, but not selected by the rules of this run.
    pub unselected: Vec<ProjectName>,
    /// Whether projects may have been missed, so that the run cannot vouch for the whole registry.
    pub is_doubtful: bool,
    /// Unknown projects that are not read because `browse` does not name them.
    pub skipped: SkippedProjects,
    /// The classifiers that the official list lacks.
    pub unlisted: UnlistedClassifiers,
    /// Projects of the index that the run looks at.
    pub seen: u64,
    /// Indexed projects that need no request.
    pub unchanged: u64,
}

/// Finds the work of a run that has read `index`.
pub(super) async fn discover(
    run: &Arc<Run>,
    index: &Arc<Index>,
    record: &CollectionRecord,
) -> Result<DiscoveryResult, RunError> {
    let stored = run.read_stored_summaries().await?;
    let (read_states, mut unlisted) = load_read_states(run, index).await?;
    let basis = BrowseBasis {
        index,
        read_states: &read_states,
        stored: &stored,
    };
    let baseline = applicable_baseline(run, record);
    let looks_for_new = matches!(run.request.mode, Mode::Full | Mode::Incremental);
    let browsed = if looks_for_new && baseline.is_none() && run.request.projects.is_empty() {
        ask_for_classifiers(run, basis, &mut unlisted).await?
    } else {
        BrowseResult::default()
    };

    let mut sorted = sort_index(run, basis, baseline, browsed.names.as_ref());
    let vanished = stored
        .keys()
        .filter(|name| index.get(name).is_none() && run.request.concerns(name, name.as_str()))
        .cloned();
    let mut vanished: Vec<ProjectName> = vanished.collect();
    vanished.sort_unstable();
    let is_current = index.serial >= record.index_serial;
    let candidates = put_retries_first(run, index, is_current, sorted.to_examine).await?;
    // What waits for a retry is read whether `browse` names it or not.
    for candidate in &candidates {
        sorted.skipped.take(&candidate.name);
    }
    Ok(DiscoveryResult {
        candidates,
        vanished,
        unselected: sorted.unselected,
        is_doubtful: browsed.is_doubtful,
        skipped: sorted.skipped,
        unlisted,
        seen: sorted.seen,
        unchanged: sorted.unchanged,
    })
}

/// The work of a run that names its projects and reads no index.
pub(super) fn named_projects(run: &Run) -> DiscoveryResult {
    let candidates: Vec<Candidate> = run
        .request
        .projects
        .iter()
        .map(|name| Candidate {
            name: name.clone(),
            serial: None,
            may_be_indexed: true,
            known: None,
            marks: Vec::new(),
        })
        .collect();
    DiscoveryResult {
        seen: candidates.len() as u64,
        candidates,
        ..DiscoveryResult::default()
    }
}

/// The baseline, if it was made under the rules of this run and the user does not ask for more.
fn applicable_baseline<'a>(run: &Run, record: &'a CollectionRecord) -> Option<&'a Baseline> {
    let request = &run.request;
    if request.force || request.discovery != Discovery::Auto {
        return None;
    }
    record
        .baseline
        .as_ref()
        .filter(|baseline| baseline.rules == request.rules.canonical())
}

/// Asks the registry for the classifiers of the rules, where that helps.
async fn ask_for_classifiers(
    run: &Arc<Run>,
    basis: BrowseBasis<'_>,
    unlisted: &mut UnlistedClassifiers,
) -> Result<BrowseResult, RunError> {
    let Some(classifiers) = browse::classifiers_to_ask_for(run, basis.read_states) else {
        return Ok(BrowseResult::default());
    };
    if classifiers.is_empty() {
        // Names alone select, and the index has them all.
        return Ok(BrowseResult {
            names: Some(HashSet::new()),
            is_doubtful: false,
        });
    }
    let classifiers = unlisted.first_classifiers_to_ask_for(&run.request.rules, classifiers);
    browse::browse(run, &classifiers, basis).await
}

/// The projects of the index by what is to be done with them.
#[derive(Default)]
struct SortedIndex {
    to_examine: Vec<Candidate>,
    unselected: Vec<ProjectName>,
    skipped: SkippedProjects,
    seen: u64,
    unchanged: u64,
}

fn sort_index(
    run: &Run,
    basis: BrowseBasis<'_>,
    baseline: Option<&Baseline>,
    browsed: Option<&HashSet<ProjectName>>,
) -> SortedIndex {
    let request = &run.request;
    let looks_for_new = matches!(request.mode, Mode::Full | Mode::Incremental);
    let has_names = !request.projects.is_empty();
    let mut sorted = SortedIndex::default();
    for (entry, state) in basis.index.projects.iter().zip(basis.read_states) {
        if !request.concerns(&entry.name, entry.display_name()) {
            continue;
        }
        sorted.seen += 1;
        let summary = basis.stored.get(&entry.name);
        let needs_examination = match (summary, state) {
            (Some(_), ReadState::NotMatching) => {
                sorted.unselected.push(entry.name.clone());
                continue;
            }
            (Some(summary), _) => {
                !is_current(summary, entry) || request.force || request.mode == Mode::Refresh
            }
            (None, _) if !looks_for_new => request.mode == Mode::Named,
            (None, ReadState::Matching) => true,
            (None, ReadState::NotMatching | ReadState::NothingToShow) => false,
            (None, ReadState::Unread) if has_names => true,
            (None, ReadState::Unread) => {
                let is_unnamed = browsed.is_some_and(|names| !names.contains(&entry.name));
                let is_below_baseline =
                    baseline.is_some_and(|baseline| entry.serial <= Serial::new(baseline.serial));
                let is_wanted = !(is_unnamed || is_below_baseline)
                    || request.rules.selects_by_name(&entry.name) && baseline.is_none();
                if is_unnamed && !is_wanted {
                    sorted.skipped.add(entry);
                }
                is_wanted
            }
        };
        if needs_examination {
            sorted.to_examine.push(Candidate {
                name: entry.name.clone(),
                serial: entry.serial,
                may_be_indexed: summary.is_some(),
                known: None,
                marks: Vec::new(),
            });
        } else {
            sorted.unchanged += u64::from(summary.is_some());
        }
    }
    sorted.skipped.sort();
    sorted
}

/// Whether the collection reflects the project at the serial that the index announces.
fn is_current(summary: &WrittenSummary, entry: &IndexEntry) -> bool {
    summary.complete && summary.serial >= entry.serial
}

/// Puts projects that wait for a retry first, and leaves out those that are not due.
///
/// A project that the index lacks waits no longer, unless the index is older than one that was read
/// before, and so may not know the project yet.
async fn put_retries_first(
    run: &Run,
    index: &Index,
    is_current: bool,
    to_examine: Vec<Candidate>,
) -> Result<Vec<Candidate>, RunError> {
    let mut due = HashSet::new();
    let mut candidates = Vec::new();
    let mut not_due = HashSet::new();
    let mut vanished = Vec::new();
    for pending in run.read_pending().await? {
        let Some(entry) = index.get(&pending.project) else {
            if is_current {
                vanished.push(pending.project);
            }
            continue;
        };
        if !run.request.concerns(&entry.name, entry.display_name()) {
            continue;
        }
        let has_changed = entry.serial > pending.serial;
        let is_asked_for = run.request.force || !run.request.projects.is_empty();
        let is_due = !pending.is_final() && pending.next_attempt <= run.now;
        if has_changed || is_asked_for || is_due {
            due.insert(entry.name.clone());
            candidates.push(Candidate {
                name: entry.name.clone(),
                serial: entry.serial,
                may_be_indexed: true,
                known: None,
                marks: Vec::new(),
            });
        } else {
            not_due.insert(pending.project);
        }
    }
    run.clear_pending(vanished).await?;
    candidates.extend(
        to_examine.into_iter().filter(|candidate| {
            !due.contains(&candidate.name) && !not_due.contains(&candidate.name)
        }),
    );
    Ok(candidates)
}
