//! Documents with the same values in the fields of `group_by` as one group.
//!
//! Only equal texts are the same value; all documents without a value are one group.

use std::collections::HashMap;

use tantivy::columnar::Column as Values;

use super::deadline::Deadline;
use super::filter_evaluation::SearchContext;
use super::matches::Hit;
use super::ordering::RankedHit;
use super::value_hashes::{TextValues, ValueCache};
use crate::error::EngineResult;
use crate::index::Segment;
use crate::index::layout::{Column, WholeValue};
use crate::plan::PlannedField;

/// Steps that it takes to hash a value.
const HASHING: usize = 2;

/// The group of each hit of each segment.
pub(super) fn group_hits(
    hits: &[Vec<Hit>],
    fields: &[PlannedField],
    context: &SearchContext<'_>,
    cache: &ValueCache,
) -> EngineResult<Vec<Vec<u128>>> {
    let segments = context.snapshot.segments().iter().zip(hits);
    // When time is up the rest is in no group, and is not answered.
    segments
        .map(|(segment, hits)| {
            let columns = fields
                .iter()
                .map(|field| GroupColumn::new(segment, field, context, cache))
                .collect::<EngineResult<Vec<_>>>()?;
            let group = |hit: &Hit| {
                let mut hash = WholeValue::default();
                for column in &columns {
                    column.add(hit.doc, context.deadline, &mut hash);
                }
                hash.finish()
            };
            let in_time = hits.iter().take_while(|_| !context.deadline.step());
            Ok(in_time.map(group).collect())
        })
        .collect()
}

enum GroupColumn {
    Texts(TextValues),
    Integers(Values<i64>),
    Floats(Values<f64>),
    Nothing,
}

impl GroupColumn {
    fn new(
        segment: &Segment,
        field: &PlannedField,
        context: &SearchContext<'_>,
        cache: &ValueCache,
    ) -> EngineResult<Self> {
        let column = if field.kind.is_text() {
            cache
                .texts(segment, field.number, context)?
                .map(Self::Texts)
        } else if field.kind.is_float() {
            segment
                .floats(Column::Floats(field.number))?
                .map(Self::Floats)
        } else {
            segment.integers(field.number)?.map(Self::Integers)
        };
        Ok(column.unwrap_or(Self::Nothing))
    }

    fn add(&self, doc: u32, deadline: &Deadline, hash: &mut WholeValue) {
        match self {
            Self::Texts(values) => {
                for value in values.of(doc).take_while(|_| !deadline.spend(HASHING)) {
                    hash.word(&value.to_string());
                }
            }
            Self::Integers(values) => {
                let values = values.values_for_doc(doc);
                for value in values.take_while(|_| !deadline.spend(HASHING)) {
                    hash.word(&value.to_string());
                }
            }
            Self::Floats(values) => {
                let values = values.values_for_doc(doc);
                for value in values.take_while(|_| !deadline.spend(HASHING)) {
                    hash.word(&value.to_string());
                }
            }
            Self::Nothing => {}
        }
        hash.word("\u{1}");
    }
}

/// Ordered documents as groups in the order of their first documents; some of them when time is up.
pub(super) fn gather_groups(
    ordered: Vec<(u128, RankedHit)>,
    limit: usize,
    deadline: &Deadline,
) -> Vec<Vec<RankedHit>> {
    let mut places: HashMap<u128, usize> = HashMap::new();
    let mut groups: Vec<Vec<RankedHit>> = Vec::new();
    for (group, found) in ordered {
        if deadline.step() {
            break;
        }
        let place = *places.entry(group).or_insert(groups.len());
        match groups.get_mut(place) {
            None => groups.push(vec![found]),
            Some(members) if members.len() < limit => members.push(found),
            Some(_) => {}
        }
    }
    groups
}
