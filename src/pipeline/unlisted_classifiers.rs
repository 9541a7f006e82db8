//! Classifiers that are newer than the program's official list, and the projects that only they
//! select.
//!
//! The list may be out of date. So a run that asks `browse` also asks for plausible next versions;
//! and whatever unlisted classifier below a rule it then meets in a document, or has met before, is
//! asked for as well, until nothing new appears. Called by `discover` for the first question and by
//! `examination` for those that follow. Writes nothing.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use xxhash_rust::xxh3::xxh3_64;

use super::browse::fetch_names;
use super::candidate::Candidate;
use super::run::Run;
use crate::model::{ProjectName, Serial};
use crate::profile::{Rules, classifier_list_version};
use crate::registry::{IndexEntry, RegistryError};

/// Unlisted classifiers that one run asks for. A registry gains some dozen a year in all.
const MOST_QUESTIONS: usize = 64;
/// Unlisted classifiers that are remembered, so that a registry of nonsense costs no memory.
const MOST_SEEN: usize = 10_000;
/// Classifiers that a note names.
const MOST_NAMED: usize = 10;

/// What a run knows about classifiers that the official list lacks.
#[derive(Debug, Default)]
pub(super) struct UnlistedClassifiers {
    /// Unlisted classifiers below the rules, and how many projects carry them.
    seen: BTreeMap<String, usize>,
    /// Everything that `browse` has been asked for.
    asked: BTreeSet<String>,
    /// Unlisted classifiers that were asked for after the first question.
    questions: usize,
}

impl UnlistedClassifiers {
    /// Notes the classifiers of a project that matches.
    pub(super) fn note<S: AsRef<str>>(&mut self, rules: &Rules, classifiers: &[S]) {
        for classifier in rules.unlisted(classifiers) {
            if let Some(count) = self.seen.get_mut(classifier) {
                *count += 1;
            } else if self.seen.len() < MOST_SEEN {
                self.seen.insert(classifier.to_owned(), 1);
            }
        }
    }

    /// The classifiers to ask for first: the `official` ones, those that were met before, and plausible
    /// next versions.
    pub(super) fn first_classifiers_to_ask_for(
        &mut self,
        rules: &Rules,
        official: Vec<String>,
    ) -> Vec<String> {
        self.asked = official.into_iter().collect();
        let more = self.next_classifiers_to_ask_for(rules);
        self.asked.extend(more);
        self.questions = 0;
        self.asked.iter().cloned().collect()
    }

    /// The classifiers that were not asked for yet, those that most projects carry first.
    fn next_classifiers_to_ask_for(&mut self, rules: &Rules) -> Vec<String> {
        let known: BTreeSet<String> = self.seen.keys().cloned().collect();
        let mut seen: Vec<(&String, &usize)> = self.seen.iter().collect();
        seen.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let mut classifiers: Vec<String> = seen
            .into_iter()
            .map(|(classifier, _)| classifier.clone())
            .chain(rules.next_versions(&known))
            .filter(|classifier| !self.asked.contains(classifier))
            .collect();
        classifiers.truncate(MOST_QUESTIONS.saturating_sub(self.questions));
        self.questions += classifiers.len();
        classifiers
    }

    /// Tells the user when the registry knows more classifiers than the program.
    pub(super) fn note_for_user(&self, run: &Run) {
        if self.seen.is_empty() {
            return;
        }
        let named: Vec<String> = self
            .seen
            .keys()
            .take(MOST_NAMED)
            .map(|classifier| format!("`{classifier}`"))
            .collect();
        let more = match self.seen.len() - named.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        run.note(format!(
            "the program's list of classifiers is old: {} lacks {}{more}; projects with these are \
             found anyway, and a newer version of pyfa asks for them at once",
            classifier_list_version(),
            named.join(", ")
        ));
        let unasked = self.seen.keys().filter(|it| !self.asked.contains(*it));
        if self.questions == MOST_QUESTIONS && unasked.count() > 0 {
            run.note(format!(
                "only {MOST_QUESTIONS} of these were asked for; `--discovery simple` reads every \
                 project"
            ));
        }
    }
}

/// Unknown projects that are not read because `browse` does not name them. There are nearly a
/// million, so only a digest of the name and the serial are kept.
#[derive(Debug, Default)]
pub(super) struct SkippedProjects {
    entries: Vec<(u64, Option<Serial>)>,
    taken: HashSet<u64>,
}

impl SkippedProjects {
    pub(super) fn add(&mut self, entry: &IndexEntry) {
        self.entries.push((name_digest(&entry.name), entry.serial));
    }

    /// Sorts the projects once all are added, so that they can be found.
    pub(super) fn sort(&mut self) {
        self.entries.sort_unstable();
    }

    /// The project as a candidate, the first time; `None` for a project that was not skipped.
    pub(super) fn take(&mut self, name: &ProjectName) -> Option<Candidate> {
        let digest = name_digest(name);
        let found = self.entries.binary_search_by_key(&digest, |entry| entry.0);
        let (_, serial) = *self.entries.get(found.ok()?)?;
        self.taken.insert(digest).then(|| Candidate {
            name: name.clone(),
            serial,
            may_be_indexed: false,
        })
    }
}

fn name_digest(name: &ProjectName) -> u64 {
    xxh3_64(name.as_str().as_bytes())
}

/// Asks for the classifiers that have come up since the last question. Returns the projects that are
/// still to be examined; none where nothing new has come up.
pub(super) async fn fetch_further_candidates(
    run: &Run,
    unlisted: &mut UnlistedClassifiers,
    skipped: &mut SkippedProjects,
) -> Result<Vec<Candidate>, RegistryError> {
    let mut candidates = Vec::new();
    while candidates.is_empty() && !skipped.entries.is_empty() {
        let classifiers = unlisted.next_classifiers_to_ask_for(&run.request.rules);
        if classifiers.is_empty() {
            break;
        }
        let names = fetch_names(run, &classifiers).await?;
        unlisted.asked.extend(classifiers);
        candidates.extend(names.iter().filter_map(|name| skipped.take(name)));
    }
    Ok(candidates)
}
