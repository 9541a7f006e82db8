//! Responses in the form that GitHub gives them.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A JSON response.
pub(super) fn json_response(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or_default();
    let content_type = [("content-type", "application/json; charset=utf-8")];
    (status, content_type, body.to_string()).into_response()
}

/// An error response.
pub(super) fn error_response(status: u16, message: &str) -> Response {
    let page = "https://docs.github.com/rest";
    let status_text = status.to_string();
    json_response(
        status,
        &json!({ "message": message, "documentation_url": page, "status": status_text }),
    )
}
