//! The words that differ from a query's word by a number of typos, as an automaton over terms.
//!
//! A typo is a byte more, less or other, or two neighbours swapped. It is rare in the first letters,
//! so a swap of the first two counts as two typos, and a word whose first three bytes differ too
//! much is not looked at. Walked by the candidates' search; knows nothing of documents.

use tantivy_fst::Automaton;

use crate::execute::Deadline;
use crate::index::layout::field_mark;
use crate::schema::FieldNumber;

/// Bytes of a field's mark in front of each term.
const MARK: usize = 3;
/// TypoAutomaton that can be told apart.
const MOST_TYPOS: usize = 2;
/// Cells of a row: as far as the typos reach on both sides of the diagonal.
const BAND: usize = 2 * MOST_TYPOS + 1;
/// Bytes after which the beginning has to fit.
const BEGINNING: usize = 3;
/// More than can be told apart.
const FAR: u8 = 100;

/// Accepts the terms of a field that have exactly a number of typos.
#[derive(Debug)]
pub(crate) struct TypoAutomaton<'q> {
    mark: [u8; MARK],
    word: &'q [u8],
    count: u8,
    prefix: bool,
    /// After it nothing is accepted any more: between two terms that are, there may be very many
    /// that are not.
    deadline: Option<&'q Deadline>,
}

/// How a term compares with the word so far.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TypoState {
    /// Bytes read, the mark included.
    read: usize,
    /// The distances of what was read to the beginnings of the word, around the diagonal.
    row: [u8; BAND],
    /// The same, one byte before.
    before: [u8; BAND],
    last: u8,
    /// Whether a beginning of the term has the right distance.
    begun: bool,
    dead: bool,
}

impl<'q> TypoAutomaton<'q> {
    /// Terms of `field` with exactly `typos` typos (at most 2) in comparison with `word`, or, with
    /// `prefix`, whose beginning, at least as long as the word, has that many.
    pub(crate) fn new(field: FieldNumber, word: &'q str, typos: u8, prefix: bool) -> Self {
        let mut mark = [0; MARK];
        field_mark(field).encode_utf8(&mut mark);
        Self {
            mark,
            word: word.as_bytes(),
            count: typos.min(2),
            prefix,
            deadline: None,
        }
    }

    /// The same, until a deadline.
    pub(crate) fn until(self, deadline: &'q Deadline) -> Self {
        Self {
            deadline: Some(deadline),
            ..self
        }
    }

    /// Whether another word, or with `prefix` its beginning, has exactly `typos` typos in comparison
    /// with `word`.
    pub(crate) fn accepts(word: &'q str, typos: u8, prefix: bool, other: &str) -> bool {
        let automaton = Self::new(0, word, typos, prefix);
        let mut state = automaton.start();
        for byte in automaton.mark.into_iter().chain(other.bytes()) {
            if !automaton.can_match(&state) {
                return false;
            }
            state = automaton.accept(&state, byte);
        }
        automaton.is_match(&state)
    }

    /// The next row; cell `at` of row `depth` belongs to the word's first `depth + at - 2` bytes.
    fn step(&self, state: &TypoState, depth: usize, byte: u8) -> [u8; BAND] {
        let mut row = [FAR; BAND];
        for at in 0..BAND {
            let Some(length) = (depth + at).checked_sub(MOST_TYPOS) else {
                continue;
            };
            if length > self.word.len() {
                continue;
            }
            let cell = |cells: &[u8; BAND], at: usize| cells.get(at).copied().unwrap_or(FAR);
            // A byte more than the word has: the cell above, which is one to the right.
            let mut best = cell(&state.row, at + 1).saturating_add(1);
            if let Some(left) = at.checked_sub(1) {
                best = best.min(cell(&row, left).saturating_add(1));
            }
            if length == 0 {
                best = best.min(u8::try_from(depth).unwrap_or(FAR));
            } else {
                let same = self.word.get(length - 1) == Some(&byte);
                best = best.min(cell(&state.row, at).saturating_add(u8::from(!same)));
                let swapped = depth > 2
                    && length > 2
                    && self.word.get(length - 1) == Some(&state.last)
                    && self.word.get(length - 2) == Some(&byte);
                if swapped {
                    best = best.min(cell(&state.before, at).saturating_add(1));
                }
            }
            if let Some(cell) = row.get_mut(at) {
                *cell = best.min(FAR);
            }
        }
        row
    }

    /// The distance of what was read to the whole word.
    fn distance(&self, row: [u8; BAND], depth: usize) -> u8 {
        (self.word.len() + MOST_TYPOS)
            .checked_sub(depth)
            .and_then(|at| row.get(at))
            .copied()
            .unwrap_or(FAR)
    }
}

impl Automaton for TypoAutomaton<'_> {
    type State = TypoState;

    fn start(&self) -> TypoState {
        // The empty beginning differs from the word's beginnings by their lengths.
        TypoState {
            read: 0,
            row: [FAR, FAR, 0, 1, 2],
            before: [FAR; BAND],
            last: 0,
            begun: false,
            dead: false,
        }
    }

    fn is_match(&self, state: &TypoState) -> bool {
        let Some(depth) = state.read.checked_sub(MARK) else {
            return false;
        };
        !state.dead && (state.begun || self.distance(state.row, depth) == self.count)
    }

    fn can_match(&self, state: &TypoState) -> bool {
        !state.dead
    }

    fn will_always_match(&self, state: &TypoState) -> bool {
        state.begun && !state.dead
    }

    fn accept(&self, state: &TypoState, byte: u8) -> TypoState {
        let mut next = *state;
        next.read += 1;
        if state.dead || state.begun {
            return next;
        }
        if let Some(expected) = self.mark.get(state.read) {
            next.dead = *expected != byte;
            return next;
        }
        if self.deadline.is_some_and(Deadline::step) {
            next.dead = true;
            return next;
        }
        let depth = next.read - MARK;
        let row = self.step(state, depth, byte);
        let beginning = row.get(MOST_TYPOS).copied().unwrap_or(FAR);
        let unlike = depth == BEGINNING && self.word.len() >= BEGINNING && beginning > self.count;
        next.dead = unlike || row.iter().all(|&distance| distance > self.count);
        next.begun = self.prefix
            && depth >= self.word.len()
            && self.distance(row, depth) == self.count
            && !next.dead;
        next.before = state.row;
        next.row = row;
        next.last = byte;
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(word: &str, typos: u8, prefix: bool, term: &str) -> bool {
        let automaton = TypoAutomaton::new(7, word, typos, prefix);
        let mut state = automaton.start();
        for byte in format!("{}{term}", field_mark(7)).bytes() {
            if !automaton.can_match(&state) {
                return false;
            }
            state = automaton.accept(&state, byte);
        }
        automaton.is_match(&state)
    }

    #[test]
    fn one_typo_is_a_byte_more_less_or_other_or_a_swap() {
        for term in ["plane", "plnoe", "ploe", "ploen", "plon", "plones", "xlone"] {
            assert!(accepts("plone", 1, false, term), "{term}");
        }
        for term in ["plone", "planes", "pl", "ploness", "plxnx"] {
            assert!(!accepts("plone", 1, false, term), "{term}");
        }
    }

    #[test]
    fn first_letters_are_seldom_wrong() {
        for term in ["lone", "pplone", "lpone", "pone", "p0lone"] {
            assert!(!accepts("plone", 1, false, term), "{term}");
        }
        assert!(accepts("requests", 2, false, "erquests"));
        assert!(!accepts("abcdefgh", 2, false, "bacdefhg"));
    }

    #[test]
    fn two_typos_are_not_one() {
        for term in [
            "reques",
            "requestsxy",
            "requxxts",
            "rexuexts",
            "rqeeusts",
            "requstes",
        ] {
            assert!(accepts("requests", 2, false, term), "{term}");
        }
        assert!(!accepts("requests", 2, false, "request"));
        assert!(!accepts("requests", 2, false, "rexxexts"));
    }

    #[test]
    fn a_prefix_is_as_long_as_the_word() {
        for term in [
            "abXdefghzz",
            "abcdefgz",
            "abcdefgzzz",
            "abc0defghz",
            "abdefgh",
        ] {
            assert!(accepts("abcdefgh", 1, true, term), "{term}");
        }
        for term in ["abdefghz", "abcdefgh", "bcdefghz"] {
            assert!(!accepts("abcdefgh", 1, true, term), "{term}");
        }
        assert!(accepts("abcdefgh", 1, true, "abcdefghi"));
        assert!(accepts("abcdefgh", 2, true, "abdefghzz"));
        assert!(accepts("abcdefgh", 0, true, "abcdefghi"));
        assert!(!accepts("abcdefgh", 0, true, "abcdefg"));
    }

    #[test]
    fn terms_of_other_fields_are_not_accepted() {
        let automaton = TypoAutomaton::new(7, "plone", 1, false);
        let state = "\u{E008}".bytes().fold(automaton.start(), |state, byte| {
            automaton.accept(&state, byte)
        });
        assert!(!automaton.can_match(&state));
    }
}
