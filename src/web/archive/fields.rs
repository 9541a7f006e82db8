//! Parts of addresses and forms. Pure.

use axum::http::request::Parts;

/// A part of the query.
pub(super) fn parameter(request: &Parts, name: &str) -> Option<String> {
    let query = request.uri.query().unwrap_or_default();
    field(query.as_bytes(), name)
}

/// A field of a form.
pub(super) fn field(form: &[u8], name: &str) -> Option<String> {
    let mut fields = url::form_urlencoded::parse(form);
    let (_, value) = fields.find(|(key, _)| key == name)?;
    Some(value.into_owned())
}
