//! The ways in which a fake misbehaves on request.

use axum::body::{Body, to_bytes};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use futures::{StreamExt, stream};

/// What happens to a request that is hit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This answer, whatever was asked.
    Answer {
        /// From 200 to 599.
        status: u16,
        /// Names in lower case.
        headers: Vec<(&'static str, String)>,
        /// As it is sent.
        body: String,
    },
    /// The connection closes after half of the announced body.
    HalfBody,
    /// The answer's head, then half of the body, whole as HTTP has it.
    MalformedJson,
    /// No answer, ever.
    Hang,
}

impl Fault {
    /// An empty answer with this status.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Answer {
            status,
            headers: Vec::new(),
            body: String::new(),
        }
    }

    /// An answer of JSON.
    #[must_use]
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self::Answer {
            status,
            headers,
            body: body.to_string(),
        }
    }

    /// A page of HTML, as a proxy or a notice of maintenance would be.
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

    /// With this header, where it is an answer.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name, value.to_owned()));
        }
        self
    }

    pub(super) async fn spoil(self, answer: impl FnOnce() -> Response) -> Response {
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
                let (mut head, body) = answer().into_parts();
                let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
                let half = body.slice(..body.len() / 2);
                head.headers.remove(CONTENT_LENGTH);
                if self == Self::MalformedJson {
                    return Response::from_parts(head, Body::from(half));
                }
                head.headers
                    .insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
                Response::from_parts(head, cut(half))
            }
        }
    }
}

/// Sends `half` and closes the connection.
fn cut(half: Bytes) -> Body {
    let end = stream::once(async {
        // The pause lets the half go out first.
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        Err(std::io::Error::other("half is enough"))
    });
    Body::from_stream(stream::iter([Ok(half)]).chain(end))
}

/// A fault that waits for its request.
#[derive(Debug)]
pub(super) struct Armed {
    /// What path and query of the request contain.
    pub(super) part: String,
    pub(super) fault: Fault,
    /// How many requests it still hits; `None`: until cleared.
    pub(super) left: Option<u32>,
}
