//! The bodies of requests: read to the end within limits of size and time.

use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes, HttpBody};
use bytes::BytesMut;
use futures::StreamExt;

use crate::error::{EngineError, EngineResult, ErrorCode};
use crate::memory::{MemoryPool, Reservation};
use crate::settings::EngineSettings;

/// Bytes of a refused request that are read while it is answered: a client that is still sending would
/// not see the answer.
const DRAINED: usize = 16 << 20;
const DRAIN_PATIENCE: Duration = Duration::from_secs(5);

/// The next piece; `None` at the end. A client that sends nothing for that long is given up.
pub(super) async fn next_piece(
    pieces: &mut BodyDataStream,
    patience: Duration,
) -> EngineResult<Option<Bytes>> {
    match tokio::time::timeout(patience, pieces.next()).await {
        Ok(piece) => piece.transpose().map_err(|error| {
            EngineError::invalid(format!("The body of the request ended early: {error}"))
        }),
        Err(_) => Err(late()),
    }
}

fn late() -> EngineError {
    EngineError::new(
        ErrorCode::TimedOut,
        "The body of the request did not arrive in time.",
    )
}

/// A body in memory.
pub(super) struct BufferedBody {
    pub(super) bytes: Bytes,
    /// What it takes of the room that all bodies share; to be held as long as they are.
    pub(super) reservation: Reservation,
}

/// How bodies are read into memory.
pub(super) struct BodyReader<'a> {
    pub(super) limits: &'a EngineSettings,
    /// Bytes of the body.
    pub(super) most: usize,
    /// How long the whole body may take, if it matters.
    pub(super) within: Option<Duration>,
    /// Bytes that are left for bodies.
    pub(super) memory: &'a MemoryPool,
}

impl BodyReader<'_> {
    /// The whole body. Room is not waited for: those that fill it may wait themselves.
    pub(super) async fn read(&self, body: Body) -> EngineResult<BufferedBody> {
        let reading = self.read_to_end(body);
        match self.within {
            Some(limit) => tokio::time::timeout(limit, reading)
                .await
                .unwrap_or_else(|_| Err(late())),
            None => reading.await,
        }
    }

    async fn read_to_end(&self, body: Body) -> EngineResult<BufferedBody> {
        let (most, patience) = (self.most, self.limits.body_patience);
        let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        let mut pieces = body.into_data_stream();
        let mut reservation = Reservation::default();
        if announced <= most {
            let mut whole = next_piece(&mut pieces, patience).await?.unwrap_or_default();
            reservation.add(self.memory.try_take(whole.len())?);
            if whole.len() < announced || announced == 0 {
                let mut joined = BytesMut::from(whole);
                while joined.len() <= most
                    && let Some(piece) = next_piece(&mut pieces, patience).await?
                {
                    reservation.add(self.memory.try_take(piece.len())?);
                    joined.extend_from_slice(&piece);
                }
                whole = joined.freeze();
            }
            if whole.len() <= most {
                return Ok(BufferedBody {
                    bytes: whole,
                    reservation,
                });
            }
        }
        tokio::spawn(drain_pieces(pieces));
        Err(EngineError::new(
            ErrorCode::TooLarge,
            format!("The body of a request has at most {most} bytes; import documents as lines."),
        ))
    }
}

/// Reads the body of a refused request for a while, and drops it, while the answer is sent.
pub(super) fn drain(body: Body) {
    if body.is_end_stream() {
        return;
    }
    tokio::spawn(drain_pieces(body.into_data_stream()));
}

/// Reads what is left of such a body.
pub(super) async fn drain_pieces(mut pieces: BodyDataStream) {
    let reading = async {
        let mut left = DRAINED;
        while let Some(Ok(piece)) = pieces.next().await {
            if piece.len() > left {
                break;
            }
            left -= piece.len();
        }
    };
    // A slower client is not waited for.
    let _ = tokio::time::timeout(DRAIN_PATIENCE, reading).await;
}
