//! Reads bodies within limits of size, time and memory.

use std::{sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use reqwest::Response;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};

use crate::secrets::Secrets;
use crate::text::{one_line, root_cause};

/// How much of an error response is read.
const EXCERPT_BYTES: u64 = 64 << 10;
const EXCERPT_TIME: Duration = Duration::from_secs(10);
/// How much of it is shown.
const EXCERPT_CHARACTERS: usize = 200;
/// The most memory that is reserved because of a `Content-Length`.
const MAX_RESERVED: usize = 8 << 20;

/// A body longer than this counts as large.
const LARGE_BODY_BYTES: usize = 8 << 20;

/// The permit for a large body, shared by all requests of a client. There is one: what is made of a
/// body may take more memory than the body.
#[derive(Debug, Clone)]
pub(crate) struct LargeBodyPermit(Arc<Semaphore>);

impl Default for LargeBodyPermit {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

/// Takes a body piece by piece, so that it is never in memory as a whole.
pub trait BodySink: Send {
    /// Forgets what it has taken: the request is sent again.
    fn restart(&mut self);

    /// Takes the next piece.
    fn take(&mut self, piece: &[u8]);
}

/// A large body, which holds its permit until the last clone is dropped.
struct PermittedBody {
    body: Bytes,
    _permit: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for PermittedBody {
    fn as_ref(&self) -> &[u8] {
        &self.body
    }
}

/// Why a body was not read to its end.
#[derive(Debug)]
pub(crate) enum BodyError {
    TooLarge,
    /// The permit for a large body did not become free before the deadline.
    NoPermit,
    /// The body did not finish before the deadline.
    TimedOut,
    Transport(reqwest::Error),
}

impl From<reqwest::Error> for BodyError {
    fn from(error: reqwest::Error) -> Self {
        Self::Transport(error)
    }
}

/// Reads the whole body, which may be up to `limit` bytes long after decompression.
///
/// The read timeout of the connection limits each chunk, so the deadline is only checked between
/// chunks. A caller that holds a large body must not wait for another one.
pub(crate) async fn read_body(
    response: &mut Response,
    limit: u64,
    deadline: Instant,
    permit: &LargeBodyPermit,
) -> Result<Bytes, BodyError> {
    let content_length = response.content_length();
    if content_length.is_some_and(|length| length > limit) {
        return Err(BodyError::TooLarge);
    }
    let within = |length: usize| match u64::try_from(length) {
        Ok(length) if length <= limit => Ok(()),
        _ => Err(BodyError::TooLarge),
    };
    let Some(first) = response.chunk().await? else {
        return Ok(Bytes::new());
    };
    within(first.len())?;
    // Most bodies arrive in one piece and are passed on without a copy.
    let Some(mut chunk) = response.chunk().await? else {
        return Ok(first);
    };
    let reserve =
        content_length.map_or(0, |length| usize::try_from(length).unwrap_or(MAX_RESERVED));
    let mut body =
        BytesMut::with_capacity(reserve.clamp(first.len(), MAX_RESERVED.max(first.len())));
    body.extend_from_slice(&first);
    let mut held = None;
    loop {
        within(body.len() + chunk.len())?;
        if held.is_none() && body.len() + chunk.len() > LARGE_BODY_BYTES {
            let acquired = timeout_at(deadline, Arc::clone(&permit.0).acquire_owned()).await;
            held = Some(
                acquired
                    .ok()
                    .and_then(Result::ok)
                    .ok_or(BodyError::NoPermit)?,
            );
        }
        body.extend_from_slice(&chunk);
        if Instant::now() > deadline {
            return Err(BodyError::TimedOut);
        }
        let Some(next) = response.chunk().await? else {
            let body = body.freeze();
            return Ok(match held {
                Some(permit) => Bytes::from_owner(PermittedBody {
                    body,
                    _permit: permit,
                }),
                None => body,
            });
        };
        chunk = next;
    }
}

/// Gives a body of up to `limit` bytes to `sink`; how many bytes it has.
pub(crate) async fn read_into(
    response: &mut Response,
    limit: u64,
    deadline: Instant,
    sink: &mut dyn BodySink,
) -> Result<u64, BodyError> {
    sink.restart();
    let mut length = 0;
    while let Some(piece) = response.chunk().await? {
        length += piece.len() as u64;
        if length > limit {
            return Err(BodyError::TooLarge);
        }
        if Instant::now() > deadline {
            return Err(BodyError::TimedOut);
        }
        sink.take(&piece);
    }
    Ok(length)
}

/// Reads the beginning of an error response, as one line. That also frees the connection for the
/// next request.
pub(crate) async fn read_excerpt(response: &mut Response, secrets: &Secrets) -> String {
    let deadline = Instant::now() + EXCERPT_TIME;
    let body = read_body(
        response,
        EXCERPT_BYTES,
        deadline,
        &LargeBodyPermit::default(),
    )
    .await
    .unwrap_or_default();
    // Mask before cutting, which could leave a part of a secret.
    let text = secrets.mask(String::from_utf8_lossy(&body).into_owned());
    let line = one_line(&text, EXCERPT_CHARACTERS);
    if line.is_empty() {
        "no message".to_owned()
    } else {
        line
    }
}

/// The kind and the root cause of a transport error, without the URL.
pub(crate) fn describe_error(error: reqwest::Error) -> String {
    let error = error.without_url();
    let kind = if error.is_timeout() {
        "timeout"
    } else if error.is_connect() {
        "connection failed"
    } else if error.is_body() || error.is_decode() {
        "incomplete response"
    } else {
        "request failed"
    };
    format!("{kind} ({})", root_cause(&error))
}
