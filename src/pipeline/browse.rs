//! Asks the registry which projects carry the classifiers of the rules, where that saves reading
//! every unknown project, and checks whether its answer is plausible.
//!
//! The answer is a list of candidates and never believed: each project's own document decides.
//! Called by `discover` for the first question and by `unlisted_classifiers` for those that follow.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use super::error::RunError;
use super::read_state::ReadState;
use super::request::Discovery;
use super::run::Run;
use crate::model::ProjectName;
use crate::progress::Stage;
use crate::registry::{Index, RegistryError};
use crate::store::ledger::WrittenSummary;

/// This few unknown projects are read directly: asking would not be quicker.
const FEW: usize = 500;
/// How often the question is repeated when the registry asks to wait, and the longest such wait.
const MOST_WAITS: u32 = 3;
const LONGEST_WAIT: Duration = Duration::from_mins(10);
/// Share of the names in the answer that the index must know.
const PLAUSIBLE_IN_INDEX: f64 = 0.9;
/// Share of the projects that are known to match which the answer must name.
const PLAUSIBLE_KNOWN: f64 = 0.9;

/// What the registry has answered.
#[derive(Default)]
pub(super) struct BrowseResult {
    /// The projects that it names; `None` where every unknown project has to be read.
    pub names: Option<HashSet<ProjectName>>,
    /// Whether the user insists on an answer that looks wrong.
    pub is_doubtful: bool,
}

/// What is known before the registry is asked.
#[derive(Clone, Copy)]
pub(super) struct BrowseBasis<'a> {
    pub index: &'a Index,
    /// For each project of the index, what was read of it.
    pub read_states: &'a [ReadState],
    pub stored: &'a HashMap<ProjectName, WrittenSummary>,
}

/// Whether asking is worth it, and for which classifiers; `None` where every unknown project has to
/// be read.
pub(super) fn classifiers_to_ask_for(run: &Run, read_states: &[ReadState]) -> Option<Vec<String>> {
    let is_automatic = match run.request.discovery {
        Discovery::Simple => return None,
        Discovery::Auto => true,
        Discovery::Browse => false,
    };
    let unread = read_states.iter();
    let unread = unread.filter(|state| **state == ReadState::Unread).count();
    if is_automatic && unread <= FEW {
        return None;
    }
    let classifiers = run.request.rules.browse_classifiers();
    if classifiers.is_none() && !is_automatic {
        run.note("the rules select more than classifiers can say, so every project is read");
    }
    classifiers
}

/// Asks for the projects of these classifiers, and checks the answer.
pub(super) async fn browse(
    run: &Arc<Run>,
    classifiers: &[String],
    basis: BrowseBasis<'_>,
) -> Result<BrowseResult, RunError> {
    let is_automatic = run.request.discovery == Discovery::Auto;
    let names = match fetch_names(run, classifiers).await {
        Ok(names) => names,
        Err(error) if is_automatic => {
            run.note(format!(
                "{error}; every project of the index is read instead"
            ));
            return Ok(BrowseResult::default());
        }
        Err(error) => return Err(error.into()),
    };
    let doubt = implausibility(run, &names, basis);
    if let Some(why) = &doubt {
        if is_automatic {
            run.note(format!(
                "the answer of `browse` is not plausible ({why}); every project of the index is \
                 read instead"
            ));
            return Ok(BrowseResult::default());
        }
        run.note(format!(
            "the answer of `browse` looks wrong ({why}), so this run does not advance the \
             high-water mark"
        ));
    }
    run.note(format!(
        "`browse` names {} projects for {} classifiers, each of which is verified",
        names.len(),
        classifiers.len()
    ));
    Ok(BrowseResult {
        names: Some(names.into_iter().collect()),
        is_doubtful: doubt.is_some(),
    })
}

/// Fetches the projects that ever carried one of the classifiers.
pub(super) async fn fetch_names(
    run: &Run,
    classifiers: &[String],
) -> Result<BTreeSet<ProjectName>, RegistryError> {
    run.progress
        .stage(Stage::Browsing, Some(classifiers.len() as u64));
    let mut names = BTreeSet::new();
    for classifier in classifiers {
        let mut waits = 0;
        let answer = loop {
            match run.registry.fetch_projects_by_classifier(classifier).await {
                Err(RegistryError::Wait { after, .. })
                    if waits < MOST_WAITS && after <= LONGEST_WAIT =>
                {
                    waits += 1;
                    tokio::time::sleep(after).await;
                }
                answer => break answer,
            }
        };
        match answer {
            Ok(found) => names.extend(found),
            Err(error) => {
                run.progress.stage_done();
                return Err(error);
            }
        }
        run.progress.advance(1);
    }
    run.progress.stage_done();
    Ok(names)
}

/// Why an answer cannot be believed.
fn implausibility(
    run: &Run,
    names: &BTreeSet<ProjectName>,
    basis: BrowseBasis<'_>,
) -> Option<String> {
    if names.is_empty() {
        return Some("it names no project at all".to_owned());
    }
    let in_index = names
        .iter()
        .filter(|name| basis.index.get(name).is_some())
        .count();
    if (in_index as f64) < PLAUSIBLE_IN_INDEX * names.len() as f64 {
        return Some(format!(
            "the index lacks {} of {}",
            names.len() - in_index,
            names.len()
        ));
    }
    let entries = basis.index.projects.iter().zip(basis.read_states);
    let expected: Vec<&ProjectName> = entries
        .filter(|(entry, state)| match state {
            ReadState::Matching => true,
            ReadState::Unread => basis.stored.contains_key(&entry.name),
            ReadState::NotMatching | ReadState::NothingToShow => false,
        })
        .filter(|(entry, _)| !run.request.rules.selects_by_name(&entry.name))
        .map(|(entry, _)| &entry.name)
        .collect();
    let found = expected
        .iter()
        .filter(|name| names.contains(**name))
        .count();
    ((found as f64) < PLAUSIBLE_KNOWN * expected.len() as f64).then(|| {
        format!(
            "it lacks {} of {} projects that match",
            expected.len() - found,
            expected.len()
        )
    })
}
