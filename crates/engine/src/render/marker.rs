//! Marks words in one text, and cuts the text to its best part.
//!
//! A text of more words than `snippet_threshold` is cut to the part where most of the words stand
//! closest together. Texts are passed on as they are; they have to be escaped where they are shown.

use std::collections::HashMap;

use super::query_terms::QueryTerms;
use super::snippet::{Mark, best_window, different, render_marks};
use crate::execute::{Deadline, MatchedWord};
use crate::request::HighlightParameters;
use crate::text::Tokenizer;

/// Words that are marked in one text.
const MOST_MARKS: usize = 10_000;

/// The words to mark, in texts of one language.
pub(super) struct Marker<'a> {
    tokenizer: &'a Tokenizer,
    words: Vec<MatchedWord>,
    /// The first place of each.
    places: HashMap<String, usize>,
    /// The beginning of one of them that was typed last: all words that begin so are marked.
    beginning: Option<String>,
}

/// A text with marks.
pub(super) struct MarkedText {
    /// How many different words stand close together; more is better.
    close: usize,
    words: usize,
    /// Whether the text is nothing but these words.
    exact: bool,
    pub(super) tokens: Vec<String>,
    pub(super) snippet: String,
    /// The whole text with marks, if it is asked for.
    pub(super) full: Option<String>,
}

impl MarkedText {
    /// By what marked texts are put in order, the greatest first.
    pub(super) fn rank(&self) -> (usize, usize, bool) {
        (self.close, self.words, self.exact)
    }
}

impl<'a> Marker<'a> {
    /// For words that were found, and those of the query.
    pub(super) fn new(words: &[&MatchedWord], query: &QueryTerms<'a>) -> Self {
        let is_begun = |last: &&String| {
            let mut found = words.iter();
            found.any(|word| word.token.starts_with(last.as_str()))
        };
        let beginning = query.last.as_ref().filter(is_begun).cloned();
        let all = words.iter().copied().chain(&query.words);
        let marked: Vec<MatchedWord> = all.cloned().collect();
        let mut places = HashMap::with_capacity(marked.len());
        for (place, word) in marked.iter().enumerate() {
            places.entry(word.token.clone()).or_insert(place);
        }
        Self {
            tokenizer: query.tokenizer,
            words: marked,
            places,
            beginning,
        }
    }

    /// Which word a token stands for, and how many bytes of it were typed; and
    /// whether it only begins like the last word of the query.
    fn matched_word(&self, token: &str) -> Option<(usize, usize, bool)> {
        let same = self.places.get(token).and_then(|at| {
            let word = self.words.get(*at)?;
            let behind = word.token.char_indices().nth(word.typed);
            Some((*at, behind.map_or(token.len(), |(length, _)| length), false))
        });
        same.or_else(|| {
            let beginning = self.beginning.as_ref()?;
            token
                .starts_with(beginning)
                .then_some((0, beginning.len(), true))
        })
    }

    /// A text with marks; none if it has nothing to mark, or time runs out.
    pub(super) fn mark(
        &self,
        text: &str,
        deadline: &Deadline,
        how: &HighlightParameters,
        full: bool,
    ) -> Option<MarkedText> {
        let tokenizer = self.tokenizer;
        let mut tokens = Vec::new();
        for token in tokenizer.tokens(text) {
            if deadline.spend(1 + token.text.len() / 8) {
                return None;
            }
            tokens.push(token);
        }
        let mut marks = Vec::new();
        let mut longer: HashMap<&str, usize> = HashMap::new();
        for (at, token) in tokens.iter().enumerate() {
            if deadline.step() {
                return None;
            }
            let Some((mut word, length, begun)) = self.matched_word(&token.text) else {
                continue;
            };
            if marks.len() >= MOST_MARKS {
                break;
            }
            if begun {
                // Each of the words that begin so is another one.
                let next = self.words.len() + longer.len();
                word = *longer.entry(&token.text).or_insert(next);
            }
            let place = tokenizer.place_of_prefix(text, &token.place, length);
            marks.push(Mark { at, word, place });
        }
        let (close, window) = best_window(&marks, deadline)?;
        let is_whole = tokens.len() <= how.snippet_threshold || how.snippet_threshold == 0;
        let part = if is_whole {
            0..text.len()
        } else {
            let first = window.start.saturating_sub(how.affix_tokens);
            let last = (window.end + how.affix_tokens).min(tokens.len().saturating_sub(1));
            let start = tokens.get(first).map_or(0, |token| token.place.start);
            let start_of_next = tokens.get(last + 1).map(|token| token.place.start);
            let end = tokens
                .get(last)
                .zip(start_of_next)
                .map_or(text.len(), |(token, next)| {
                    tokenizer.end_with_punctuation(text, token.place.end..next)
                });
            start..end
        };
        let inside = |mark: &&Mark| mark.place.start >= part.start && mark.place.end <= part.end;
        let words = different(&marks);
        let close = close.min(words);
        let exact = close == tokens.len();
        let matched_tokens = marks
            .iter()
            .filter(inside)
            .filter_map(|mark| text.get(mark.place.clone()))
            .map(ToOwned::to_owned)
            .collect();
        Some(MarkedText {
            close,
            words,
            exact,
            tokens: matched_tokens,
            snippet: render_marks(text, part, &marks, how),
            full: full.then(|| render_marks(text, 0..text.len(), &marks, how)),
        })
    }
}
