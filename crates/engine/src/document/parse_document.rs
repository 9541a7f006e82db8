//! From bytes to a document, its id, and the merging of one document into another.

use serde_json::Value;

use super::checker::Document;
use super::write_action::Action;
use crate::error::{EngineError, EngineResult};

/// Reads one document.
pub(crate) fn parse_document(text: &[u8]) -> EngineResult<Document> {
    match serde_json::from_slice(text) {
        Ok(Value::Object(document)) => Ok(document),
        Ok(_) => Err(EngineError::invalid(
            "Bad JSON: not a properly formed document.",
        )),
        Err(error) => Err(EngineError::invalid(format!("Bad JSON: {error}")).caused_by(error)),
    }
}

/// What a document says about its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Identity {
    /// Its own.
    Given(String),
    /// None: it gets the next number.
    Generated,
}

/// The id of a document that is to be written.
pub(crate) fn read_identity(document: &Document, action: Action) -> EngineResult<Identity> {
    match document.get("id") {
        Some(Value::String(id)) if id.is_empty() => {
            Err(EngineError::invalid("The `id` should not be empty."))
        }
        Some(Value::String(id)) => Ok(Identity::Given(id.clone())),
        Some(_) => Err(EngineError::invalid(
            "Document's `id` field should be a string.",
        )),
        None if action == Action::Update => Err(EngineError::invalid(
            "For update, the `id` key must be provided.",
        )),
        None => Ok(Identity::Generated),
    }
}

/// Merges a change into a document: each member replaces the one of its name, null removes it.
pub(crate) fn merge(document: &mut Document, change: Document) {
    for (name, value) in change {
        if value.is_null() {
            document.remove(&name);
        } else {
            document.insert(name, value);
        }
    }
}
