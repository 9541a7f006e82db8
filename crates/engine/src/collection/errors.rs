//! Errors that several operations of a collection share.

use crate::error::EngineError;

/// There is no document with this id.
pub(super) fn document_not_found(id: &str) -> EngineError {
    EngineError::not_found(format!("Could not find a document with id: {id}"))
}

/// The collection was dropped while the request was under way.
pub(super) fn collection_dropped() -> EngineError {
    EngineError::not_found("Not Found")
}
