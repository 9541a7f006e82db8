//! Which projects a run has to look at: the index, the ledger and, where it helps, `browse`.
//!
//! Decides from what is known, without reading a single project. What is known: the serial of
//! every project in the index; what was read of it, by whichever profile; what this collection
//! holds of it; what it still waits for; and the baseline below which silence means "not
//! matching". Called by `stages`; writes nothing but that vanished projects are owed no longer.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use super::error::RunError;
use super::examine::Candidate;
use super::newer::{LeftOut, Newer};
use super::request::{Discovery, Mode};
use super::run::Run;
use crate::model::{ProjectName, Serial};
use crate::progress::Stage;
use crate::registry::{Index, RegistryError};
use crate::store::ledger::{Baseline, CollectionRecord, ReadOutcome, WrittenSummary};

/// So few unknown projects are read directly: asking `browse` would not be quicker.
const FEW: usize = 500;
/// `browse` is asked again so often when it asks to wait, and so long at most.
const MOST_WAITS: u32 = 3;
const LONGEST_WAIT: Duration = Duration::from_mins(10);
/// Share of the names that `browse` gives which the index must know.
const PLAUSIBLE_IN_INDEX: f64 = 0.9;
/// Share of the indexed projects that `browse` must give again.
const PLAUSIBLE_KNOWN: f64 = 0.9;

/// What a run has to do.
#[derive(Debug, Default)]
pub(super) struct Discovered {
    /// In the order in which they are to be read.
    pub candidates: Vec<Candidate>,
    /// Indexed, but no longer in the index.
    pub vanished: Vec<ProjectName>,
    /// Indexed and unchanged, but not selected by the rules of this run.
    pub outgrown: Vec<ProjectName>,
    /// Whether projects may have been missed, so that nothing may be claimed of the whole.
    pub is_doubtful: bool,
    /// Unknown projects that are not read because `browse` does not name them.
    pub left_out: LeftOut,
    /// The classifiers that the official list lacks.
    pub newer: Newer,
    pub seen: u64,
    pub unchanged: u64,
}

/// What the ledger says of one project of the index, in one byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// Not read at this serial.
    No,
    Matching,
    NotMatching,
    /// It had nothing to show: withheld, or without releases.
    Nothing,
}

/// Finds the work of a run that has read `index`.
pub(super) async fn discover(
    run: &Arc<Run>,
    index: &Index,
    record: &CollectionRecord,
) -> Result<Discovered, RunError> {
    let request = &run.request;
    let written = run.ledger.written_summaries(run.collection_id)?;
    let mut newer = Newer::default();
    let known = known(run, index, &mut newer)?;
    let mut discovered = Discovered::default();

    let baseline = applicable_baseline(run, record);
    let looks_for_new = matches!(request.mode, Mode::Full | Mode::Incremental);
    let named = !request.projects.is_empty();
    let selected = if looks_for_new && baseline.is_none() && !named {
        let browsed = browsed(run, index, &known, &written, &mut newer).await?;
        discovered.is_doubtful = browsed.is_doubtful;
        browsed.names
    } else {
        None
    };

    let mut todo = Vec::new();
    let mut left_out = LeftOut::default();
    for (entry, known) in index.projects.iter().zip(&known) {
        if !request.concerns(&entry.name, entry.display_name()) {
            continue;
        }
        discovered.seen += 1;
        let examine = match written.get(&entry.name) {
            Some(summary) => {
                let current = summary.complete && Serial::new(summary.serial) >= entry.serial;
                if *known == Known::NotMatching {
                    discovered.outgrown.push(entry.name.clone());
                    continue;
                }
                !current || request.force || request.mode == Mode::Refresh
            }
            None if !looks_for_new => request.mode == Mode::Named,
            None => match known {
                Known::Matching => true,
                Known::NotMatching | Known::Nothing => false,
                Known::No if named => true,
                Known::No => {
                    let unnamed = selected
                        .as_ref()
                        .is_some_and(|names| !names.contains(&entry.name));
                    let silent = unnamed
                        || baseline
                            .is_some_and(|baseline| entry.serial <= Serial::new(baseline.serial));
                    let examine =
                        !silent || request.rules.selects_by_name(&entry.name) && baseline.is_none();
                    if unnamed && !examine {
                        left_out.add(entry);
                    }
                    examine
                }
            },
        };
        if examine {
            todo.push(Candidate {
                name: entry.name.clone(),
                serial: entry.serial,
                may_be_indexed: written.contains_key(&entry.name),
            });
        } else {
            discovered.unchanged += u64::from(written.contains_key(&entry.name));
        }
    }
    discovered.vanished = written
        .keys()
        .filter(|name| index.get(name).is_none() && request.concerns(name, name.as_str()))
        .cloned()
        .collect();
    discovered.vanished.sort_unstable();
    discovered.left_out = left_out.sorted();
    discovered.newer = newer;
    let is_current = index.serial >= Serial::new(record.index_serial);
    order(run, index, is_current, todo, &mut discovered)?;
    // What is owed is read whether `browse` names it or not.
    for candidate in &discovered.candidates {
        discovered.left_out.take(&candidate.name);
    }
    Ok(discovered)
}

/// The work of a run that names its projects and reads no index.
pub(super) fn named(run: &Run) -> Discovered {
    let candidates: Vec<Candidate> = run
        .request
        .projects
        .iter()
        .map(|name| Candidate {
            name: name.clone(),
            serial: None,
            may_be_indexed: true,
        })
        .collect();
    Discovered {
        seen: candidates.len() as u64,
        candidates,
        ..Discovered::default()
    }
}

/// What was read of each project of the index, at its present serial or newer.
fn known(run: &Run, index: &Index, newer: &mut Newer) -> Result<Vec<Known>, RunError> {
    let mut known = vec![Known::No; index.projects.len()];
    if run.request.force {
        return Ok(known);
    }
    // Both sides are in the order of the names, so one pass finds all pairs.
    let mut position = 0;
    run.ledger.each_read(run.registry_id, |row| {
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
        if entry.name.as_str() != row.project || Serial::new(row.serial) < entry.serial {
            return;
        }
        let rules = &run.request.rules;
        known[position] = match row.outcome {
            ReadOutcome::Empty | ReadOutcome::Quarantined => Known::Nothing,
            ReadOutcome::Read if rules.select(&entry.name, &row.classifiers).is_matched() => {
                newer.see(rules, &row.classifiers);
                Known::Matching
            }
            ReadOutcome::Read => Known::NotMatching,
        };
    })?;
    Ok(known)
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

/// What `browse` has given.
#[derive(Default)]
struct Browsed {
    /// The projects it names; `None` where every unknown project has to be read.
    names: Option<HashSet<ProjectName>>,
    /// Whether the user insists on an answer that looks wrong.
    is_doubtful: bool,
}

/// Asks for the classifiers of the rules, where that helps.
async fn browsed(
    run: &Arc<Run>,
    index: &Index,
    known: &[Known],
    written: &HashMap<ProjectName, WrittenSummary>,
    newer: &mut Newer,
) -> Result<Browsed, RunError> {
    let automatic = match run.request.discovery {
        Discovery::Simple => return Ok(Browsed::default()),
        Discovery::Auto => true,
        Discovery::Browse => false,
    };
    let unknown = known.iter().filter(|known| **known == Known::No).count();
    if automatic && unknown <= FEW {
        return Ok(Browsed::default());
    }
    let Some(classifiers) = run.request.rules.browse_classifiers() else {
        if !automatic {
            run.note("the rules select more than classifiers can say, so every project is read");
        }
        return Ok(Browsed::default());
    };
    if classifiers.is_empty() {
        // Names alone select, and the index has them all.
        return Ok(Browsed {
            names: Some(HashSet::new()),
            is_doubtful: false,
        });
    }
    let classifiers = newer.first_question(&run.request.rules, classifiers);
    let names = match ask(run, &classifiers).await {
        Ok(names) => names,
        Err(error) if automatic => {
            run.note(format!(
                "{error}; every project of the index is read instead"
            ));
            return Ok(Browsed::default());
        }
        Err(error) => return Err(error.into()),
    };
    let doubt = implausible(run, &names, index, known, written);
    if let Some(why) = &doubt {
        if automatic {
            run.note(format!(
                "the answer of `browse` is not plausible ({why}); every project of the index is \
                 read instead"
            ));
            return Ok(Browsed::default());
        }
        run.note(format!(
            "the answer of `browse` looks wrong: {why}; this run sets no mark"
        ));
    }
    run.note(format!(
        "`browse` names {} projects for {} classifiers, each of which is verified",
        names.len(),
        classifiers.len()
    ));
    Ok(Browsed {
        names: Some(names.into_iter().collect()),
        is_doubtful: doubt.is_some(),
    })
}

/// The projects that ever carried one of the classifiers.
pub(super) async fn ask(
    run: &Run,
    classifiers: &[String],
) -> Result<BTreeSet<ProjectName>, RegistryError> {
    run.progress
        .stage(Stage::Browsing, Some(classifiers.len() as u64));
    let mut names = BTreeSet::new();
    for classifier in classifiers {
        let mut waits = 0;
        let found = loop {
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
        match found {
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

/// Why an answer of `browse` cannot be believed.
fn implausible(
    run: &Run,
    names: &BTreeSet<ProjectName>,
    index: &Index,
    known: &[Known],
    written: &HashMap<ProjectName, WrittenSummary>,
) -> Option<String> {
    if names.is_empty() {
        return Some("it names no project at all".to_owned());
    }
    let in_index = names
        .iter()
        .filter(|name| index.get(name).is_some())
        .count();
    if (in_index as f64) < PLAUSIBLE_IN_INDEX * names.len() as f64 {
        return Some(format!(
            "the index lacks {} of {}",
            names.len() - in_index,
            names.len()
        ));
    }
    let expected: Vec<&ProjectName> = index
        .projects
        .iter()
        .zip(known)
        .filter(|(entry, known)| {
            **known == Known::Matching || **known == Known::No && written.contains_key(&entry.name)
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

/// Puts owed projects first, and leaves out those that are not due.
///
/// What the index lacks is owed no longer, unless the index is older than one that was read
/// before, and so may not know the project yet.
fn order(
    run: &Run,
    index: &Index,
    is_current: bool,
    todo: Vec<Candidate>,
    discovered: &mut Discovered,
) -> Result<(), RunError> {
    let mut due = Vec::new();
    let mut held_back = HashSet::new();
    let mut settled = Vec::new();
    for owed in run.ledger.owed(run.collection_id)? {
        let Some(entry) = index.get(&owed.project) else {
            if is_current {
                settled.push(owed.project);
            }
            continue;
        };
        if !run.request.concerns(&entry.name, entry.display_name()) {
            continue;
        }
        let moved = entry.serial > Serial::new(owed.serial);
        let asked_for = run.request.force || !run.request.projects.is_empty();
        if moved || asked_for || !owed.is_final() && owed.next_attempt <= run.now {
            due.push(Candidate {
                name: entry.name.clone(),
                serial: entry.serial,
                may_be_indexed: true,
            });
        } else {
            held_back.insert(owed.project);
        }
    }
    run.ledger.settle(run.collection_id, &settled)?;
    let first: HashSet<ProjectName> = due.iter().map(|candidate| candidate.name.clone()).collect();
    discovered.candidates = due;
    discovered
        .candidates
        .extend(todo.into_iter().filter(|candidate| {
            !first.contains(&candidate.name) && !held_back.contains(&candidate.name)
        }));
    Ok(())
}
