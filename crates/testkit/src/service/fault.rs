//! Faults that tests make a fake produce.

use axum::body::{Body, to_bytes};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use futures::{StreamExt, stream};

/// What a fake does instead of responding properly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Sends this response.
    Answer {
        /// 200 to 599.
        status: u16,
        /// Header names are in lower case.
        headers: Vec<(&'static str, String)>,
        body: String,
    },
    /// Closes the connection after half of the body.
    HalfBody,
    /// Sends half of the body, as a complete HTTP response.
    MalformedJson,
    /// Never responds.
    Hang,
}

impl Fault {
    /// An empty response with this status.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Answer {
            status,
            headers: Vec::new(),
            body: String::new(),
        }
    }

    /// A JSON response.
    #[must_use]
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self::Answer {
            status,
            headers,
            body: body.to_string(),
        }
    }

    /// An HTML page, like that of a proxy or a maintenance notice.
    #[must_use]
    pub fn html(status: u16) -> Self {
        let headers = vec![("content-type", "text/html".to_owned())];
        Self::Answer {
            status,
            headers,
            body: "<!DOCTYPE html><h1>Maintenance</h1>".to_owned(),
        }
    }

    /// 429 with `Retry-After` in seconds.
    #[must_use]
    pub fn retry_after(seconds: u64) -> Self {
        Self::status(429).with_header("retry-after", &seconds.to_string())
    }

    /// Adds a header to a response.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name, value.to_owned()));
        }
        self
    }

    pub(super) async fn apply(self, respond: impl FnOnce() -> Response) -> Response {
        match self {
            Self::Hang => std::future::pending().await,
            Self::Answer {
                status,
                headers,
                body,
            } => {
                let mut response = Response::new(Body::from(body));
                *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
                for (name, value) in headers {
                    if let Ok(value) = HeaderValue::from_str(&value) {
                        response
                            .headers_mut()
                            .insert(HeaderName::from_static(name), value);
                    }
                }
                response
            }
            Self::HalfBody | Self::MalformedJson => {
                let (mut head, body) = respond().into_parts();
                let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
                let half = body.slice(..body.len() / 2);
                head.headers.remove(CONTENT_LENGTH);
                if self == Self::MalformedJson {
                    return Response::from_parts(head, Body::from(half));
                }
                head.headers
                    .insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
                Response::from_parts(head, closing_body(half))
            }
        }
    }
}

/// Sends `half` and then closes the connection.
fn closing_body(half: Bytes) -> Body {
    let end = stream::once(async {
        // The delay lets the first half be sent.
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        Err(std::io::Error::other("closed by a fault"))
    });
    Body::from_stream(stream::iter([Ok(half)]).chain(end))
}

/// A fault that has been set.
#[derive(Debug)]
pub(super) struct ActiveFault {
    /// What the method, path and query must contain.
    pub(super) part: String,
    pub(super) fault: Fault,
    /// How many requests it still applies to; unlimited if `None`.
    pub(super) left: Option<u32>,
}
