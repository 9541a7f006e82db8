//! Decides which projects a run has to ask, at a registry whose index tells neither every project
//! nor what has changed.
//!
//! Every project of the index is asked by itself. What is known of it says at which serial there is
//! nothing to do, so that the registry need not send it again. Nothing vanishes here: only a
//! project's own answer says that it is gone. Called by `run_pipeline`; writes nothing.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::candidate::Candidate;
use super::discover::{DiscoveryResult, named_projects};
use super::error::RunError;
use super::request::Mode;
use super::run::Run;
use crate::model::{ProjectName, Serial};
use crate::profile::Rules;
use crate::registry::{Index, IndexEntry, Sought};
use crate::store::ledger::{PendingRetry, ReadOutcome, WrittenSummary};

/// What the ledger says of a project that was read, and the lists of this run.
struct KnownRead {
    serial: Option<Serial>,
    /// Whether the rules of this run select it.
    is_selected: bool,
    /// Whether only the list of an organisation can select it.
    needs_list: bool,
}

/// What is known of the index's projects.
struct Known {
    stored: HashMap<ProjectName, WrittenSummary>,
    reads: HashMap<ProjectName, KnownRead>,
    /// Projects of the collection that stay although the lists lack them.
    kept: HashSet<ProjectName>,
    is_doubtful: bool,
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
pub(super) async fn discover(
    run: &Arc<Run>,
    index: &Arc<Index>,
) -> Result<DiscoveryResult, RunError> {
    let known = Known::load(run, index).await?;
    let pending: HashMap<ProjectName, PendingRetry> = run
        .read_pending()
        .await?
        .into_iter()
        .map(|pending| (pending.project.clone(), pending))
        .collect();
    let request = &run.request;
    let looks_for_new = matches!(request.mode, Mode::Full | Mode::Incremental);
    let mut result = DiscoveryResult {
        is_doubtful: known.is_doubtful,
        ..DiscoveryResult::default()
    };
    let (mut retries, mut changed, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for entry in &index.projects {
        let name = &entry.name;
        if !request.concerns(name, entry.display_name()) {
            continue;
        }
        let summary = known.stored.get(name);
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
        let unchanged_at = match is_pending {
            Some(pending) if pending.is_final() => pending.serial,
            Some(_) => None,
            None => known.serial_of(name),
        };
        let reads_all = request.force || request.mode == Mode::Refresh;
        let candidate = Candidate {
            name: name.clone(),
            serial: None,
            may_be_indexed: summary.is_some(),
            known: unchanged_at.filter(|_| !reads_all),
            marks: known.marks_of(run, entry),
        };
        if is_pending.is_some() {
            retries.push(candidate);
        } else if index.changed.contains(name) {
            changed.push(candidate);
        } else {
            others.push(candidate);
        }
    }
    result.candidates = retries;
    result.candidates.append(&mut changed);
    result.candidates.append(&mut others);
    Ok(result)
}

/// The work of a run that names its projects. Lists that may select them are read all the same.
pub(super) async fn discover_named(run: &Arc<Run>) -> Result<DiscoveryResult, RunError> {
    let mut result = named_projects(run);
    let has_lists = run.request.rules.organisations().next().is_some();
    if run.registry.has_complete_index() || !has_lists {
        return Ok(result);
    }
    let sought = run.sought().await?;
    let index = Arc::new(run.registry.fetch_index(&sought).await?);
    let known = Known::load(run, &index).await?;
    result.is_doubtful = known.is_doubtful;
    for candidate in &mut result.candidates {
        if let Some(entry) = index.get(&candidate.name) {
            candidate.marks = known.marks_of(run, entry);
        }
    }
    Ok(result)
}

impl Known {
    async fn load(run: &Run, index: &Arc<Index>) -> Result<Self, RunError> {
        for note in &index.notes {
            run.note(note.clone());
        }
        let mut known = Self {
            stored: run.read_stored_summaries().await?,
            reads: load_reads(run, index).await?,
            kept: HashSet::new(),
            is_doubtful: index.is_doubtful,
        };
        known.keep_unlisted(run);
        Ok(known)
    }

    /// A list that fails, or that has lost most of what it had, removes nothing.
    fn keep_unlisted(&mut self, run: &Run) {
        let reads = self.stored.iter().filter_map(|(name, summary)| {
            let read = self.reads.get(name)?;
            (read.needs_list && read.serial == summary.serial).then_some((name, read))
        });
        let of_lists: Vec<(&ProjectName, &KnownRead)> = reads.collect();
        let unlisted = of_lists.iter().filter(|(_, read)| !read.is_selected);
        let unlisted: HashSet<ProjectName> = unlisted.map(|(name, _)| (*name).clone()).collect();
        let has_lost_most = unlisted.len() * 2 > of_lists.len();
        if has_lost_most && !self.is_doubtful && !run.request.prune {
            run.note(format!(
                "organisations no longer list {} of {} packages that only they select; these are \
                 kept; `--prune` removes them",
                unlisted.len(),
                of_lists.len()
            ));
            self.is_doubtful = true;
        }
        if self.is_doubtful {
            self.kept = unlisted;
        }
    }

    /// The serial at which nothing has to be done for a project.
    fn serial_of(&self, name: &ProjectName) -> Option<Serial> {
        match (self.stored.get(name), self.reads.get(name)) {
            // What the collection holds reflects the serial, and belongs there.
            (Some(summary), Some(read)) => {
                let is_reflected = summary.complete && summary.serial == read.serial;
                let belongs = read.is_selected || self.kept.contains(name);
                summary.serial.filter(|_| is_reflected && belongs)
            }
            // It was looked at, and does not belong there.
            (None, Some(read)) => read.serial.filter(|_| !read.is_selected),
            (_, None) => None,
        }
    }

    /// The marks of a project; those of all organisations for one that is kept.
    fn marks_of(&self, run: &Run, entry: &IndexEntry) -> Vec<String> {
        if self.kept.contains(&entry.name) {
            return organisation_marks(&run.request.rules);
        }
        entry.marks.to_vec()
    }
}

fn organisation_marks(rules: &Rules) -> Vec<String> {
    let names = rules.organisations();
    names.map(Rules::organisation_mark).collect()
}

async fn load_reads(
    run: &Run,
    index: &Arc<Index>,
) -> Result<HashMap<ProjectName, KnownRead>, RunError> {
    let (rules, index) = (run.request.rules.clone(), index.clone());
    let every_mark = organisation_marks(&rules);
    let reads = run
        .fold_reads(HashMap::new(), move |reads: &mut HashMap<_, _>, row| {
            let name = ProjectName::as_written(row.project);
            let was_read = row.outcome == ReadOutcome::Read;
            // Marks are as old as the row, and other profiles write rows too: the lists decide.
            let mut classifiers = row.classifiers;
            classifiers.retain(|classifier| Rules::organisation_of(classifier).is_none());
            let selects = |marks: &[String]| {
                let marks = marks.iter().map(String::as_str);
                let classifiers: Vec<&str> = classifiers.iter().copied().chain(marks).collect();
                was_read && rules.select(&name, &classifiers).is_matched()
            };
            let marks = index.get(&name).map(|entry| &*entry.marks);
            let read = KnownRead {
                serial: row.serial,
                is_selected: selects(marks.unwrap_or_default()),
                needs_list: !selects(&[]) && selects(&every_mark),
            };
            reads.insert(name, read);
        })
        .await?;
    Ok(reads)
}
