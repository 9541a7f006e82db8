//! Decides which projects a run has to ask, at a registry whose index tells neither every project
//! nor what has changed.
//!
//! Every project of the index is asked by itself. What is known of it says at which serial there is
//! nothing to do, so that the registry need not send it again. Nothing vanishes here: only a
//! project's own answer says that it is gone. Called by `run_pipeline`; writes nothing.

use std::collections::HashMap;
use std::sync::Arc;

use super::candidate::Candidate;
use super::discover::DiscoveryResult;
use super::error::RunError;
use super::request::Mode;
use super::run::Run;
use crate::model::{ProjectName, Serial};
use crate::registry::{Index, Sought};
use crate::store::ledger::{PendingRetry, ReadOutcome, WrittenSummary};

/// What the ledger says of a project that was read.
struct KnownRead {
    serial: Option<Serial>,
    /// Whether the rules of this run select it.
    is_selected: bool,
}

impl Run {
    /// What the index of this run has to cover.
    pub(super) async fn sought(&self) -> Result<Sought, RunError> {
        let mut known = Vec::new();
        if !self.registry.has_complete_index() {
            known.extend(self.read_stored_summaries().await?.into_keys());
            let pending = self.read_pending().await?.into_iter();
            known.extend(pending.map(|pending| pending.project));
            known.extend(self.request.projects.iter().cloned());
        }
        Ok(Sought {
            rules: self.request.rules.clone(),
            finds_new: self.request.projects.is_empty()
                && matches!(self.request.mode, Mode::Full | Mode::Incremental),
            known,
        })
    }
}

/// Finds the work of a run that has read `index`.
pub(super) async fn discover(run: &Arc<Run>, index: &Index) -> Result<DiscoveryResult, RunError> {
    for note in &index.notes {
        run.note(note.clone());
    }
    let stored = run.read_stored_summaries().await?;
    let reads = load_reads(run).await?;
    let pending: HashMap<ProjectName, PendingRetry> = run
        .read_pending()
        .await?
        .into_iter()
        .map(|pending| (pending.project.clone(), pending))
        .collect();
    let request = &run.request;
    let looks_for_new = matches!(request.mode, Mode::Full | Mode::Incremental);
    let mut result = DiscoveryResult {
        is_doubtful: index.is_doubtful,
        ..DiscoveryResult::default()
    };
    let (mut retries, mut others) = (Vec::new(), Vec::new());
    for entry in &index.projects {
        let name = &entry.name;
        if !request.concerns(name, entry.display_name()) {
            continue;
        }
        let summary = stored.get(name);
        let is_pending = pending.get(name);
        if summary.is_none() && is_pending.is_none() && !looks_for_new {
            continue;
        }
        result.seen += 1;
        let is_asked_for = request.force || !request.projects.is_empty();
        // What cannot be indexed is asked again like any other project: its answer may have changed.
        let is_due = is_pending.is_none_or(|pending| {
            pending.is_final() || pending.next_attempt <= run.now || is_asked_for
        });
        if !is_due {
            continue;
        }
        let known = match is_pending {
            Some(pending) if pending.is_final() => pending.serial,
            Some(_) => None,
            None => known_serial(summary, reads.get(name)),
        };
        let candidate = Candidate {
            name: name.clone(),
            serial: None,
            may_be_indexed: summary.is_some(),
            known: known.filter(|_| !request.force),
        };
        if is_pending.is_some() {
            retries.push(candidate);
        } else {
            others.push(candidate);
        }
    }
    retries.append(&mut others);
    result.candidates = retries;
    Ok(result)
}

/// The serial at which nothing has to be done for a project.
fn known_serial(summary: Option<&WrittenSummary>, read: Option<&KnownRead>) -> Option<Serial> {
    match (summary, read) {
        // What the collection holds reflects the serial, and belongs there.
        (Some(summary), Some(read)) => {
            let is_reflected = summary.complete && summary.serial == read.serial;
            summary.serial.filter(|_| is_reflected && read.is_selected)
        }
        // It was looked at, and does not belong there.
        (None, Some(read)) => read.serial.filter(|_| !read.is_selected),
        (_, None) => None,
    }
}

async fn load_reads(run: &Run) -> Result<HashMap<ProjectName, KnownRead>, RunError> {
    let rules = run.request.rules.clone();
    let reads = run
        .fold_reads(HashMap::new(), move |reads: &mut HashMap<_, _>, row| {
            let name = ProjectName::as_written(row.project);
            let is_selected = row.outcome == ReadOutcome::Read
                && rules.select(&name, &row.classifiers).is_matched();
            let read = KnownRead {
                serial: row.serial,
                is_selected,
            };
            reads.insert(name, read);
        })
        .await?;
    Ok(reads)
}
