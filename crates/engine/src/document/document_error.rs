//! Why a document was refused.

use std::sync::Arc;

use thiserror::Error;

use crate::error::{EngineError, ErrorCode};

/// See the [module](self). The texts are those that clients of the API match on.
#[derive(Debug, Clone, Error)]
pub enum DocumentError {
    /// The text is not JSON.
    #[error("Bad JSON: {0}")]
    NotJson(#[source] Arc<serde_json::Error>),
    /// The text is JSON, but no object.
    #[error("Bad JSON: not a properly formed document.")]
    NotAnObject,
    /// The id is empty.
    #[error("The `id` should not be empty.")]
    EmptyId,
    /// The id is not text.
    #[error("Document's `id` field should be a string.")]
    IdNotText,
    /// An update does not say of which document.
    #[error("For update, the `id` key must be provided.")]
    NoIdToUpdate,
    /// `action` is none of the four words.
    #[error("Parameter `action` must be a create|update|upsert.")]
    UnknownAction,
    /// The field to sort by is missing.
    #[error(
        "Field `{field}` has been declared as a default sorting field, but is not found in the \
         document."
    )]
    NoDefaultSortingField {
        /// Its name.
        field: String,
    },
    /// A field that has to be there is missing.
    #[error("Field `{field}` has been declared in the schema, but is not found in the document.")]
    MissingField {
        /// Its name.
        field: String,
    },
    /// A field inside objects that has to be there is missing.
    #[error("Field `{field}` not found.")]
    MissingNestedField {
        /// Its name.
        field: String,
    },
    /// A value is not of its field's type.
    #[error("Field `{field}` {verb} {noun}.")]
    WrongType {
        /// The field's name.
        field: String,
        /// `must be` or `must contain`
        verb: &'static str,
        /// What the value should be.
        noun: &'static str,
    },
    /// A value inside objects is not of its field's type.
    #[error("Field `{field}` has an incorrect type.{hint}")]
    WrongNestedType {
        /// The field's name.
        field: String,
        /// What to do, or empty.
        hint: &'static str,
    },
    /// A value has no type that a new field could have.
    #[error("Type of field `{field}` is invalid.")]
    UnknownType {
        /// The field's name.
        field: String,
    },
    /// A new field would be missing from stored documents.
    #[error(
        "Field `{field}` has been declared in the schema, but is not found in the documents already \
         present in the collection. If you still want to add this field, set it as `optional: true`."
    )]
    MissingInStored {
        /// Its name.
        field: String,
    },
    /// A new field does not fit stored documents.
    #[error(
        "Schema change is incompatible with the type of documents already stored in this \
         collection. Existing data for field `{field}` cannot be coerced into {noun}."
    )]
    IncompatibleStored {
        /// Its name.
        field: String,
        /// What the values should be.
        noun: &'static str,
    },
}

impl From<DocumentError> for EngineError {
    fn from(error: DocumentError) -> Self {
        let code = match error {
            DocumentError::MissingNestedField { .. } => ErrorCode::NotFound,
            _ => ErrorCode::InvalidRequest,
        };
        Self::new(code, error.to_string()).caused_by(error)
    }
}
