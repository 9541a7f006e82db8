//! What a collection is made of: fields, their types, and how their text is tokenized.
//!
//! Plain data without I/O. Read from requests and from the catalogue, used by every room that handles
//! documents; knows nothing of how documents are stored or indexed.

mod definition;
mod describe;
mod field_tokenizers;
mod schema_change;
mod schema_error;
mod schema_request;
#[cfg(test)]
mod schema_tests;
mod value_range;

pub(crate) use definition::pattern;
pub use definition::{Field, FieldNumber, FieldType, MOST_FIELDS, Schema};
pub(crate) use field_tokenizers::FieldTokenizers;
pub use schema_change::SchemaChange;
pub use schema_error::SchemaError;
pub use schema_request::SchemaRequest;
pub use value_range::{decimal_number, is_place, whole_number};
