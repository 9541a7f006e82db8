//! Answers become HTTP: entity tags, security headers, other origins.

use axum::body::Body;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ALLOW, CACHE_CONTROL,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, ORIGIN, REFERRER_POLICY, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_128;

use super::format::Format;

/// What an answer may load: nothing.
const POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// What an answer depends on besides its address.
const VARIES: &str = "accept, accept-encoding, authorization, origin";

/// An answer in JSON.
pub(super) fn json(headers: &HeaderMap, value: &impl Serialize) -> Response {
    // Writing to memory does not fail.
    let body = serde_json::to_vec(value).unwrap_or_default();
    whole(headers, Format::Json.content_type(), body)
}

/// The same with another status, for what was done; it has no tag.
pub(super) fn done(status: StatusCode, value: &impl Serialize) -> Response {
    let body = serde_json::to_vec(value).unwrap_or_default();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let head = response.headers_mut();
    set(head, CONTENT_TYPE, Format::Json.content_type());
    set(head, CACHE_CONTROL, "no-store");
    response
}

/// A whole body with its tag; nothing of it if the client has it already.
pub(super) fn whole(headers: &HeaderMap, content_type: &'static str, body: Vec<u8>) -> Response {
    let tag = format!("\"{:032x}\"", xxh3_128(&body));
    let is_known = headers.get_all(IF_NONE_MATCH).iter().any(|known| {
        let known = known.to_str().unwrap_or_default();
        known
            .split(',')
            .map(str::trim)
            .any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
    });
    let mut response = Response::new(Body::empty());
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        set(response.headers_mut(), CONTENT_TYPE, content_type);
        *response.body_mut() = Body::from(body);
    }
    let head = response.headers_mut();
    // It is the tag of what a client reads, compressed on the way or not.
    set(head, ETAG, &format!("W/{tag}"));
    set(head, CACHE_CONTROL, "private, no-cache");
    response
}

/// A body that is made while it is read.
pub(super) fn streamed(content_type: &'static str, body: Body) -> Response {
    let mut response = Response::new(body);
    let head = response.headers_mut();
    set(head, CONTENT_TYPE, content_type);
    set(head, CACHE_CONTROL, "no-store");
    response
}

/// What may be sent to an address.
pub(super) fn options(methods: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    set(response.headers_mut(), ALLOW, methods);
    response
}

/// Adds what every answer has.
pub(super) fn finish(head: &mut HeaderMap) {
    if !head.contains_key(CONTENT_SECURITY_POLICY) {
        set(head, CONTENT_SECURITY_POLICY, POLICY);
    }
    set(head, X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(head, REFERRER_POLICY, "no-referrer");
    set(
        head,
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    set(head, VARY, VARIES);
}

/// Lets pages of the origins that the operator has named read the answer.
pub(super) fn share(head: &mut HeaderMap, request: &HeaderMap, origins: &[String], methods: &str) {
    let Some(origin) = request.get(ORIGIN) else {
        return;
    };
    let text = origin.to_str().unwrap_or_default();
    let is_for_all = origins.iter().any(|one| one == "*");
    if is_for_all {
        set(head, ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    } else if origins.iter().any(|one| one == text) {
        head.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    } else {
        return;
    }
    set(head, ACCESS_CONTROL_EXPOSE_HEADERS, "etag, retry-after");
    if !methods.is_empty() {
        set(head, ACCESS_CONTROL_ALLOW_METHODS, methods);
        set(
            head,
            ACCESS_CONTROL_ALLOW_HEADERS,
            "accept, authorization, content-type, if-none-match",
        );
        set(head, ACCESS_CONTROL_MAX_AGE, "600");
    }
}

pub(super) fn set(head: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        head.insert(name, value);
    }
}
