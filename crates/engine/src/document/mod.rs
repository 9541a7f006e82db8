//! What a document may be: read, checked against the schema, made to fit, merged.
//!
//! Pure: no files, no locks. [`crate::collection`] asks it for every document that comes in.

mod action;

pub use action::{Action, DirtyValues};
