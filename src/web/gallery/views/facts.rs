//! Reads enrichment data out of documents, whatever wrote them.

use serde_json::Value;

use crate::model::Document;

/// A number; `None` if it is not known.
#[must_use]
pub fn number(document: &Document, field: &str) -> Option<i64> {
    let value = document.facts.get(field)?;
    #[expect(clippy::cast_possible_truncation, reason = "times with a fraction")]
    value
        .as_i64()
        .or_else(|| value.as_f64().map(|number| number as i64))
}

/// A text; empty if it is not known.
#[must_use]
pub fn text<'d>(document: &'d Document, field: &str) -> &'d str {
    let value = document.facts.get(field);
    value.and_then(Value::as_str).unwrap_or_default()
}

/// Whether a fact is known to be true.
#[must_use]
pub fn is_true(document: &Document, field: &str) -> bool {
    document.facts.get(field).and_then(Value::as_bool) == Some(true)
}

/// The members of a list; none if it is not known.
pub fn list<'d>(document: &'d Document, field: &str) -> impl Iterator<Item = &'d Value> {
    let value = document.facts.get(field);
    value.and_then(Value::as_array).into_iter().flatten()
}

/// A member of an object as text; empty if there is none.
#[must_use]
pub fn member<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}
