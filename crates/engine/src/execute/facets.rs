//! How often each value of a field occurs among the documents that were found.
//!
//! Only equal texts are one value. More frequent values come first, equally frequent ones in
//! alphabetical or numerical order.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use super::deadline::Deadline;
use super::facet_query::FacetQuery;
use super::filter_evaluation::SearchContext;
use super::matches::Hit;
use super::number_text::six_digits;
use super::ordering::float_order;
use super::value_hashes::{TextValues, ValueCache};
use crate::error::EngineResult;
use crate::index::layout::Column;
use crate::memory::AnswerBudget;
use crate::plan::{FacetPlan, PlannedField, SearchPlan};

/// The documents whose values are counted.
pub(super) struct FacetCounter<'a> {
    pub(super) context: SearchContext<'a>,
    pub(super) cache: &'a ValueCache,
    /// For each segment.
    pub(super) hits: &'a [Vec<Hit>],
    /// The group of each hit: then groups are counted.
    pub(super) groups: Option<&'a [Vec<u128>]>,
}

/// The values of one field.
#[derive(Debug)]
pub(crate) struct FacetCounts {
    /// Those that are answered, each with how often it occurs.
    pub(crate) values: Vec<(String, u64)>,
    /// How many values there are.
    pub(crate) total_values: usize,
    /// Of all numbers that were counted.
    pub(crate) stats: Option<NumberStats>,
}

/// What is said of numbers in addition to their counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NumberStats {
    pub(crate) average: f64,
    pub(crate) max: f64,
    pub(crate) min: f64,
    pub(crate) sum: f64,
}

/// Values whose texts are read before the time is looked at.
const READ_AT_ONCE: usize = 1_000;
/// Bytes of what stands around a value in an answer.
const VALUE: usize = 1_000;

#[derive(Debug, Clone)]
struct ValueCount {
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
            Self::Decimal(number) => formatter.write_str(&six_digits(*number)),
            Self::Whole(number) => write!(formatter, "{number}"),
        }
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Source")
    }
}

impl ValueCount {
    /// A number as text; nothing for a text.
    fn number_text(&self) -> String {
        match &self.source {
            Source::Text(..) => String::new(),
            Source::Number(number, _) => number.to_string(),
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
fn select_most_frequent(
    mut values: Vec<ValueCount>,
    most: usize,
    deadline: &Deadline,
) -> EngineResult<Vec<(ValueCount, String)>> {
    let Some(last) = most.checked_sub(1) else {
        return Ok(Vec::new());
    };
    if values.len() > most {
        let (_, rarest, _) = values.select_nth_unstable_by_key(last, |value| Reverse(value.count));
        let threshold = rarest.count;
        let mut ties: BTreeMap<usize, Vec<ValueCount>> = BTreeMap::new();
        let mut above = Vec::new();
        for value in values {
            match value.count.cmp(&threshold) {
                Ordering::Greater => above.push(value),
                Ordering::Equal => ties.entry(value.place().0).or_default().push(value),
                Ordering::Less => {}
            }
        }
        for mut tied in ties.into_values() {
            if tied.len() > most {
                tied.select_nth_unstable_by_key(last, ValueCount::place);
                tied.truncate(most);
            }
            above.append(&mut tied);
        }
        values = above;
    }
    let mut with_texts = Vec::with_capacity(values.len());
    read_texts(&mut values, deadline, |value, text| {
        with_texts.push((value.clone(), text));
    })?;
    with_texts.sort_by(|(left, left_text), (right, right_text)| {
        let by_count = right.count.cmp(&left.count);
        by_count.then_with(|| match (&left.source, &right.source) {
            (Source::Number(_, left), Source::Number(_, right)) => left.cmp(right),
            _ => left_text.cmp(right_text),
        })
    });
    with_texts.truncate(most);
    Ok(with_texts)
}

/// Reads the text of each value, segment by segment and in the order of its dictionary. Ends early
/// when time is up.
fn read_texts(
    values: &mut [ValueCount],
    deadline: &Deadline,
    mut visit: impl FnMut(&ValueCount, String),
) -> EngineResult<()> {
    values.sort_unstable_by_key(ValueCount::place);
    for segment in values.chunk_by(|left, right| left.place().0 == right.place().0) {
        for batch in segment.chunks(READ_AT_ONCE) {
            if deadline.is_over() {
                return Ok(());
            }
            let texts = match &batch[0].source {
                Source::Number(..) => batch.iter().map(ValueCount::number_text).collect(),
                Source::Text(_, column, _) => {
                    let ordinals: Vec<u64> = batch.iter().map(|value| value.place().1).collect();
                    column.texts(&ordinals)?
                }
            };
            for (value, text) in batch.iter().zip(texts) {
                visit(value, text);
            }
        }
    }
    Ok(())
}

impl FacetCounter<'_> {
    /// Counts the values of one field.
    pub(super) fn count(
        &self,
        facet: &FacetPlan,
        plan: &SearchPlan,
        budget: &AnswerBudget,
    ) -> EngineResult<FacetCounts> {
        let deadline = self.context.deadline;
        let mut stats = None;
        let mut counted = if facet.field.kind.is_text() {
            self.count_texts(&facet.field)?
        } else {
            self.count_numbers(&facet.field, &mut stats)?
        };
        if let Some(text) = &facet.query {
            let tokenizer = self.context.tokenizers.field(facet.field.number);
            let query = FacetQuery::new(text, tokenizer);
            counted = self.matching(counted, &query, plan.facet_query_typos)?;
        }
        let total_values = counted.len();
        let mut values = Vec::new();
        for (value, text) in select_most_frequent(counted, plan.max_facet_values, deadline)? {
            if deadline.spend(text.len()) {
                break;
            }
            budget.take(VALUE + text.len())?;
            values.push((text, value.count));
        }
        Ok(FacetCounts {
            values,
            total_values,
            stats,
        })
    }

    /// The values that a facet query finds, with as few typos as find any.
    fn matching(
        &self,
        mut values: Vec<ValueCount>,
        query: &FacetQuery<'_>,
        most_typos: u8,
    ) -> EngineResult<Vec<ValueCount>> {
        let deadline = self.context.deadline;
        let mut kept = Vec::new();
        for typos in 0..=most_typos {
            read_texts(&mut values, deadline, |value, text| {
                if !deadline.is_over() && query.finds(&text, deadline, typos) {
                    kept.push(value.clone());
                }
            })?;
            if !kept.is_empty() {
                break;
            }
        }
        Ok(kept)
    }

    fn count_texts(&self, field: &PlannedField) -> EngineResult<Vec<ValueCount>> {
        let mut merged: HashMap<u128, ValueCount> = HashMap::new();
        let mut seen: HashSet<(u128, u128)> = HashSet::new();
        let segments = self.context.snapshot.segments().iter().zip(self.hits);
        for (place, (segment, hits)) in segments.enumerate() {
            let values = self.cache.texts(segment, field.number, &self.context)?;
            let Some(values) = values.filter(|_| !hits.is_empty()).map(Rc::new) else {
                continue;
            };
            let groups = self.groups.and_then(|groups| groups.get(place));
            // How often, if at all: a group may have been counted in another segment.
            let mut counts = vec![None; values.column.num_terms()];
            let in_time = hits.iter().take_while(|_| !self.context.deadline.step());
            for (at, hit) in in_time.enumerate() {
                let ordinals = values.column.term_ords(hit.doc);
                for ordinal in ordinals.take_while(|_| !self.context.deadline.step()) {
                    let ordinal = usize::try_from(ordinal).unwrap_or(usize::MAX);
                    let Some(count) = counts.get_mut(ordinal) else {
                        continue;
                    };
                    let group = groups.and_then(|groups| groups.get(at));
                    let hash = values.hashes().get(ordinal).copied().unwrap_or_default();
                    let is_new = group.is_none_or(|group| seen.insert((*group, hash)));
                    *count.get_or_insert(0) += u64::from(is_new);
                }
            }
            let hashed = (0_u64..).zip(values.hashes());
            for (count, (ordinal, hash)) in counts.into_iter().zip(hashed) {
                if self.context.deadline.step() {
                    break;
                }
                if let Some(count) = count {
                    let known = merged.entry(*hash).or_insert_with(|| ValueCount {
                        count: 0,
                        source: Source::Text(place, Rc::clone(&values), ordinal),
                    });
                    known.count += count;
                }
            }
        }
        Ok(merged.into_values().collect())
    }

    fn count_numbers(
        &self,
        field: &PlannedField,
        stats: &mut Option<NumberStats>,
    ) -> EngineResult<Vec<ValueCount>> {
        let mut counts: HashMap<u64, (u64, f64, i64)> = HashMap::new();
        let mut seen: HashSet<(u128, u64)> = HashSet::new();
        let (mut sum, mut total) = (0.0, 0_u64);
        let (mut least, mut greatest) = (f64::INFINITY, f64::NEG_INFINITY);
        let segments = self.context.snapshot.segments().iter().zip(self.hits);
        for (place, (segment, hits)) in segments.enumerate() {
            let groups = self.groups.and_then(|groups| groups.get(place));
            let integers = segment.integers(field.number)?;
            let floats = segment.floats(Column::Floats(field.number))?;
            let in_time = || !self.context.deadline.step();
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
                        add(value, 0, float_order(value));
                    }
                }
            }
        }
        if total > 0 && !field.kind.is_bool() {
            *stats = Some(NumberStats {
                average: sum / total as f64,
                max: greatest,
                min: least,
                sum,
            });
        }
        let values = counts.into_iter().map(|(order, (count, number, whole))| {
            let number = if field.kind.is_bool() {
                Number::Bool(whole == 1)
            } else if field.kind.is_float() {
                Number::Decimal(number)
            } else {
                Number::Whole(whole)
            };
            ValueCount {
                count,
                source: Source::Number(number, order),
            }
        });
        Ok(values.collect())
    }
}
