//! Classifiers that are newer than the program's official list.
//!
//! The list may be out of date. So a run that asks `browse` also asks for plausible next versions;
//! and whatever unlisted classifier below a rule it then meets in a document, or has met before, is
//! asked for as well, until nothing new appears. Called by `discover` for the first question and by
//! `further_candidates` for those that follow. Asks nothing itself.

use std::collections::{BTreeMap, BTreeSet};

use super::run::Run;
use crate::profile::{Rules, classifier_list_version};

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

    /// Records that these have been asked for.
    pub(super) fn mark_asked(&mut self, classifiers: Vec<String>) {
        self.asked.extend(classifiers);
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
    pub(super) fn next_classifiers_to_ask_for(&mut self, rules: &Rules) -> Vec<String> {
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
             found anyway; a newer version of pyfa knows these classifiers",
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
