//! From a filter's tree to the documents that pass it, as one bit set per segment.
//!
//! Leaves are read from postings and columns and remembered per segment, since a segment never
//! changes; deleted documents are masked at the end. Called by [`crate::render`] and by writes
//! that choose documents by a filter.

use std::ops::RangeInclusive;
use std::sync::Arc;

use moka::sync::Cache;
use tantivy::columnar::Column as Values;
use tantivy::index::SegmentId;
use tantivy::postings::SegmentPostings;
use tantivy::{DocSet, TERMINATED};

use super::deadline::Deadline;
use super::doc_bitset::DocBitSet;
use super::{geo, prefix_filter};
use crate::error::EngineResult;
use crate::index::layout::{Column, WholeValue};
use crate::index::{Segment, Snapshot};
use crate::plan::{Condition, Filter, GeoArea, GeoPoint, Leaf, Span, TextPattern};
use crate::schema::{FieldNumber, FieldTokenizers};

/// Documents of a column that are looked at between two looks at the clock.
const PIECE: u32 = 1 << 16;
/// Bytes of bit sets that are remembered.
const REMEMBERED: u64 = 32 << 20;

/// Bit sets of leaves that were evaluated before; one for all snapshots of an index.
#[derive(Debug, Clone)]
pub(crate) struct FilterCache {
    sets: Cache<(SegmentId, u128), Arc<DocBitSet>>,
}

impl Default for FilterCache {
    fn default() -> Self {
        let weight = |_: &(SegmentId, u128), bits: &Arc<DocBitSet>| {
            u32::try_from(bits.weight() + 128).unwrap_or(u32::MAX)
        };
        Self {
            sets: Cache::builder()
                .max_capacity(REMEMBERED)
                .weigher(weight)
                .build(),
        }
    }
}

/// Where filters are evaluated.
#[derive(Clone, Copy)]
pub(crate) struct SearchContext<'a> {
    /// The state of the index.
    pub(crate) snapshot: &'a Snapshot,
    /// How each field's words are cut.
    pub(crate) tokenizers: &'a FieldTokenizers,
    /// What is remembered.
    pub(crate) cache: &'a FilterCache,
    /// Looks up the number of the document with an id.
    pub(crate) ids: &'a dyn Fn(&str) -> EngineResult<Option<u64>>,
    /// When to stop.
    pub(crate) deadline: &'a Deadline,
}

impl SearchContext<'_> {
    /// The documents that are not deleted and pass the filter, for each segment; none of a segment
    /// whose documents could not all be asked in time.
    pub(crate) fn documents(&self, filter: Option<&Filter>) -> EngineResult<Vec<DocBitSet>> {
        let segments = self.snapshot.segments().iter();
        segments
            .map(|segment| {
                let alive = self.alive(segment);
                let Some(filter) = filter else {
                    return Ok(alive.as_ref().clone());
                };
                let mut bits = self.passing(filter, segment)?;
                if self.deadline.was_missed() {
                    return Ok(DocBitSet::none(segment.size()));
                }
                bits.intersect(&alive);
                Ok(bits)
            })
            .collect()
    }

    /// The documents that pass, deleted ones among them; any of them if the deadline was missed.
    pub(crate) fn passing(&self, filter: &Filter, segment: &Segment) -> EngineResult<DocBitSet> {
        match filter {
            Filter::Leaf(leaf) => Ok(self.remembered(leaf, segment)?.as_ref().clone()),
            Filter::And(left, right) => {
                let mut bits = self.passing(left, segment)?;
                match right.as_ref() {
                    Filter::Leaf(leaf) => bits.intersect(self.remembered(leaf, segment)?.as_ref()),
                    filter => bits.intersect(&self.passing(filter, segment)?),
                }
                Ok(bits)
            }
            Filter::Or(left, right) => {
                let mut bits = self.passing(left, segment)?;
                match right.as_ref() {
                    Filter::Leaf(leaf) => bits.unite(self.remembered(leaf, segment)?.as_ref()),
                    filter => bits.unite(&self.passing(filter, segment)?),
                }
                Ok(bits)
            }
        }
    }

    fn alive(&self, segment: &Segment) -> Arc<DocBitSet> {
        let Some(alive) = segment.alive() else {
            return Arc::new(DocBitSet::all(segment.size()));
        };
        // Deletions only add up, so their number tells one state of a segment from another.
        let key = (segment.id(), alive.num_alive_docs() as u128);
        self.sets().get_with(key, || {
            let mut bits = DocBitSet::none(segment.size());
            alive.iter_alive().for_each(|doc| bits.insert(doc));
            Arc::new(bits)
        })
    }

    fn sets(&self) -> &Cache<(SegmentId, u128), Arc<DocBitSet>> {
        &self.cache.sets
    }

    fn remembered(&self, leaf: &Leaf, segment: &Segment) -> EngineResult<Arc<DocBitSet>> {
        if matches!(leaf.condition, Condition::Ids(_)) {
            return self.leaf(leaf, segment).map(Arc::new);
        }
        let name = xxhash_rust::xxh3::xxh3_128(leaf.to_string().as_bytes());
        let key = (segment.id(), name);
        if let Some(bits) = self.sets().get(&key) {
            return Ok(bits);
        }
        if self.deadline.is_over() {
            return Ok(Arc::new(DocBitSet::none(segment.size())));
        }
        let bits = Arc::new(self.leaf(leaf, segment)?);
        if !self.deadline.was_missed() {
            self.sets().insert(key, Arc::clone(&bits));
        }
        Ok(bits)
    }

    fn leaf(&self, leaf: &Leaf, segment: &Segment) -> EngineResult<DocBitSet> {
        let mut bits = DocBitSet::none(segment.size());
        // Each alternative may look at all documents.
        let in_time = || !self.deadline.is_over();
        match &leaf.condition {
            Condition::Ids(ids) => {
                for id in ids.iter().take_while(|_| in_time()) {
                    if let Some(seq) = (self.ids)(id)?
                        && let Some(doc) = segment.document(seq)?
                    {
                        bits.insert(doc);
                    }
                }
            }
            Condition::Holds(field, texts) => {
                for text in texts.iter().take_while(|_| in_time()) {
                    bits.unite(&self.holding(segment, *field, text)?);
                }
            }
            Condition::Equals(field, texts) => {
                for text in texts.iter().take_while(|_| in_time()) {
                    self.equal(segment, *field, text, &mut bits)?;
                }
            }
            Condition::Integers(field, spans) => {
                if let Some(column) = segment.integers(*field)? {
                    for span in spans.iter().take_while(|_| in_time()) {
                        if let Some(range) = integer_range(span) {
                            insert_range(&column, range, self.deadline, &mut bits);
                        }
                    }
                }
            }
            Condition::Bools(field, bools) => {
                if let Some(column) = segment.integers(*field)? {
                    for value in bools.iter().take_while(|_| in_time()) {
                        let value = i64::from(*value);
                        insert_range(&column, value..=value, self.deadline, &mut bits);
                    }
                }
            }
            Condition::Floats(field, spans) => {
                if let Some(column) = segment.floats(Column::Floats(*field))? {
                    for span in spans.iter().take_while(|_| in_time()) {
                        let range = float_range(span);
                        if range.start() <= range.end() {
                            insert_range(&column, range, self.deadline, &mut bits);
                        }
                    }
                }
            }
            Condition::Inside(field, area) => {
                insert_inside(segment, *field, area, self.deadline, &mut bits)?;
            }
        }
        if leaf.negated {
            bits.invert();
        }
        Ok(bits)
    }

    /// Documents whose field holds all words of a text.
    fn holding(
        &self,
        segment: &Segment,
        field: FieldNumber,
        text: &TextPattern,
    ) -> EngineResult<DocBitSet> {
        let tokenizer = self.tokenizers.field(field);
        let words: Vec<_> = tokenizer.query_tokens(&text.text).collect();
        let mut found: Option<DocBitSet> = None;
        for (at, word) in words.iter().enumerate() {
            if at > 0 && self.deadline.is_over() {
                break;
            }
            let mut bits = DocBitSet::none(segment.size());
            if text.prefix && at + 1 == words.len() {
                prefix_filter::each_word_from(
                    segment,
                    field,
                    &word.text,
                    self.deadline,
                    |postings| {
                        insert_postings(postings, self.deadline, &mut bits);
                    },
                )?;
            } else if let Some(postings) = segment.documents_with(field, &word.text)? {
                insert_postings(postings, self.deadline, &mut bits);
            }
            match &mut found {
                None => found = Some(bits),
                Some(found) => found.intersect(&bits),
            }
        }
        Ok(found.unwrap_or_else(|| DocBitSet::none(segment.size())))
    }

    fn equal(
        &self,
        segment: &Segment,
        field: FieldNumber,
        text: &TextPattern,
        bits: &mut DocBitSet,
    ) -> EngineResult<()> {
        let tokenizer = self.tokenizers.field(field);
        if text.prefix {
            let words: Vec<String> = tokenizer
                .query_tokens(&text.text)
                .map(|word| word.text.into_owned())
                .collect();
            let candidates = self.holding(segment, field, text)?;
            let within = (&candidates, self.deadline);
            return prefix_filter::insert_beginning(segment, field, &words, within, bits);
        }
        let mut whole = WholeValue::default();
        let mut words = 0;
        for word in tokenizer.tokens(&text.text) {
            whole.word(&word.text);
            words += 1;
        }
        // A value without words equals nothing, not even another one.
        if words > 0
            && let Some(postings) = segment.whole(field, whole.finish())?
        {
            insert_postings(postings, self.deadline, bits);
        }
        Ok(())
    }
}

fn insert_postings(mut postings: SegmentPostings, deadline: &Deadline, bits: &mut DocBitSet) {
    let mut doc = postings.doc();
    while doc != TERMINATED && !deadline.step() {
        bits.insert(doc);
        doc = postings.advance();
    }
}

fn insert_range<T>(
    column: &Values<T>,
    range: RangeInclusive<T>,
    deadline: &Deadline,
    bits: &mut DocBitSet,
) where
    T: PartialOrd + Copy + std::fmt::Debug + Send + Sync + 'static + Default,
{
    let (low, high) = (column.min_value(), column.max_value());
    if *range.end() < low || *range.start() > high {
        return;
    }
    // Packed columns compare wrongly with numbers that are outside of what they hold.
    let start = if *range.start() < low {
        low
    } else {
        *range.start()
    };
    let end = if *range.end() > high {
        high
    } else {
        *range.end()
    };
    let mut docs = Vec::new();
    for first in (0..bits.length()).step_by(PIECE as usize) {
        if deadline.is_over() {
            return;
        }
        let piece = first..first.saturating_add(PIECE).min(bits.length());
        docs.clear();
        column.get_docids_for_value_range(start..=end, piece, &mut docs);
        for doc in &docs {
            bits.insert(*doc);
        }
    }
}

fn integer_range(span: &Span<i64>) -> Option<RangeInclusive<i64>> {
    match *span {
        Span::Exactly(number) => Some(number..=number),
        Span::Above(number) => Some(number.checked_add(1)?..=i64::MAX),
        Span::From(number) => Some(number..=i64::MAX),
        Span::Below(number) => Some(i64::MIN..=number.checked_sub(1)?),
        Span::UpTo(number) => Some(i64::MIN..=number),
        Span::Between(low, high) => (low <= high).then_some(low..=high),
    }
}

fn float_range(span: &Span<f32>) -> RangeInclusive<f64> {
    let wide = |number: f32| f64::from(number);
    match *span {
        Span::Exactly(number) => wide(number)..=wide(number),
        Span::Above(number) => wide(number.next_up())..=f64::INFINITY,
        Span::From(number) => wide(number)..=f64::INFINITY,
        Span::Below(number) => f64::NEG_INFINITY..=wide(number.next_down()),
        Span::UpTo(number) => f64::NEG_INFINITY..=wide(number),
        Span::Between(low, high) => wide(low)..=wide(high),
    }
}

fn insert_inside(
    segment: &Segment,
    field: FieldNumber,
    area: &GeoArea,
    deadline: &Deadline,
    bits: &mut DocBitSet,
) -> EngineResult<()> {
    let (Some(latitudes), Some(longitudes)) = (
        segment.floats(Column::Latitudes(field))?,
        segment.floats(Column::Longitudes(field))?,
    ) else {
        return Ok(());
    };
    let (south, north) = geo::latitudes(area);
    let effort = match area {
        GeoArea::Circle { .. } => 1,
        GeoArea::Polygon(corners) => 1 + corners.len() / 16,
    };
    let mut candidates = DocBitSet::none(segment.size());
    if south <= north {
        insert_range(&latitudes, south..=north, deadline, &mut candidates);
    }
    for doc in candidates.iter().take_while(|_| !deadline.step()) {
        let points = latitudes
            .values_for_doc(doc)
            .zip(longitudes.values_for_doc(doc));
        let mut in_time = points.take_while(|_| !deadline.spend(effort));
        let within = in_time.any(|(latitude, longitude)| {
            let point = GeoPoint {
                latitude,
                longitude,
            };
            geo::inside(area, point)
        });
        if within {
            bits.insert(doc);
        }
    }
    Ok(())
}
