//! Responses in the form that GitHub gives them.

use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use xxhash_rust::xxh3::xxh3_64;

use crate::service::ReceivedRequest;

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

/// The body with an entity tag for this token, or 304 if the client has it.
pub(super) fn response_with_etag(
    body: &Value,
    token: Option<&str>,
    request: &ReceivedRequest,
) -> Response {
    let text = body.to_string();
    let digest = xxh3_64(format!("{token:?}{text}").as_bytes());
    let tag = format!("W/\"{digest:016x}\"");
    let has_it = request.header("if-none-match") == tag;
    let mut response = if has_it {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        json_response(200, body)
    };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert("etag", tag);
    }
    response
}
