//! The words of a query as one language cuts them, to be marked. Called by [`super::highlight`].

use crate::execute::MatchedWord;
use crate::plan::SearchPlan;
use crate::text::Tokenizer;

/// The words of the query, which are marked even if others were found instead.
pub(super) struct QueryTerms<'a> {
    pub(super) tokenizer: &'a Tokenizer,
    pub(super) words: Vec<MatchedWord>,
    /// The last of them, where it may be the beginning of one.
    pub(super) last: Option<String>,
}

impl<'a> QueryTerms<'a> {
    pub(super) fn new(plan: &SearchPlan, tokenizer: &'a Tokenizer) -> Self {
        let q = &plan.text.text;
        let goes_on = plan.highlight.marks_prefix && !q.ends_with('"');
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
