//! What is known from earlier runs about each project of the index.

use super::run::Run;
use crate::registry::Index;
use crate::store::StoreError;
use crate::store::ledger::ReadOutcome;

/// What the ledger says about one project of the index, in one byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadState {
    /// Not read at this serial.
    Unread,
    Matching,
    NotMatching,
    /// It was withheld, or had no releases.
    NothingToShow,
}

/// Reads from the ledger what is known of each project of the index, at its present serial or newer.
/// `visit_matching` is given the classifiers of each project that matches.
pub(super) fn load_read_states(
    run: &Run,
    index: &Index,
    mut visit_matching: impl FnMut(&[&str]),
) -> Result<Vec<ReadState>, StoreError> {
    let mut states = vec![ReadState::Unread; index.projects.len()];
    if run.request.force {
        return Ok(states);
    }
    // Both sides are in the order of the names, so one pass finds all pairs.
    let mut position = 0;
    run.visit_reads(|row| {
        while index
            .projects
            .get(position)
            .is_some_and(|entry| entry.name.as_str() < row.project)
        {
            position += 1;
        }
        let Some(entry) = index.projects.get(position) else {
            return;
        };
        if entry.name.as_str() != row.project || row.serial < entry.serial {
            return;
        }
        let rules = &run.request.rules;
        states[position] = match row.outcome {
            ReadOutcome::Empty | ReadOutcome::Quarantined => ReadState::NothingToShow,
            ReadOutcome::Read if rules.select(&entry.name, &row.classifiers).is_matched() => {
                visit_matching(&row.classifiers);
                ReadState::Matching
            }
            ReadOutcome::Read => ReadState::NotMatching,
        };
    })?;
    Ok(states)
}
