//! From the words of a search to documents with their `text_match`.
//!
//! [`request`] takes the query's text apart, [`attempts`] decides which words of the index to try
//! ([`candidates`], [`choice`], [`typos`]), [`scoring`] walks the postings and makes numbers of what it finds
//! ([`proximity`], [`score`]), [`phrases`] finds words in a row, and [`infix`] looks inside words.
//! [`spoken`] knows which fields are in which language.
//! Filters come in as sets of documents; sorting and cutting pages is the caller's,
//! [`crate::search`].
//!
//! Fields in several languages cut the query each in its own way. Where that makes as many words in
//! each, they are searched together; else each language by itself, and what one finds is found.

mod attempts;
mod candidates;
mod choice;
mod infix;
mod phrases;
mod proximity;
mod request;
pub mod score;
mod scoring;
mod spoken;
#[cfg(test)]
mod tests;
pub(crate) mod typos;

pub use candidates::CandidateCache;

use self::attempts::Attempts;
use self::request::{Request, Sequence};
use self::score::{WORDLESS, phrase_match};
use self::scoring::SegmentScores;
use self::spoken::Spoken;
use super::{Bits, Deadline, Hit, MatchedWord, Matches};
use crate::index::{Segment, Snapshot};
use crate::language::words::{WordField, WordSearch};
use crate::problem::Answer;
use crate::text::Tokenizers;

/// The highest weight that a field keeps; beyond, only the order of the weights counts.
const HIGHEST_WEIGHT: u8 = 15;

/// Finds the documents that a search's words ask for.
///
/// `filter` holds, for each segment, the documents that may be found; `None` is all. A text
/// without words, also `*`, finds all of them. What is found by the deadline is some of it.
pub fn find(
    snapshot: &Snapshot,
    search: &WordSearch,
    tokenizers: &Tokenizers,
    filter: Option<&[Bits]>,
    cache: &CandidateCache,
    deadline: &Deadline,
) -> Answer<Matches> {
    let fields = by_weight(&search.fields);
    let spoken = Spoken::new(&fields, tokenizers);
    let request = Request::parse(&search.text, &spoken.tokenizers);
    let mut allowed = allowed(snapshot, filter);
    for (words, away) in request.restrictions() {
        if !restrict(snapshot, &mut allowed, &spoken, words, away, deadline)? {
            // What was not looked at to the end lets nothing through.
            allowed = snapshot
                .segments()
                .iter()
                .map(|one| Bits::none(one.size()))
                .collect();
            break;
        }
    }
    let mut attempts = Attempts {
        snapshot,
        search,
        fields: &fields,
        languages: &spoken.languages,
        cache,
        filtered: allowed.iter().map(Bits::count).sum::<usize>() as u64 != snapshot.documents(),
        scores: snapshot
            .segments()
            .iter()
            .zip(&allowed)
            .map(|(segment, allowed)| SegmentScores::new(segment, allowed))
            .collect(),
        combinations: vec![Vec::new()],
        deadline,
    };
    if request.words.iter().any(|words| !words.is_empty()) {
        let groups = spoken.groups(&request.words);
        for (fields, languages, words) in &groups {
            attempts.fields = fields;
            attempts.languages = languages;
            attempts.run(words)?;
            if let Some(first) = words.first() {
                infix::run(&mut attempts, first)?;
            }
        }
        return Ok(matches(attempts, &request.phrases));
    }
    if request.phrases.is_empty() {
        for scores in &mut attempts.scores {
            for document in scores.allowed().iter().take_while(|_| !deadline.step()) {
                scores.offer(document, WORDLESS, 0);
            }
        }
    } else {
        for scores in &mut attempts.scores {
            for (field, language) in spoken.fields() {
                let phrases = request
                    .phrases
                    .iter()
                    .filter_map(|words| words.get(language));
                offer_phrases(scores, field, phrases, deadline)?;
            }
        }
    }
    Ok(matches(attempts, &request.phrases))
}

/// The fields by falling weight; weights out of order or range are replaced by ranks.
fn by_weight(fields: &[WordField]) -> Vec<WordField> {
    let mut fields = fields.to_vec();
    let in_order = fields.is_sorted_by(|one, next| one.weight >= next.weight);
    if in_order && fields.iter().all(|field| field.weight <= HIGHEST_WEIGHT) {
        return fields;
    }
    fields.sort_by_key(|field| std::cmp::Reverse(field.weight));
    let mut rank = HIGHEST_WEIGHT;
    let mut before = None;
    for field in &mut fields {
        if before.is_some_and(|before| before != field.weight) {
            rank = rank.saturating_sub(1);
        }
        before = Some(field.weight);
        field.weight = rank;
    }
    fields
}

/// The documents that may be found, by segment.
fn allowed(snapshot: &Snapshot, filter: Option<&[Bits]>) -> Vec<Bits> {
    let all = |segment: &Segment| {
        let mut bits = Bits::all(segment.size());
        if segment.alive().is_some() {
            for document in 0..segment.size() {
                if !segment.is_alive(document) {
                    bits.remove(document);
                }
            }
        }
        bits
    };
    let mut allowed: Vec<Bits> = snapshot.segments().iter().map(all).collect();
    for (allowed, filter) in allowed.iter_mut().zip(filter.unwrap_or_default()) {
        allowed.intersect(filter);
    }
    allowed
}

/// Keeps the documents that hold the words in a row in a field, or takes them away; false if there
/// was no time for it.
fn restrict(
    snapshot: &Snapshot,
    allowed: &mut [Bits],
    spoken: &Spoken<'_>,
    words: &Sequence,
    away: bool,
    deadline: &Deadline,
) -> Answer<bool> {
    for (segment, allowed) in snapshot.segments().iter().zip(allowed) {
        let mut with = Bits::none(segment.size());
        for (field, language) in spoken.fields() {
            let Some(words) = words.get(language).filter(|words| !words.is_empty()) else {
                continue;
            };
            phrases::each_document(segment, field.number, words, deadline, &mut |document| {
                with.insert(document);
                true
            })?;
            if deadline.spend(0) {
                return Ok(false);
            }
        }
        if away {
            allowed.subtract(&with);
        } else {
            allowed.intersect(&with);
        }
    }
    Ok(true)
}

/// Scores what phrases alone found, by the weight of a field that holds one.
fn offer_phrases<'p>(
    scores: &mut SegmentScores<'_>,
    field: WordField,
    phrases: impl Iterator<Item = &'p Vec<String>>,
    deadline: &Deadline,
) -> Answer<()> {
    let score = phrase_match(field.weight);
    for words in phrases.filter(|words| !words.is_empty()) {
        phrases::each_document(
            scores.segment(),
            field.number,
            words,
            deadline,
            &mut |document| {
                if scores.allowed().contains(document) {
                    scores.offer(document, score, 0);
                }
                true
            },
        )?;
    }
    Ok(())
}

/// The words of phrases, to be marked.
fn marked(phrases: &[Sequence]) -> Vec<MatchedWord> {
    phrases
        .iter()
        .flatten()
        .flatten()
        .map(|word| MatchedWord {
            token: word.clone(),
            typed: word.chars().count(),
        })
        .collect()
}

fn matches(attempts: Attempts<'_>, phrases: &[Sequence]) -> Matches {
    Matches {
        segments: attempts
            .scores
            .into_iter()
            .map(|scores| {
                scores
                    .into_found()
                    .map(|(doc, score, combination)| Hit {
                        doc,
                        score,
                        combination,
                    })
                    .collect()
            })
            .collect(),
        combinations: attempts.combinations,
        phrases: marked(phrases),
    }
}
