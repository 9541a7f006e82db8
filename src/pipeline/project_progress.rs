//! How far one project has come on its way into the collection, and what the ledger may say of it.
//!
//! A project runs through three phases. *Running*: documents are written and releases confirmed
//! gone, in any order. *Removing*: every step has ended, and documents that have to go are deleted.
//! *Ended*: it is recorded, as complete if nothing has failed. A failure leaves it incomplete, with
//! what has been written noted, so that the next run goes on from there.
//!
//! Stages report each step with [`ProjectProgress::record`] and do what the answer says. What is
//! still open is known here only. No I/O here.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::plan::ProjectContext;
use super::step_failure::StepFailure;
use crate::store::ledger::{DocumentEntry, Documents, WrittenRecord};

/// A project on its way. Shared by the stages that work on it.
#[derive(Debug)]
pub(super) struct ProjectProgress {
    pub context: ProjectContext,
    state: Mutex<State>,
}

/// The steps that a project needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct StepCounts {
    /// Documents to write.
    pub documents: usize,
    /// Releases of which the registry must confirm that they are gone.
    pub confirmations: usize,
}

/// How a step of a project has ended.
#[derive(Debug)]
pub(super) enum StepOutcome {
    /// All documents and confirmations are in the hands of the stages that work on them.
    HandedOver,
    /// The server has acknowledged a document.
    DocumentWritten(DocumentEntry),
    /// The server refuses a document for good.
    DocumentRefused {
        version: String,
        failure: StepFailure,
    },
    /// A document could not be made.
    DocumentNotBuilt(StepFailure),
    /// The registry confirms that a release is gone: its document goes, whatever becomes of the
    /// others.
    ReleaseGone { id: String },
    /// The registry still serves a release that its project no longer lists.
    ReleaseStillServed,
    /// The registry does not say whether a release is gone.
    ReleaseNotConfirmed(StepFailure),
}

/// What to do after a step.
#[derive(Debug)]
pub(super) enum NextStep {
    /// Nothing: other steps are still open.
    Wait,
    /// Every step has ended: these documents have to go before the project is finished.
    RemoveDocuments(Vec<String>),
    /// The project has ended: record it.
    Finish(Ending),
}

/// How a project has ended.
#[derive(Debug)]
pub(super) enum Ending {
    Complete,
    Incomplete(StepFailure),
}

#[derive(Debug)]
struct State {
    phase: Phase,
    documents: Documents,
    /// Ids that the server has shown to hold documents of this project.
    own_ids: HashSet<String>,
    /// Version of the document that bears `is_latest`.
    latest: Option<String>,
    obsolete: Vec<String>,
    /// Documents of releases that are confirmed to be gone.
    gone: Vec<String>,
    failures: Vec<StepFailure>,
    flags: LatestFlags,
}

#[derive(Debug)]
enum Phase {
    Running(OpenSteps),
    Removing,
    Ended,
}

/// The steps that have not ended.
#[derive(Debug)]
struct OpenSteps {
    is_handing_over: bool,
    documents: usize,
    confirmations: usize,
}

/// Which documents bear `is_latest` while that changes.
#[derive(Debug, Default)]
struct LatestFlags {
    /// Other documents that bore the flag when the run began.
    former: Vec<String>,
    /// Those of them that have been rewritten, without it.
    lowered: Vec<String>,
    new_latest: NewLatest,
}

/// What has become of the document of the new latest release.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum NewLatest {
    #[default]
    NotSent,
    Written,
    Refused,
}

impl OpenSteps {
    fn close(&mut self, outcome: &StepOutcome) {
        match outcome {
            StepOutcome::HandedOver => self.is_handing_over = false,
            StepOutcome::DocumentWritten(_)
            | StepOutcome::DocumentRefused { .. }
            | StepOutcome::DocumentNotBuilt(_) => {
                self.documents = self.documents.saturating_sub(1);
            }
            StepOutcome::ReleaseGone { .. }
            | StepOutcome::ReleaseStillServed
            | StepOutcome::ReleaseNotConfirmed(_) => {
                self.confirmations = self.confirmations.saturating_sub(1);
            }
        }
    }

    fn is_done(&self) -> bool {
        !self.is_handing_over && self.documents == 0 && self.confirmations == 0
    }
}

impl ProjectProgress {
    /// A project with these steps ahead. `stored` is what the ledger says the collection held,
    /// `own_ids` are the ids that the collection itself has shown to be the project's.
    #[must_use]
    pub(super) fn new(
        context: ProjectContext,
        steps: StepCounts,
        obsolete: Vec<String>,
        stored: Option<&WrittenRecord>,
        own_ids: HashSet<String>,
    ) -> Self {
        let documents = stored
            .map(|record| record.documents.clone())
            .unwrap_or_default();
        let latest = stored.and_then(|record| record.latest.clone());
        let former = documents
            .0
            .iter()
            .filter(|entry| {
                Some(&entry.version) == latest.as_ref() && entry.id != context.latest_id
            })
            .map(|entry| entry.id.clone())
            .collect();
        Self {
            context,
            state: Mutex::new(State {
                phase: Phase::Running(OpenSteps {
                    is_handing_over: true,
                    documents: steps.documents,
                    confirmations: steps.confirmations,
                }),
                documents,
                own_ids,
                latest,
                obsolete,
                gone: Vec::new(),
                failures: Vec::new(),
                flags: LatestFlags {
                    former,
                    ..LatestFlags::default()
                },
            }),
        }
    }

    /// Records how a step has ended.
    #[must_use]
    pub(super) fn record(&self, outcome: StepOutcome) -> NextStep {
        let mut state = self.lock_state();
        if let Phase::Running(steps) = &mut state.phase {
            steps.close(&outcome);
        }
        match outcome {
            StepOutcome::HandedOver | StepOutcome::ReleaseStillServed => {}
            StepOutcome::DocumentWritten(entry) => {
                state.add_document(entry, &self.context.latest);
            }
            StepOutcome::DocumentRefused { version, failure } => {
                if version == self.context.latest {
                    state.flags.new_latest = NewLatest::Refused;
                }
                state.failures.push(failure);
            }
            StepOutcome::ReleaseGone { id } => state.gone.push(id),
            StepOutcome::DocumentNotBuilt(failure) | StepOutcome::ReleaseNotConfirmed(failure) => {
                state.failures.push(failure);
            }
        }
        state.next_step()
    }

    /// Records that documents have been deleted.
    #[must_use]
    pub(super) fn documents_removed(&self, ids: &[String]) -> NextStep {
        let mut state = self.lock_state();
        for id in ids {
            state.documents.remove(id);
            state.own_ids.remove(id);
        }
        state.next_step()
    }

    /// Records that a flag could not be set, which is no step of its own. `true` where the project
    /// had already ended as complete, so that no step is left to report the failure.
    #[must_use]
    pub(super) fn record_flag_failure(&self, failure: StepFailure) -> bool {
        let mut state = self.lock_state();
        let had_ended = matches!(state.phase, Phase::Ended) && state.failures.is_empty();
        state.failures.push(failure);
        had_ended
    }

    /// Takes the documents whose `is_latest` has to be set by itself, with its value: a former
    /// latest that is not rewritten, and one that keeps its flag because the new latest was refused.
    pub(super) fn take_flags_to_set(&self) -> Vec<(String, bool)> {
        let mut state = self.lock_state();
        let changes: Vec<(String, bool)> = match state.flags.new_latest {
            NewLatest::Written => state.flags.former.drain(..).map(|id| (id, false)).collect(),
            NewLatest::Refused => state
                .flags
                .lowered
                .drain(..)
                .map(|id| (id, true))
                .take(1)
                .collect(),
            NewLatest::NotSent => Vec::new(),
        };
        for (id, _) in &changes {
            state.documents.forget_key(id);
        }
        changes
    }

    /// Whether the collection holds this document of the project.
    #[must_use]
    pub(super) fn holds_document(&self, id: &str) -> bool {
        let state = self.lock_state();
        state.documents.0.iter().any(|entry| entry.id == id)
    }

    /// Whether the server has shown that the document with this id, if any, is of this project.
    #[must_use]
    pub(super) fn owns_document(&self, id: &str) -> bool {
        self.lock_state().own_ids.contains(id)
    }

    /// Notes that the server shows the document with this id to be of this project.
    pub(super) fn note_own_document(&self, id: &str) {
        self.lock_state().own_ids.insert(id.to_owned());
    }

    /// What the ledger may say of the project as it stands.
    #[must_use]
    pub(super) fn ledger_record(&self) -> WrittenRecord {
        let state = self.lock_state();
        let complete = matches!(state.phase, Phase::Ended)
            && state.failures.is_empty()
            && state.obsolete.is_empty();
        WrittenRecord {
            project: self.context.name.clone(),
            serial: self.context.serial,
            complete,
            latest: if complete {
                Some(self.context.latest.clone())
            } else {
                state.latest.clone()
            },
            display_name: self.context.display_name.clone(),
            documents: state.documents.clone(),
        }
    }

    fn lock_state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn add_document(&mut self, entry: DocumentEntry, new_latest: &str) {
        if entry.version == new_latest {
            self.latest = Some(entry.version.clone());
            self.flags.new_latest = NewLatest::Written;
        }
        let former = &mut self.flags.former;
        if let Some(position) = former.iter().position(|id| *id == entry.id) {
            let id = former.swap_remove(position);
            self.flags.lowered.push(id);
        }
        self.own_ids.insert(entry.id.clone());
        self.documents.set(entry);
    }

    fn next_step(&mut self) -> NextStep {
        if let Phase::Running(steps) = &self.phase
            && !steps.is_done()
        {
            return NextStep::Wait;
        }
        let ids = self.take_removable();
        if !ids.is_empty() {
            self.phase = Phase::Removing;
            return NextStep::RemoveDocuments(ids);
        }
        self.phase = Phase::Ended;
        // A passing failure counts more than a permanent one: there is something to try again.
        let mut failures = self.failures.iter();
        let failure = failures
            .find(|failure| !failure.is_permanent)
            .or_else(|| self.failures.first());
        NextStep::Finish(match failure {
            Some(failure) => Ending::Incomplete(failure.clone()),
            None => Ending::Complete,
        })
    }

    /// Takes the ids that may go now: all of them where everything is written, else those that are
    /// gone from the registry, and those whose release has another document.
    fn take_removable(&mut self) -> Vec<String> {
        let mut ids = std::mem::take(&mut self.gone);
        let obsolete = std::mem::take(&mut self.obsolete);
        let has_another = |id: &String| {
            let entries = &self.documents.0;
            let version = entries
                .iter()
                .find(|entry| entry.id == *id)
                .map(|entry| &entry.version);
            entries.iter().any(|entry| {
                Some(&entry.version) == version && entry.id != *id && !obsolete.contains(&entry.id)
            })
        };
        let (now, later): (Vec<String>, Vec<String>) = obsolete
            .iter()
            .cloned()
            .partition(|id| self.failures.is_empty() || has_another(id));
        self.obsolete = later;
        ids.extend(now);
        ids
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::num::NonZeroU64;

    use super::{Ending, NextStep, ProjectProgress, StepCounts, StepOutcome};
    use crate::model::{ProjectName, Serial};
    use crate::pipeline::plan::ProjectContext;
    use crate::pipeline::step_failure::StepFailure;
    use crate::profile::HistoryText;
    use crate::store::ledger::{DocumentEntry, Documents, WrittenRecord};

    fn entry(version: &str) -> DocumentEntry {
        DocumentEntry {
            version: version.to_owned(),
            key: NonZeroU64::new(1),
            id: format!("a-{version}"),
        }
    }

    /// A project at release 2.0, of which the collection holds these versions.
    fn progress(held: &[&str], documents: usize, obsolete: &[&str]) -> ProjectProgress {
        let context = ProjectContext {
            name: ProjectName::new("a"),
            display_name: "a".to_owned(),
            serial: Serial::new(7),
            maintainers: Vec::new(),
            release_count: 2,
            first_upload: None,
            status: None,
            latest: "2.0".to_owned(),
            latest_id: "a-2.0".to_owned(),
            history_text: HistoryText::Full,
            yanked: crate::pipeline::yanked::YankedReleases::default(),
        };
        let stored = WrittenRecord {
            project: context.name.clone(),
            serial: Serial::new(6),
            complete: true,
            latest: Some("1.0".to_owned()),
            display_name: "a".to_owned(),
            documents: Documents(held.iter().map(|version| entry(version)).collect()),
        };
        ProjectProgress::new(
            context,
            StepCounts {
                documents,
                confirmations: 0,
            },
            obsolete.iter().map(ToString::to_string).collect(),
            Some(&stored),
            HashSet::new(),
        )
    }

    fn failure(is_permanent: bool) -> StepFailure {
        StepFailure {
            reason: "no".to_owned(),
            is_permanent,
        }
    }

    #[test]
    fn a_project_ends_when_its_last_step_has_ended() {
        let project = progress(&["1.0"], 1, &[]);
        let next = project.record(StepOutcome::DocumentWritten(entry("2.0")));
        assert!(matches!(next, NextStep::Wait));
        assert!(!project.ledger_record().complete);
        let next = project.record(StepOutcome::HandedOver);
        assert!(matches!(next, NextStep::Finish(Ending::Complete)));
        let record = project.ledger_record();
        assert!(
            record.complete
                && record.latest.as_deref() == Some("2.0")
                && record.documents.0.len() == 2
        );
    }

    #[test]
    fn obsolete_documents_go_after_everything_is_written() {
        let project = progress(&["1.0"], 0, &["a-1.0"]);
        let next = project.record(StepOutcome::HandedOver);
        let NextStep::RemoveDocuments(ids) = next else {
            unreachable!("{next:?}");
        };
        assert_eq!(ids, ["a-1.0"]);
        assert!(!project.ledger_record().complete);
        let next = project.documents_removed(&ids);
        assert!(matches!(next, NextStep::Finish(Ending::Complete)));
        assert!(project.ledger_record().documents.0.is_empty());
    }

    #[test]
    fn a_failure_keeps_obsolete_documents_and_a_passing_one_counts_most() {
        let project = progress(&["1.0"], 2, &["a-1.0"]);
        let _ = project.record(StepOutcome::HandedOver);
        let _ = project.record(StepOutcome::DocumentNotBuilt(failure(true)));
        let next = project.record(StepOutcome::DocumentNotBuilt(failure(false)));
        let NextStep::Finish(Ending::Incomplete(failure)) = next else {
            unreachable!("{next:?}");
        };
        assert!(!failure.is_permanent);
        assert!(!project.ledger_record().complete);
    }

    #[test]
    fn the_former_latest_loses_its_flag_once_the_new_one_is_there() {
        let project = progress(&["1.0"], 1, &[]);
        assert!(project.take_flags_to_set().is_empty());
        let _ = project.record(StepOutcome::DocumentWritten(entry("2.0")));
        assert_eq!(project.take_flags_to_set(), [("a-1.0".to_owned(), false)]);
        assert!(project.take_flags_to_set().is_empty());
        let refused = progress(&["1.0"], 2, &[]);
        let _ = refused.record(StepOutcome::DocumentWritten(entry("1.0")));
        let _ = refused.record(StepOutcome::DocumentRefused {
            version: "2.0".to_owned(),
            failure: failure(true),
        });
        assert_eq!(refused.take_flags_to_set(), [("a-1.0".to_owned(), true)]);
    }

    #[test]
    fn a_flag_that_fails_after_the_end_is_reported() {
        let project = progress(&["1.0"], 0, &[]);
        let _ = project.record(StepOutcome::HandedOver);
        assert!(project.record_flag_failure(failure(true)));
        assert!(!project.ledger_record().complete);
        assert!(!project.record_flag_failure(failure(true)));
    }
}
