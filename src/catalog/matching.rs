//! How what was typed stands in a text: as it is, in another form, as a beginning, or misspelled.
//!
//! Words may be joined or split on either side: `allauth` and `all auth`, `ecommerce` and
//! `e-commerce`. Servers find candidates, each in its own way; what counts as found, how well, and
//! what is marked is decided here, so that it is the same with every server.

use super::words::{Word, is_small, stem, words};

/// Neighbours that are also looked at as one word.
const MOST_JOINED: usize = 3;
/// The shortest stem that may be the beginning of a word.
const SHORTEST_STEM: usize = 3;
/// The shortest beginning in which a typo is looked for.
const SHORTEST_MISSPELLED_BEGINNING: usize = 5;
/// The shortest joined word: `a` and `b` are not `ab`.
const SHORTEST_JOINED: usize = 4;

/// How well a word answers for the typed one.
pub(super) mod quality {
    pub(in crate::catalog) const WHOLE: f64 = 1.0;
    pub(in crate::catalog) const JOINED: f64 = 0.95;
    pub(in crate::catalog) const OTHER_FORM: f64 = 0.9;
    pub(in crate::catalog) const BEGINNING: f64 = 0.85;
    /// It begins with the stem of the typed one.
    pub(in crate::catalog) const STEM: f64 = 0.75;

    pub(in crate::catalog) const MISSPELLED_BEGINNING: f64 = 0.5;

    pub(in crate::catalog) fn misspelled(typos: usize) -> f64 {
        if typos == 1 { 0.7 } else { 0.5 }
    }
}

/// How well a typed word stands in a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Match {
    /// From 0 to 1.
    pub(super) quality: f64,
    /// Whether another word was taken for the typed one.
    pub(super) is_guess: bool,
    /// Where in the text, in bytes.
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Words of a text or of a query, and neighbours joined.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) text: String,
    stem: String,
    /// The first of its words, how long that is in bytes, and how many there are.
    first: usize,
    first_length: usize,
    count: usize,
    start: usize,
    end: usize,
}

/// What somebody looks for in texts.
#[derive(Debug, Clone)]
pub(super) struct QueryWords {
    /// How many words.
    count: usize,
    parts: Vec<Part>,
    /// For each word, whether a similar one may be taken for it.
    typos: Vec<bool>,
}

impl QueryWords {
    pub(super) fn new(typed: &[String], typos: Vec<bool>) -> Self {
        let mut at = 0;
        let words: Vec<Word> = typed
            .iter()
            .map(|text| {
                let start = at;
                at += text.len() + 1;
                Word {
                    text: text.clone(),
                    start,
                    end: start + text.len(),
                }
            })
            .collect();
        Self {
            count: words.len(),
            parts: parts(&words),
            typos,
        }
    }

    /// For each word, where the text has it best.
    pub(super) fn find_in(&self, text: &[Part]) -> Vec<Option<Match>> {
        let mut best: Vec<Option<Match>> = vec![None; self.count];
        for wanted in &self.parts {
            for part in text {
                let Some(found) = self.compare(wanted, part) else {
                    continue;
                };
                for slot in best.iter_mut().skip(wanted.first).take(wanted.count) {
                    if slot.is_none_or(|other| other.quality < found.quality) {
                        *slot = Some(found);
                    }
                }
            }
        }
        best
    }
}

impl QueryWords {
    /// Where the text has any of the words, by their beginnings.
    pub(super) fn find_all(&self, text: &[Part]) -> Vec<(usize, usize)> {
        let mut ranges = Vec::new();
        for part in text {
            let found = self
                .parts
                .iter()
                .filter_map(|wanted| self.compare(wanted, part));
            let best = found.max_by(|one, other| one.quality.total_cmp(&other.quality));
            ranges.extend(best.map(|found| (found.start, found.end)));
        }
        ranges.sort_unstable();
        ranges
    }

    fn compare(&self, wanted: &Part, part: &Part) -> Option<Match> {
        // One of them is a single word.
        if wanted.count > 1 && part.count > 1 {
            return None;
        }
        let may_begin = wanted.first + wanted.count == self.count;
        let is_single = wanted.count == 1 && part.count == 1;
        let typos = is_single && self.typos.get(wanted.first) == Some(&true);
        compare(wanted, part, may_begin, typos)
    }
}

/// The words of a text and their neighbours joined.
pub(super) fn parts_of(text: &str) -> Vec<Part> {
    parts(&words(text))
}

/// The same of a name; what is glued to the word of a framework also stands alone, as
/// `restframework` of `djangorestframework`.
pub(super) fn parts_of_name(name: &str, frameworks: &[String]) -> Vec<Part> {
    let mut parts = parts_of(name);
    let rests: Vec<Part> = parts
        .iter()
        .filter(|part| part.count == 1)
        .flat_map(|part| {
            frameworks
                .iter()
                .filter_map(|framework| part.without(framework))
        })
        .collect();
    parts.extend(rests);
    parts
}

impl Part {
    /// What follows a word at its beginning.
    fn without(&self, beginning: &str) -> Option<Self> {
        let rest = self.text.strip_prefix(beginning)?;
        (rest.chars().count() >= SHORTEST_STEM).then(|| Self {
            text: rest.to_owned(),
            stem: stem(rest),
            start: self.end - rest.len().min(self.end - self.start),
            ..self.clone()
        })
    }
}

fn parts(words: &[Word]) -> Vec<Part> {
    let mut parts = Vec::new();
    for count in 1..=MOST_JOINED {
        for (first, run) in words.windows(count).enumerate() {
            let text: String = run.iter().map(|word| word.text.as_str()).collect();
            if count > 1 && text.chars().count() < SHORTEST_JOINED {
                continue;
            }
            if let (Some(begin), Some(end)) = (run.first(), run.last()) {
                parts.push(Part {
                    stem: stem(&text),
                    text,
                    first,
                    first_length: begin.text.len(),
                    count,
                    start: begin.start,
                    end: end.end,
                });
            }
        }
    }
    parts
}

fn compare(wanted: &Part, part: &Part, may_begin: bool, typos: bool) -> Option<Match> {
    let whole = |quality, is_guess| {
        Some(Match {
            quality,
            is_guess,
            start: part.start,
            end: part.end,
        })
    };
    if wanted.text == part.text {
        let is_joined = wanted.count + part.count > 2;
        let quality = if is_joined {
            quality::JOINED
        } else {
            quality::WHOLE
        };
        return whole(quality, false);
    }
    if wanted.stem == part.stem {
        return whole(quality::OTHER_FORM, false);
    }
    // The beginning of several words has to reach into the second one.
    let begins = |text: &str| {
        part.text.starts_with(text) && (part.count == 1 || text.len() > part.first_length)
    };
    if may_begin && begins(&wanted.text) {
        // Joined words have more letters in the text than here: then the whole part is marked.
        let end = if part.count == 1 && part.text.len() == part.end - part.start {
            part.start + wanted.text.len()
        } else {
            part.end
        };
        return Some(Match {
            quality: quality::BEGINNING,
            is_guess: false,
            start: part.start,
            end,
        });
    }
    // `tags` finds `taggit`: what is typed is often more of a word than the name has.
    if wanted.stem.chars().count() >= SHORTEST_STEM && begins(&wanted.stem) {
        return whole(quality::STEM, false);
    }
    if !typos || is_small(&part.text) {
        return None;
    }
    if let Some(typos) = typos_between(&wanted.text, &part.text) {
        return whole(quality::misspelled(typos), true);
    }
    (may_begin && has_misspelled_beginning(&part.text, &wanted.text))
        .then(|| whole(quality::MISSPELLED_BEGINNING, true))
        .flatten()
}

/// Whether a text begins with what was typed, but for one typo.
fn has_misspelled_beginning(text: &str, typed: &str) -> bool {
    let letters = typed.chars().count();
    if letters < SHORTEST_MISSPELLED_BEGINNING || most_typos(typed) == 0 {
        return false;
    }
    (letters - 1..=letters + 1).any(|length| {
        let beginning: String = text.chars().take(length).collect();
        strsim::osa_distance(typed, &beginning) <= 1
    })
}

/// How many typos may be in a word. Numbers are typed as they are: `bootstrap4` is not `bootstrap5`.
fn most_typos(typed: &str) -> usize {
    match typed.chars().count() {
        _ if typed.contains(|character: char| character.is_numeric()) => 0,
        0..=3 => 0,
        4..=6 => 1,
        _ => 2,
    }
}

/// Letters that were exchanged, left out, added or swapped, if they are few enough.
pub(super) fn typos_between(typed: &str, other: &str) -> Option<usize> {
    let most = most_typos(typed);
    let difference = typed.chars().count().abs_diff(other.chars().count());
    if most == 0 || difference > most {
        return None;
    }
    let typos = strsim::osa_distance(typed, other);
    (typos <= most).then_some(typos)
}
