//! Which words of the index to try for the words of a query, and in which order.
//!
//! Tries the query as it is, then with more and more typos, the later words first; then with words
//! joined or split; then with words dropped. Each attempt is a list of words of the index; what it
//! finds is scored by [`super::combination_scorer`]. Stops when enough was found or time is up.

use std::collections::HashSet;

use super::candidates::{CandidateCache, Candidates};
use super::combination_scorer::{SegmentScores, TermMatch};
use super::phrases;
use crate::error::EngineResult;
use crate::execute::{Deadline, MatchedWord};
use crate::index::Snapshot;
use crate::plan::{QueryField, TextQuery};
use crate::request::SplitJoin;

/// Typos in a word.
const MOST_TYPOS: u8 = 2;
/// Distributions of typos over the words that are tried.
const MOST_LEVELS: usize = 10;
/// The same, if the search asks for everything.
const MOST_EXHAUSTIVE: usize = 10_000;

/// A word of the query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct QueryWord {
    /// In each language of the fields.
    pub(crate) forms: Vec<String>,
    /// Whether it may be the beginning of one: the last of a query.
    pub(crate) last: bool,
}

impl QueryWord {
    /// As it would be in a field, by the index of the field's language.
    pub(crate) fn form(&self, language: usize) -> &str {
        self.forms.get(language).map_or("", String::as_str)
    }
}

/// One search for words.
pub(crate) struct RelaxedSearch<'s> {
    pub(crate) snapshot: &'s Snapshot,
    pub(crate) search: &'s TextQuery,
    /// By falling weight.
    pub(crate) fields: &'s [QueryField],
    /// Parallel to the fields: which of a word's forms they hold.
    pub(crate) languages: &'s [usize],
    pub(crate) cache: &'s CandidateCache,
    /// Whether only some documents may be found.
    pub(crate) filtered: bool,
    /// Parallel to the snapshot's segments.
    pub(crate) scores: Vec<SegmentScores<'s>>,
    pub(crate) combinations: Vec<Vec<MatchedWord>>,
    pub(crate) deadline: &'s Deadline,
}

impl RelaxedSearch<'_> {
    /// Documents found so far.
    pub(crate) fn found(&self) -> usize {
        self.scores.iter().map(SegmentScores::found).sum()
    }

    /// Tries everything that the search allows.
    pub(crate) fn run(&mut self, words: &[QueryWord]) -> EngineResult<()> {
        self.try_typos(words, MOST_TYPOS)?;
        let again = match self.search.matching.split_join_tokens {
            SplitJoin::Off => false,
            SplitJoin::Fallback => self.found() == 0,
            SplitJoin::Always => true,
        };
        if again {
            self.try_other_spaces(words)?;
        }
        let from_the_left = (1..words.len()).rev().filter_map(|end| words.get(..end));
        let from_the_right = (1..words.len()).filter_map(|start| words.get(start..));
        for fewer in from_the_left.chain(from_the_right) {
            if self.found() >= self.search.matching.drop_tokens_threshold || self.out_of_time() {
                break;
            }
            self.try_typos(fewer, MOST_TYPOS)?;
        }
        Ok(())
    }

    pub(super) fn out_of_time(&self) -> bool {
        self.deadline.is_over()
    }

    /// Tries the words with more and more typos, up to a number in each.
    fn try_typos(&mut self, words: &[QueryWord], most_typos: u8) -> EngineResult<()> {
        let exhaustive = self.search.matching.exhaustive_search;
        let most = if exhaustive {
            MOST_EXHAUSTIVE
        } else {
            MOST_LEVELS
        };
        let mut typos: Vec<Vec<u8>> = words
            .iter()
            .map(|word| self.typos_of(word, most_typos))
            .collect();
        let mut tried: HashSet<Vec<u8>> = HashSet::new();
        'again: loop {
            for level in levels(&typos).take(most) {
                if self.deadline.spend(words.len()) {
                    return Ok(());
                }
                if tried.contains(&level) {
                    continue;
                }
                let mut lists = Vec::with_capacity(words.len());
                for (at, (word, &count)) in words.iter().zip(&level).enumerate() {
                    let list = self.candidates(word, count)?;
                    // What was looked up when time ran out may lack something.
                    if self.deadline.spend(0) {
                        return Ok(());
                    }
                    if list.iter().all(|(_, candidates)| candidates.is_empty()) {
                        // No term is that many typos away: skip this level.
                        let Some(counts) = typos.get_mut(at) else {
                            return Ok(());
                        };
                        counts.retain(|other| *other != count);
                        if counts.is_empty() {
                            return Ok(());
                        }
                        continue 'again;
                    }
                    lists.push(list);
                }
                let term_matches = self.choose(words, &level, &lists)?;
                if self.deadline.spend(0) {
                    return Ok(());
                }
                if let Some(at) = term_matches.iter().position(Vec::is_empty) {
                    // As above: all candidates stand for the word before.
                    let (Some(counts), Some(count)) = (typos.get_mut(at), level.get(at)) else {
                        return Ok(());
                    };
                    counts.retain(|other| other != count);
                    continue 'again;
                }
                self.try_combinations(&term_matches)?;
                tried.insert(level);
                if !exhaustive && self.found() >= self.search.matching.typo_tokens_threshold {
                    return Ok(());
                }
            }
            return Ok(());
        }
    }

    /// How many typos are thinkable in a word.
    fn typos_of(&self, word: &QueryWord, most: u8) -> Vec<u8> {
        let length = word.forms.iter().map(String::len).max().unwrap_or(0);
        let by_length = match length {
            _ if self.search.matching.typo_tokens_threshold == 0 => 0,
            _ if length < self.search.matching.min_len_1typo => 0,
            _ if length < self.search.matching.min_len_2typo => 1,
            _ => 2,
        };
        let by_field = self.fields.iter().map(|field| field.typos).max();
        (0..=by_field.unwrap_or(0).min(by_length).min(most)).collect()
    }

    /// A word as the field at an index holds it.
    pub(super) fn form<'w>(&self, word: &'w QueryWord, at: usize) -> &'w str {
        word.form(self.languages.get(at).copied().unwrap_or_default())
    }

    /// Whether any document holds a word, in one of its forms.
    fn exists(&self, word: &QueryWord) -> EngineResult<bool> {
        for form in &word.forms {
            if phrases::exists(
                self.snapshot,
                self.fields,
                std::slice::from_ref(form),
                self.deadline,
            )? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Candidates by the index of their field.
    fn candidates(&self, word: &QueryWord, typos: u8) -> EngineResult<Vec<(usize, Candidates)>> {
        let fields = self.fields.iter().enumerate();
        fields
            .filter(|(_, field)| field.typos >= typos)
            .map(|(at, field)| {
                let candidates = self.cache.find(
                    self.snapshot,
                    field.number,
                    self.form(word, at),
                    typos,
                    word.last && field.prefix,
                    self.deadline,
                )?;
                Ok((at, candidates))
            })
            .collect()
    }

    /// Scores combinations of candidates, the first word's changing fastest.
    fn try_combinations(&mut self, term_matches: &[Vec<TermMatch>]) -> EngineResult<()> {
        let most = self.search.matching.most_combinations();
        let total = term_matches
            .iter()
            .fold(1_usize, |total, list| total.saturating_mul(list.len()));
        for number in 0..total.min(most) {
            if self.deadline.spend(term_matches.len()) {
                break;
            }
            let mut rest = number;
            let combination: Vec<TermMatch> = term_matches
                .iter()
                .filter_map(|list| {
                    let term_match = list.get(rest.checked_rem(list.len())?)?;
                    rest /= list.len();
                    Some(term_match.clone())
                })
                .collect();
            self.try_stands(&combination)?;
        }
        Ok(())
    }

    fn try_stands(&mut self, term_matches: &[TermMatch]) -> EngineResult<()> {
        let number = u32::try_from(self.combinations.len()).unwrap_or(u32::MAX);
        let mut is_best = false;
        for scores in &mut self.scores {
            is_best |= scores.score(
                self.search,
                self.fields,
                term_matches,
                number,
                self.deadline,
            )?;
        }
        // One that is no document's best needs no memory; there may be very many.
        if is_best {
            let words = term_matches.iter().map(|term_match| MatchedWord {
                token: term_match.token.to_string(),
                typed: term_match.typed,
            });
            self.combinations.push(words.collect());
        }
        Ok(())
    }

    /// Tries all words as one, then neighbours as one, then words as two; the first that finds
    /// something ends it.
    fn try_other_spaces(&mut self, words: &[QueryWord]) -> EngineResult<()> {
        let before = self.found();
        let all = (words.len() > 1).then(|| vec![join(words)]);
        let pairs =
            (words.len() > 2).then(|| (0..words.len() - 1).map(|at| with_joined(words, at)));
        for (at, other) in all
            .into_iter()
            .chain(pairs.into_iter().flatten())
            .enumerate()
        {
            // Only what is a word of the index may be joined: the one at the pair's place.
            let exists = match other.get(at.saturating_sub(1)) {
                Some(joined) => self.exists(joined)?,
                None => false,
            };
            if self.out_of_time() {
                return Ok(());
            }
            if !exists {
                continue;
            }
            self.try_typos(&other, 0)?;
            if self.found() > before || self.out_of_time() {
                return Ok(());
            }
        }
        for (at, word) in words.iter().enumerate() {
            if self.out_of_time() {
                return Ok(());
            }
            let Some([first, second]) = self.split(word)? else {
                continue;
            };
            let mut other = words.to_vec();
            let halves = [(first, false), (second, word.last)];
            let half = |(text, last)| QueryWord {
                forms: vec![text; word.forms.len()],
                last,
            };
            other.splice(at..=at, halves.map(half));
            self.try_typos(&other, 0)?;
            if self.found() > before || self.out_of_time() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The word as two that stand next to each other somewhere, the first as long as possible.
    fn split(&self, word: &QueryWord) -> EngineResult<Option<[String; 2]>> {
        for form in &word.forms {
            let places = form.char_indices().skip(1).map(|(at, _)| at);
            for at in places.collect::<Vec<_>>().into_iter().rev() {
                let (first, second) = form.split_at(at);
                let halves = [first.to_owned(), second.to_owned()];
                if self.deadline.spend(0) {
                    return Ok(None);
                }
                if phrases::exists(self.snapshot, self.fields, &halves, self.deadline)? {
                    return Ok(Some(halves));
                }
            }
        }
        Ok(None)
    }
}

/// Words as one.
fn join(words: &[QueryWord]) -> QueryWord {
    let languages = words.first().map_or(0, |word| word.forms.len());
    let joined = |language| words.iter().map(|word| word.form(language)).collect();
    QueryWord {
        forms: (0..languages).map(joined).collect(),
        last: words.iter().any(|word| word.last),
    }
}

/// The words, those at an index and behind it as one.
fn with_joined(words: &[QueryWord], at: usize) -> Vec<QueryWord> {
    let mut joined = words.to_vec();
    let pair = joined.get(at..at + 2).map(join);
    if let Some(pair) = pair {
        joined.splice(at..at + 2, [pair]);
    }
    joined
}

/// All ways to take one number for each word, the last word's changing fastest.
fn levels(numbers: &[Vec<u8>]) -> impl Iterator<Item = Vec<u8>> + use<> {
    let total = numbers
        .iter()
        .fold(1_usize, |total, list| total.saturating_mul(list.len()));
    let lists = numbers.to_vec();
    (0..total).map(move |number| {
        let mut rest = number;
        let mut level: Vec<u8> = lists
            .iter()
            .rev()
            .filter_map(|list| {
                let count = list.get(rest.checked_rem(list.len())?)?;
                rest /= list.len();
                Some(*count)
            })
            .collect();
        level.reverse();
        level
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_words_typos_change_first() {
        let all: Vec<Vec<u8>> = levels(&[vec![0, 1], vec![0, 2]]).collect();
        assert_eq!(all, [[0, 0], [0, 2], [1, 0], [1, 2]]);
        assert_eq!(levels(&[vec![0], vec![]]).count(), 0);
    }

    #[test]
    fn neighbours_are_joined() {
        let words: Vec<QueryWord> = ["a", "b", "c"]
            .map(|text| QueryWord {
                forms: vec![text.to_owned()],
                last: text == "c",
            })
            .to_vec();
        let joined = with_joined(&words, 1);
        let texts: Vec<&str> = joined.iter().map(|word| word.form(0)).collect();
        assert_eq!(texts, ["a", "bc"]);
        assert!(joined[1].last && !joined[0].last);
        assert_eq!(with_joined(&words, 2), words);
    }
}
