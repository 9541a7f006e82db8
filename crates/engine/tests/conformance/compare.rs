//! Whether an answer is the one that was expected.

use std::collections::BTreeMap;

use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::case::Answer;

/// What came back.
pub(crate) struct Came {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Came {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }
}

/// What is wrong with an answer; empty if nothing is.
pub(crate) fn differences(wanted: &Answer, came: &Came) -> Vec<String> {
    let mut found = Vec::new();
    let status = wanted.status.unwrap_or(200);
    if came.status != status {
        found.push(format!("status {} instead of {status}", came.status));
    }
    let header = |name: &str| came.headers.get(name).and_then(|value| value.to_str().ok());
    let content_type = wanted.content_type.as_ref();
    let content_type = content_type.map(|content_type| ("content-type", content_type));
    let headers = wanted.headers.iter();
    let headers = headers.map(|(name, value)| (name.as_str(), value));
    for (name, value) in headers.chain(content_type) {
        if header(name) != Some(value) {
            found.push(format!("{name}: {:?} instead of {value:?}", header(name)));
        }
    }
    let json = came.json();
    if let Some(expected) = &wanted.json {
        compare(expected, &json, "", Keys::AtLeast, &mut found);
    }
    if let Some(expected) = &wanted.exactly {
        compare(expected, &json, "", Keys::Exactly, &mut found);
    }
    if let Some(message) = &wanted.message {
        let expected = serde_json::json!({ "message": message });
        compare(&expected, &json, "", Keys::Exactly, &mut found);
    }
    if let Some(text) = &wanted.text
        && *text != came.text
    {
        found.push(format!("the body is {:?} instead of {text:?}", came.text));
    }
    if let Some(lines) = &wanted.lines {
        let parsed = came.text.split('\n').filter(|line| !line.is_empty());
        let parsed = parsed.map(|line| serde_json::from_str(line).unwrap_or(Value::Null));
        let parsed = Value::Array(parsed.collect());
        let lines = Value::Array(lines.clone());
        compare(&lines, &parsed, "", Keys::AtLeast, &mut found);
        if came.text.ends_with('\n') {
            found.push("there is a line feed at the end".to_owned());
        }
    }
    for pointer in &wanted.absent {
        if let Some(value) = json.pointer(pointer) {
            found.push(format!("{pointer} is {value} and should not be there"));
        }
    }
    if let Some(ids) = &wanted.ids {
        let hits = json.get("hits").and_then(Value::as_array);
        let came: Vec<&str> = hits
            .into_iter()
            .flatten()
            .map(|hit| hit.pointer("/document/id").and_then(Value::as_str))
            .map(Option::unwrap_or_default)
            .collect();
        if came != *ids {
            found.push(format!("ids {came:?} instead of {ids:?}"));
        }
    }
    if let Some(wanted) = wanted.found
        && json.get("found") != Some(&Value::from(wanted))
    {
        found.push(format!("found {:?} instead of {wanted}", json.get("found")));
    }
    for (field, counts) in &wanted.facets {
        facet(field, counts, &json, &mut found);
    }
    found
}

fn facet(field: &str, wanted: &BTreeMap<String, u64>, json: &Value, found: &mut Vec<String>) {
    let facets = json.get("facet_counts").and_then(Value::as_array);
    let facet = facets
        .into_iter()
        .flatten()
        .find(|facet| facet.get("field_name").and_then(Value::as_str) == Some(field));
    let counts = facet
        .and_then(|facet| facet.get("counts"))
        .and_then(Value::as_array);
    let Some(counts) = counts else {
        found.push(format!("there is no facet {field}"));
        return;
    };
    let numbers: Vec<u64> = counts
        .iter()
        .map(|one| one.get("count").and_then(Value::as_u64).unwrap_or(0))
        .collect();
    if !numbers.is_sorted_by(|one, next| one >= next) {
        found.push(format!(
            "the counts of {field} are not in order: {numbers:?}"
        ));
    }
    let values = counts.iter().map(|one| {
        let value = one.get("value").and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    });
    let came: BTreeMap<String, u64> = values.zip(numbers).collect();
    if came != *wanted {
        found.push(format!("facet {field} is {came:?} instead of {wanted:?}"));
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Keys {
    AtLeast,
    Exactly,
}

/// Compares two values; texts that begin with `$` stand for kinds of values.
fn compare(wanted: &Value, came: &Value, path: &str, keys: Keys, found: &mut Vec<String>) {
    match (wanted, came) {
        (Value::Object(wanted), Value::Object(came)) => {
            for (name, value) in wanted {
                let path = format!("{path}/{name}");
                match came.get(name) {
                    Some(came) => compare(value, came, &path, keys, found),
                    None => found.push(format!("{path} is missing")),
                }
            }
            let extra = came.keys().filter(|name| !wanted.contains_key(*name));
            if keys == Keys::Exactly {
                found.extend(extra.map(|name| format!("{path}/{name} should not be there")));
            }
        }
        (Value::Array(wanted), Value::Array(elements)) => {
            if wanted.len() != elements.len() {
                found.push(format!(
                    "{path} has {} elements instead of {}: {came}",
                    elements.len(),
                    wanted.len()
                ));
            }
            for (place, (wanted, came)) in wanted.iter().zip(elements).enumerate() {
                compare(wanted, came, &format!("{path}/{place}"), keys, found);
            }
        }
        (Value::String(kind), _) if kind.starts_with('$') => {
            if !is_kind(kind, came) {
                found.push(format!("{path} is {came}, which is no {kind}"));
            }
        }
        (Value::Number(wanted), Value::Number(number)) => {
            // Only whole numbers have to be the same to the last digit.
            let is_same = match (wanted.as_u64(), number.as_u64()) {
                (Some(wanted), Some(number)) => wanted == number,
                _ => wanted
                    .as_f64()
                    .zip(number.as_f64())
                    .is_some_and(|(wanted, number)| (wanted - number).abs() <= 1e-6 * wanted.abs()),
            };
            if !is_same {
                found.push(format!("{path} is {came} instead of {wanted}"));
            }
        }
        _ if wanted == came => {}
        _ => found.push(format!("{path} is {came} instead of {wanted}")),
    }
}

fn is_kind(kind: &str, came: &Value) -> bool {
    match kind {
        "$any" => true,
        "$int" => came.is_u64() || came.is_i64(),
        "$number" => came.is_number(),
        "$string" => came.is_string(),
        "$object" => came.is_object(),
        "$key" => came.as_str().is_some_and(|text| {
            text.len() == 32 && text.chars().all(|one| one.is_ascii_alphanumeric())
        }),
        _ => kind
            .strip_prefix("$begins:")
            .zip(came.as_str())
            .is_some_and(|(beginning, text)| text.starts_with(beginning)),
    }
}
