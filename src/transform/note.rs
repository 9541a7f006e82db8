//! What a transform had to change in the metadata.

use std::borrow::Cow;

/// A value that was changed or left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Name of the field in the metadata.
    pub field: &'static str,
    /// A sentence about the field, without the value.
    pub reason: Cow<'static, str>,
}
