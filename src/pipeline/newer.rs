//! Classifiers newer than the program: which there are, and the projects that only they select.
//!
//! The official list is a floor, not the truth. A run that asks `browse` also asks for plausible
//! next versions; and whatever unlisted classifier below a rule it then meets in a document, or has
//! met before, is asked for as well, until nothing new appears. Called by `discover` for the first
//! question and by `stages` for those that follow. Writes nothing.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use xxhash_rust::xxh3::xxh3_64;

use super::discover::ask;
use super::examine::Candidate;
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

/// What a run knows of classifiers that the official list lacks.
#[derive(Debug, Default)]
pub(super) struct Newer {
    /// Unlisted classifiers below the rules, and how many projects carry them.
    seen: BTreeMap<String, usize>,
    /// Everything that `browse` has been asked for.
    asked: BTreeSet<String>,
    /// Unlisted classifiers that were asked for after the first question.
    questions: usize,
}

impl Newer {
    /// Takes note of the classifiers of a project that matches.
    pub(super) fn see<S: AsRef<str>>(&mut self, rules: &Rules, classifiers: &[S]) {
        for classifier in rules.unlisted(classifiers) {
            if let Some(count) = self.seen.get_mut(classifier) {
                *count += 1;
            } else if self.seen.len() < MOST_SEEN {
                self.seen.insert(classifier.to_owned(), 1);
            }
        }
    }

    /// The classifiers of the first question: the `official` ones, those that were met before, and
    /// plausible next versions.
    pub(super) fn first_question(&mut self, rules: &Rules, official: Vec<String>) -> Vec<String> {
        self.asked = official.into_iter().collect();
        let more = self.question(rules);
        self.asked.extend(more);
        self.questions = 0;
        self.asked.iter().cloned().collect()
    }

    /// The classifiers that nobody has asked for yet, those that most projects carry first.
    fn question(&mut self, rules: &Rules) -> Vec<String> {
        let known: BTreeSet<String> = self.seen.keys().cloned().collect();
        let mut seen: Vec<(&String, &usize)> = self.seen.iter().collect();
        seen.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let mut question: Vec<String> = seen
            .into_iter()
            .map(|(classifier, _)| classifier.clone())
            .chain(rules.next_versions(&known))
            .filter(|classifier| !self.asked.contains(classifier))
            .collect();
        question.truncate(MOST_QUESTIONS.saturating_sub(self.questions));
        self.questions += question.len();
        question
    }

    /// Tells the user when the registry knows more classifiers than the program.
    pub(super) fn report(&self, run: &Run) {
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
             found all the same, and a newer version of pyfa asks for them at once",
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

/// Unknown projects that are not read because `browse` does not name them: nearly a million, so
/// only a digest of the name and the serial are held.
#[derive(Debug, Default)]
pub(super) struct LeftOut {
    entries: Vec<(u64, Option<Serial>)>,
    taken: HashSet<u64>,
}

impl LeftOut {
    pub(super) fn add(&mut self, entry: &IndexEntry) {
        self.entries.push((digest(&entry.name), entry.serial));
    }

    /// In the order in which `take` finds them.
    pub(super) fn sorted(mut self) -> Self {
        self.entries.sort_unstable();
        self
    }

    /// The project's serial, once; `None` for a project that is not left out.
    pub(super) fn take(&mut self, name: &ProjectName) -> Option<Option<Serial>> {
        let digest = digest(name);
        let found = self.entries.binary_search_by_key(&digest, |entry| entry.0);
        let (_, serial) = self.entries.get(found.ok()?)?;
        self.taken.insert(digest).then_some(*serial)
    }
}

fn digest(name: &ProjectName) -> u64 {
    xxh3_64(name.as_str().as_bytes())
}

/// Asks for the classifiers that have come up since the last question. Returns the projects to
/// examine that nobody has examined; none where nothing new has come up.
pub(super) async fn further(
    run: &Run,
    newer: &mut Newer,
    left_out: &mut LeftOut,
) -> Result<Vec<Candidate>, RegistryError> {
    let mut candidates = Vec::new();
    while candidates.is_empty() && !left_out.entries.is_empty() {
        let question = newer.question(&run.request.rules);
        if question.is_empty() {
            break;
        }
        let names = ask(run, &question).await?;
        newer.asked.extend(question);
        candidates.extend(names.into_iter().filter_map(|name| {
            Some(Candidate {
                serial: left_out.take(&name)?,
                name,
                may_be_indexed: false,
            })
        }));
    }
    Ok(candidates)
}
