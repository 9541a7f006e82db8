//! What of two answers to one search has to be the same, and where they differ first.
//!
//! Left out are times, additions of later versions, and what 0.24.1 is known to get wrong:
//!
//! - equally frequent values of a facet are in no evident order, and so is which of them are left
//!   out where there are too many;
//! - the greatest of numbers that are all below zero is said to be just below zero;
//! - with three keys to sort by, hits have a `text_match` only if it is one of them.

use serde_json::{Value, json};

/// The most hits of a page.
const ALL: u64 = 250;

/// The search as it is sent to a side; 0.24.1 does not know `offset` and `limit` yet.
pub(crate) fn sent(search: &Value, collection: &str, is_server: bool) -> Value {
    let mut search = search.clone();
    search["collection"] = collection.into();
    let has_place = search.get("offset").is_some();
    let has_page = has_place || search.get("per_page").is_some();
    if !has_page || (has_place && is_server) {
        search["per_page"] = ALL.into();
    }
    search
}

/// What is compared of an answer.
pub(crate) fn compared(answer: &Value, search: &Value, is_server: bool) -> Value {
    if answer.get("found").is_none() {
        return answer.clone();
    }
    let marked = search.get("highlight_affix_num_tokens").is_some();
    let sort_by = search["sort_by"].as_str().unwrap_or_default();
    let scored = sort_by.split(',').count() < 3 || sort_by.contains("_text_match");
    let hits = |hits: &Value| -> Vec<Value> {
        let hits = hits.as_array().into_iter().flatten();
        hits.map(|hit| one(hit, scored, marked)).collect()
    };
    let mut listed = hits(&answer["hits"]);
    if let (true, Some(offset), Some(limit)) = (
        is_server,
        search["offset"].as_u64(),
        search["limit"].as_u64(),
    ) {
        let part = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        listed = listed
            .into_iter()
            .skip(part(offset))
            .take(part(limit))
            .collect();
    }
    let groups = answer["grouped_hits"].as_array().into_iter().flatten();
    let groups =
        groups.map(|group| json!({"group_key": group["group_key"], "hits": hits(&group["hits"])}));
    let facets = answer["facet_counts"].as_array().into_iter().flatten();
    json!({
        "found": answer["found"],
        "out_of": answer["out_of"],
        "hits": listed,
        "groups": groups.collect::<Vec<_>>(),
        "facets": facets.map(facet).collect::<Vec<_>>(),
    })
}

/// What is marked in a text is looked at where a search says how it is to be done.
fn one(hit: &Value, scored: bool, marked: bool) -> Value {
    let mut one = json!({"id": hit["document"]["id"]});
    if scored {
        one["text_match"] = hit["text_match"].clone();
        one["text_match_info"] = hit["text_match_info"].clone();
    }
    if marked {
        one["highlight"] = hit["highlight"].clone();
        one["highlights"] = hit["highlights"].clone();
    }
    one
}

/// Values more frequent than the last in order of their texts, of the last ones only the counts.
fn facet(facet: &Value) -> Value {
    let empty = Vec::new();
    let counts = facet["counts"].as_array().unwrap_or(&empty);
    let last = counts.last().map_or(&Value::Null, |last| &last["count"]);
    let mut known: Vec<String> = counts
        .iter()
        .filter(|value| value["count"] != *last)
        .map(Value::to_string)
        .collect();
    known.sort();
    let numbers: Vec<&Value> = counts.iter().map(|value| &value["count"]).collect();
    let mut stats = facet["stats"].clone();
    if stats["max"].as_f64().is_some_and(|max| max < 0.0) {
        stats["max"] = Value::Null;
    }
    json!({
        "field_name": facet["field_name"],
        "counts": numbers,
        "values": known,
        "stats": stats,
    })
}

/// The place where two values differ first, and how; `None` if they are the same.
pub(crate) fn difference(server: &Value, engine: &Value) -> Option<String> {
    match (server, engine) {
        (Value::Object(one), Value::Object(other)) => {
            let names = one.keys().chain(other.keys());
            let mut names = names.map(|name| (name, &server[name], &engine[name]));
            names.find_map(|(name, one, other)| {
                difference(one, other).map(|found| format!("{name} {found}"))
            })
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            let pairs = one.iter().zip(other).enumerate();
            pairs.into_iter().find_map(|(at, (one, other))| {
                difference(one, other).map(|found| format!("{at} {found}"))
            })
        }
        (Value::Number(one), Value::Number(other)) if one.is_f64() || other.is_f64() => {
            let (one, other) = (one.as_f64()?, other.as_f64()?);
            // Sums of decimals depend on the order of the documents.
            let differ = (one - other).abs() > 1e-9 * one.abs();
            differ.then(|| format!("is {one} on the server, {other} on the engine"))
        }
        _ if server == engine => None,
        _ => Some(format!("is {server} on the server, {engine} on the engine")),
    }
}
