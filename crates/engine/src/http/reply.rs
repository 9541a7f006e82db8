//! What is answered, and how it looks on the wire.

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::Value;

use crate::problem::{Answer, Problem};
use crate::room::{Held, Room};

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// A status and a body.
pub(super) struct Reply {
    status: u16,
    kind: HeaderValue,
    content: Content,
    /// What a whole content takes of the room for answers.
    room: Held,
}

enum Content {
    Whole(Bytes),
    Pieces(Body),
}

struct Kept(
    Bytes,
    #[expect(dead_code, reason = "it is there to be dropped")] Held,
);

impl AsRef<[u8]> for Kept {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Bytes that hold their room until the last of them is sent.
pub(super) fn kept(bytes: Bytes, room: Held) -> Bytes {
    Bytes::from_owner(Kept(bytes, room))
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
            room: Held::default(),
        }
    }

    /// Lines of JSON, which are no JSON.
    pub(super) fn lines(lines: Bytes) -> Self {
        Self::whole(200, TEXT, lines)
    }

    /// Lines as they come; who sends them sees to their room.
    pub(super) fn line_stream(body: Body) -> Self {
        Self {
            status: 200,
            kind: TEXT,
            content: Content::Pieces(body),
            room: Held::default(),
        }
    }

    /// With room that was taken before.
    pub(super) fn with_room(self, room: Held) -> Self {
        Self { room, ..self }
    }

    /// Holds as much room as it takes until it is sent.
    pub(super) async fn held_in(mut self, answers: &Room) -> Answer<Self> {
        if let Content::Whole(bytes) = &self.content {
            let bytes = bytes.len();
            self.room.shrink(bytes);
            if bytes > SMALL {
                let missing = bytes - self.room.bytes();
                self.room.add(answers.take(missing).await?);
            }
        }
        Ok(self)
    }

    /// The message of a problem. Its blanks are those that clients have always got.
    pub(super) fn problem(problem: &Problem) -> Self {
        let message = Value::from(problem.message_to_send());
        Self::whole(problem.status, JSON, format!(r#"{{"message": {message}}}"#))
    }

    /// There is no such route.
    pub(super) fn no_route() -> Self {
        Self::whole(404, JSON, r#"{ "message": "Not Found"}"#)
    }

    pub(super) fn into_response(self) -> Response {
        let body = match self.content {
            Content::Whole(bytes) if self.room.bytes() > 0 => Body::from(kept(bytes, self.room)),
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
