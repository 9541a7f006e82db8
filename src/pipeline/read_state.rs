//! What is known from earlier runs about each project of the index.

use std::sync::Arc;

use super::run::Run;
use super::unlisted_classifiers::UnlistedClassifiers;
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

/// Reads from the ledger what is known of each project of the index, at its present serial or newer,
/// and the classifiers of those that match which the rules do not list.
pub(super) async fn load_read_states(
    run: &Run,
    index: &Arc<Index>,
) -> Result<(Vec<ReadState>, UnlistedClassifiers), StoreError> {
    let states = vec![ReadState::Unread; index.projects.len()];
    if run.request.force {
        return Ok((states, UnlistedClassifiers::default()));
    }
    let index = Arc::clone(index);
    let rules = run.request.rules.clone();
    // Both sides are in the order of the names, so one pass finds all pairs.
    let mut position = 0;
    let found = (states, UnlistedClassifiers::default());
    run.fold_reads(found, move |(states, unlisted), row| {
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
        states[position] = match row.outcome {
            ReadOutcome::Empty | ReadOutcome::Quarantined => ReadState::NothingToShow,
            ReadOutcome::Read if rules.select(&entry.name, &row.classifiers).is_matched() => {
                unlisted.note(&rules, &row.classifiers);
                ReadState::Matching
            }
            ReadOutcome::Read => ReadState::NotMatching,
        };
    })
    .await
}
