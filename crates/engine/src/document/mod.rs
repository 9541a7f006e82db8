//! What a document may be: read, checked against the schema, made to fit, merged.
//!
//! Pure: no files, no locks. [`crate::collection`] asks it for every document that comes in, and
//! for all that are stored when a schema changes. What it lets through is stored as it is; the
//! index leaves out what the schema does not describe.

mod action;
mod bad_json;
mod check;
mod coerce;
mod discover;
mod nested;
mod read;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use regex::Regex;
use serde_json::{Map, Value};

use crate::schema::{Field, Schema, pattern};

pub use action::{Action, DirtyValues};
pub(crate) use read::{Identity, identity, merge, read_document};

/// The members of a document.
pub(crate) type Document = Map<String, Value>;

/// A schema made ready to check documents by.
#[derive(Debug)]
pub(crate) struct Checker {
    pub(crate) schema: Arc<Schema>,
    /// The patterns among its fields, in their order.
    patterns: Vec<(Regex, Field)>,
    /// Whether objects are opened, and there is a field inside or around one.
    nests: bool,
}

impl Checker {
    pub(crate) fn new(schema: Arc<Schema>) -> Self {
        let patterns = schema
            .fields
            .iter()
            .filter(|field| field.is_pattern())
            .filter_map(|field| Some((pattern(&field.name)?, field.clone())))
            .collect();
        let nested = |field: &Field| field.kind.is_object() || field.name.contains('.');
        let nests = schema.enable_nested_fields && schema.fields.iter().any(nested);
        Self {
            schema,
            patterns,
            nests,
        }
    }
}

/// How much of a document there has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    /// All required fields.
    Whole,
    /// Any; what is there is checked.
    Part,
}
