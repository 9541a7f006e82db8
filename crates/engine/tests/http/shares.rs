//! What requests share: memory for bodies and answers, turns, open files.

use std::time::Duration;

use pyfa_engine::EngineSettings;
use reqwest::Method;
use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use super::served::{Failure, Served};

#[tokio::test]
async fn all_bodies_share_the_room_that_there_is() -> Result<(), Failure> {
    let limits = EngineSettings {
        bodies_bytes: 3_000,
        ..EngineSettings::default()
    };
    let served = Served::with_documents(limits, 1).await?;
    let path = "/collections/many/documents?action=upsert";
    let document = |size| json!({"id": "a", "t": "x".repeat(size), "n": 1}).to_string();
    // What was taken is given back each time, also where there was not enough.
    for (size, status) in [
        (2_900, 201),
        (3_100, 503),
        (2_900, 201),
        (3_100, 503),
        (1, 201),
    ] {
        let (found, answer) = served.post(path, document(size)).await?;
        assert_eq!(found, status, "{size} {answer}");
    }
    served.end().await
}

/// A few bytes of JSON can be very many in memory.
#[tokio::test]
async fn what_is_parsed_needs_room_too() -> Result<(), Failure> {
    let limits = EngineSettings {
        bodies_bytes: 3_000_000,
        ..EngineSettings::default()
    };
    let served = Served::with_documents(limits, 1).await?;
    let search = json!({"collection": "many", "q": "*"});
    for (lists, status) in [(10, 200), (50_000, 503), (10, 200)] {
        let body = format!(
            r#"{{"x": [{}0], "searches": [{search}]}}"#,
            "[0],".repeat(lists)
        );
        let (found, answer) = served.post("/multi_search", body).await?;
        assert_eq!(found, status, "{lists} {answer}");
    }
    // A query string of very many parameters, from somebody without a key.
    let path = format!("/health?{}", "a&".repeat(30_000));
    let url = format!("http://{}{path}", served.address);
    assert_eq!(served.client.get(url).send().await?.status(), 503);
    served.end().await
}

impl Served {
    /// The value of a new key that may do everything with documents, but is no admin key.
    async fn strangers_key(&self) -> Result<String, Failure> {
        let key = json!({
            "description": "", "actions": ["documents:*"], "collections": [".*"],
            "value": "stranger",
        });
        let (status, answer) = self.post("/keys", key.to_string()).await?;
        assert_eq!(status, 201, "{answer}");
        Ok("stranger".to_owned())
    }

    /// The status of a document's answer, read to its end.
    async fn status_of_document(&self, key: &str) -> Result<u16, Failure> {
        let url = format!("http://{}/collections/c/documents/1", self.address);
        let asked = self.client.get(url).header("x-typesense-api-key", key);
        let answer = asked.send().await?;
        let status = answer.status().as_u16();
        let text = answer.text().await?;
        assert!(status == 200 || text.contains("memory"), "{status} {text}");
        Ok(status)
    }
}

/// A server whose room for answers is taken by a stranger who does not read the one document of the
/// collection `c`; with the stranger's key.
async fn full_of_an_answer() -> Result<(Served, String, TcpStream), Failure> {
    let size = 20_000_000;
    let limits = EngineSettings {
        answers_bytes: size + size / 2,
        ..EngineSettings::default()
    };
    let served = Served::start(limits).await?;
    let document = json!({"id": "1", "t": "x", "more": "x".repeat(size)}).to_string();
    let (status, _) = served.post("/collections/c/documents", document).await?;
    assert_eq!(status, 201);
    let key = served.strangers_key().await?;
    let request = format!(
        "GET /collections/c/documents/1 HTTP/1.1\r\nhost: x\r\nx-typesense-api-key: {key}\r\n\r\n"
    );
    let mut deaf = served.begin(&[&request]).await?;
    let mut first = [0; 12];
    deaf.read_exact(&mut first).await?;
    assert_eq!(&first, b"HTTP/1.1 200");
    Ok((served, key, deaf))
}

/// Answers that are not read yet count; the owner's own are counted by themselves.
#[tokio::test]
async fn all_answers_share_the_room_that_there_is() -> Result<(), Failure> {
    let (served, key, deaf) = full_of_an_answer().await?;
    assert_eq!(served.status_of_document(&key).await?, 503);
    assert_eq!(served.status_of_document("key").await?, 200);
    drop(deaf);
    while served.status_of_document(&key).await? != 200 {}
    served.end().await
}

/// Searches of one request do not wait for room one after the other, keeping all turns meanwhile.
#[tokio::test]
async fn a_request_of_many_searches_waits_for_room_only_once() -> Result<(), Failure> {
    let (served, key, deaf) = full_of_an_answer().await?;
    let searches = vec![json!({"collection": "c", "q": "*"}); 50];
    let url = format!("http://{}/multi_search", served.address);
    let asked = served.client.post(url).header("x-typesense-api-key", &key);
    let asked = asked.body(json!({"searches": searches}).to_string());
    let answer = asked.send().await?;
    let status = answer.status().as_u16();
    let text = answer.text().await?;
    assert_eq!(status, 503, "{text}");
    assert!(text.contains("memory"), "{text}");
    drop(deaf);
    served.end().await
}

/// Those who have all turns but the owner's.
#[tokio::test]
async fn the_owner_does_not_wait_for_strangers_turns() -> Result<(), Failure> {
    let served = Served::start(EngineSettings::default()).await?;
    let key = served.strangers_key().await?;
    let head = format!(
        "POST /collections/c/documents/import HTTP/1.1\r\nhost: x\r\n\
         x-typesense-api-key: {key}\r\ncontent-length: 100\r\n\r\n"
    );
    let mut unfinished = Vec::new();
    let write = |key: &str| {
        let url = format!("http://{}/collections/c/documents", served.address);
        let asked = served.client.post(url).header("x-typesense-api-key", key);
        asked
            .body(r#"{"t":"x"}"#)
            .timeout(Duration::from_secs(1))
            .send()
    };
    // Until there are so many that a stranger's request waits.
    while unfinished.len() < 40 || write(&key).await.is_ok() {
        unfinished.push(served.begin(&[&head, "{"]).await?);
        assert!(unfinished.len() < 200, "nobody ever waits");
    }
    assert_eq!(write("key").await?.status(), 201);
    drop(unfinished);
    served.end().await
}

/// Those who have all turns of the visitors of a program's pages: the owner has others, and so have
/// those with keys.
#[tokio::test]
async fn nobody_waits_for_the_turns_of_visitors() -> Result<(), Failure> {
    let served = Served::start(EngineSettings::default()).await?;
    let key = served.strangers_key().await?;
    let head = "POST /collections/c/documents/import HTTP/1.1\r\nhost: x\r\n\
                x-typesense-api-key: key\r\nx-pyfa-visitors: 1\r\ncontent-length: 100\r\n\r\n";
    let mut unfinished = Vec::new();
    for _ in 0..100 {
        unfinished.push(served.begin(&[head, "{"]).await?);
    }
    let write = |key: &str, visitors: bool| {
        let url = format!("http://{}/collections/c/documents", served.address);
        let mut asked = served.client.post(url).header("x-typesense-api-key", key);
        if visitors {
            asked = asked.header("x-pyfa-visitors", "1");
        }
        let asked = asked.body(r#"{"t":"x"}"#);
        asked.timeout(Duration::from_secs(2)).send()
    };
    assert!(write("key", true).await.is_err(), "no turn was left");
    assert_eq!(write("key", false).await?.status(), 201);
    assert_eq!(write(&key, false).await?.status(), 201);
    // The holder of another key is nobody's visitor.
    assert_eq!(write(&key, true).await?.status(), 201);
    drop(unfinished);
    served.end().await
}

#[tokio::test]
async fn there_are_no_more_collections_than_files_for_them() -> Result<(), Failure> {
    let limits = EngineSettings {
        open_files: 300,
        ..EngineSettings::default()
    };
    let served = Served::start(limits).await?;
    let make = |name: &str| {
        let fields = json!([{"name": "t", "type": "string"}]);
        served.post(
            "/collections",
            json!({"name": name, "fields": fields}).to_string(),
        )
    };
    let (status, answer) = make("second").await?;
    assert_eq!(status, 201, "{answer}");
    let (status, answer) = make("third").await?;
    assert_eq!(status, 422, "{answer}");
    assert!(answer.contains("ulimit -n"), "{answer}");
    let dropped = served
        .ask(Method::DELETE, "/collections/second")
        .send()
        .await?;
    assert_eq!(dropped.status(), 200);
    assert_eq!(make("third").await?.0, 201);
    served.end().await
}
