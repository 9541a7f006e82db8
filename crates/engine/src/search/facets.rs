//! How often each value of a field occurs among the documents that were found.
//!
//! Only equal texts are one value. More frequent values come first, equally frequent ones in
//! alphabetical or numerical order.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use serde_json::{Map, Value, json};

use super::budget::Budget;
use super::highlight::Marker;
use super::values::{TextValues, ValueCache};
use crate::index::layout::Column;
use crate::language::parameters::Parameters;
use crate::problem::{Answer, Problem};
use crate::query::{Ground, Hit};
use crate::schema::{Field, Schema};

/// The documents whose values are counted.
pub(super) struct Counted<'a> {
    pub(super) ground: Ground<'a>,
    pub(super) cache: &'a ValueCache,
    /// For each segment.
    pub(super) hits: &'a [Vec<Hit>],
    /// The group of each hit: then groups are counted.
    pub(super) groups: Option<&'a [Vec<u128>]>,
}

/// Bytes of what stands around a value in an answer.
const VALUE: usize = 1_000;

/// `facet_counts`
pub(super) fn count(
    counted: &Counted<'_>,
    parameters: &Parameters,
    schema: &Schema,
    budget: &Budget,
) -> Answer<Vec<Value>> {
    let names = parameters.facet_by.iter();
    names
        .map(|name| {
            let field = schema.field(name).filter(|field| field.facet);
            let field = field.ok_or_else(|| {
                Problem::not_found(format!(
                    "Could not find a facet field named `{name}` in the schema."
                ))
            })?;
            one(counted, parameters, field, budget)
        })
        .collect()
}

fn one(
    counted: &Counted<'_>,
    parameters: &Parameters,
    field: &Field,
    budget: &Budget,
) -> Answer<Value> {
    let mut stats = Map::new();
    let mut values = if field.kind.is_text() {
        counted.texts(field)?
    } else {
        counted.numbers(field, &mut stats)?
    };
    let query = parameters.facet_query.as_ref();
    let query = query.filter(|(name, text)| *name == field.name && !text.is_empty());
    let tokenizer = counted.ground.tokenizers.field(field.number);
    let marker = query.map(|(_, text)| Marker::of_query(text, tokenizer));
    if let Some(marker) = &marker {
        let mut kept = Vec::new();
        for typos in 0..=parameters.facet_query_num_typos {
            for value in &values {
                if counted.ground.deadline.is_over() {
                    break;
                }
                if marker.finds(&value.text(counted)?, &counted.ground, typos) {
                    kept.push(value.clone());
                }
            }
            if !kept.is_empty() {
                break;
            }
        }
        values = kept;
    }
    stats.insert("total_values".to_owned(), json!(values.len()));
    let most = parameters.max_facet_values;
    let mut counts = Vec::new();
    for (value, text) in first(values, most, counted)? {
        if counted.ground.deadline.spend(text.len()) {
            break;
        }
        let highlighted = match &marker {
            Some(marker) => marker.mark(&text, &counted.ground, &parameters.highlight),
            None => text.clone(),
        };
        budget.take(VALUE + text.len() + highlighted.len())?;
        counts.push(json!({"count": value.count, "highlighted": highlighted, "value": text}));
    }
    Ok(json!({
        "counts": counts,
        "field_name": field.name,
        "sampled": false,
        "stats": stats,
    }))
}

#[derive(Debug, Clone)]
struct Counts {
    count: u64,
    source: Source,
}

#[derive(Clone)]
enum Source {
    /// A text of a segment's dictionary; the segment's place decides ties before texts are read.
    Text(usize, Rc<TextValues>, u64),
    /// A number, and its place in the order of numbers.
    Number(Number, u64),
}

/// What is made a text only for the values that are shown.
#[derive(Clone, Copy)]
enum Number {
    Bool(bool),
    Decimal(f64),
    Whole(i64),
}

impl std::fmt::Display for Number {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bool(truth) => write!(formatter, "{truth}"),
            Self::Decimal(number) => formatter.write_str(&short(*number)),
            Self::Whole(number) => write!(formatter, "{number}"),
        }
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Source")
    }
}

impl Counts {
    fn text(&self, _: &Counted<'_>) -> Answer<String> {
        match &self.source {
            Source::Text(_, values, ordinal) => values.text(*ordinal),
            Source::Number(number, _) => Ok(number.to_string()),
        }
    }

    /// Segment, then order inside it.
    fn place(&self) -> (usize, u64) {
        match &self.source {
            Source::Text(segment, _, ordinal) => (*segment, *ordinal),
            Source::Number(_, order) => (0, *order),
        }
    }
}

/// The `most` frequent values with their texts. Of equally frequent ones only as many as can be
/// answered are read from each segment.
fn first(
    mut values: Vec<Counts>,
    most: usize,
    counted: &Counted<'_>,
) -> Answer<Vec<(Counts, String)>> {
    let Some(last) = most.checked_sub(1) else {
        return Ok(Vec::new());
    };
    if values.len() > most {
        let (_, rarest, _) = values.select_nth_unstable_by_key(last, |value| Reverse(value.count));
        let threshold = rarest.count;
        let mut ties: BTreeMap<usize, Vec<Counts>> = BTreeMap::new();
        let mut above = Vec::new();
        for value in values {
            match value.count.cmp(&threshold) {
                Ordering::Greater => above.push(value),
                Ordering::Equal => ties.entry(value.place().0).or_default().push(value),
                Ordering::Less => {}
            }
        }
        for mut ties in ties.into_values() {
            if ties.len() > most {
                ties.select_nth_unstable_by_key(last, Counts::place);
                ties.truncate(most);
            }
            above.append(&mut ties);
        }
        values = above;
    }
    let mut read = Vec::with_capacity(values.len());
    for value in values {
        if counted.ground.deadline.is_over() {
            break;
        }
        let text = value.text(counted)?;
        read.push((value, text));
    }
    read.sort_by(|(left, left_text), (right, right_text)| {
        let by_count = right.count.cmp(&left.count);
        by_count.then_with(|| match (&left.source, &right.source) {
            (Source::Number(_, left), Source::Number(_, right)) => left.cmp(right),
            _ => left_text.cmp(right_text),
        })
    });
    read.truncate(most);
    Ok(read)
}

impl Counted<'_> {
    fn texts(&self, field: &Field) -> Answer<Vec<Counts>> {
        let mut merged: HashMap<u128, Counts> = HashMap::new();
        let mut seen: HashSet<(u128, u128)> = HashSet::new();
        let segments = self.ground.snapshot.segments().iter().zip(self.hits);
        for (place, (segment, hits)) in segments.enumerate() {
            let values = self.cache.texts(segment, field.number, &self.ground)?;
            let Some(values) = values.filter(|_| !hits.is_empty()).map(Rc::new) else {
                continue;
            };
            let groups = self.groups.and_then(|groups| groups.get(place));
            // How often, if at all: a group may have been counted in another segment.
            let mut counts = vec![None; values.column.num_terms()];
            let in_time = hits.iter().take_while(|_| !self.ground.deadline.step());
            for (at, hit) in in_time.enumerate() {
                let ordinals = values.column.term_ords(hit.doc);
                for ordinal in ordinals.take_while(|_| !self.ground.deadline.step()) {
                    let ordinal = usize::try_from(ordinal).unwrap_or(usize::MAX);
                    let Some(count) = counts.get_mut(ordinal) else {
                        continue;
                    };
                    let group = groups.and_then(|groups| groups.get(at));
                    let hash = values.hashes.get(ordinal).copied().unwrap_or_default();
                    let is_new = group.is_none_or(|group| seen.insert((*group, hash)));
                    *count.get_or_insert(0) += u64::from(is_new);
                }
            }
            for (count, (ordinal, hash)) in
                counts.into_iter().zip((0_u64..).zip(values.hashes.iter()))
            {
                if self.ground.deadline.step() {
                    break;
                }
                if let Some(count) = count {
                    let known = merged.entry(*hash).or_insert_with(|| Counts {
                        count: 0,
                        source: Source::Text(place, Rc::clone(&values), ordinal),
                    });
                    known.count += count;
                }
            }
        }
        Ok(merged.into_values().collect())
    }

    fn numbers(&self, field: &Field, stats: &mut Map<String, Value>) -> Answer<Vec<Counts>> {
        let mut counts: HashMap<u64, (u64, f64, i64)> = HashMap::new();
        let mut seen: HashSet<(u128, u64)> = HashSet::new();
        let (mut sum, mut total) = (0.0, 0_u64);
        let (mut least, mut greatest) = (f64::INFINITY, f64::NEG_INFINITY);
        let segments = self.ground.snapshot.segments().iter().zip(self.hits);
        for (place, (segment, hits)) in segments.enumerate() {
            let groups = self.groups.and_then(|groups| groups.get(place));
            let integers = segment.integers(field.number)?;
            let floats = segment.floats(Column::Floats(field.number))?;
            let in_time = || !self.ground.deadline.step();
            for (at, hit) in hits.iter().take_while(|_| in_time()).enumerate() {
                let mut add = |number: f64, whole: i64, key: u64| {
                    sum += number;
                    total += 1;
                    least = least.min(number);
                    greatest = greatest.max(number);
                    let group = groups.and_then(|groups| groups.get(at));
                    let counted = group.is_none_or(|group| seen.insert((*group, key)));
                    counts.entry(key).or_insert((0, number, whole)).0 += u64::from(counted);
                };
                if let Some(column) = &integers {
                    for value in column.values_for_doc(hit.doc).take_while(|_| in_time()) {
                        add(value as f64, value, value.cast_unsigned() ^ (1 << 63));
                    }
                }
                if let Some(column) = &floats {
                    for value in column.values_for_doc(hit.doc).take_while(|_| in_time()) {
                        add(value, 0, super::sort::float_order(value));
                    }
                }
            }
        }
        if total > 0 && !field.kind.is_bool() {
            stats.insert("avg".to_owned(), json!(sum / total as f64));
            stats.insert("max".to_owned(), json!(greatest));
            stats.insert("min".to_owned(), json!(least));
            stats.insert("sum".to_owned(), json!(sum));
        }
        let values = counts.into_iter().map(|(order, (count, number, whole))| {
            let number = if field.kind.is_bool() {
                Number::Bool(whole == 1)
            } else if field.kind.is_float() {
                Number::Decimal(number)
            } else {
                Number::Whole(whole)
            };
            Counts {
                count,
                source: Source::Number(number, order),
            }
        });
        Ok(values.collect())
    }
}

/// A decimal number in six digits, as C's `%g` writes it.
fn short(number: f64) -> String {
    if number == 0.0 || !number.is_finite() {
        return if number == 0.0 {
            "0".to_owned()
        } else {
            number.to_string()
        };
    }
    let scientific = format!("{number:.5e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        let decimals = usize::try_from(5 - exponent).unwrap_or(0);
        return trimmed(&format!("{number:.decimals$}")).to_owned();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", trimmed(digits), exponent.abs())
}

fn trimmed(digits: &str) -> &str {
    if digits.contains('.') {
        digits.trim_end_matches('0').trim_end_matches('.')
    } else {
        digits
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn decimal_numbers_have_six_digits() {
        for (number, text) in [
            (0.0, "0"),
            (9.5, "9.5"),
            (8.0, "8"),
            (f64::from(67.8_f32), "67.8"),
            (1.0 / 3.0, "0.333333"),
            (123_456.789, "123457"),
            (0.000_012_345, "1.2345e-05"),
            (1e10, "1e+10"),
            (-2.25, "-2.25"),
            (100.0, "100"),
        ] {
            assert_eq!(super::short(number), text);
        }
    }
}
