//! The documents of one segment that hold a combination of words, and their scores.
//!
//! Walks the postings of all words at once and reads positions only where two words meet in a
//! field. Called for each combination of candidates; decides nothing about which to try.

use tantivy::postings::{Postings, SegmentPostings};
use tantivy::{DocSet, TERMINATED};

use super::postings::{OPENING, seek};
use super::proximity::closeness;
use super::text_match::{FieldScore, text_match, weighted};
use crate::error::EngineResult;
use crate::execute::{Deadline, DocBitSet};
use crate::index::Segment;
use crate::index::layout::WholeValue;
use crate::plan::{QueryField, TextQuery};
use crate::request::TextMatchType;

/// A term of the index that stands for a word of the query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TermMatch {
    /// As it is in the index.
    pub(crate) token: Box<str>,
    pub(crate) typos: u8,
    /// Whether only its beginning matches.
    pub(crate) prefix: bool,
    /// Whether it costs more than a whole word.
    pub(crate) longer: bool,
    /// Characters of it that were typed.
    pub(crate) typed: usize,
}

impl TermMatch {
    /// What it adds to a field's cost.
    fn cost(&self) -> usize {
        2 * usize::from(self.typos) + usize::from(self.longer)
    }

    /// Whether it counts in a field.
    pub(crate) fn allowed_in(&self, field: QueryField) -> bool {
        field.typos >= self.typos && (field.prefix || !self.prefix)
    }
}

/// One segment during a search.
pub(crate) struct SegmentScores<'s> {
    segment: &'s Segment,
    /// Where documents may come from.
    allowed: &'s DocBitSet,
    /// By document; 0 is not found.
    scores: Vec<u64>,
    /// By document: the combination that scored best.
    combinations: Vec<u32>,
    found: usize,
}

impl<'s> SegmentScores<'s> {
    pub(crate) fn new(segment: &'s Segment, allowed: &'s DocBitSet) -> Self {
        let size = segment.size() as usize;
        Self {
            segment,
            allowed,
            scores: vec![0; size],
            combinations: vec![0; size],
            found: 0,
        }
    }

    pub(crate) fn segment(&self) -> &'s Segment {
        self.segment
    }

    pub(crate) fn allowed(&self) -> &'s DocBitSet {
        self.allowed
    }

    /// Documents found so far.
    pub(crate) fn found(&self) -> usize {
        self.found
    }

    /// Notes a score, if it is the document's best; says whether it is.
    pub(crate) fn offer(&mut self, document: u32, score: u64, combination: u32) -> bool {
        let at = document as usize;
        if let (Some(best), Some(by)) = (self.scores.get_mut(at), self.combinations.get_mut(at)) {
            self.found += usize::from(*best == 0);
            if score > *best {
                *best = score;
                *by = combination;
                return true;
            }
        }
        false
    }

    /// The documents with scores and combinations, ascending.
    pub(crate) fn into_found(self) -> impl Iterator<Item = (u32, u64, u32)> {
        (0_u32..)
            .zip(self.scores)
            .zip(self.combinations)
            .filter(|((_, score), _)| *score > 0)
            .map(|((document, score), combination)| (document, score, combination))
    }

    /// Finds and scores the documents that hold all words of a combination, each in any field; says
    /// whether it is the best for any of them.
    pub(crate) fn score(
        &mut self,
        search: &TextQuery,
        fields: &[QueryField],
        words: &[TermMatch],
        combination: u32,
        deadline: &Deadline,
    ) -> EngineResult<bool> {
        let Some(mut scorer) =
            CombinationScorer::new(self.segment, search, fields, words, deadline)?
        else {
            return Ok(false);
        };
        let mut is_best = false;
        let mut document = scorer.find(0);
        while document != TERMINATED {
            if self.allowed.contains(document) {
                let score = scorer.score(document);
                is_best |= self.offer(document, score, combination);
            }
            document = scorer.find(document + 1);
        }
        Ok(is_best)
    }
}

/// The postings of one word of a combination in all fields.
struct PostingsCursor {
    /// Parallel to the fields.
    postings: Vec<Option<SegmentPostings>>,
    document: u32,
    size: u64,
}

impl PostingsCursor {
    fn seek(&mut self, target: u32) -> u32 {
        let mut first = TERMINATED;
        for postings in self.postings.iter_mut().flatten() {
            first = first.min(seek(postings, target));
        }
        self.document = first;
        first
    }
}

/// The postings of a combination.
struct CombinationScorer<'w> {
    search: &'w TextQuery,
    fields: &'w [QueryField],
    /// The rarest first.
    cursors: Vec<PostingsCursor>,
    /// Per field: where the only word is a whole value, or the ends of values.
    values: Vec<Option<SegmentPostings>>,
    cost: usize,
    streams: Vec<Vec<u32>>,
    ends: Vec<u32>,
    deadline: &'w Deadline,
}

impl<'w> CombinationScorer<'w> {
    /// `None` if some word is nowhere, or time is up.
    fn new(
        segment: &Segment,
        search: &'w TextQuery,
        fields: &'w [QueryField],
        words: &[TermMatch],
        deadline: &'w Deadline,
    ) -> EngineResult<Option<Self>> {
        let positions = words.len() > 1 || search.matching.prioritize_token_position;
        let mut cursors = Vec::with_capacity(words.len());
        for word in words {
            let mut postings = Vec::with_capacity(fields.len());
            for field in fields {
                if deadline.spend(OPENING) {
                    return Ok(None);
                }
                postings.push(if !word.allowed_in(*field) {
                    None
                } else if positions {
                    segment.postings(field.number, &word.token)?
                } else {
                    segment.documents_with(field.number, &word.token)?
                });
            }
            let size = postings
                .iter()
                .flatten()
                .map(|postings| u64::from(postings.size_hint()))
                .sum();
            if size == 0 {
                return Ok(None);
            }
            let mut cursor = PostingsCursor {
                postings,
                document: 0,
                size,
            };
            cursor.seek(0);
            cursors.push(cursor);
        }
        cursors.sort_by_key(|cursor| cursor.size);
        let cost = words.iter().map(TermMatch::cost).sum();
        let values = match words {
            [_] if positions => ends(segment, fields)?,
            [word] if cost == 0 && search.matching.prioritize_exact_match => {
                let mut whole = WholeValue::default();
                whole.word(&word.token);
                let hash = whole.finish();
                fields
                    .iter()
                    .map(|field| segment.whole(field.number, hash))
                    .collect::<EngineResult<_>>()?
            }
            [_] => vec![None; fields.len()],
            _ => ends(segment, fields)?,
        };
        Ok(Some(Self {
            search,
            fields,
            cursors,
            values,
            cost,
            streams: Vec::new(),
            ends: Vec::new(),
            deadline,
        }))
    }

    /// The first document from `target` on that has all words; none when time is up.
    fn find(&mut self, mut target: u32) -> u32 {
        'again: loop {
            for cursor in &mut self.cursors {
                if self.deadline.spend(cursor.postings.len()) {
                    return TERMINATED;
                }
                if cursor.document < target {
                    cursor.seek(target);
                }
                if cursor.document > target {
                    target = cursor.document;
                    if target == TERMINATED {
                        return TERMINATED;
                    }
                    continue 'again;
                }
            }
            return target;
        }
    }

    fn score(&mut self, document: u32) -> u64 {
        let (mut best, mut matched) = (0, 0);
        for at in 0..self.fields.len() {
            if let Some(field) = self.fields.get(at).copied()
                && let Some(score) = self.field(document, at)
            {
                let score = weighted(self.search.matching.text_match_type, score, field.weight);
                // Fields come by falling weight; where weight decides, the first of equals stays.
                if matched == 0 || self.search.matching.text_match_type == TextMatchType::MaxScore {
                    best = best.max(score);
                }
                matched += 1;
            }
        }
        text_match(self.cursors.len(), best, matched)
    }

    /// How well the field at an index matches; `None` if it has no word.
    fn field(&mut self, document: u32, at: usize) -> Option<FieldScore> {
        let here = |cursor: &&mut PostingsCursor| {
            let postings = cursor.postings.get(at).and_then(Option::as_ref);
            postings.is_some_and(|postings| postings.doc() == document)
        };
        let present = self.cursors.iter_mut().filter(here).count();
        if present == 0 {
            return None;
        }
        let positioned = self.search.matching.prioritize_token_position;
        if present == 1 && !positioned {
            return Some(FieldScore {
                close: 1,
                present: 1,
                cost: self.cost,
                exact: self.cursors.len() == 1 && self.is_whole(document, at),
                ..FieldScore::default()
            });
        }
        self.streams.resize_with(present, Vec::new);
        let found = self.cursors.iter_mut().filter(here);
        for (cursor, stream) in found.zip(&mut self.streams) {
            if let Some(postings) = cursor.postings.get_mut(at).and_then(Option::as_mut) {
                postings.positions(stream);
            }
        }
        self.ends.clear();
        if let Some(ends) = self.values.get_mut(at).and_then(Option::as_mut)
            && seek(ends, document) == document
        {
            ends.positions(&mut self.ends);
        }
        let value = closeness(&self.streams, &self.ends, self.deadline);
        let alone = self.cursors.len() == 1;
        let offset = if present == 1 {
            self.last_place()
        } else {
            value.offset
        };
        Some(FieldScore {
            close: value.close,
            present: value.present,
            cost: self.cost,
            distance: value.distance,
            exact: value.exact
                && self.search.matching.prioritize_exact_match
                && (present > 1 || alone && self.cost == 0),
            offset: positioned.then_some(offset),
        })
    }

    /// The place of the last occurrence of the only word, from 1 in its value.
    fn last_place(&self) -> usize {
        let last = self.streams.iter().flatten().copied().max().unwrap_or(0);
        let values_before = self.ends.iter().take_while(|&&end| end <= last);
        let start = values_before
            .last()
            .map_or(0, |end| *end as usize + crate::index::VALUE_GAP);
        (last as usize + 1).saturating_sub(start)
    }

    fn is_whole(&mut self, document: u32, at: usize) -> bool {
        self.values
            .get_mut(at)
            .and_then(Option::as_mut)
            .is_some_and(|whole| seek(whole, document) == document)
    }
}

fn ends(segment: &Segment, fields: &[QueryField]) -> EngineResult<Vec<Option<SegmentPostings>>> {
    fields
        .iter()
        .map(|field| segment.ends(field.number))
        .collect()
}
