//! Limits for bodies: their length, and how much of large ones is in memory.

use std::time::Duration;

use pyfa_http::{BodySink, HttpError, HttpRequest};

use super::server::{Reply, Server, head, response};
use super::{Outcome, new_client};

#[tokio::test]
async fn body_limits_hold() -> Outcome {
    let chunk = format!("{:x}\r\n{}\r\n", 6000, "x".repeat(6000));
    let chunked = format!(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{}0\r\n\r\n",
        chunk.repeat(3)
    );
    let packed = gzip_bomb(5000);
    assert!(
        packed.len() < 9000,
        "only the decompressed body is too long"
    );
    let mut bomb = head(200, "content-encoding: gzip\r\n", packed.len() + 1);
    bomb.extend_from_slice(&packed);
    let bodies = [head(200, "", 10_001), chunked.into_bytes(), bomb];
    for body in bodies {
        let server = Server::start(move |_, _| Reply::Stall(body.clone())).await?;
        let request = HttpRequest::new(server.at("x"), "test").body_limit(10_000);
        let error = new_client().get(request).await.unwrap_err();
        assert!(
            matches!(error, HttpError::TooLarge { limit: 10_000, .. }),
            "{error:?}"
        );
        assert!(!error.is_transient());
        assert_eq!(server.count(), 1);
    }
    let server = Server::start(|_, _| response(200, "", "x".repeat(10_000))).await?;
    let request = HttpRequest::new(server.at("x"), "test").body_limit(10_000);
    assert_eq!(new_client().get(request).await?.body.len(), 10_000);
    Ok(())
}

#[tokio::test]
async fn one_large_body_is_in_memory_at_a_time() -> Outcome {
    let server = Server::start(|_, request| {
        let length = if request.contains("small") {
            10
        } else {
            9 << 20
        };
        response(200, "", "x".repeat(length))
    })
    .await?;
    let client = new_client();
    let get =
        |path: &str| client.get(HttpRequest::new(server.at(path), "test").body_limit(16 << 20));
    let first = get("1").await?;
    let mut second = Box::pin(get("2"));
    let waits = tokio::time::timeout(Duration::from_millis(300), &mut second).await;
    assert!(waits.is_err(), "a second large body was read");
    assert_eq!(get("small").await?.body.len(), 10);
    let part = first.body.slice(..10);
    drop(first);
    let waits = tokio::time::timeout(Duration::from_millis(50), &mut second).await;
    assert!(waits.is_err(), "a slice keeps the whole body in memory");
    drop(part);
    assert_eq!(second.await?.body.len(), 9 << 20);
    Ok(())
}

/// What a sink was given.
#[derive(Default)]
struct Taken {
    pieces: usize,
    bytes: Vec<u8>,
}

impl BodySink for Taken {
    fn restart(&mut self) {
        *self = Self::default();
    }

    fn take(&mut self, piece: &[u8]) {
        self.pieces += 1;
        self.bytes.extend_from_slice(piece);
    }
}

#[tokio::test]
async fn a_body_in_pieces_needs_no_place_and_is_taken_once() -> Outcome {
    let body: Vec<u8> = (0..9_u32 << 20)
        .map(|number| number.to_le_bytes()[1])
        .collect();
    let sent = body.clone();
    // The first answer ends after half of it.
    let server = Server::start(move |number, request| {
        let mut answer = head(200, "", sent.len());
        let whole = number > 0 || request.contains("large");
        answer.extend_from_slice(if whole {
            &sent
        } else {
            &sent[..sent.len() / 2]
        });
        if whole {
            Reply::Complete(answer)
        } else {
            Reply::Close(answer)
        }
    })
    .await?;
    let client = new_client();
    let request = |path: &str| HttpRequest::new(server.at(path), "test").body_limit(9 << 20);
    let mut taken = Taken::default();
    let answer = client.get_into(request("file"), &mut taken).await?;
    assert!(
        answer.body.is_empty() && taken.pieces > 1,
        "{}",
        taken.pieces
    );
    assert!(
        taken.bytes == body,
        "{} bytes were taken",
        taken.bytes.len()
    );
    assert_eq!(client.statistics().retries, 1);
    assert_eq!(client.statistics().bytes, body.len() as u64);
    // While another large body is held.
    let held = client.get(request("large")).await?;
    client.get_into(request("file"), &mut taken).await?;
    assert!(
        taken.bytes == held.body,
        "{} bytes were taken",
        taken.bytes.len()
    );
    let long = request("file").body_limit(8 << 20);
    let error = client.get_into(long, &mut taken).await.unwrap_err();
    assert!(matches!(error, HttpError::TooLarge { .. }), "{error:?}");
    Ok(())
}

/// The beginning of a gzip stream: one byte, followed by many copies of 258 bytes.
fn gzip_bomb(copies: usize) -> Vec<u8> {
    let mut stream = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let copy = [1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0];
    let bits = [0, 1, 0].into_iter().chain([0, 0, 1, 1, 0, 0, 0, 0]);
    let bits = bits.chain(copy.into_iter().cycle().take(copies * copy.len()));
    let bits: Vec<u8> = bits.collect();
    stream.extend(bits.chunks(8).map(|byte| {
        byte.iter()
            .enumerate()
            .fold(0, |sum, (place, bit)| sum | bit << place)
    }));
    stream
}
