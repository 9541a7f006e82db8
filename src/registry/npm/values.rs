//! Reads values of documents that may have any JSON type. A value of another type is none.

use serde_json::{Map, Value};

/// A text that is not empty.
pub(super) fn text<'v>(object: &'v Map<String, Value>, key: &str) -> Option<&'v str> {
    non_empty(object.get(key)?.as_str()?)
}

/// An object.
pub(super) fn object<'v>(
    object: &'v Map<String, Value>,
    key: &str,
) -> Option<&'v Map<String, Value>> {
    object.get(key)?.as_object()
}

/// A text without white space around it, if there is something left.
pub(super) fn non_empty(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}
