//! What is answered, and how it looks on the wire.

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::Value;

use crate::problem::Problem;

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// A status and a body.
pub(super) struct Reply {
    status: u16,
    kind: HeaderValue,
    body: Body,
}

impl Reply {
    /// 200 with JSON.
    pub(super) fn ok(value: &Value) -> Self {
        Self::json(200, value)
    }

    /// 201 with JSON.
    pub(super) fn created(value: &Value) -> Self {
        Self::json(201, value)
    }

    fn json(status: u16, value: &Value) -> Self {
        Self {
            status,
            kind: JSON,
            body: Body::from(value.to_string()),
        }
    }

    /// Lines of JSON, which are no JSON.
    pub(super) fn lines(lines: Bytes) -> Self {
        Self::line_stream(Body::from(lines))
    }

    /// Lines as they come.
    pub(super) fn line_stream(body: Body) -> Self {
        Self {
            status: 200,
            kind: TEXT,
            body,
        }
    }

    /// The message of a problem. Its blanks are those that clients have always got.
    pub(super) fn problem(problem: &Problem) -> Self {
        let message = Value::from(problem.message_to_send());
        Self {
            status: problem.status,
            kind: JSON,
            body: Body::from(format!(r#"{{"message": {message}}}"#)),
        }
    }

    /// There is no such route.
    pub(super) fn no_route() -> Self {
        Self {
            status: 404,
            kind: JSON,
            body: Body::from(r#"{ "message": "Not Found"}"#),
        }
    }

    pub(super) fn into_response(self) -> Response {
        let mut response = Response::new(self.body);
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response.headers_mut().insert(CONTENT_TYPE, self.kind);
        response
    }
}
