//! The order of documents: by up to three keys, then the newest first.
//!
//! Inside a segment every key is a number of which the smaller comes first; texts are numbers of
//! the segment's dictionary. Only the best of each segment are compared by their texts.

use std::cmp::Ordering;

use tantivy::columnar::{Column as Values, StrColumn};

use super::deadline::Deadline;
use super::doc_bitset::DocBitSet;
use super::filter_evaluation::SearchContext;
use super::geo;
use super::matches::Hit;
use crate::error::EngineResult;
use crate::index::layout::Column;
use crate::index::{Segment, Snapshot};
use crate::plan::{Distance, GeoPoint, Missing, SortBy, SortKey};

/// Documents that are sorted between two looks at the clock.
const RUN: usize = if cfg!(test) { 64 } else { 1_024 };
/// What the API answers for a document without a place.
const NOWHERE: u64 = 2_147_483_647;

/// A document that was found.
#[derive(Debug, Clone)]
pub(crate) struct RankedHit {
    /// The segment's place in the snapshot.
    pub(crate) segment: usize,
    pub(crate) hit: Hit,
    /// The number in the store.
    pub(crate) seq: u64,
    keys: [u64; 3],
    texts: [Option<String>; 3],
}

impl RankedHit {
    fn in_segment(&self, other: &Self) -> Ordering {
        self.keys
            .cmp(&other.keys)
            .then_with(|| other.seq.cmp(&self.seq))
    }
}

/// Reads the keys of one segment's documents.
pub(super) struct SortKeyReader<'a> {
    segment: &'a Segment,
    place: usize,
    readers: Vec<(KeyColumn<'a>, bool)>,
}

enum KeyColumn<'a> {
    Score,
    Arrival,
    Integers(Option<Values<i64>>, Missing),
    Floats(Option<Values<f64>>, Missing),
    Texts(Option<StrColumn>, Missing, bool),
    Distance(PointColumns<'a>),
    Passes(DocBitSet),
}

impl<'a> SortKeyReader<'a> {
    pub(super) fn new(
        keys: &'a [SortKey],
        context: &SearchContext<'a>,
        place: usize,
    ) -> EngineResult<Option<Self>> {
        let Some(segment) = context.snapshot.segments().get(place) else {
            return Ok(None);
        };
        let columns = keys.iter().take(3).map(|key| {
            let reader = match &key.by {
                SortBy::TextMatch { .. } => KeyColumn::Score,
                SortBy::Arrival => KeyColumn::Arrival,
                SortBy::Integers(field, missing) => {
                    KeyColumn::Integers(segment.integers(*field)?, *missing)
                }
                SortBy::Floats(field, missing) => {
                    KeyColumn::Floats(segment.floats(Column::Floats(*field))?, *missing)
                }
                SortBy::Texts(field, missing) => {
                    let column = segment.texts(Column::SortKeys(*field))?;
                    let mut first = String::new();
                    let first_is_empty = match &column {
                        Some(column) => column.ord_to_str(0, &mut first)? && first.is_empty(),
                        None => false,
                    };
                    KeyColumn::Texts(column, *missing, first_is_empty)
                }
                SortBy::Distance(distance) => {
                    KeyColumn::Distance(PointColumns::new(segment, distance)?)
                }
                SortBy::Passes(filter) => KeyColumn::Passes(context.passing(filter, segment)?),
            };
            Ok((reader, key.descending))
        });
        let readers = columns.collect::<EngineResult<_>>()?;
        Ok(Some(Self {
            segment,
            place,
            readers,
        }))
    }

    pub(super) fn rank(&self, hit: Hit, deadline: &Deadline) -> RankedHit {
        let seq = self.segment.seq(hit.doc);
        let mut keys = [0; 3];
        for (key, (reader, descending)) in keys.iter_mut().zip(&self.readers) {
            *key = reader.key(hit, seq, *descending, deadline);
        }
        RankedHit {
            segment: self.place,
            hit,
            seq,
            keys,
            texts: [None, None, None],
        }
    }

    /// Looks up the texts of keys that are numbers of the dictionary, for the documents of this
    /// segment. Each block of the dictionary is unpacked once.
    fn resolve(&self, found: &mut [RankedHit], deadline: &Deadline) -> EngineResult<()> {
        for (at, (reader, descending)) in self.readers.iter().enumerate() {
            let KeyColumn::Texts(Some(column), ..) = reader else {
                continue;
            };
            let mut wanted: Vec<(u64, &mut Option<String>)> = found
                .iter_mut()
                .filter(|document| document.segment == self.place)
                .filter_map(|document| {
                    let key = *document.keys.get(at)?;
                    // The others stand for documents without a text.
                    if !(1..u64::MAX).contains(&key) {
                        return None;
                    }
                    let ordinal = if *descending {
                        u64::MAX - 1 - key
                    } else {
                        key - 1
                    };
                    Some((ordinal, document.texts.get_mut(at)?))
                })
                .collect();
            wanted.sort_unstable_by_key(|(ordinal, _)| *ordinal);
            for wanted in wanted.chunks_mut(RUN) {
                if deadline.is_over() {
                    return Ok(());
                }
                let ordinals: Vec<u64> = wanted.iter().map(|(ordinal, _)| *ordinal).collect();
                let mut texts = wanted.iter_mut().map(|(_, text)| text);
                column
                    .dictionary()
                    .sorted_ords_to_term_cb(&ordinals, |resolved| {
                        if let Some(text) = texts.next() {
                            **text = Some(String::from_utf8_lossy(resolved).into_owned());
                        }
                    })?;
            }
        }
        Ok(())
    }
}

impl KeyColumn<'_> {
    fn key(&self, hit: Hit, seq: u64, descending: bool, deadline: &Deadline) -> u64 {
        let directed = |value: u64| if descending { !value } else { value };
        let number = |value: Option<u64>, missing: Missing| match (value, missing) {
            (Some(value), _) => directed(value).clamp(1, u64::MAX - 1),
            (None, Missing::First) => 0,
            (None, _) => u64::MAX,
        };
        match self {
            Self::Score => directed(hit.score),
            Self::Arrival => directed(seq),
            Self::Integers(column, missing) => {
                let value = column.as_ref().and_then(|column| column.first(hit.doc));
                number(
                    value.map(|value| value.cast_unsigned() ^ (1 << 63)),
                    *missing,
                )
            }
            Self::Floats(column, missing) => {
                let value = column.as_ref().and_then(|column| column.first(hit.doc));
                number(value.map(float_order), *missing)
            }
            Self::Texts(column, missing, first_is_empty) => {
                let ordinal = column
                    .as_ref()
                    .and_then(|column| column.ords().first(hit.doc))
                    .filter(|ordinal| *ordinal > 0 || !first_is_empty);
                match (ordinal, missing) {
                    (Some(ordinal), _) if descending => u64::MAX - 1 - ordinal,
                    (Some(ordinal), _) => ordinal + 1,
                    (None, Missing::First) => 0,
                    (None, Missing::Last) => u64::MAX,
                    (None, Missing::Normal) => directed(u64::MAX),
                }
            }
            Self::Distance(places) => directed(places.distance(hit.doc, deadline)),
            Self::Passes(bits) => directed(u64::from(bits.contains(hit.doc))),
        }
    }
}

pub(super) fn float_order(value: f64) -> u64 {
    // The greater zero is not.
    let bits = (value + 0.0).to_bits();
    if bits >> 63 == 0 {
        bits | 1 << 63
    } else {
        !bits
    }
}

/// The places of a segment's documents.
pub(crate) struct PointColumns<'a> {
    columns: Option<(Values<f64>, Values<f64>)>,
    distance: &'a Distance,
}

impl<'a> PointColumns<'a> {
    fn new(segment: &Segment, distance: &'a Distance) -> EngineResult<Self> {
        let latitudes = segment.floats(Column::Latitudes(distance.field))?;
        let longitudes = segment.floats(Column::Longitudes(distance.field))?;
        Ok(Self {
            columns: latitudes.zip(longitudes),
            distance,
        })
    }

    /// Metres to the nearest place of a document, as the key asks to see them.
    pub(crate) fn distance(&self, doc: u32, deadline: &Deadline) -> u64 {
        let nearest = self.columns.iter().flat_map(|(latitudes, longitudes)| {
            let points = latitudes
                .values_for_doc(doc)
                .zip(longitudes.values_for_doc(doc));
            let in_time = points.take_while(|_| !deadline.step());
            in_time.map(|(latitude, longitude)| {
                let point = GeoPoint {
                    latitude,
                    longitude,
                };
                geo::distance(self.distance.from, point)
            })
        });
        let Some(nearest) = nearest.reduce(f64::min) else {
            return NOWHERE;
        };
        if nearest < self.distance.exclude_radius {
            return 0;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a distance on the globe is a small positive number"
        )]
        let (metres, precision) = (nearest as u64, self.distance.precision as u64);
        match precision {
            0 => metres,
            precision => metres.div_ceil(precision) * precision,
        }
    }
}

/// What distances are read from: for each place that is sorted by, its field's name and the columns
/// of the segments.
pub(super) fn point_columns<'a>(
    snapshot: &Snapshot,
    keys: &'a [SortKey],
) -> EngineResult<Vec<(String, Vec<PointColumns<'a>>)>> {
    let mut distances = Vec::new();
    for key in keys {
        if let SortBy::Distance(distance) = &key.by {
            let segments = snapshot.segments().iter();
            let columns = segments
                .map(|segment| PointColumns::new(segment, distance))
                .collect::<EngineResult<_>>()?;
            distances.push((distance.name.clone(), columns));
        }
    }
    Ok(distances)
}

/// The best hits of one segment.
pub(super) struct TopHits {
    most: usize,
    found: Vec<RankedHit>,
    worst: Option<RankedHit>,
}

impl TopHits {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            found: Vec::new(),
            worst: None,
        }
    }

    pub(super) fn offer(&mut self, found: RankedHit) {
        if self.most == 0
            || self
                .worst
                .as_ref()
                .is_some_and(|worst| found.in_segment(worst).is_ge())
        {
            return;
        }
        self.found.push(found);
        if self.found.len() >= self.most.saturating_mul(2).max(64) {
            self.cut();
        }
    }

    fn cut(&mut self) {
        if self.found.len() > self.most {
            self.found
                .select_nth_unstable_by(self.most - 1, RankedHit::in_segment);
            self.found.truncate(self.most);
            self.worst = self.found.last().cloned();
        }
    }

    pub(super) fn into_hits(mut self) -> Vec<RankedHit> {
        self.cut();
        self.found
    }
}

/// Puts documents of several segments in order, with less care for their texts when time is up.
pub(super) fn sort_hits(
    found: &mut [RankedHit],
    keys: &[SortKey],
    readers: &[SortKeyReader<'_>],
    deadline: &Deadline,
) -> EngineResult<()> {
    // In one segment the numbers have the order of the texts.
    if readers.len() > 1 {
        for reader in readers {
            reader.resolve(found, deadline)?;
        }
    }
    if deadline.spend(0) {
        // An order in which some texts count and others do not is none.
        for document in found.iter_mut() {
            document.texts = [None, None, None];
        }
    }
    sort_in_runs(found, deadline, |left, right| compare(left, right, keys));
    bucket(found, keys);
    Ok(())
}

/// Sorts runs, and then longer and longer ones, which are quick to sort because they consist of two
/// that are in order; so the clock can be asked in between. When time is up the runs of the moment
/// are in order, each by itself.
fn sort_in_runs<T>(items: &mut [T], deadline: &Deadline, compare: impl Fn(&T, &T) -> Ordering) {
    let mut run = RUN;
    loop {
        for items in items.chunks_mut(run) {
            if deadline.spend(items.len()) {
                return;
            }
            items.sort_by(&compare);
        }
        if run >= items.len() {
            return;
        }
        run = run.saturating_mul(2);
    }
}

fn compare(left: &RankedHit, right: &RankedHit, keys: &[SortKey]) -> Ordering {
    for (at, key) in keys.iter().enumerate().take(3) {
        let texts = (left.texts.get(at), right.texts.get(at));
        let order = match texts {
            (Some(Some(left)), Some(Some(right))) if key.descending => right.cmp(left),
            (Some(Some(left)), Some(Some(right))) => left.cmp(right),
            _ => left.keys.get(at).cmp(&right.keys.get(at)),
        };
        if order.is_ne() {
            return order;
        }
    }
    right.seq.cmp(&left.seq)
}

/// Documents of the first pages that are bucketed by score.
pub(super) const BUCKETED: usize = 250;

/// Parts the best documents into equal buckets of one score each, and lets the other keys decide
/// inside them.
fn bucket(found: &mut [RankedHit], keys: &[SortKey]) {
    let bucketed = keys.iter().enumerate().find_map(|(at, key)| match key.by {
        SortBy::TextMatch { buckets } if buckets > 1 => Some((at, buckets)),
        _ => None,
    });
    let Some((at, buckets)) = bucketed else {
        return;
    };
    let end = found.len().min(BUCKETED);
    let Some(best) = found.get_mut(..end).filter(|best| best.len() >= buckets) else {
        return;
    };
    let size = best.len() / buckets;
    for bucket in best.chunks_mut(size) {
        let first = bucket.first().and_then(|first| first.keys.get(at).copied());
        for document in bucket {
            if let (Some(key), Some(first)) = (document.keys.get_mut(at), first) {
                *key = first;
            }
        }
    }
    best.sort_by(|left, right| compare(left, right, keys));
}
