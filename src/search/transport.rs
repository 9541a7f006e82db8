//! How a request reaches a search server: the trait that every kind of server implements, why a
//! request may get no response, and the body of a response as it arrives.
//!
//! There are two kinds: a Typesense server at an address ([`remote`](super::remote)), and the engine
//! of a folder ([`embedded`](super::embedded)), which this process calls directly if it owns the
//! folder. A transport sends a request once. Retries, failover and the limit on bodies are the
//! business of [`failover`](super::failover), the same for all of them.

use std::error::Error;
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use axum::http::response::Parts;
use axum::http::{Request, Response, Version};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use futures::future::BoxFuture;
use pyfa_http::{one_line, root_cause};
use thiserror::Error;

/// Characters of a cause or of a server's message that are shown.
pub(super) const LONGEST_MESSAGE: usize = 300;

/// Carries requests to one search server.
pub(super) trait Transport: Send + Sync {
    /// Names the server in messages, in the ledger and in locks.
    fn address(&self) -> String;

    /// Whether it is the embedded engine: its responses always show whether they are complete, and
    /// after a broken connection another process may answer in its place.
    fn is_embedded(&self) -> bool;

    /// Sends a request whose URI is a path, and returns as soon as the head of the response is
    /// there.
    fn send(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Body>, TransportError>>;
}

type Cause = Box<dyn Error + Send + Sync>;

/// Why a request has no response.
#[derive(Debug, Error)]
pub(super) enum TransportError {
    /// It was not sent, because it writes and the permission to write is lost.
    #[error("this process may not write any more")]
    NotPermitted,
    /// Nothing of it reached the server.
    #[error("{}", shown(.0))]
    NotSent(#[source] Cause),
    #[error("no answer in time")]
    TimedOut,
    #[error("its answer is too large")]
    TooLarge,
    /// The connection broke.
    #[error("{}", shown(.0))]
    Interrupted(#[source] Cause),
}

/// What is known of a request without a response, from the clearest case to the most doubtful.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Delivery {
    NotSent,
    /// It may have been carried out, and the server may still be at it.
    TimedOut,
    /// It may have been carried out.
    Interrupted,
}

impl TransportError {
    pub(super) fn not_sent(cause: impl Into<Cause>) -> Self {
        Self::NotSent(cause.into())
    }

    pub(super) fn interrupted(cause: impl Into<Cause>) -> Self {
        Self::Interrupted(cause.into())
    }

    pub(super) fn delivery(&self) -> Delivery {
        match self {
            Self::NotPermitted | Self::NotSent(_) => Delivery::NotSent,
            Self::TimedOut => Delivery::TimedOut,
            Self::TooLarge | Self::Interrupted(_) => Delivery::Interrupted,
        }
    }
}

fn shown(cause: &Cause) -> String {
    one_line(&root_cause(&**cause).to_string(), LONGEST_MESSAGE)
}

/// The body of a response whose head has been read.
pub(super) struct ResponseBody {
    chunks: BodyDataStream,
    /// How long the server may be silent between two chunks.
    longest_silence: Duration,
    has_known_end: bool,
}

impl ResponseBody {
    /// `always_ends` says that a body that breaks off is always an error, whatever its head says.
    pub(super) fn new(
        head: &Parts,
        body: Body,
        always_ends: bool,
        longest_silence: Duration,
    ) -> Self {
        let has_known_end = always_ends
            || head.version > Version::HTTP_11
            || head.headers.contains_key(CONTENT_LENGTH)
            || head.headers.contains_key(TRANSFER_ENCODING);
        Self {
            chunks: body.into_data_stream(),
            longest_silence,
            has_known_end,
        }
    }

    /// Whether a body that breaks off differs from a complete one.
    pub(super) fn has_known_end(&self) -> bool {
        self.has_known_end
    }

    /// Reads the next chunk; `None` at the end.
    pub(super) async fn next_chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
        match tokio::time::timeout(self.longest_silence, self.chunks.next()).await {
            Err(_) => Err(TransportError::TimedOut),
            Ok(None) => Ok(None),
            Ok(Some(Ok(chunk))) => Ok(Some(chunk)),
            Ok(Some(Err(error))) => Err(TransportError::interrupted(error)),
        }
    }

    /// Reads the whole body, of at most `limit` bytes.
    pub(super) async fn read_to_end(mut self, limit: usize) -> Result<Bytes, TransportError> {
        let mut body = BytesMut::new();
        while let Some(chunk) = self.next_chunk().await? {
            if body.len() + chunk.len() > limit {
                return Err(TransportError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }
}
