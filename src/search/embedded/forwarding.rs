//! What changes in a front end's request, and in its response, when it is forwarded to the process
//! that owns the engine's folder.
//!
//! The target of a request goes on byte for byte, and bodies pass in both directions as they come.
//! Only what concerns a single connection is left behind. Sends nothing itself; called by
//! [`engine`](super::engine).

use axum::extract::Request;
use axum::http::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HeaderName, PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use axum::http::{HeaderMap, StatusCode, Version};
use axum::response::{IntoResponse, Response};

/// Headers about a connection, not about the request or response on it.
const HOP_BY_HOP: [HeaderName; 9] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// Makes a request of a front end one of our own.
pub(super) fn prepare_request(request: &mut Request) {
    *request.version_mut() = Version::HTTP_11;
    request.extensions_mut().clear();
    let headers = request.headers_mut();
    remove_hop_by_hop(headers);
    // The body carries its own length, and the front end was told to send it already.
    headers.remove(CONTENT_LENGTH);
    headers.remove(EXPECT);
}

/// Makes the owner's response one of our own.
pub(super) fn prepare_response(response: &mut Response) {
    remove_hop_by_hop(response.headers_mut());
}

/// A response of this process in place of the owner's.
pub(super) fn error_response(status: StatusCode, message: &str) -> Response {
    let body = serde_json::json!({ "message": message }).to_string();
    let content_type = [(CONTENT_TYPE, "application/json; charset=utf-8")];
    (status, content_type, body).into_response()
}

/// Also removes the headers that `Connection` names.
fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in HOP_BY_HOP.into_iter().chain(named) {
        headers.remove(name);
    }
}
