//! One project on its way into the collection: what is still under way, and what the ledger may
//! say of it.
//!
//! A project is done when every document has been acknowledged; only then are its old ids
//! removed, and only then is it recorded as complete. A failure anywhere leaves it incomplete,
//! with what has been written noted, so that the next run goes on from there.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::plan::Frame;
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
    latest: String,
    /// Documents, confirmations and removals that have not come to an end.
    open: usize,
    obsolete: Vec<String>,
    setbacks: Vec<Setback>,
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
    /// A project of which `open` steps lie ahead. `before` is what the collection held.
    #[must_use]
    pub(super) fn new(
        frame: Frame,
        before: Option<&WrittenRecord>,
        open: usize,
        obsolete: Vec<String>,
    ) -> Self {
        Self {
            frame,
            state: Mutex::new(State {
                documents: before
                    .map(|record| record.documents.clone())
                    .unwrap_or_default(),
                latest: before
                    .map(|record| record.latest.clone())
                    .unwrap_or_default(),
                open,
                obsolete,
                setbacks: Vec::new(),
            }),
        }
    }

    /// The server has acknowledged a document.
    pub(super) fn acknowledged(&self, entry: DocumentEntry) -> Progressed {
        let mut state = self.state();
        if entry.version == self.frame.latest {
            state.latest.clone_from(&entry.version);
        }
        state.documents.set(entry);
        step(&mut state)
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

    /// A release is confirmed to be gone: its document goes with the obsolete ones.
    pub(super) fn confirmed_gone(&self, id: String) -> Progressed {
        let mut state = self.state();
        state.obsolete.push(id);
        step(&mut state)
    }

    /// The obsolete ids have been removed.
    pub(super) fn removed(&self, ids: &[String]) -> Progressed {
        let mut state = self.state();
        for id in ids {
            state.documents.remove(id);
        }
        step(&mut state)
    }

    /// What the ledger may say of the project as it stands.
    #[must_use]
    pub(super) fn record(&self) -> WrittenRecord {
        let state = self.state();
        WrittenRecord {
            project: self.frame.name.clone(),
            serial: self.frame.serial,
            complete: state.open == 0 && state.setbacks.is_empty() && state.obsolete.is_empty(),
            latest: state.latest.clone(),
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
    // A passing reason outweighs a lasting one: there is something to try again.
    let setback = state
        .setbacks
        .iter()
        .find(|setback| !setback.lasting)
        .or_else(|| state.setbacks.first());
    if let Some(setback) = setback {
        return Progressed::Ended(Ending::Incomplete(setback.clone()));
    }
    if state.obsolete.is_empty() {
        return Progressed::Ended(Ending::Complete);
    }
    state.open = 1;
    Progressed::Remove(std::mem::take(&mut state.obsolete))
}
