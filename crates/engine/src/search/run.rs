//! One search: which documents are found, in what order, and which of them are answered.

use std::time::Instant;

use serde_json::{Map, Value, json};

use super::answer::{Hits, geo_distances};
use super::budget::Budget;
use super::facets::{self, Counted};
use super::group;
use super::highlight::Highlighter;
use super::project::{Projection, is_inside};
use super::sort::{BUCKETED, Best, Found, Keys, order};
use super::values::ValueCache;
use crate::language::filter::{self, Filter, TOO_MANY_OPERATORS};
use crate::language::parameters::{Parameters, beyond};
use crate::language::sort::{self, SortKey};
use crate::language::words::{WordField, WordSearch};
use crate::problem::{Answer, Problem};
use crate::query::{Bits, Deadline, Ground, Matches};
use crate::schema::{Field, FieldType, Schema};
use crate::settings::Settings;

/// See [`Search::words`].
pub type Finder<'a> = &'a dyn Fn(&WordSearch, &[Bits]) -> Answer<Matches>;

/// See [`Search::documents`].
pub type Reader<'a> = &'a dyn Fn(&[u64], &dyn Fn(&str) -> bool) -> Answer<Vec<Option<Value>>>;

/// Where one search looks.
#[derive(Clone, Copy)]
pub struct Search<'a> {
    /// The collection's fields.
    pub schema: &'a Schema,
    /// The state of its index, what filters need, and when to answer with what was found.
    pub ground: Ground<'a>,
    /// What was remembered of facet values.
    pub values: &'a ValueCache,
    /// Finds the documents that words ask for, among the allowed ones of each segment.
    pub words: Finder<'a>,
    /// The stored documents of these numbers, with the members whose names are wanted; `None` for
    /// one that is gone.
    pub documents: Reader<'a>,
    /// What a search may ask for.
    pub limits: &'a Settings,
    /// The bytes that its answer may have.
    pub budget: &'a Budget,
}

/// The answer of one search.
pub fn run(search: &Search<'_>, parameters: &Parameters) -> Answer<Value> {
    let started = Instant::now();
    let schema = search.schema;
    let deadline = search.ground.deadline;
    let fields = query_fields(parameters, schema)?;
    let filter = combined_filter(parameters, search)?;
    let keys = sort_keys(parameters, search)?;
    let group_fields = group::fields(&parameters.group_by, schema)?;

    let mut allowed = search.ground.documents(filter.as_ref())?;
    let pinned = pin_and_hide(search, parameters, &mut allowed)?;
    let words = word_search(parameters, &fields);
    let matches = (search.words)(&words, &allowed)?;
    let found: usize = matches.segments.iter().map(Vec::len).sum();
    // What was found can still be counted and shown.
    deadline.extend();

    let readers = readers(search, &keys)?;
    let wanted = parameters.offset.saturating_add(parameters.per_page);
    // Where there are no hits beyond the window, nothing is put in order there.
    let window = search.limits.result_window;
    if wanted > window && found > window {
        return Err(beyond(window));
    }
    let hits = Hits {
        parameters,
        scored: parameters.q.trim() != "*" || parameters.sort_by.contains("_text_match"),
        projection: Projection {
            include: &parameters.include_fields,
            exclude: &parameters.exclude_fields,
        },
        highlighter: Highlighter::new(&search.ground, parameters, schema),
        matches: &matches,
        deadline,
        budget: search.budget,
        distances: geo_distances(&search.ground, &keys)?,
    };
    let mut answer = Map::new();
    let groups = (!group_fields.is_empty())
        .then(|| {
            let (ground, values) = (&search.ground, search.values);
            group::of_hits(&matches.segments, &group_fields, ground, values)
        })
        .transpose()?;
    let counted = Counted {
        ground: search.ground,
        cache: search.values,
        hits: &matches.segments,
        groups: groups.as_deref(),
    };
    let facet_counts = facets::count(&counted, parameters, schema, search.budget)?;
    answer.insert("facet_counts".to_owned(), Value::Array(facet_counts));
    deadline.extend();
    if let Some(groups) = &groups {
        let ordered = all_ordered(&matches, groups, &keys, &readers, deadline)?;
        let groups = group::gather(ordered, parameters.group_limit, deadline);
        answer.insert("found".to_owned(), json!(groups.len()));
        let groups = grouped(search, groups, &hits, &group_fields)?;
        answer.insert("grouped_hits".to_owned(), groups);
    } else {
        answer.insert("found".to_owned(), json!(found + pinned.len()));
        let best = best(&matches, wanted, &keys, &readers, deadline)?;
        let page = page(best, pinned, parameters);
        answer.insert("hits".to_owned(), listed(search, page, &hits)?);
    }
    answer.insert(
        "out_of".to_owned(),
        json!(search.ground.snapshot.documents()),
    );
    answer.insert("page".to_owned(), json!(parameters.page));
    answer.insert(
        "request_params".to_owned(),
        json!({
            "collection_name": schema.name,
            "per_page": parameters.per_page,
            "q": parameters.q,
        }),
    );
    answer.insert("search_cutoff".to_owned(), json!(deadline.was_missed()));
    let elapsed = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    answer.insert("search_time_ms".to_owned(), json!(elapsed));
    Ok(Value::Object(answer))
}

fn grouped(
    search: &Search<'_>,
    groups: Vec<Vec<Found>>,
    hits: &Hits<'_>,
    fields: &[&Field],
) -> Answer<Value> {
    let page: Vec<Vec<Found>> = groups
        .into_iter()
        .skip(hits.parameters.offset)
        .take(hits.parameters.per_page)
        .collect();
    let seqs: Vec<u64> = page.iter().flatten().map(|found| found.seq).collect();
    let names_group = |name: &str| {
        let mut fields = fields.iter();
        fields.any(|field| field.name == name || is_inside(&field.name, name))
    };
    let wanted = |name: &str| names_group(name) || hits.wants(name);
    let mut documents = (search.documents)(&seqs, &wanted)?.into_iter();
    let mut answered = Vec::new();
    for members in page {
        let mut key = Vec::new();
        let mut group = Vec::new();
        for found in members {
            if let Some(document) = documents.next().flatten().filter(|_| hits.in_time()) {
                if key.is_empty() {
                    key = group::key(&document, fields);
                }
                group.push(hits.one(&found, document)?);
            }
        }
        if !group.is_empty() {
            answered.push(json!({"group_key": key, "hits": group}));
        }
    }
    Ok(Value::Array(answered))
}

fn listed(search: &Search<'_>, page: Vec<Placed>, hits: &Hits<'_>) -> Answer<Value> {
    let seqs: Vec<u64> = page.iter().map(Placed::seq).collect();
    let documents = (search.documents)(&seqs, &|name| hits.wants(name))?;
    let mut answered = Vec::with_capacity(page.len());
    for (placed, document) in page.into_iter().zip(documents) {
        let Some(document) = document.filter(|_| hits.in_time()) else {
            continue;
        };
        answered.push(match placed {
            Placed::Found(found) => hits.one(&found, document)?,
            Placed::Pinned(_) => hits.pinned(document),
        });
    }
    Ok(Value::Array(answered))
}

/// The pinned documents with their places; they and the hidden ones are not found any more.
fn pin_and_hide(
    search: &Search<'_>,
    parameters: &Parameters,
    allowed: &mut [Bits],
) -> Answer<Vec<(u64, usize)>> {
    let deadline = search.ground.deadline;
    for id in &parameters.hidden_hits {
        // What could not be hidden in time may not be shown.
        if deadline.is_over() {
            for bits in allowed.iter_mut() {
                *bits = Bits::none(bits.length());
            }
            break;
        }
        take(search, id, allowed)?;
    }
    let mut pinned: Vec<(u64, usize)> = Vec::new();
    for (id, place) in &parameters.pinned_hits {
        if deadline.is_over() {
            break;
        }
        let Some(seq) = (search.ground.ids)(id)? else {
            continue;
        };
        let known = pinned.iter().any(|(known, _)| *known == seq);
        let passes = take(search, id, allowed)? || !parameters.filter_pinned;
        if !known && passes && !parameters.hidden_hits.contains(id) {
            pinned.push((seq, *place));
        }
    }
    Ok(pinned)
}

/// A document of a page.
enum Placed {
    Found(Found),
    Pinned(u64),
}

impl Placed {
    fn seq(&self) -> u64 {
        match self {
            Self::Found(found) => found.seq,
            Self::Pinned(seq) => *seq,
        }
    }
}

/// Puts pinned documents at their places and cuts the page out.
fn page(best: Vec<Found>, mut pinned: Vec<(u64, usize)>, parameters: &Parameters) -> Vec<Placed> {
    pinned.sort_by_key(|(_, place)| *place);
    let mut pinned = pinned.into_iter().peekable();
    let mut placed: Vec<Placed> = Vec::with_capacity(best.len());
    for found in best {
        while let Some((seq, _)) = pinned.next_if(|(_, place)| *place <= placed.len() + 1) {
            placed.push(Placed::Pinned(seq));
        }
        placed.push(Placed::Found(found));
    }
    placed.extend(pinned.map(|(seq, _)| Placed::Pinned(seq)));
    placed
        .into_iter()
        .skip(parameters.offset)
        .take(parameters.per_page)
        .collect()
}

/// Takes a document out of what may be found; says whether it was there.
fn take(search: &Search<'_>, id: &str, allowed: &mut [Bits]) -> Answer<bool> {
    let mut was_there = false;
    let Some(seq) = (search.ground.ids)(id)? else {
        return Ok(was_there);
    };
    for (segment, bits) in search.ground.snapshot.segments().iter().zip(allowed) {
        if let Some(doc) = segment.document(seq)? {
            was_there |= bits.contains(doc);
            bits.remove(doc);
        }
    }
    Ok(was_there)
}

fn readers<'a>(search: &Search<'a>, keys: &'a [SortKey]) -> Answer<Vec<Keys<'a>>> {
    let places = 0..search.ground.snapshot.segments().len();
    let readers = places.filter_map(|place| Keys::new(keys, &search.ground, place).transpose());
    readers.collect()
}

fn best(
    matches: &Matches,
    wanted: usize,
    keys: &[SortKey],
    readers: &[Keys<'_>],
    deadline: &Deadline,
) -> Answer<Vec<Found>> {
    let bucketed = keys
        .iter()
        .any(|key| matches!(key.by, sort::SortBy::TextMatch { buckets } if buckets > 1));
    let wanted = if bucketed {
        wanted.max(BUCKETED)
    } else {
        wanted
    };
    let mut found = Vec::new();
    for (hits, reader) in matches.segments.iter().zip(readers) {
        let mut best = Best::new(wanted);
        for hit in hits.iter().take_while(|_| !deadline.step()) {
            best.offer(reader.found(*hit, deadline));
        }
        found.extend(best.take());
    }
    order(&mut found, keys, readers, deadline)?;
    found.truncate(wanted);
    Ok(found)
}

/// Every document with its group, in order.
fn all_ordered(
    matches: &Matches,
    groups: &[Vec<u128>],
    keys: &[SortKey],
    readers: &[Keys<'_>],
    deadline: &Deadline,
) -> Answer<Vec<(u128, Found)>> {
    let mut found = Vec::new();
    for (hits, reader) in matches.segments.iter().zip(readers) {
        let in_time = hits.iter().take_while(|_| !deadline.step());
        found.extend(in_time.map(|hit| reader.found(*hit, deadline)));
    }
    order(&mut found, keys, readers, deadline)?;
    let found = found.into_iter().take_while(|_| !deadline.step());
    let with_group = found.filter_map(|found| {
        let hits = matches.segments.get(found.segment)?;
        let at = hits
            .binary_search_by_key(&found.hit.doc, |hit| hit.doc)
            .ok()?;
        let group = groups.get(found.segment)?.get(at)?;
        Some((*group, found))
    });
    Ok(with_group.collect())
}

fn combined_filter(parameters: &Parameters, search: &Search<'_>) -> Answer<Option<Filter>> {
    // Each filter more is one more `&&`.
    if parameters.filter_by.len() > search.limits.filter_operators {
        return Err(Problem::bad_request(TOO_MANY_OPERATORS));
    }
    let mut combined: Option<Filter> = None;
    for text in &parameters.filter_by {
        if let Some(filter) = filter::parse(text, search.schema, search.limits)? {
            combined = Some(filter.and(combined));
        }
    }
    Ok(combined)
}

fn sort_keys(parameters: &Parameters, search: &Search<'_>) -> Answer<Vec<SortKey>> {
    let mut keys = sort::parse(&parameters.sort_by, search.schema, search.limits)?;
    if keys.is_empty() {
        keys = sort::default(search.schema, search.limits)?;
    }
    sort::complete(&mut keys);
    Ok(keys)
}

/// The text fields that `query_by` names, with the place of their name: an object stands for all
/// texts in it.
fn query_fields<'a>(
    parameters: &Parameters,
    schema: &'a Schema,
) -> Answer<Vec<(usize, &'a Field)>> {
    if parameters.query_by.is_empty() && parameters.q.trim() != "*" {
        return Err(Problem::bad_request(
            "No search fields specified for the query.",
        ));
    }
    let mut fields = Vec::new();
    for (at, name) in parameters.query_by.iter().enumerate() {
        if name == "id" {
            return Err(Problem::bad_request("Cannot use `id` as a query by field."));
        }
        let inside = || {
            let texts = schema.fields.iter();
            texts
                .filter(|field| field.index && field.kind.is_text() && is_inside(&field.name, name))
        };
        // An object inside of one that is declared need not be declared itself.
        if schema.enable_nested_fields && schema.field(name).is_none() && inside().next().is_some()
        {
            fields.extend(inside().map(|field| (at, field)));
            continue;
        }
        let field = schema.field(name).ok_or_else(|| {
            Problem::not_found(format!(
                "Could not find a field named `{name}` in the schema."
            ))
        })?;
        if !field.index {
            return Err(Problem::bad_request(format!(
                "Field `{name}` is marked as a non-indexed field in the schema."
            )));
        }
        if matches!(field.kind, FieldType::Object | FieldType::Objects) {
            fields.extend(inside().map(|field| (at, field)));
        } else if field.kind.is_text() {
            fields.push((at, field));
        } else {
            return Err(Problem::bad_request(format!(
                "Field `{name}` should be a string or a string array."
            )));
        }
    }
    Ok(fields)
}

fn word_search(parameters: &Parameters, fields: &[(usize, &Field)]) -> WordSearch {
    let fields = fields.iter().map(|(at, field)| WordField {
        number: field.number,
        weight: parameters.weights.get(*at).copied().unwrap_or_default(),
        prefix: parameters.prefix.get(*at).copied().unwrap_or(true),
        typos: parameters.num_typos.get(*at).copied().unwrap_or(2),
        // A field has to be made for it.
        infix: match parameters.infix.get(*at) {
            Some(infix) if field.infix => *infix,
            _ => crate::language::words::Infix::Off,
        },
    });
    WordSearch {
        text: parameters.q.clone(),
        fields: fields.collect(),
        matching: parameters.matching,
    }
}
