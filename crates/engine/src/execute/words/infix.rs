//! Documents with words that hold the query's first word anywhere.
//!
//! Reads all words of a field, so only fields that were made for it take part. Called last, when
//! the search asks for it.

use super::postings::OPENING;
use super::relaxation::{QueryWord, RelaxedSearch};
use super::text_match::WORDLESS;
use crate::error::EngineResult;
use crate::execute::{Deadline, MatchedWord};
use crate::index::Segment;
use crate::index::layout::field_mark;
use crate::plan::TextQuery;
use crate::request::Infix;
use crate::schema::FieldNumber;
use tantivy::DocSet;

/// Finds documents by the middle of words, in the fields that ask for it.
pub(crate) fn run(relaxed: &mut RelaxedSearch<'_>, word: &QueryWord) -> EngineResult<()> {
    for (at, field) in relaxed.fields.iter().enumerate() {
        let form = relaxed.form(word, at);
        let wanted = match field.infix {
            Infix::Off => false,
            Infix::Fallback => relaxed.found() == 0,
            Infix::Always => true,
        };
        if !wanted {
            continue;
        }
        for scores in &mut relaxed.scores {
            let deadline = relaxed.deadline;
            let (segment, search) = (scores.segment(), relaxed.search);
            for token in tokens_with(segment, field.number, form, search, deadline)? {
                if deadline.spend(OPENING) {
                    return Ok(());
                }
                let Some(mut postings) = scores.segment().documents_with(field.number, &token)?
                else {
                    continue;
                };
                let number = u32::try_from(relaxed.combinations.len()).unwrap_or(u32::MAX);
                let mut is_best = false;
                let mut document = postings.doc();
                while document != tantivy::TERMINATED && !deadline.step() {
                    if scores.allowed().contains(document) {
                        is_best |= scores.offer(document, WORDLESS, number);
                    }
                    document = postings.advance();
                }
                if is_best {
                    relaxed.combinations.push(vec![MatchedWord {
                        typed: token.chars().count(),
                        token,
                    }]);
                }
            }
        }
    }
    Ok(())
}

fn tokens_with(
    segment: &Segment,
    field: FieldNumber,
    word: &str,
    search: &TextQuery,
    deadline: &Deadline,
) -> EngineResult<Vec<String>> {
    let first = field_mark(field).to_string();
    let mut behind = first.clone().into_bytes();
    behind.push(0xFF);
    let mut stream = segment
        .vocabulary()
        .range()
        .ge(&first)
        .lt(&behind)
        .into_stream()?;
    let mut tokens = Vec::new();
    while let Some((term, _)) = stream.next() {
        if deadline.step() {
            break;
        }
        let token = std::str::from_utf8(term)
            .ok()
            .and_then(|term| term.strip_prefix(first.as_str()));
        if let Some(token) = token.filter(|token| holds(token, word, search)) {
            tokens.push(token.to_owned());
        }
    }
    Ok(tokens)
}

/// Whether a token holds the word, with no more around it than the search allows.
fn holds(token: &str, word: &str, search: &TextQuery) -> bool {
    token.match_indices(word).any(|(at, _)| {
        let before = token.get(..at).unwrap_or_default();
        let behind = token.get(at + word.len()..).unwrap_or_default();
        // No more characters are looked at than are allowed.
        before
            .chars()
            .nth(search.matching.max_extra_prefix)
            .is_none()
            && behind
                .chars()
                .nth(search.matching.max_extra_suffix)
                .is_none()
    })
}
