//! What is answered, and how it looks on the wire.

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::Value;

use crate::error::{EngineError, EngineResult, ErrorCode};
use crate::memory::{MemoryPool, Reservation};

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// The HTTP status of an error, as the API has it.
#[must_use]
pub fn http_status(code: ErrorCode) -> u16 {
    match code {
        ErrorCode::InvalidRequest => 400,
        ErrorCode::Unauthorized => 401,
        ErrorCode::NotFound => 404,
        ErrorCode::TimedOut => 408,
        ErrorCode::Conflict => 409,
        ErrorCode::TooLarge => 413,
        ErrorCode::OutOfRange => 422,
        ErrorCode::AliasConflict | ErrorCode::Internal => 500,
        ErrorCode::Unsupported => 501,
        ErrorCode::Unavailable => 503,
    }
}

/// A status and a body.
pub(super) struct Reply {
    status: u16,
    kind: HeaderValue,
    content: Content,
    /// What a whole content takes of the room for answers.
    reservation: Reservation,
}

enum Content {
    Whole(Bytes),
    Pieces(Body),
}

struct ReservedBytes(
    Bytes,
    #[expect(dead_code, reason = "it is there to be dropped")] Reservation,
);

impl AsRef<[u8]> for ReservedBytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Bytes that hold their room until the last of them is sent.
pub(super) fn reserved_bytes(bytes: Bytes, reservation: Reservation) -> Bytes {
    Bytes::from_owner(ReservedBytes(bytes, reservation))
}

/// Answers below need no room: that there is none has to be said, too.
const SMALL: usize = 4 * 1024;

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
        Self::whole(status, JSON, value.to_string())
    }

    fn whole(status: u16, kind: HeaderValue, content: impl Into<Bytes>) -> Self {
        Self {
            status,
            kind,
            content: Content::Whole(content.into()),
            reservation: Reservation::default(),
        }
    }

    /// Lines of JSON, which are not JSON.
    pub(super) fn lines(lines: Bytes) -> Self {
        Self::whole(200, TEXT, lines)
    }

    /// Lines as they come; who sends them sees to their room.
    pub(super) fn line_stream(body: Body) -> Self {
        Self {
            status: 200,
            kind: TEXT,
            content: Content::Pieces(body),
            reservation: Reservation::default(),
        }
    }

    /// With room that was taken before.
    pub(super) fn with_reservation(self, reservation: Reservation) -> Self {
        Self {
            reservation,
            ..self
        }
    }

    /// Holds as much room as it takes until it is sent.
    pub(super) async fn reserve_memory(mut self, answers: &MemoryPool) -> EngineResult<Self> {
        if let Content::Whole(bytes) = &self.content {
            let size = bytes.len();
            self.reservation.shrink(size);
            if size > SMALL {
                let missing = size - self.reservation.bytes();
                self.reservation.add(answers.take(missing).await?);
            }
        }
        Ok(self)
    }

    /// The status and message of an error. Its blanks are those that clients have always got.
    pub(super) fn error(error: &EngineError) -> Self {
        let message = Value::from(error.message_to_send());
        Self::whole(
            http_status(error.code),
            JSON,
            format!(r#"{{"message": {message}}}"#),
        )
    }

    /// There is no such route.
    pub(super) fn no_route() -> Self {
        Self::whole(404, JSON, r#"{ "message": "Not Found"}"#)
    }

    pub(super) fn into_response(self) -> Response {
        let body = match self.content {
            Content::Whole(bytes) if self.reservation.bytes() > 0 => {
                Body::from(reserved_bytes(bytes, self.reservation))
            }
            Content::Whole(bytes) => Body::from(bytes),
            Content::Pieces(body) => body,
        };
        let mut response = Response::new(body);
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response.headers_mut().insert(CONTENT_TYPE, self.kind);
        response
    }
}
