//! The words that a filter's prefix stands for, and words that begin a value, one behind the other:
//! `name:=plone ap*`, the only filter that needs positions. Called by [`super::filter_evaluation`].

use std::collections::HashMap;

use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, TERMINATED};

use super::deadline::Deadline;
use super::doc_bitset::DocBitSet;
use crate::error::EngineResult;
use crate::index::{Segment, VALUE_GAP, term_prefix};
use crate::schema::FieldNumber;

type Positions = HashMap<u32, Vec<u32>>;

/// Adds those candidates one of whose values begins with the words, of which the last may go on.
pub(super) fn insert_beginning(
    segment: &Segment,
    field: FieldNumber,
    words: &[String],
    within @ (candidates, deadline): (&DocBitSet, &Deadline),
    bits: &mut DocBitSet,
) -> EngineResult<()> {
    let Some((last, others)) = words.split_last() else {
        return Ok(());
    };
    // Where values begin, and then where what was seen of one so far goes on.
    let mut next = Positions::new();
    for doc in candidates.iter().take_while(|_| !deadline.step()) {
        next.insert(doc, vec![0]);
    }
    if let Some(ends) = segment.ends(field)? {
        each_position(ends, within, |doc, position| {
            let gap = u32::try_from(VALUE_GAP).unwrap_or(u32::MAX);
            if let Some(starts) = next.get_mut(&doc) {
                starts.push(position.saturating_add(gap));
            }
        });
    }
    for word in others {
        if deadline.is_over() {
            return Ok(());
        }
        let mut positions = Positions::new();
        if let Some(postings) = segment.postings(field, word)? {
            each_position(postings, within, |doc, position| {
                if next
                    .get(&doc)
                    .is_some_and(|next| next.binary_search(&position).is_ok())
                {
                    positions.entry(doc).or_default().push(position + 1);
                }
            });
        }
        next = positions;
    }
    each_word_from(segment, field, last, deadline, |postings| {
        each_position(postings, within, |doc, position| {
            if next
                .get(&doc)
                .is_some_and(|next| next.binary_search(&position).is_ok())
            {
                bits.insert(doc);
            }
        });
    })
}

fn each_position(
    mut postings: SegmentPostings,
    (candidates, deadline): (&DocBitSet, &Deadline),
    mut seen: impl FnMut(u32, u32),
) {
    let mut positions = Vec::new();
    let mut doc = postings.doc();
    while doc != TERMINATED && !deadline.step() {
        if candidates.contains(doc) {
            postings.positions(&mut positions);
            for position in positions.iter().take_while(|_| !deadline.step()) {
                seen(doc, *position);
            }
        }
        doc = postings.advance();
    }
}

/// Calls back with the documents of each word of a field that begins with `prefix`.
pub(super) fn each_word_from(
    segment: &Segment,
    field: FieldNumber,
    prefix: &str,
    deadline: &Deadline,
    mut found: impl FnMut(SegmentPostings),
) -> EngineResult<()> {
    let prefix = term_prefix(field, prefix);
    let mut words = segment.vocabulary().range().ge(&prefix).into_stream()?;
    while words.advance() && words.key().starts_with(&prefix) && !deadline.is_over() {
        let postings = segment
            .words()
            .read_postings_from_terminfo(words.value(), IndexRecordOption::WithFreqsAndPositions)?;
        found(postings);
    }
    Ok(())
}
