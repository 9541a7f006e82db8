//! The order of packages by relevance: a pure function of what was typed and of the candidates that a
//! server has found. `docs/decisions/0014-ranking.md` says why it is made here.
//!
//! The name that was typed stands first, in whatever spelling; then the same letters joined, or the
//! plural; then packages with more of the words before those with fewer. Among these counts where the
//! words stand, how much a package is used, and how much of its name was typed.

use std::cmp::Ordering;

use serde::Serialize;

use super::chosen::StoredValues;
use super::matching::{Match, parts_of, parts_of_name, quality, typos_between};
use super::question::Question;
use super::results::PackageSummary;
use super::words::{stem, words};
use crate::transform::joined_names;

/// What a word is worth in a field.
const IN_NAME: f64 = 1.0;
const IN_KEYWORDS: f64 = 0.9;
const IN_SUMMARY: f64 = 0.9;
const IN_FIRST_CHAPTER: f64 = 0.6;
const IN_MAIN_CONTENT: f64 = 0.4;
/// The share of popularity, and that of how much of the name was typed.
const BY_POPULARITY: f64 = 0.6;
const BY_SHARE: f64 = 0.25;

/// What counts how much by relevance, in percent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RankingWeights {
    pub name: String,
    pub keywords: String,
    pub summary: String,
    /// The beginning of the README, and the rest of it.
    pub first_chapter: String,
    pub main_content: String,
    pub popularity: String,
    /// How much of the name was typed.
    pub share: String,
}

impl RankingWeights {
    /// Those that searches use.
    #[must_use]
    pub fn current() -> Self {
        let percent = |weight: f64| format!("{:.0}", weight * 100.0);
        Self {
            name: percent(IN_NAME),
            keywords: percent(IN_KEYWORDS),
            summary: percent(IN_SUMMARY),
            first_chapter: percent(IN_FIRST_CHAPTER),
            main_content: percent(IN_MAIN_CONTENT),
            popularity: percent(BY_POPULARITY),
            share: percent(BY_SHARE),
        }
    }
}

/// Packages that have a word as it is, from which on similar words are other words.
const ENOUGH: usize = 3;

/// A package that a server has found.
#[derive(Debug, Clone, Default)]
pub(super) struct Candidate {
    pub(super) package: PackageSummary,
    /// Whether the server has found all words in it as they are, in whatever fields.
    pub(super) has_all_words: bool,
    /// Whether the best of them stands no further than the README's first chapter.
    pub(super) is_early: bool,
    /// Its values of the facets that were asked for.
    pub(super) values: StoredValues,
}

/// A package in its place.
#[derive(Debug, Clone)]
pub(super) struct Ranked {
    pub(super) package: PackageSummary,
    has_all_words: bool,
    is_early: bool,
    pub(super) values: StoredValues,
    pub(super) standing: Standing,
    /// Whether its name has all words.
    pub(super) is_named: bool,
    /// For each word that was asked for, the guess or the word itself, if the package has it.
    pub(super) words: Vec<Option<Found>>,
}

/// How a word was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    AsTyped,
    /// This word was taken for it.
    Guessed(String),
}

/// What packages are ordered by, the most important first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Standing {
    /// Its name is what was typed, letter by letter.
    pub(super) is_literal: bool,
    /// Its name is what was typed, in any spelling.
    pub(super) is_exact: bool,
    /// Its name has the same letters, or is the plural.
    pub(super) is_same_letters: bool,
    /// Words that it has.
    pub(super) words: usize,
    pub(super) score: f64,
}

impl Standing {
    fn compare(&self, other: &Self) -> Ordering {
        other
            .is_literal
            .cmp(&self.is_literal)
            .then(other.is_exact.cmp(&self.is_exact))
            .then(other.is_same_letters.cmp(&self.is_same_letters))
            .then(other.words.cmp(&self.words))
            .then(other.score.total_cmp(&self.score))
    }
}

/// The candidates in order, without those that have too little of what was asked for.
pub(super) fn rank(question: &Question, candidates: Vec<Candidate>) -> Vec<Ranked> {
    let mut ranked: Vec<Ranked> = candidates
        .into_iter()
        .map(|candidate| judge(question, candidate))
        .collect();
    let is_settled = settled_words(question, &ranked);
    if is_settled.contains(&true) {
        let question = question.settled(&is_settled);
        let judged = ranked.into_iter().map(|ranked| {
            if ranked.has_guess_for(&is_settled) {
                judge(&question, ranked.into_candidate())
            } else {
                ranked
            }
        });
        ranked = judged.collect();
    }
    ranked.retain(|ranked| is_worth_showing(question, &ranked.standing));
    ranked.sort_by(|one, other| {
        let by_standing = one.standing.compare(&other.standing);
        by_standing
            .then_with(|| one.package.name.cmp(&other.package.name))
            .then_with(|| one.package.full_name().cmp(&other.package.full_name()))
    });
    ranked
}

/// For each word, whether enough packages have it that similar words are other words: enough, and no
/// fewer than have a similar one.
fn settled_words(question: &Question, judged: &[Ranked]) -> Vec<bool> {
    let count = |at: usize, is_meant: fn(&Found) -> bool| {
        let words = judged
            .iter()
            .filter_map(|ranked| ranked.words.get(at)?.as_ref());
        words.filter(|found| is_meant(found)).count()
    };
    let is_settled = |at: usize| {
        let as_typed = count(at, |found| *found == Found::AsTyped);
        as_typed >= ENOUGH && as_typed >= count(at, |found| *found != Found::AsTyped)
    };
    (0..question.asked.len()).map(is_settled).collect()
}

impl Ranked {
    /// The typed words for which others were taken.
    pub(super) fn guessed(&self, question: &Question) -> Vec<String> {
        let words = question.asked.iter().zip(&self.words);
        let guessed = words.filter(|(_, found)| matches!(found, Some(Found::Guessed(_))));
        guessed.map(|(word, _)| word.clone()).collect()
    }

    /// Whether it has all words, in whatever form.
    pub(super) fn is_complete(&self) -> bool {
        self.words.iter().all(Option::is_some)
    }

    /// Whether another word was taken for a typed one.
    pub(super) fn has_guess(&self) -> bool {
        let mut words = self.words.iter().flatten();
        words.any(|found| matches!(found, Found::Guessed(_)))
    }

    fn has_guess_for(&self, is_settled: &[bool]) -> bool {
        let mut words = self.words.iter().zip(is_settled);
        words.any(|(found, settled)| *settled && matches!(found, Some(Found::Guessed(_))))
    }

    fn into_candidate(self) -> Candidate {
        Candidate {
            has_all_words: self.has_all_words,
            is_early: self.is_early,
            values: self.values,
            package: self.package,
        }
    }
}

/// One word of several is no answer.
fn is_worth_showing(question: &Question, standing: &Standing) -> bool {
    standing.is_exact
        || standing.is_same_letters
        || (standing.words > 0 && standing.words * 2 >= question.asked.len())
}

/// How a package answers a query.
pub(super) fn judge(question: &Question, candidate: Candidate) -> Ranked {
    let package = &candidate.package;
    let keywords = package.keywords.join(" \u{0} ");
    let fields = [
        (IN_NAME, package.name.as_str()),
        (IN_KEYWORDS, keywords.as_str()),
        (IN_SUMMARY, package.summary.as_str()),
    ];
    let mut best: Vec<Option<(f64, Found)>> = vec![None; question.asked.len()];
    let mut typed_letters = 0;
    let mut is_named = false;
    for (worth, text) in fields {
        let parts = if worth == IN_NAME {
            parts_of_name(text, &question.frameworks)
        } else {
            parts_of(text)
        };
        let found = question.wanted.find_in(&parts);
        if worth == IN_NAME {
            typed_letters = letters_within(&found);
            is_named = found.iter().all(Option::is_some);
        }
        for (slot, found) in best.iter_mut().zip(found) {
            let Some(found) = found else { continue };
            let value = worth * found.quality;
            if slot.as_ref().is_none_or(|(other, _)| *other < value) {
                *slot = Some((value, found_as(&found, text)));
            }
        }
    }
    let forms = joined_names(&package.name, &question.roots);
    let whole = forms.first().map_or("", String::as_str);
    if let Some((quality, letters, guess)) = compare_joined(question, &forms) {
        typed_letters = typed_letters.max(letters);
        is_named = true;
        for slot in &mut best {
            if slot.as_ref().is_none_or(|(other, _)| *other < quality) {
                let found = guess.clone().map_or(Found::AsTyped, Found::Guessed);
                *slot = Some((quality, found));
            }
        }
    }
    add_words_of_readme(&candidate, &mut best);

    let found: Vec<f64> = best.iter().flatten().map(|(value, _)| *value).collect();
    let quality = found.iter().sum::<f64>() / found.len().max(1) as f64;
    let length = question.without_framework(whole).chars().count().max(1);
    let share = (typed_letters as f64 / length as f64).min(1.0);
    let score = quality
        * (1.0 - BY_POPULARITY + BY_POPULARITY * popularity(package))
        * (1.0 - BY_SHARE + BY_SHARE * share);
    let standing = Standing {
        is_literal: question.literally == package.name,
        is_exact: is_exact(&package.name, question),
        is_same_letters: is_same_letters(&package.name, whole, question),
        words: found.len(),
        score,
    };
    Ranked {
        has_all_words: candidate.has_all_words,
        is_early: candidate.is_early,
        values: candidate.values,
        standing,
        is_named,
        words: best
            .into_iter()
            .map(|slot| slot.map(|(_, found)| found))
            .collect(),
        package: candidate.package,
    }
}

fn found_as(found: &Match, text: &str) -> Found {
    if !found.is_guess {
        return Found::AsTyped;
    }
    let word = text.get(found.start..found.end).unwrap_or_default();
    Found::Guessed(word.to_lowercase())
}

/// What was typed, as one word, against the name joined from each of its parts on: the quality, the
/// letters of the name that were typed, and the form that was taken for it if that is a guess.
fn compare_joined(question: &Question, forms: &[String]) -> Option<(f64, usize, Option<String>)> {
    let letters = question.joined.chars().count();
    if letters < 3 {
        return None;
    }
    let mut best: Option<(f64, usize, Option<String>)> = None;
    for form in forms {
        let found = if *form == question.joined {
            (quality::JOINED, letters, None)
        } else if form.starts_with(&question.joined) {
            (quality::BEGINNING, letters, None)
        } else if question.allows_typos
            && let Some(typos) = typos_between(&question.joined, form)
        {
            (quality::misspelled(typos), letters, Some(form.clone()))
        } else {
            continue;
        };
        if best.as_ref().is_none_or(|other| other.0 < found.0) {
            best = Some(found);
        }
    }
    best
}

/// Words that the server found and that are neither in the name nor next to it are in the README.
fn add_words_of_readme(candidate: &Candidate, best: &mut [Option<(f64, Found)>]) {
    if !candidate.has_all_words {
        return;
    }
    let is_elsewhere = best.iter().any(Option::is_some);
    let value = if is_elsewhere || candidate.is_early {
        IN_FIRST_CHAPTER
    } else {
        IN_MAIN_CONTENT
    };
    for slot in best.iter_mut() {
        slot.get_or_insert((value, Found::AsTyped));
    }
}

fn letters_within(found: &[Option<Match>]) -> usize {
    let mut ranges: Vec<(usize, usize)> = found
        .iter()
        .flatten()
        .map(|found| (found.start, found.end))
        .collect();
    ranges.sort_unstable();
    ranges.dedup();
    ranges.iter().map(|(start, end)| end - start).sum()
}

fn is_exact(name: &str, question: &Question) -> bool {
    let name = words(name);
    name.len() == question.typed.len()
        && name
            .iter()
            .zip(&question.typed)
            .all(|(word, typed)| word.text == *typed)
}

fn is_same_letters(name: &str, whole: &str, question: &Question) -> bool {
    let is_plural = || {
        let name = words(name);
        name.len() == question.typed.len()
            && name
                .iter()
                .zip(&question.typed)
                .all(|(word, typed)| stem(&word.text) == stem(typed))
    };
    whole == question.joined || is_plural()
}

/// How much a package is used, from 0 to 1: its rank, or else what is known of its use.
fn popularity(package: &PackageSummary) -> f64 {
    let damped = |number: i64, digits: f64| {
        let number = number.max(0) as f64;
        ((1.0 + number).log10() / digits).min(1.0)
    };
    if let Some(rank) = package.search_rank {
        return (rank as f64 / 1000.0).clamp(0.0, 1.0);
    }
    if let Some(downloads) = package.download_last_month {
        return damped(downloads, 7.0);
    }
    package.github_stars.map_or(0.0, |stars| damped(stars, 5.0))
}

#[cfg(test)]
mod tests;
