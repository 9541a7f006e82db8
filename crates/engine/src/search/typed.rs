//! The words of a query as one language cuts them, to be marked. Called by [`super::highlight`].

use crate::language::parameters::Parameters;
use crate::query::MatchedWord;
use crate::text::Tokenizer;

/// The words of the query, which are marked even if others were found instead.
pub(super) struct Typed<'a> {
    pub(super) tokenizer: &'a Tokenizer,
    pub(super) words: Vec<MatchedWord>,
    /// The last of them, where it may be the beginning of one.
    pub(super) last: Option<String>,
}

impl<'a> Typed<'a> {
    pub(super) fn new(parameters: &Parameters, tokenizer: &'a Tokenizer) -> Self {
        let q = &parameters.q;
        let goes_on = parameters.prefix.contains(&true) && !q.ends_with('"');
        let included = q.split_whitespace().filter(|part| !part.starts_with('-'));
        let words: Vec<MatchedWord> = included
            .flat_map(|part| tokenizer.query_tokens(part))
            .map(|token| MatchedWord {
                typed: token.text.chars().count(),
                token: token.text.into_owned(),
            })
            .collect();
        let last = words.last().filter(|_| goes_on);
        Self {
            tokenizer,
            last: last.map(|word| word.token.clone()),
            words,
        }
    }
}
