//! The types of the facts in a document, which other programs may have written too. Pure; called by
//! both rule sets.

use serde_json::Value;

use crate::model::Document;

/// A number.
pub(super) fn number(document: &Document, field: &str) -> Option<f64> {
    document.facts.get(field).and_then(Value::as_f64)
}

/// A whole number; a fraction is dropped.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a cast from a float keeps within bounds"
)]
pub(super) fn integer(document: &Document, field: &str) -> Option<i64> {
    let value = document.facts.get(field)?;
    value
        .as_i64()
        .or_else(|| value.as_f64().map(|number| number as i64))
}

/// A number, rounded up.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a cast from a float keeps within bounds"
)]
pub(super) fn rounded_up(document: &Document, field: &str) -> Option<i64> {
    number(document, field).map(|number| number.ceil() as i64)
}

pub(super) fn boolean(document: &Document, field: &str) -> Option<bool> {
    document.facts.get(field).and_then(Value::as_bool)
}
