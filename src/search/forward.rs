//! Hands requests of front ends on to the process that owns the engine's folder.
//!
//! Bodies pass in both directions as they come. A request that did not reach the owner is sent to
//! the next one, which may be this process; one that may have reached it is not sent twice, because
//! nobody here knows what it does. Called by [`Embedded`] alone.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use tower::ServiceExt;

use super::client::http;
use super::{Embedded, SearchError};

/// A client that sends what it is given.
pub(super) struct Forwarder {
    http: reqwest::Client,
}

impl Forwarder {
    pub(super) fn new(timeout: Duration) -> Result<Self, SearchError> {
        let http = http(HeaderMap::new(), timeout)?;
        Ok(Self { http })
    }

    /// The owner's answer, or that there is none.
    pub(super) async fn forward(&self, embedded: &Arc<Embedded>, request: Request) -> Response {
        let address = match embedded.address().await {
            Ok(address) => address,
            Err(why) => return refused(StatusCode::SERVICE_UNAVAILABLE, &why),
        };
        // By asking, this process may have become the owner.
        let routes = embedded.routes();
        if let Some(routes) = routes {
            return match routes.oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
        }
        let (parts, body) = request.into_parts();
        let target = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let sent = self
            .http
            .request(parts.method, format!("{address}{target}"))
            .headers(passed(
                &parts.headers,
                &[HOST, CONNECTION, TRANSFER_ENCODING, CONTENT_LENGTH],
            ))
            .body(reqwest::Body::wrap_stream(body.into_data_stream()))
            .send()
            .await;
        match sent {
            Ok(answer) => {
                let status = answer.status();
                let headers = passed(answer.headers(), &[CONNECTION, TRANSFER_ENCODING]);
                (status, headers, Body::from_stream(answer.bytes_stream())).into_response()
            }
            Err(error) => {
                embedded.lost(&address).await;
                let why = if error.is_connect() {
                    "the process that answered for the engine has ended; ask again"
                } else {
                    "the process that answers for the engine broke the connection; whether it was \
                     done is unknown"
                };
                refused(StatusCode::SERVICE_UNAVAILABLE, why)
            }
        }
    }
}

fn passed(headers: &HeaderMap, but: &[axum::http::HeaderName]) -> HeaderMap {
    headers
        .iter()
        .filter(|(name, _)| !but.contains(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn refused(status: StatusCode, why: &str) -> Response {
    let body = serde_json::json!({ "message": why }).to_string();
    let kind = [(
        axum::http::header::CONTENT_TYPE,
        "application/json; charset=utf-8",
    )];
    (status, kind, body).into_response()
}
