//! What a node answered: a success with its body, or an error with its message.
//!
//! Messages are put on one line, cut, and never repeat the key. Used by
//! [`failover`](super::failover), which decides which node is asked next.

use std::future::Future;
use std::time::{Duration, SystemTime};

use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::http::response::Parts;
use bytes::Bytes;
use pyfa_http::{Secrets, one_line};
use serde::Deserialize;

use super::SearchError;
use super::transport::{LONGEST_MESSAGE, ResponseBody, TransportError};

/// Bytes of a body that are kept in memory.
pub(super) const LARGEST_BODY: usize = 256 << 20;
/// Bytes of an error's body that are shown where it is not JSON.
const LONGEST_EXCERPT: usize = 1000;

/// One node's answer to a request.
pub(super) enum NodeResponse<B> {
    Success(ApiResponse<B>),
    Error(ErrorResponse),
}

/// A successful response.
pub(super) struct ApiResponse<B> {
    /// Which node gave it.
    pub(super) node: String,
    /// Read to its end ([`Bytes`]), or still to be read ([`ResponseBody`]).
    pub(super) body: B,
}

/// What a caller wants of the body of a successful response.
pub(super) trait TakeBody: Sized + Send {
    fn take(body: ResponseBody) -> impl Future<Output = Result<Self, TransportError>> + Send;
}

impl TakeBody for Bytes {
    async fn take(body: ResponseBody) -> Result<Self, TransportError> {
        body.read_to_end(LARGEST_BODY).await
    }
}

impl TakeBody for ResponseBody {
    async fn take(body: ResponseBody) -> Result<Self, TransportError> {
        Ok(body)
    }
}

/// A response with any other status.
pub(super) struct ErrorResponse {
    pub(super) status: StatusCode,
    /// How long the server asks to wait.
    pub(super) retry_after: Option<Duration>,
    /// What the server says, on one line and short, without the key.
    pub(super) message: String,
}

impl ErrorResponse {
    pub(super) fn new(head: &Parts, body: &[u8], secrets: &Secrets) -> Self {
        let message = read_message(head, body).unwrap_or_else(|| head.status.to_string());
        Self {
            status: head.status,
            retry_after: pyfa_http::retry_after(&head.headers, SystemTime::now()),
            message: one_line(&secrets.mask(message), LONGEST_MESSAGE),
        }
    }

    /// Whether the same node may answer later.
    pub(super) fn is_busy(&self) -> bool {
        match self.status {
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => true,
            // A cluster between two leaders.
            StatusCode::INTERNAL_SERVER_ERROR => {
                self.message.starts_with("Could not find a leader")
            }
            _ => false,
        }
    }

    pub(super) fn into_error(self, operation: &str) -> SearchError {
        let operation = operation.to_owned();
        let message = self.message;
        match self.status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                SearchError::Unauthorized { operation, message }
            }
            StatusCode::NOT_FOUND => SearchError::NotFound { operation, message },
            status => SearchError::Refused {
                operation,
                status: Some(status.as_u16()),
                message,
            },
        }
    }
}

/// What a response that is no success says, if it says anything.
fn read_message(head: &Parts, body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Body {
        message: String,
    }
    let location = head.headers.get(LOCATION);
    if let Some(location) = location.and_then(|location| location.to_str().ok()) {
        // Its query may repeat a key.
        let location = location.split(['?', '#']).next().unwrap_or_default();
        return Some(format!("it answers with a redirect to {location}"));
    }
    let text = match serde_json::from_slice::<Body>(body) {
        Ok(body) => body.message,
        Err(_) => unescaped_message(body.get(..LONGEST_EXCERPT).unwrap_or(body)),
    };
    (!text.trim().is_empty()).then_some(text)
}

/// The text of a message that is not JSON: the server forgets to escape quotes in names.
fn unescaped_message(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let message = text.strip_prefix(r#"{"message": ""#);
    let message = message.and_then(|message| message.strip_suffix(r#""}"#));
    message.unwrap_or(&text).to_owned()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    fn error(head: axum::http::response::Builder, body: &str) -> ErrorResponse {
        let mut key = axum::http::HeaderValue::from_static("a-secret");
        key.set_sensitive(true);
        let secrets = Secrets::from_headers(&[(LOCATION, key)].into_iter().collect());
        let (head, ()) = head.body(()).unwrap().into_parts();
        ErrorResponse::new(&head, body.as_bytes(), &secrets)
    }

    #[test]
    fn messages_are_short_one_line_and_without_the_key() {
        let refused = || axum::http::Response::builder().status(400);
        let text = error(refused(), &"a\n b ".repeat(1000)).message;
        assert!(text.chars().count() == 301 && !text.contains('\n'));
        for (body, message) in [
            (r#"{"message":"wrong key a-secret"}"#, "wrong key ***"),
            (r#"{"message": "no "field""}"#, r#"no "field""#),
            ("", "400 Bad Request"),
        ] {
            assert_eq!(error(refused(), body).message, message);
        }
        let redirect = refused().header(LOCATION, "http://b/?key=a-secret");
        assert_eq!(
            error(redirect, "").message,
            "it answers with a redirect to http://b/"
        );
    }

    #[test]
    fn a_cluster_without_a_leader_is_busy() {
        let failed = || axum::http::Response::builder().status(500);
        assert!(error(failed(), r#"{"message": "Could not find a leader."}"#).is_busy());
        assert!(!error(failed(), r#"{"message": "No."}"#).is_busy());
    }
}
