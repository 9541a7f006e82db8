//! Documents with the same values in the fields of `group_by` as one group.
//!
//! Only equal texts are the same value; all documents without a value are one group.

use std::collections::HashMap;

use serde_json::Value;
use tantivy::columnar::Column as Values;

use super::sort::Found;
use super::values::{TextValues, ValueCache};
use crate::index::layout::{Column, WholeValue};
use crate::index::{Segment, values_at};
use crate::problem::{Answer, Problem};
use crate::query::{Deadline, Ground, Hit};
use crate::schema::{Field, Schema};

/// Steps that it takes to hash a value.
const HASHING: usize = 2;

/// The fields that a search groups by.
pub(super) fn fields<'a>(names: &[String], schema: &'a Schema) -> Answer<Vec<&'a Field>> {
    let fields = names.iter().map(|name| match schema.field(name) {
        None => Err(Problem::not_found(format!(
            "Could not find a field named `{name}` in the schema."
        ))),
        Some(field) if !field.facet => Err(Problem::bad_request(format!(
            "Group by field `{name}` should be a facet field."
        ))),
        Some(field) => Ok(field),
    });
    fields.collect()
}

/// The group of each hit of each segment.
pub(super) fn of_hits(
    hits: &[Vec<Hit>],
    fields: &[&Field],
    ground: &Ground<'_>,
    cache: &ValueCache,
) -> Answer<Vec<Vec<u128>>> {
    let segments = ground.snapshot.segments().iter().zip(hits);
    // When time is up the rest is in no group, and is not answered.
    segments
        .map(|(segment, hits)| {
            let columns = fields
                .iter()
                .map(|field| GroupColumn::new(segment, field, ground, cache))
                .collect::<Answer<Vec<_>>>()?;
            let group = |hit: &Hit| {
                let mut hash = WholeValue::default();
                for column in &columns {
                    column.add(hit.doc, ground.deadline, &mut hash);
                }
                hash.finish()
            };
            let in_time = hits.iter().take_while(|_| !ground.deadline.step());
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
        field: &Field,
        ground: &Ground<'_>,
        cache: &ValueCache,
    ) -> Answer<Self> {
        let column = if field.kind.is_text() {
            cache.texts(segment, field.number, ground)?.map(Self::Texts)
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
pub(super) fn gather(
    ordered: Vec<(u128, Found)>,
    limit: usize,
    deadline: &Deadline,
) -> Vec<Vec<Found>> {
    let mut places: HashMap<u128, usize> = HashMap::new();
    let mut groups: Vec<Vec<Found>> = Vec::new();
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

/// A group's `group_key`: the values of a document, without those that it lacks.
pub(super) fn key(document: &Value, fields: &[&Field]) -> Vec<Value> {
    let mut key = Vec::new();
    for field in fields {
        let mut values = Vec::new();
        values_at(document, &field.name, &mut values);
        let mut values = values.into_iter().cloned();
        if field.kind.is_array() {
            let values: Vec<Value> = values.collect();
            if !values.is_empty() || document.get(&field.name).is_some() {
                key.push(Value::Array(values));
            }
        } else if let Some(value) = values.next() {
            key.push(value);
        }
    }
    key
}
