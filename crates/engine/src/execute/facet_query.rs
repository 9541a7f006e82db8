//! A `facet_query`: words to find among the values of a field, which are few enough to look at each.

use super::deadline::Deadline;
use super::words::typo_automaton::TypoAutomaton;
use crate::text::Tokenizer;

/// Shorter words are taken as they are.
const SHORTEST_WITH_TYPO: usize = 3;

/// The words of a `facet_query`; the last one may be the beginning of one.
pub(crate) struct FacetQuery<'a> {
    tokenizer: &'a Tokenizer,
    words: Vec<String>,
}

impl<'a> FacetQuery<'a> {
    /// Cuts the text into words.
    pub(crate) fn new(text: &str, tokenizer: &'a Tokenizer) -> Self {
        let tokens = tokenizer.query_tokens(text);
        Self {
            tokenizer,
            words: tokens.map(|token| token.text.into_owned()).collect(),
        }
    }

    /// How values are cut into words.
    pub(crate) fn tokenizer(&self) -> &'a Tokenizer {
        self.tokenizer
    }

    /// Whether a value holds all words, with `typos` typos each.
    pub(super) fn finds(&self, text: &str, deadline: &Deadline, typos: u8) -> bool {
        let in_time = |bytes: usize| !deadline.spend(1 + bytes / 8);
        let tokens: Vec<_> = self
            .tokenizer
            .tokens(text)
            .take_while(|token| in_time(token.text.len()))
            .collect();
        let last = self.words.len().saturating_sub(1);
        self.words.iter().enumerate().all(|(at, word)| {
            tokens
                .iter()
                .take_while(|token| in_time(token.text.len()))
                .any(|token| is_alike(word, &token.text, at == last, typos))
        })
    }

    /// The place of the word that a token stands for, and how many bytes of the token were typed.
    pub(crate) fn matched_word(&self, token: &str, deadline: &Deadline) -> Option<(usize, usize)> {
        let effort = 1 + token.len() / 8;
        let last = self.words.len().saturating_sub(1);
        let mut in_time = self
            .words
            .iter()
            .enumerate()
            .take_while(|_| !deadline.spend(effort));
        let (place, word) =
            in_time.find(|(place, word)| is_alike(word, token, *place == last, 1))?;
        let length = if place == last {
            word.len()
        } else {
            token.len()
        };
        Some((place, length))
    }
}

/// Whether a token is meant by a word that was typed, with at most one typo where `typos` allow any.
fn is_alike(typed: &str, token: &str, may_go_on: bool, typos: u8) -> bool {
    let most = match typed.chars().count() {
        0..SHORTEST_WITH_TYPO => 0,
        _ => typos.min(1),
    };
    (0..=most).any(|count| TypoAutomaton::accepts(typed, count, may_go_on, token))
}
