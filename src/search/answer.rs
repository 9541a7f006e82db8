//! The body of an answer as it comes, whoever sends it.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::Version;
use axum::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use axum::http::response::Parts;
use bytes::Bytes;
use futures::StreamExt;

use super::nodes::{Fault, innermost, too_late};

/// An answer whose head has been read.
pub(super) struct Answer {
    pieces: BodyDataStream,
    /// How long it may be silent.
    patience: Duration,
    tells_its_end: bool,
}

impl Answer {
    /// `is_whole` says that a body that breaks off is always an error, whatever its head says.
    pub(super) fn new(head: &Parts, body: Body, is_whole: bool, patience: Duration) -> Self {
        let tells_its_end = is_whole
            || head.version > Version::HTTP_11
            || head.headers.contains_key(CONTENT_LENGTH)
            || head.headers.contains_key(TRANSFER_ENCODING);
        Self {
            pieces: body.into_data_stream(),
            patience,
            tells_its_end,
        }
    }

    /// Whether a body that breaks off differs from one that is whole.
    pub(super) fn tells_its_end(&self) -> bool {
        self.tells_its_end
    }

    /// The next piece; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, (Fault, String)> {
        match tokio::time::timeout(self.patience, self.pieces.next()).await {
            Err(_) => Err(too_late()),
            Ok(None) => Ok(None),
            Ok(Some(Ok(piece))) => Ok(Some(piece)),
            Ok(Some(Err(error))) => Err((Fault::Broken, innermost(&error))),
        }
    }
}
