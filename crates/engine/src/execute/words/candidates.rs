//! The terms of the index that can stand for a word of the query.
//!
//! Candidates are looked up field by field, the best known words first, and kept for the state of
//! the index they were found in, because people type the same beginnings all day. Called for each
//! word of a query and each number of typos; knows nothing of scores.

use std::collections::HashMap;
use std::sync::Arc;

use moka::sync::Cache;
use tantivy::DocSet;
use tantivy::postings::SegmentPostings;
use tantivy::termdict::TermStreamer;
use tantivy_fst::Automaton;

use super::typo_automaton::TypoAutomaton;
use crate::error::EngineResult;
use crate::execute::Deadline;
use crate::index::layout::field_mark;
use crate::index::{Segment, Snapshot};
use crate::schema::{FieldNumber, FieldType, Schema};

/// Candidates that are kept of one look-up.
const MOST_KEPT: usize = 1_000;
/// Steps that a look-up takes which finds nothing, or is remembered.
const LOOK_UP: usize = 4;
/// What the cache may hold, in bytes, roughly.
const CACHE_SIZE: u64 = 16 << 20;

/// What is looked up.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Lookup {
    /// See [`Snapshot::generation`].
    generation: u64,
    field: FieldNumber,
    word: String,
    typos: u8,
    prefix: bool,
}

/// Words of one field, the best first.
pub(crate) type Candidates = Arc<[Box<str>]>;

/// Candidates that were found before, of one collection.
#[derive(Debug, Clone)]
pub(crate) struct CandidateCache {
    cache: Cache<Lookup, Candidates>,
    /// The number field whose greatest values decide which words are tried first; without one, the
    /// most frequent words are.
    rank_by: Option<(FieldNumber, FieldType)>,
}

impl CandidateCache {
    /// An empty cache; replaced when the schema changes.
    #[must_use]
    pub(crate) fn of(schema: &Schema) -> Self {
        let cache = Cache::builder()
            .weigher(|lookup: &Lookup, words: &Candidates| {
                let size = words.iter().map(|word| word.len() + 24).sum::<usize>();
                u32::try_from(size + lookup.word.len() + 200).unwrap_or(u32::MAX)
            })
            .max_capacity(CACHE_SIZE)
            .build();
        let rank_by = schema
            .field(&schema.default_sorting_field)
            .map(|field| (field.number, field.kind));
        Self { cache, rank_by }
    }

    /// The words of `field` with exactly `typos` in comparison with `word` (without typos: the word
    /// itself), or, with `prefix`, those whose beginning has that many. The word itself comes first;
    /// the others are ordered by the best document that holds them, or by how many do. When time
    /// runs out they are some of them, which are not kept.
    pub(crate) fn find(
        &self,
        snapshot: &Snapshot,
        field: FieldNumber,
        word: &str,
        typos: u8,
        prefix: bool,
        deadline: &Deadline,
    ) -> EngineResult<Candidates> {
        if deadline.spend(LOOK_UP) {
            return Ok(Arc::default());
        }
        let lookup = Lookup {
            generation: snapshot.generation(),
            field,
            word: word.to_owned(),
            typos,
            prefix,
        };
        if let Some(found) = self.cache.get(&lookup) {
            return Ok(found);
        }
        let found: Candidates = look_up(snapshot, &lookup, self.rank_by, deadline)?.into();
        if !deadline.was_missed() {
            self.cache.insert(lookup, Arc::clone(&found));
        }
        Ok(found)
    }
}

fn look_up(
    snapshot: &Snapshot,
    lookup: &Lookup,
    rank_by: Option<(FieldNumber, FieldType)>,
    deadline: &Deadline,
) -> EngineResult<Vec<Box<str>>> {
    let mut words: HashMap<Box<str>, i64> = HashMap::new();
    for segment in snapshot.segments() {
        if lookup.typos == 0 && !lookup.prefix {
            let frequency = segment.frequency(lookup.field, &lookup.word)?;
            if frequency > 0 {
                *words.entry(lookup.word.as_str().into()).or_default() += i64::from(frequency);
            }
            continue;
        }
        let ranking = Ranking::new(segment, rank_by)?;
        if lookup.typos == 0 {
            let first = format!("{}{}", field_mark(lookup.field), lookup.word);
            let mut behind = first.clone().into_bytes();
            // No term holds this byte, so everything that begins with the word is below.
            behind.push(0xFF);
            let stream = segment.vocabulary().range().ge(&first).lt(&behind);
            collect(stream.into_stream()?, &ranking, &mut words, deadline)?;
        } else {
            let automaton =
                TypoAutomaton::new(lookup.field, &lookup.word, lookup.typos, lookup.prefix)
                    .until(deadline);
            let stream = segment.vocabulary().search(automaton);
            collect(stream.into_stream()?, &ranking, &mut words, deadline)?;
        }
    }
    let mut ranked: Vec<(Box<str>, i64)> = words.into_iter().collect();
    let order = |(word, rank): &(Box<str>, i64), (other, other_rank): &(Box<str>, i64)| {
        let itself = |word: &str| word == lookup.word;
        let by_rank = itself(other).cmp(&itself(word)).then(other_rank.cmp(rank));
        // Between words of the same rank the alphabet decides, so that answers repeat.
        by_rank.then_with(|| word.cmp(other))
    };
    if ranked.len() > MOST_KEPT {
        ranked.select_nth_unstable_by(MOST_KEPT, order);
        ranked.truncate(MOST_KEPT);
    }
    ranked.sort_unstable_by(order);
    Ok(ranked.into_iter().map(|(word, _)| word).collect())
}

fn collect<A: Automaton>(
    mut stream: TermStreamer<'_, A>,
    ranking: &Ranking<'_>,
    words: &mut HashMap<Box<str>, i64>,
    deadline: &Deadline,
) -> EngineResult<()>
where
    A::State: Clone,
{
    while let Some((term, info)) = stream.next() {
        if deadline.step() {
            break;
        }
        let Some(word) = std::str::from_utf8(term).ok().and_then(|term| {
            let mut characters = term.chars();
            characters.next();
            Some(characters.as_str()).filter(|word| !word.starts_with('\u{1}'))
        }) else {
            continue;
        };
        match &ranking.values {
            None => {
                let frequency = i64::from(info.doc_freq);
                match words.get_mut(word) {
                    Some(rank) => *rank += frequency,
                    None => {
                        words.insert(word.into(), frequency);
                    }
                }
            }
            Some(values) => {
                let postings = ranking
                    .segment
                    .words()
                    .read_postings_from_terminfo(info, tantivy::schema::IndexRecordOption::Basic)?;
                let best = greatest(postings, values, deadline);
                match words.get_mut(word) {
                    Some(rank) => *rank = best.max(*rank),
                    None => {
                        words.insert(word.into(), best);
                    }
                }
            }
        }
    }
    Ok(())
}

/// What words of a segment are ranked by.
struct Ranking<'s> {
    segment: &'s Segment,
    /// `None`: by frequency.
    values: Option<Values>,
}

enum Values {
    Integers(tantivy::columnar::Column<i64>),
    Floats(tantivy::columnar::Column<f64>),
}

impl<'s> Ranking<'s> {
    fn new(segment: &'s Segment, by: Option<(FieldNumber, FieldType)>) -> EngineResult<Self> {
        let values = match by {
            Some((field, kind)) if kind.is_float() => segment
                .floats(crate::index::layout::Column::Floats(field))?
                .map(Values::Floats),
            Some((field, kind)) if kind.is_integer() || kind.is_bool() => {
                segment.integers(field)?.map(Values::Integers)
            }
            _ => None,
        };
        Ok(Self { segment, values })
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a rank needs no fractions")]
fn greatest(mut postings: SegmentPostings, values: &Values, deadline: &Deadline) -> i64 {
    let mut best = i64::MIN;
    let mut document = postings.doc();
    while document != tantivy::TERMINATED && !deadline.step() {
        let value = match values {
            Values::Integers(column) => column.first(document),
            Values::Floats(column) => column.first(document).map(|value| (value * 1e6) as i64),
        };
        best = best.max(value.unwrap_or(i64::MIN));
        document = postings.advance();
    }
    best
}
