//! Reading bodies, within limits.

use std::{sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use reqwest::Response;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};

use crate::secrets::Secrets;
use crate::text::{one_line, root_cause};

/// How much of a refusal's body is looked at.
const EXCERPT_BYTES: u64 = 64 << 10;
const EXCERPT_TIME: Duration = Duration::from_secs(10);
/// How much of it is shown.
const EXCERPT_CHARACTERS: usize = 200;
/// Most memory reserved on the word of a `Content-Length`.
const RESERVE: usize = 8 << 20;

/// A longer body is read only while few others as long are held.
const LARGE: usize = 8 << 20;
/// Large bodies that are held at the same time, from their first large piece until their last
/// owner lets go of them.
const MOST_LARGE: usize = 2;

/// Room for large bodies, shared by all requests of a client.
#[derive(Debug, Clone)]
pub(crate) struct Room(Arc<Semaphore>);

impl Default for Room {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MOST_LARGE)))
    }
}

/// A large body, which keeps its place as long as anybody has it.
struct Placed {
    body: Bytes,
    _place: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Placed {
    fn as_ref(&self) -> &[u8] {
        &self.body
    }
}

/// Why a body was not read to its end.
#[derive(Debug)]
pub(crate) enum Unread {
    TooLarge,
    /// Other large bodies were held for too long.
    NoRoom,
    /// Bytes kept coming, too few of them for too long.
    Dripping,
    Broken(reqwest::Error),
}

impl From<reqwest::Error> for Unread {
    fn from(error: reqwest::Error) -> Self {
        Self::Broken(error)
    }
}

/// The whole body, unless it is longer than `limit` bytes after decompression.
///
/// Silence is ended by the read time-out of the connection, so that looking at the clock
/// between two pieces is enough to hold the deadline. Whoever holds a large body must not wait for
/// another one.
pub(crate) async fn read(
    response: &mut Response,
    limit: u64,
    deadline: Instant,
    room: &Room,
) -> Result<Bytes, Unread> {
    let announced = response.content_length();
    if announced.is_some_and(|length| length > limit) {
        return Err(Unread::TooLarge);
    }
    let within = |length: usize| match u64::try_from(length) {
        Ok(length) if length <= limit => Ok(()),
        _ => Err(Unread::TooLarge),
    };
    let Some(first) = response.chunk().await? else {
        return Ok(Bytes::new());
    };
    within(first.len())?;
    // Most bodies arrive in one piece and are passed on without a copy.
    let Some(mut chunk) = response.chunk().await? else {
        return Ok(first);
    };
    let reserve = announced.map_or(0, |length| usize::try_from(length).unwrap_or(RESERVE));
    let mut body = BytesMut::with_capacity(reserve.clamp(first.len(), RESERVE.max(first.len())));
    body.extend_from_slice(&first);
    let mut place = None;
    loop {
        within(body.len() + chunk.len())?;
        if place.is_none() && body.len() + chunk.len() > LARGE {
            let free = timeout_at(deadline, Arc::clone(&room.0).acquire_owned()).await;
            place = Some(free.ok().and_then(Result::ok).ok_or(Unread::NoRoom)?);
        }
        body.extend_from_slice(&chunk);
        if Instant::now() > deadline {
            return Err(Unread::Dripping);
        }
        let Some(next) = response.chunk().await? else {
            let body = body.freeze();
            return Ok(match place {
                Some(place) => Bytes::from_owner(Placed {
                    body,
                    _place: place,
                }),
                None => body,
            });
        };
        chunk = next;
    }
}

/// The beginning of a refusal's body, on one line. Reading it also leaves the connection
/// free for the next request.
pub(crate) async fn excerpt(response: &mut Response, secrets: &Secrets) -> String {
    let deadline = Instant::now() + EXCERPT_TIME;
    let body = read(response, EXCERPT_BYTES, deadline, &Room::default())
        .await
        .unwrap_or_default();
    // Masked before it is cut, which could leave a part of a secret.
    let text = secrets.mask(String::from_utf8_lossy(&body).into_owned());
    let line = one_line(&text, EXCERPT_CHARACTERS);
    if line.is_empty() {
        "no reason given".to_owned()
    } else {
        line
    }
}

/// What went wrong below us, from the outside in, without the URL.
pub(crate) fn reason(error: reqwest::Error) -> String {
    let error = error.without_url();
    let kind = if error.is_timeout() {
        "time-out"
    } else if error.is_connect() {
        "no connection"
    } else if error.is_body() || error.is_decode() {
        "incomplete answer"
    } else {
        "request failed"
    };
    format!("{kind} ({})", root_cause(&error))
}
