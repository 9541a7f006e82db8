//! Answers as HTTP.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, VARY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::Value as Json;

/// JSON with its status.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Json,
}

impl Answer {
    pub(super) fn new(body: Json) -> Self {
        Self {
            body,
            ..Self::default()
        }
    }

    pub(super) fn into_response(self) -> Response {
        json(self.status, &self.body)
    }
}

/// JSON with a status.
pub(super) fn json(status: StatusCode, body: &Json) -> Response {
    let mut response = json_body(Body::from(body.to_string()));
    *response.status_mut() = status;
    response
}

/// JSON that is made while it is sent.
pub(super) fn json_body(body: Body) -> Response {
    let mut response = Response::new(body);
    finish(response.headers_mut(), "application/json");
    response
}

pub(super) fn text(body: &'static str) -> Response {
    let mut response = Response::new(Body::from(body));
    finish(response.headers_mut(), "text/plain; charset=utf-8");
    response
}

/// The way to another address of ours, with the same parameters.
pub(super) fn redirect(to: &str, query: Option<&str>) -> Response {
    let to = match query {
        Some(query) => format!("{to}?{query}"),
        None => to.to_owned(),
    };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::MOVED_PERMANENTLY;
    set(response.headers_mut(), LOCATION, &to);
    finish(response.headers_mut(), "text/plain; charset=utf-8");
    response
}

fn finish(head: &mut HeaderMap, content_type: &'static str) {
    set(head, CONTENT_TYPE, content_type);
    set(head, CACHE_CONTROL, "no-store");
    set(head, VARY, "authorization, host");
    set(head, X_CONTENT_TYPE_OPTIONS, "nosniff");
}

pub(super) fn set(head: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        head.insert(name, value);
    }
}
