//! Converts the values of a document to the schema of another collection.
//!
//! A document that was stored under another schema may have `"5"` where the target's field is a
//! number. Values are converted where possible; the names of numbers that lose their fraction are
//! reported. An optional value that cannot be converted is dropped and reported; a required one
//! makes the document invalid. Pure; called by the copy and by the comparison, so that both see the
//! same.

use std::collections::HashMap;

use serde_json::{Map, Number, Value};

use crate::search::{Collection, Field, schema};

/// A required value that cannot be converted.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` is not a valid {kind}")]
pub(super) struct MisfitError {
    field: String,
    kind: String,
}

/// The declared fields of a collection.
pub(super) struct TargetSchema {
    fields: HashMap<String, Field>,
}

impl TargetSchema {
    pub(super) fn of(collection: &Collection) -> Self {
        let mut fields: HashMap<String, Field> = HashMap::new();
        for field in &collection.fields {
            // A field of type `auto` is listed a second time with the type that a value determined.
            let has_type = fields
                .get(&field.name)
                .is_some_and(|listed| listed.kind != "auto");
            if !has_type {
                fields.insert(field.name.clone(), field.clone());
            }
        }
        Self { fields }
    }

    /// Converts the document; returns the names of values that were dropped or lost their fraction.
    ///
    /// # Errors
    ///
    /// The required field whose value does not fit.
    pub(super) fn conform(
        &self,
        document: &mut Map<String, Value>,
    ) -> Result<Vec<String>, MisfitError> {
        let mut dropped = Vec::new();
        let mut failed = None;
        let heads: Vec<&str> = schema::DISPLAYED
            .iter()
            .map(|(name, _)| *name)
            .filter(|name| document.contains_key(*name))
            .collect();
        // Older servers leave flattened copies of nested values when they update a document.
        document.retain(|name, _| {
            let head = name.split_once('.').map(|(head, _)| head);
            !head.is_some_and(|head| heads.contains(&head)) || self.fields.contains_key(name)
        });
        document.retain(|name, value| {
            let Some(field) = self.fields.get(name) else {
                return true;
            };
            if value.is_null() && field.optional {
                return true;
            }
            let is_cut = is_fraction(value, &field.kind);
            match convert(std::mem::take(value), &field.kind) {
                Some(converted) => {
                    if is_cut {
                        dropped.push(name.clone());
                    }
                    *value = converted;
                    true
                }
                None if field.optional => {
                    dropped.push(name.clone());
                    false
                }
                None => {
                    failed = Some(MisfitError {
                        field: name.clone(),
                        kind: field.kind.clone(),
                    });
                    false
                }
            }
        });
        match failed {
            Some(misfit) => Err(misfit),
            None => Ok(dropped),
        }
    }
}

/// The value as `kind`; `None` if it cannot be converted.
fn convert(value: Value, kind: &str) -> Option<Value> {
    if let Some(element) = kind.strip_suffix("[]") {
        return match value {
            Value::Array(values) => values
                .into_iter()
                .map(|value| convert(value, element))
                .collect::<Option<Vec<Value>>>()
                .map(Value::Array),
            Value::Null | Value::Object(_) if is_simple(element) => None,
            single => convert(single, element).map(|value| Value::Array(vec![value])),
        };
    }
    match (kind, value) {
        ("string", Value::String(text)) => Some(Value::String(text)),
        ("string", Value::Number(number)) => Some(Value::String(number.to_string())),
        ("string", Value::Bool(truth)) => Some(Value::String(truth.to_string())),
        ("int32", value) => whole(&value)
            .filter(|number| i32::try_from(*number).is_ok())
            .map(Value::from),
        ("int64", value) => whole(&value).map(Value::from),
        ("float", value) => decimal(&value)
            .and_then(Number::from_f64)
            .map(Value::Number),
        ("bool", value) => truth(&value).map(Value::Bool),
        ("string", _) => None,
        (_, value) => Some(value),
    }
}

/// Whether a number would lose its fraction.
fn is_fraction(value: &Value, kind: &str) -> bool {
    matches!(kind, "int32" | "int64") && value.as_f64().is_some_and(|number| number.fract() != 0.0)
}

fn is_simple(kind: &str) -> bool {
    matches!(kind, "string" | "int32" | "int64" | "float" | "bool")
}

fn whole(value: &Value) -> Option<i64> {
    /// Beyond it, not every whole number can be represented as a float.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Number(number) => number.as_i64().or_else(|| {
            let decimal = number.as_f64()?.trunc();
            #[expect(clippy::cast_possible_truncation, reason = "it is whole and in range")]
            (decimal.abs() <= EXACT).then_some(decimal as i64)
        }),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn decimal(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok().filter(|number: &f64| number.is_finite()),
        _ => None,
    }
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => match number.as_i64() {
            Some(0) => Some(false),
            Some(1) => Some(true),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing step fails the test")]
mod tests {
    use serde_json::{Value, json};

    use super::{MisfitError, TargetSchema};
    use crate::search::{Collection, schema};

    fn conformed(mut document: Value) -> (Value, Result<Vec<String>, MisfitError>) {
        let target = TargetSchema::of(&Collection {
            fields: schema::fields().to_vec(),
            ..Collection::default()
        });
        let outcome = target.conform(document.as_object_mut().unwrap());
        (document, outcome)
    }

    #[test]
    fn values_are_converted_where_possible() {
        let (document, dropped) = conformed(json!({
            "name": "a", "version": 5, "github_stars": "7", "health_score": 80.0,
            "github_updated": 1_700_000_000, "keywords": "one", "is_latest": "true",
            "own": {"x": [1.5]}, "docs_url": null,
        }));
        assert_eq!(dropped, Ok(vec![]));
        assert_eq!(
            document,
            json!({
                "name": "a", "version": "5", "github_stars": 7, "health_score": 80,
                "github_updated": 1_700_000_000.0, "keywords": ["one"], "is_latest": true,
                "own": {"x": [1.5]}, "docs_url": null,
            })
        );
    }

    #[test]
    fn other_values_are_dropped_and_named_or_refused() {
        let (document, dropped) = conformed(json!({"github_stars": "many", "serial": [1]}));
        assert_eq!(document, json!({}));
        assert_eq!(dropped.unwrap(), ["github_stars", "serial"]);
        let (document, cut) = conformed(json!({"health_score": 80.9}));
        assert_eq!(document, json!({"health_score": 80}));
        assert_eq!(cut.unwrap(), ["health_score"]);
        let (_, refused) = conformed(json!({"name": {"first": "a"}}));
        assert_eq!(
            refused.unwrap_err().to_string(),
            "`name` is not a valid string"
        );
    }

    #[test]
    fn flattened_copies_of_an_older_server_are_dropped_silently() {
        let (document, dropped) = conformed(json!({
            "contributors": [{"username": "x"}], "contributors.username": ["x"], "own.part": 1,
        }));
        assert_eq!(dropped, Ok(vec![]));
        assert_eq!(
            document,
            json!({"contributors": [{"username": "x"}], "own.part": 1})
        );
    }

    #[test]
    fn conforming_twice_changes_nothing_more() {
        let (once, _) =
            conformed(json!({"version": 5, "github_updated": 1, "keywords": [1, true]}));
        let (twice, dropped) = conformed(once.clone());
        assert_eq!((once, dropped), (twice, Ok(vec![])));
    }
}
