//! The documents that the words of a search ask for, segment by segment.

use super::candidates::CandidateCache;
use super::combination_scorer::SegmentScores;
use super::parsed_query::{ParsedQuery, Sequence};
use super::query_languages::QueryLanguages;
use super::relaxation::RelaxedSearch;
use super::text_match::{WORDLESS, phrase_match};
use super::{infix, phrases};
use crate::error::EngineResult;
use crate::execute::{Deadline, DocBitSet, Hit, MatchedWord, Matches};
use crate::index::{Segment, Snapshot};
use crate::plan::{QueryField, TextQuery};
use crate::schema::FieldTokenizers;

/// The highest weight that a field keeps; beyond, only the order of the weights counts.
const HIGHEST_WEIGHT: u8 = 15;

/// Finds the documents that a search's words ask for.
///
/// `filter` holds, for each segment, the documents that may be found; `None` is all. A text
/// without words, also `*`, finds all of them. What is found by the deadline is some of it.
pub(crate) fn find_words(
    snapshot: &Snapshot,
    search: &TextQuery,
    tokenizers: &FieldTokenizers,
    filter: Option<&[DocBitSet]>,
    cache: &CandidateCache,
    deadline: &Deadline,
) -> EngineResult<Matches> {
    let fields = by_weight(&search.fields);
    let query_languages = QueryLanguages::new(&fields, tokenizers);
    let query = ParsedQuery::parse(&search.text, &query_languages.tokenizers);
    let mut allowed = allowed_documents(snapshot, filter);
    for (words, away) in query.restrictions() {
        if !restrict(
            snapshot,
            &mut allowed,
            &query_languages,
            words,
            away,
            deadline,
        )? {
            // What was not looked at to the end lets nothing through.
            allowed = snapshot
                .segments()
                .iter()
                .map(|one| DocBitSet::none(one.size()))
                .collect();
            break;
        }
    }
    let mut relaxed = RelaxedSearch {
        snapshot,
        search,
        fields: &fields,
        languages: &query_languages.languages,
        cache,
        filtered: allowed.iter().map(DocBitSet::count).sum::<usize>() as u64
            != snapshot.documents(),
        scores: snapshot
            .segments()
            .iter()
            .zip(&allowed)
            .map(|(segment, allowed)| SegmentScores::new(segment, allowed))
            .collect(),
        combinations: vec![Vec::new()],
        deadline,
    };
    if query.words.iter().any(|words| !words.is_empty()) {
        let groups = query_languages.groups(&query.words);
        for (fields, languages, words) in &groups {
            relaxed.fields = fields;
            relaxed.languages = languages;
            relaxed.run(words)?;
            if let Some(first) = words.first() {
                infix::run(&mut relaxed, first)?;
            }
        }
        return Ok(collect_matches(relaxed, &query.phrases));
    }
    if query.phrases.is_empty() {
        for scores in &mut relaxed.scores {
            for document in scores.allowed().iter().take_while(|_| !deadline.step()) {
                scores.offer(document, WORDLESS, 0);
            }
        }
    } else {
        for scores in &mut relaxed.scores {
            for (field, language) in query_languages.fields() {
                let phrases = query.phrases.iter().filter_map(|words| words.get(language));
                offer_phrases(scores, field, phrases, deadline)?;
            }
        }
    }
    Ok(collect_matches(relaxed, &query.phrases))
}

/// The fields by falling weight; weights out of order or range are replaced by ranks.
fn by_weight(query_fields: &[QueryField]) -> Vec<QueryField> {
    let mut fields = query_fields.to_vec();
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
fn allowed_documents(snapshot: &Snapshot, filter: Option<&[DocBitSet]>) -> Vec<DocBitSet> {
    let all = |segment: &Segment| {
        let mut bits = DocBitSet::all(segment.size());
        if segment.alive().is_some() {
            for document in 0..segment.size() {
                if !segment.is_alive(document) {
                    bits.remove(document);
                }
            }
        }
        bits
    };
    let mut allowed: Vec<DocBitSet> = snapshot.segments().iter().map(all).collect();
    for (allowed, filter) in allowed.iter_mut().zip(filter.unwrap_or_default()) {
        allowed.intersect(filter);
    }
    allowed
}

/// Keeps the documents that hold the words in a row in a field, or takes them away; false if there
/// was no time for it.
fn restrict(
    snapshot: &Snapshot,
    allowed: &mut [DocBitSet],
    query_languages: &QueryLanguages<'_>,
    words: &Sequence,
    away: bool,
    deadline: &Deadline,
) -> EngineResult<bool> {
    for (segment, allowed) in snapshot.segments().iter().zip(allowed) {
        let mut with = DocBitSet::none(segment.size());
        for (field, language) in query_languages.fields() {
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
    field: QueryField,
    phrases: impl Iterator<Item = &'p Vec<String>>,
    deadline: &Deadline,
) -> EngineResult<()> {
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
fn words_to_mark(phrases: &[Sequence]) -> Vec<MatchedWord> {
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

fn collect_matches(relaxed: RelaxedSearch<'_>, phrases: &[Sequence]) -> Matches {
    Matches {
        segments: relaxed
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
        combinations: relaxed.combinations,
        phrases: words_to_mark(phrases),
    }
}
