//! Hands requests of front ends on to the process that owns the engine's folder.
//!
//! The target of a request goes on byte for byte, and bodies pass in both directions as they come.
//! Only what concerns a single connection is left behind. A request that did not reach the owner
//! is sent to the next one, which may be this process; one that may have reached it is not sent
//! twice, because nobody here knows what it does. Called by [`Embedded`] alone.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HeaderName, PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use axum::http::{HeaderMap, StatusCode, Version};
use axum::response::{IntoResponse, Response};

use super::nodes::Fault;
use super::{Embedded, owner};

/// What is said of one connection, not of the request or the answer on it.
const OF_A_CONNECTION: [HeaderName; 9] = [
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

/// The owner's answer, or that there is none.
pub(super) async fn forward(embedded: &Arc<Embedded>, mut request: Request) -> Response {
    if request.uri().path() == owner::PATH {
        return refused(StatusCode::NOT_FOUND, "Not Found");
    }
    *request.version_mut() = Version::HTTP_11;
    request.extensions_mut().clear();
    let headers = request.headers_mut();
    strip(headers);
    // The body says its length by itself, and was asked for already.
    headers.remove(CONTENT_LENGTH);
    headers.remove(EXPECT);
    match embedded.send(request).await {
        Ok(mut answer) => {
            strip(answer.headers_mut());
            answer
        }
        Err((Fault::Unsent, why)) => refused(StatusCode::SERVICE_UNAVAILABLE, &why),
        Err(_) => refused(
            StatusCode::SERVICE_UNAVAILABLE,
            "the process that owns the engine broke the connection; whether the request was \
             carried out is unknown",
        ),
    }
}

/// Removes what concerns the connection only, and what it names itself.
fn strip(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in OF_A_CONNECTION.into_iter().chain(named) {
        headers.remove(name);
    }
}

fn refused(status: StatusCode, why: &str) -> Response {
    let body = serde_json::json!({ "message": why }).to_string();
    let kind = [(CONTENT_TYPE, "application/json; charset=utf-8")];
    (status, kind, body).into_response()
}
