//! What a client is told whose request the HTTP library could not read.
//!
//! The library refuses such a request with a bare status and closes the connection. A sentence helps
//! more: usually a `<`, `>` or `"` was not percent-encoded in the request line. [`ResponseTracker`] knows
//! whether a route is answering; if none is, what the library writes are its own words, and
//! [`ResponseTracker::replace_rejection`] takes their place. No request is read here, let alone repaired. Used by
//! [`super::connections`].

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use serde_json::json;

/// Where the library's status line has its number.
const STATUS: std::ops::Range<usize> = 9..12;

/// Whether a route is responding on one connection, and since when.
#[derive(Debug, Clone)]
pub(super) struct ResponseTracker(Arc<ResponseCounts>);

#[derive(Debug)]
struct ResponseCounts {
    /// Requests that were handed to the routes.
    begun: AtomicUsize,
    /// Those of them whose answers were made to their end, or given up.
    ended: AtomicUsize,
    /// Those whose answers have left.
    flushed: AtomicUsize,
    /// When the last request came or the last answer left, or else the connection came.
    since: Mutex<Instant>,
}

impl Default for ResponseTracker {
    fn default() -> Self {
        Self(Arc::new(ResponseCounts {
            begun: AtomicUsize::default(),
            ended: AtomicUsize::default(),
            flushed: AtomicUsize::default(),
            since: Mutex::new(Instant::now()),
        }))
    }
}

impl ResponseTracker {
    /// Whether no request is being answered.
    pub(super) fn is_idle(&self) -> bool {
        self.0.begun.load(Ordering::Relaxed) == self.0.flushed.load(Ordering::Relaxed)
    }

    /// Since when the connection has been answering its request, or has been idle.
    pub(super) fn since(&self) -> Instant {
        *self.0.since.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin_step(&self) {
        *self.0.since.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Has a request answered by the routes, which are speaking until the body of the answer ends.
    pub(super) fn track<A, E>(
        &self,
        answering: A,
    ) -> impl Future<Output = Result<Response, E>> + use<A, E>
    where
        A: Future<Output = Result<Response, E>>,
    {
        self.0.begun.fetch_add(1, Ordering::Relaxed);
        self.begin_step();
        let in_progress = ResponseInProgress(Arc::clone(&self.0));
        async move {
            let response = answering.await?;
            Ok(response.map(|body| {
                Body::new(TrackedBody {
                    body,
                    _in_progress: in_progress,
                })
            }))
        }
    }

    /// Notes that everything written so far has left.
    pub(super) fn flushed(&self) {
        let counts = &self.0;
        let ended = counts.ended.load(Ordering::Relaxed);
        if counts.flushed.swap(ended, Ordering::Relaxed) != ended {
            self.begin_step();
        }
    }

    /// What to write instead of what the library says by itself; nothing while a route is speaking.
    pub(super) fn replace_rejection(&self, said: &[u8]) -> Option<Vec<u8>> {
        if !self.is_idle() {
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
struct ResponseInProgress(Arc<ResponseCounts>);

impl Drop for ResponseInProgress {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::Relaxed);
    }
}

/// The body of an answer, during which a route is speaking.
struct TrackedBody {
    body: Body,
    _in_progress: ResponseInProgress,
}

impl HttpBody for TrackedBody {
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
        let tracker = ResponseTracker::default();
        let said = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
        assert!(tracker.replace_rejection(said).is_some());
        let answering = tracker.track(async { Ok::<_, ()>(Response::new(Body::from("x"))) });
        assert!(tracker.replace_rejection(said).is_none());
        let response = answering.await;
        tracker.flushed();
        assert!(
            tracker.replace_rejection(said).is_none(),
            "the body is on its way"
        );
        drop(response);
        assert!(
            tracker.replace_rejection(said).is_none(),
            "the body has not left"
        );
        tracker.flushed();
        assert!(tracker.replace_rejection(said).is_some());
        assert!(
            tracker
                .replace_rejection(b"HTTP/1.1 100 Continue\r\n\r\n")
                .is_none()
        );
        // A request that nobody waits for any more.
        drop(tracker.track(async { Err::<Response, _>(()) }));
        tracker.flushed();
        assert!(tracker.replace_rejection(said).is_some());
    }
}
