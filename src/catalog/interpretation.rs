//! How the words of a query were understood, where not as typed.

use super::question::Question;
use super::ranking::{Found, Ranked};
use super::results::{Interpretation, Spelling};

/// What differs between the words typed and those of the hits, the best of which comes first.
pub(super) fn interpret(question: &Question, hits: &[Ranked]) -> Interpretation {
    let mut interpretation = Interpretation::default();
    let has_all = |hit: &Ranked| hit.words.iter().all(Option::is_some);
    let is_named = |hit: &Ranked| hit.standing.is_exact || hit.standing.is_same_letters;
    if hits.iter().any(is_named) {
        return interpretation;
    }
    let is_complete = hits.iter().any(has_all);
    for (at, typed) in question.asked.iter().enumerate() {
        let mut found = hits.iter().filter_map(|hit| hit.words.get(at)?.as_ref());
        if found.clone().any(|found| *found == Found::AsTyped) {
            continue;
        }
        match found.next() {
            Some(Found::Guessed(word)) => interpretation.guessed.push(Spelling {
                typed: typed.clone(),
                found: word.clone(),
            }),
            None if !hits.is_empty() => interpretation.missing.push(typed.clone()),
            Some(Found::AsTyped) | None => {}
        }
    }
    if !is_complete
        && interpretation.missing.is_empty()
        && let Some(best) = hits.first()
    {
        let words = question.asked.iter().zip(&best.words);
        let missing = words.filter(|(_, found)| found.is_none());
        interpretation.missing = missing.map(|(word, _)| word.clone()).collect();
    }
    interpretation
}
