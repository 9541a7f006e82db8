//! What a document may be: read, checked against the schema, made to fit, merged.
//!
//! Pure: no files, no locks. [`crate::collection`] asks it for every document that comes in, and
//! for all that are stored when a schema changes. What it lets through is stored as it is; the
//! index leaves out what the schema does not describe.

mod checker;
mod coercion;
mod document_error;
#[cfg(test)]
mod document_tests;
mod field_check;
mod nested_fields;
mod new_fields;
mod parse_document;
mod paths;
mod projection;
mod write_action;

pub(crate) use checker::{Checker, Document, Presence};
pub use document_error::DocumentError;
pub(crate) use parse_document::{Identity, merge, parse_document, read_identity};
pub(crate) use paths::{is_inside, values_at};
pub(crate) use projection::Projection;
pub use write_action::{Action, DirtyValues};
