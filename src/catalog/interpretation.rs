//! How the words of a query were understood, where not as typed.

use super::question::Question;
use super::ranking::{Found, Ranked};
use super::results::{Interpretation, Spelling};

/// What differs between the words typed and those of the hits, the best of which comes first.
pub(super) fn interpret(question: &Question, hits: &[&Ranked]) -> Interpretation {
    let mut interpretation = Interpretation {
        partial: hits.iter().filter(|hit| !hit.is_complete()).count() as u64,
        ..Interpretation::default()
    };
    for (at, typed) in question.asked.iter().enumerate() {
        let found = || hits.iter().filter_map(|hit| hit.words.get(at)?.as_ref());
        let is_typed = found().any(|found| *found == Found::AsTyped);
        let guess = found().find_map(|found| match found {
            Found::Guessed(word) => Some(word),
            Found::AsTyped => None,
        });
        match guess {
            Some(word) => add_guess(&mut interpretation.guessed, typed, word, !is_typed),
            None if !is_typed && !hits.is_empty() => interpretation.missing.push(typed.clone()),
            None => {}
        }
    }
    interpretation
}

/// Adds a guess; neighbours that were taken for one word are one guess.
fn add_guess(guessed: &mut Vec<Spelling>, typed: &str, found: &str, instead: bool) {
    match guessed.last_mut() {
        Some(last) if last.found == found && last.instead == instead => {
            last.typed.push(' ');
            last.typed.push_str(typed);
        }
        _ => guessed.push(Spelling {
            typed: typed.to_owned(),
            found: found.to_owned(),
            instead,
        }),
    }
}
