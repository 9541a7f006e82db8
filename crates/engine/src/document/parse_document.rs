//! From bytes to a document, its id, and the merging of one document into another.

use std::sync::Arc;

use serde_json::Value;

use super::checker::Document;
use super::document_error::DocumentError;
use super::write_action::Action;

/// Reads one document.
pub(crate) fn parse_document(text: &[u8]) -> Result<Document, DocumentError> {
    match serde_json::from_slice(text) {
        Ok(Value::Object(document)) => Ok(document),
        Ok(_) => Err(DocumentError::NotAnObject),
        Err(error) => Err(DocumentError::NotJson(Arc::new(error))),
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
pub(crate) fn read_identity(
    document: &Document,
    action: Action,
) -> Result<Identity, DocumentError> {
    match document.get("id") {
        Some(Value::String(id)) if id.is_empty() => Err(DocumentError::EmptyId),
        Some(Value::String(id)) => Ok(Identity::Given(id.clone())),
        Some(_) => Err(DocumentError::IdNotText),
        None if action == Action::Update => Err(DocumentError::NoIdToUpdate),
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
