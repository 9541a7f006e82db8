//! One project on its way into the collection: what is still under way, and what the ledger may
//! say of it.
//!
//! A project is done when every document has been acknowledged; its old ids go after that, and
//! then it is recorded as complete. A failure anywhere leaves it incomplete,
//! with what has been written noted, so that the next run goes on from there.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::plan::Frame;
use crate::model::Serial;
use crate::store::ledger::{DocumentEntry, Documents, WrittenRecord};

/// Why something of a project could not be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Setback {
    pub reason: String,
    /// Whether the reason lies in the data itself.
    pub lasting: bool,
}

/// A project on its way. Shared by the stages that work on it.
#[derive(Debug)]
pub(super) struct Job {
    pub frame: Frame,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    documents: Documents,
    /// Ids that the server has shown to hold documents of this project.
    own_ids: HashSet<String>,
    latest: String,
    /// Documents, confirmations and removals that have not come to an end.
    open: usize,
    obsolete: Vec<String>,
    /// Documents of releases that the registry denies.
    gone: Vec<String>,
    setbacks: Vec<Setback>,
    flags: Flags,
}

/// Who claims to be the latest release, while that changes.
#[derive(Debug, Default)]
struct Flags {
    /// Other documents that bore the flag when the run began.
    former: Vec<String>,
    /// Those of them that have been written anew, without it.
    lowered: Vec<String>,
    /// Whether the new latest is there, or has been refused for good.
    latest: Option<bool>,
}

/// What a step has led to.
#[derive(Debug)]
pub(super) enum Progressed {
    /// There is more to come.
    Open,
    /// Everything is written; these ids have to go before the project is complete.
    Remove(Vec<String>),
    /// Nothing is left to do.
    Ended(Ending),
}

/// How a project came out.
#[derive(Debug)]
pub(super) enum Ending {
    Complete,
    Incomplete(Setback),
}

impl Job {
    /// A project of which `open` steps lie ahead. `before` is what the ledger says that the
    /// collection held, `own_ids` are what the collection itself has shown of that.
    #[must_use]
    pub(super) fn new(
        frame: Frame,
        before: Option<&WrittenRecord>,
        open: usize,
        obsolete: Vec<String>,
        own_ids: HashSet<String>,
    ) -> Self {
        let documents = before
            .map(|record| record.documents.clone())
            .unwrap_or_default();
        let latest = before
            .map(|record| record.latest.clone())
            .unwrap_or_default();
        let former = documents
            .0
            .iter()
            .filter(|entry| entry.version == latest && entry.id != frame.latest_id)
            .map(|entry| entry.id.clone())
            .collect();
        Self {
            frame,
            state: Mutex::new(State {
                documents,
                own_ids,
                latest,
                open,
                obsolete,
                gone: Vec::new(),
                setbacks: Vec::new(),
                flags: Flags {
                    former,
                    ..Flags::default()
                },
            }),
        }
    }

    /// The server has acknowledged a document.
    pub(super) fn acknowledged(&self, entry: DocumentEntry) -> Progressed {
        let mut state = self.state();
        if entry.version == self.frame.latest {
            state.latest.clone_from(&entry.version);
            state.flags.latest = Some(true);
        }
        if let Some(position) = state.flags.former.iter().position(|id| *id == entry.id) {
            let id = state.flags.former.swap_remove(position);
            state.flags.lowered.push(id);
        }
        state.own_ids.insert(entry.id.clone());
        state.documents.set(entry);
        step(&mut state)
    }

    /// The server refuses a document for good.
    pub(super) fn refused(&self, version: &str, setback: Setback) -> Progressed {
        if version == self.frame.latest {
            self.state().flags.latest = Some(false);
        }
        self.failed(setback)
    }

    /// Documents whose `is_latest` has to be set apart, with its value: a former latest that is
    /// not written anew, and one that keeps its place because the new latest was refused.
    pub(super) fn flags_to_set(&self) -> Vec<(String, bool)> {
        let mut state = self.state();
        let changes: Vec<(String, bool)> = match state.flags.latest {
            Some(true) => state.flags.former.drain(..).map(|id| (id, false)).collect(),
            Some(false) => state
                .flags
                .lowered
                .drain(..)
                .map(|id| (id, true))
                .take(1)
                .collect(),
            None => Vec::new(),
        };
        for (id, _) in &changes {
            if let Some(entry) = state.documents.0.iter_mut().find(|entry| entry.id == *id) {
                entry.key = 0;
            }
        }
        changes
    }

    /// Something beside the steps could not be done, so the project is not complete. `true` where
    /// it has come to its end as complete already, and no step is left that would tell.
    #[must_use]
    pub(super) fn disturbed(&self, setback: Setback) -> bool {
        let mut state = self.state();
        let had_ended = state.open == 0 && state.setbacks.is_empty();
        state.setbacks.push(setback);
        had_ended
    }

    /// A step could not be done.
    pub(super) fn failed(&self, setback: Setback) -> Progressed {
        let mut state = self.state();
        state.setbacks.push(setback);
        step(&mut state)
    }

    /// A step has turned out to need nothing.
    pub(super) fn stays(&self) -> Progressed {
        step(&mut self.state())
    }

    /// A release is confirmed to be gone: its document goes, whatever becomes of the others.
    pub(super) fn confirmed_gone(&self, id: String) -> Progressed {
        let mut state = self.state();
        state.gone.push(id);
        step(&mut state)
    }

    /// Documents have been removed.
    pub(super) fn removed(&self, ids: &[String]) -> Progressed {
        let mut state = self.state();
        for id in ids {
            state.documents.remove(id);
            state.own_ids.remove(id);
        }
        step(&mut state)
    }

    /// Whether the collection holds this document of the project.
    #[must_use]
    pub(super) fn holds(&self, id: &str) -> bool {
        let state = self.state();
        state.documents.0.iter().any(|entry| entry.id == id)
    }

    /// Whether the server has shown that the document with this id, if any, is of this project.
    #[must_use]
    pub(super) fn owns(&self, id: &str) -> bool {
        self.state().own_ids.contains(id)
    }

    /// The server shows that the document with this id is of this project.
    pub(super) fn found(&self, id: &str) {
        self.state().own_ids.insert(id.to_owned());
    }

    /// What the ledger may say of the project as it stands.
    #[must_use]
    pub(super) fn record(&self) -> WrittenRecord {
        let state = self.state();
        let complete = state.open == 0 && state.setbacks.is_empty() && state.obsolete.is_empty();
        WrittenRecord {
            project: self.frame.name.clone(),
            serial: Serial::number(self.frame.serial),
            complete,
            latest: if complete {
                self.frame.latest.clone()
            } else {
                state.latest.clone()
            },
            display_name: self.frame.display_name.clone(),
            documents: state.documents.clone(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn step(state: &mut State) -> Progressed {
    state.open = state.open.saturating_sub(1);
    if state.open > 0 {
        return Progressed::Open;
    }
    let ids = removable(state);
    if !ids.is_empty() {
        state.open = 1;
        return Progressed::Remove(ids);
    }
    // A passing reason outweighs a lasting one: there is something to try again.
    let setback = state
        .setbacks
        .iter()
        .find(|setback| !setback.lasting)
        .or_else(|| state.setbacks.first());
    match setback {
        Some(setback) => Progressed::Ended(Ending::Incomplete(setback.clone())),
        None => Progressed::Ended(Ending::Complete),
    }
}

/// Takes the ids that may go now: all of them where everything is written, else those that are
/// gone from the registry, and those whose release has another document.
fn removable(state: &mut State) -> Vec<String> {
    let mut ids = std::mem::take(&mut state.gone);
    let obsolete = std::mem::take(&mut state.obsolete);
    let has_another = |id: &String| {
        let entries = &state.documents.0;
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
        .partition(|id| state.setbacks.is_empty() || has_another(id));
    state.obsolete = later;
    ids.extend(now);
    ids
}
