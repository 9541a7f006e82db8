//! A schema made ready to check documents by.

use std::sync::Arc;

use regex::Regex;
use serde_json::{Map, Value};

use crate::schema::{Field, Schema, pattern};

/// The members of a document.
pub(crate) type Document = Map<String, Value>;

/// A schema made ready to check documents by.
#[derive(Debug)]
pub(crate) struct Checker {
    pub(crate) schema: Arc<Schema>,
    /// The patterns among its fields, in their order.
    pub(super) patterns: Vec<(Regex, Field)>,
    /// Whether objects are opened, and there is a field inside or around one.
    pub(super) nests: bool,
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
