//! How much of a body the client takes, and how much it holds at once.

use std::time::Duration;

use pyfa_http::{Error, Request};

use super::server::{Reply, Server, answer, head};
use super::{Outcome, client};

#[tokio::test]
async fn no_body_is_longer_than_allowed() -> Outcome {
    let chunk = format!("{:x}\r\n{}\r\n", 6000, "x".repeat(6000));
    let chunked = format!(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{}0\r\n\r\n",
        chunk.repeat(3)
    );
    let packed = gzip_bomb(5000);
    assert!(packed.len() < 9000, "only what it unpacks to is too long");
    let mut bomb = head(200, "content-encoding: gzip\r\n", packed.len() + 1);
    bomb.extend_from_slice(&packed);
    let bodies = [head(200, "", 10_001), chunked.into_bytes(), bomb];
    for body in bodies {
        let server = Server::start(move |_, _| Reply::Stall(body.clone())).await?;
        let request = Request::new(server.at("x"), "test").body_limit(10_000);
        let error = client().get(request).await.unwrap_err();
        assert!(
            matches!(error, Error::TooLarge { limit: 10_000, .. }),
            "{error:?}"
        );
        assert!(!error.is_passing());
        assert_eq!(server.count(), 1);
    }
    let server = Server::start(|_, _| answer(200, "", "x".repeat(10_000))).await?;
    let request = Request::new(server.at("x"), "test").body_limit(10_000);
    assert_eq!(client().get(request).await?.body.len(), 10_000);
    Ok(())
}

#[tokio::test]
async fn few_large_bodies_are_held_at_once() -> Outcome {
    let server = Server::start(|_, request| {
        let length = if request.contains("small") {
            10
        } else {
            9 << 20
        };
        answer(200, "", "x".repeat(length))
    })
    .await?;
    let client = client();
    let get = |path: &str| client.get(Request::new(server.at(path), "test").body_limit(16 << 20));
    let (first, second) = (get("1").await?, get("2").await?);
    let mut third = Box::pin(get("3"));
    let waits = tokio::time::timeout(Duration::from_millis(300), &mut third).await;
    assert!(waits.is_err(), "a third one was read beside two others");
    assert_eq!(get("small").await?.body.len(), 10);
    let part = first.body.slice(..10);
    drop(first);
    assert_eq!(second.body.len(), 9 << 20);
    let waits = tokio::time::timeout(Duration::from_millis(50), &mut third).await;
    assert!(waits.is_err(), "a part of a body is as good as the whole");
    drop(part);
    assert_eq!(third.await?.body.len(), 9 << 20);
    Ok(())
}

/// The beginning of a gzip stream: one byte, then itself copied 258 times at once, often.
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
