//! The bodies of requests: read to the end within limits of size and time.

use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use futures::StreamExt;

use crate::problem::{Answer, Problem};

/// How long a client may leave a body unfinished without sending more of it.
const PATIENCE: Duration = Duration::from_mins(1);
/// Bytes of a refused request that are read so that its sender gets to read why.
const DRAINED: usize = 16 << 20;
const DRAIN_PATIENCE: Duration = Duration::from_secs(5);

/// The next piece; `None` at the end.
pub(super) async fn next(pieces: &mut BodyDataStream) -> Answer<Option<Bytes>> {
    match tokio::time::timeout(PATIENCE, pieces.next()).await {
        Ok(piece) => piece.transpose().map_err(|error| {
            Problem::bad_request(format!("The body of the request ended early: {error}"))
        }),
        Err(_) => Err(Problem::new(408, "The body of the request did not arrive.")),
    }
}

/// The whole body.
pub(super) async fn read(body: Body, most: usize) -> Answer<Bytes> {
    let mut pieces = body.into_data_stream();
    let Some(first) = next(&mut pieces).await? else {
        return Ok(Bytes::new());
    };
    let mut size = first.len();
    let mut whole = vec![first];
    while size <= most
        && let Some(piece) = next(&mut pieces).await?
    {
        size += piece.len();
        whole.push(piece);
    }
    if size > most {
        drain_pieces(pieces).await;
        return Err(Problem::new(
            413,
            format!("The body of a request has at most {most} bytes; import documents as lines."),
        ));
    }
    match whole.as_slice() {
        [only] => Ok(only.clone()),
        pieces => Ok(pieces.concat().into()),
    }
}

/// Reads what nobody wants: a client that is still sending would not see the answer.
pub(super) async fn drain(body: Body) {
    drain_pieces(body.into_data_stream()).await;
}

/// See [`drain`].
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
    // Whoever is slower than this is not waited for.
    let _ = tokio::time::timeout(DRAIN_PATIENCE, reading).await;
}
