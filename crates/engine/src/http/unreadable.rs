//! What a client is told whose request the HTTP library could not read.
//!
//! The library refuses such a request with a bare status and closes the connection. A sentence helps
//! more: usually a `<`, `>` or `"` was not percent-encoded in the request line. [`Turns`] knows
//! whether a route is answering; if none is, what the library writes are its own words, and
//! [`Turns::answer`] takes their place. No request is read here, let alone repaired. Used by
//! [`super::connections`].

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use serde_json::json;

/// Where the library's status line has its number.
const STATUS: std::ops::Range<usize> = 9..12;

/// Whose turn it is to speak on one connection.
#[derive(Debug, Clone)]
pub(super) struct Turns(Arc<Counts>);

#[derive(Debug)]
struct Counts {
    /// Requests that were handed to the routes.
    begun: AtomicUsize,
    /// Those of them whose answers were made to their end, or given up.
    ended: AtomicUsize,
    /// Those whose answers have left.
    flushed: AtomicUsize,
    /// When the last of them left, or the connection came.
    quiet_since: Mutex<Instant>,
}

impl Default for Turns {
    fn default() -> Self {
        Self(Arc::new(Counts {
            begun: AtomicUsize::default(),
            ended: AtomicUsize::default(),
            flushed: AtomicUsize::default(),
            quiet_since: Mutex::new(Instant::now()),
        }))
    }
}

impl Turns {
    /// Whether nothing was asked for so long.
    pub(super) fn are_quiet_for(&self, time: Duration) -> bool {
        let counts = &self.0;
        let since = counts.quiet_since.lock();
        counts.begun.load(Ordering::Relaxed) == counts.flushed.load(Ordering::Relaxed)
            && since.unwrap_or_else(PoisonError::into_inner).elapsed() >= time
    }

    /// Has a request answered by the routes, which are speaking until the body of the answer ends.
    pub(super) fn take<A, E>(
        &self,
        answering: A,
    ) -> impl Future<Output = Result<Response, E>> + use<A, E>
    where
        A: Future<Output = Result<Response, E>>,
    {
        self.0.begun.fetch_add(1, Ordering::Relaxed);
        let turn = Turn(Arc::clone(&self.0));
        async move {
            let response = answering.await?;
            Ok(response.map(|body| Body::new(Answering { body, _turn: turn })))
        }
    }

    /// Notes that everything written so far has left.
    pub(super) fn flushed(&self) {
        let counts = &self.0;
        let ended = counts.ended.load(Ordering::Relaxed);
        if counts.flushed.swap(ended, Ordering::Relaxed) != ended {
            let mut since = counts
                .quiet_since
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            *since = Instant::now();
        }
    }

    /// What to write instead of what the library says by itself; nothing while a route is speaking.
    pub(super) fn answer(&self, said: &[u8]) -> Option<Vec<u8>> {
        let counts = &self.0;
        if counts.begun.load(Ordering::Relaxed) != counts.flushed.load(Ordering::Relaxed) {
            return None;
        }
        let (status, message) = match said.get(STATUS)? {
            b"400" => (
                "400 Bad Request",
                "The request is malformed. In its first line, characters such as `<`, `>`, `\"` and \
                 spaces have to be percent-encoded: `filter_by=n:%3E5` for `n:>5`, which is what \
                 `curl -G --data-urlencode 'filter_by=n:>5'` sends.",
            ),
            b"414" => (
                "414 URI Too Long",
                "The address is too long. Send a large search in the body of `POST /multi_search`.",
            ),
            b"431" => (
                "431 Request Header Fields Too Large",
                "The head of the request is too large.",
            ),
            _ => return None,
        };
        let body = json!({ "message": message }).to_string();
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json; charset=utf-8\r\n\
             access-control-allow-origin: *\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        Some((head + &body).into_bytes())
    }
}

/// Dropped when an answer is made, or when nobody waits for it any more.
struct Turn(Arc<Counts>);

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::Relaxed);
    }
}

/// The body of an answer, during which a route is speaking.
struct Answering {
    body: Body,
    _turn: Turn,
}

impl HttpBody for Answering {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_library_is_answered_for_only_while_no_route_speaks() {
        let turns = Turns::default();
        let said = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
        assert!(turns.answer(said).is_some());
        let answering = turns.take(async { Ok::<_, ()>(Response::new(Body::from("x"))) });
        assert!(turns.answer(said).is_none());
        let response = answering.await;
        turns.flushed();
        assert!(turns.answer(said).is_none(), "the body is on its way");
        drop(response);
        assert!(turns.answer(said).is_none(), "the body has not left");
        turns.flushed();
        assert!(turns.answer(said).is_some());
        assert!(turns.answer(b"HTTP/1.1 100 Continue\r\n\r\n").is_none());
        // A request that nobody waits for any more.
        drop(turns.take(async { Err::<Response, _>(()) }));
        turns.flushed();
        assert!(turns.answer(said).is_some());
    }
}
