//! Those who have shown no key keep nobody out.

use std::time::Duration;

use pyfa_engine::EngineSettings;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::served::{Failure, Served};

/// A request whose body does not come.
const UNFINISHED: &str = "POST /multi_search HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{";
const READ: &str = "GET /collections/c HTTP/1.1\r\nhost: x\r\nx-typesense-api-key: key\r\n";
/// Less than the server waits for anybody by itself.
const SOON: Duration = Duration::from_secs(4);

fn few_places() -> EngineSettings {
    EngineSettings {
        connections: 8,
        ..EngineSettings::default()
    }
}

impl Served {
    /// The same number of requests that are never finished, from one of this machine's addresses.
    async fn unfinished(&self, from: &str, count: usize) -> Result<Vec<TcpStream>, Failure> {
        let mut crowd = Vec::new();
        for _ in 0..count {
            let socket = TcpSocket::new_v4()?;
            socket.bind(format!("{from}:0").parse()?)?;
            let mut stream = socket.connect(self.address.parse()?).await?;
            stream.write_all(UNFINISHED.as_bytes()).await?;
            crowd.push(stream);
        }
        Ok(crowd)
    }

    /// What is answered on a new connection, soon.
    async fn answers_soon(&self, parts: &[&str]) -> Result<String, Failure> {
        tokio::time::timeout(SOON, self.raw(parts)).await?
    }
}

/// Reads from a connection until the answer has this end, soon.
async fn read_until(stream: &mut TcpStream, end: &str) -> Result<String, Failure> {
    let mut answer = Vec::new();
    let reading = async {
        while !answer.ends_with(end.as_bytes()) {
            if stream.read_buf(&mut answer).await? == 0 {
                break;
            }
        }
        Ok::<_, Failure>(())
    };
    tokio::time::timeout(SOON, reading).await??;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[tokio::test]
async fn a_crowd_of_strangers_keeps_nobody_out() -> Result<(), Failure> {
    let served = Served::start(few_places()).await?;
    let mut kept = served.begin(&[READ, "\r\n"]).await?;
    assert!(read_until(&mut kept, "}").await?.contains("200 OK"));
    let import = "POST /collections/c/documents/import HTTP/1.1\r\nhost: x\r\n\
                  x-typesense-api-key: key\r\ncontent-length: 11\r\nconnection: close\r\n\r\n";
    let mut importing = served.begin(&[import, "{\"t\""]).await?;
    let crowd = served.unfinished("127.0.0.1", 40).await?;
    for _ in 0..3 {
        let answer = served
            .answers_soon(&[READ, "connection: close\r\n\r\n"])
            .await?;
        assert!(answer.contains("\"num_documents\""), "{answer}");
    }
    // Visitors without a key come in, too.
    let health = "GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    assert!(served.answers_soon(&[health]).await?.contains("200 OK"));
    // A client that has shown a key stays connected, also amid a request.
    kept.write_all(format!("{READ}\r\n").as_bytes()).await?;
    assert!(read_until(&mut kept, "}").await?.contains("200 OK"));
    importing.write_all(b":\"x\"}\n\n").await?;
    let imported = read_until(&mut importing, "}").await?;
    assert!(imported.contains("{\"success\":true}"), "{imported}");
    drop(crowd);
    served.end().await
}

#[tokio::test]
async fn one_address_does_not_drive_out_the_others() -> Result<(), Failure> {
    let served = Served::start(few_places()).await?;
    // The client that made the collection has one place.
    let mut first = served.unfinished("127.0.0.3", 2).await?;
    let many = served.unfinished("127.0.0.2", 30).await?;
    let answer = served
        .answers_soon(&[READ, "connection: close\r\n\r\n"])
        .await?;
    assert!(answer.contains("200 OK"), "{answer}");
    // Those who came first are still heard, although they have waited longest.
    for stream in &mut first {
        stream.write_all(&[b'x'; 999]).await?;
        let answer = read_until(stream, "}").await?;
        assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    }
    drop(many);
    served.end().await
}

#[tokio::test]
async fn a_stranger_is_refused_before_the_body_has_come() -> Result<(), Failure> {
    let served = Served::start(EngineSettings::default()).await?;
    for (target, status) in [
        ("POST /collections", "401"),
        ("POST /collections/c/documents", "401"),
        (
            "POST /collections/c/documents?x-typesense-api-key=wrong",
            "401",
        ),
        ("POST /collections/c/documents/import", "401"),
        ("GET /collections/c/documents/search?q=*", "401"),
        ("POST /nothing", "404"),
    ] {
        let head = format!("{target} HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n");
        let mut stream = served.begin(&[&head]).await?;
        let answer = read_until(&mut stream, "}").await?;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{target}: {answer}"
        );
        // What comes late is still the body of that request.
        let rest = "{\"t\":\"xx\"}GET /health HTTP/1.1\r\nhost: x\r\n\r\n";
        stream.write_all(rest.as_bytes()).await?;
        let answer = read_until(&mut stream, "}").await?;
        assert!(answer.starts_with("HTTP/1.1 200"), "{target}: {answer}");
    }
    assert_eq!(served.count().await?, 0);
    served.end().await
}

#[tokio::test]
async fn the_body_of_a_stranger_has_little_time_in_all() -> Result<(), Failure> {
    let limits = EngineSettings {
        stranger_body_patience: Duration::from_millis(300),
        ..EngineSettings::default()
    };
    let served = Served::start(limits).await?;
    let mut dripping = served.begin(&[UNFINISHED]).await?;
    let mut status = [0; 12];
    // Far less than a minute between two bytes, but no end.
    for _ in 0..200 {
        let answered = dripping.read_exact(&mut status);
        if tokio::time::timeout(Duration::from_millis(20), answered)
            .await
            .is_ok()
        {
            break;
        }
        dripping.write_all(b" ").await?;
    }
    assert_eq!(&status, b"HTTP/1.1 408");
    served.end().await
}

#[tokio::test]
async fn the_body_of_a_stranger_is_short() -> Result<(), Failure> {
    let served = Served::start(EngineSettings::default()).await?;
    let url = format!("http://{}/multi_search", served.address);
    let search = json!({"collection": "c", "q": "*", "x-typesense-api-key": "key"});
    for (blanks, key, status) in [
        (0, None, 200),
        (60_000, None, 200),
        (70_000, None, 413),
        (70_000, Some("wrong"), 413),
        (70_000, Some("key"), 200),
    ] {
        let body = json!({"searches": [search], "x": " ".repeat(blanks)}).to_string();
        let mut asked = served.client.post(&url).body(body);
        if let Some(key) = key {
            asked = asked.header("x-typesense-api-key", key);
        }
        assert_eq!(asked.send().await?.status(), status, "{blanks} {key:?}");
    }
    served.end().await
}

/// Bodies that strangers do not finish take no memory from those who have a key.
#[tokio::test]
async fn strangers_have_memory_of_their_own() -> Result<(), Failure> {
    let limits = EngineSettings {
        bodies_bytes: 80_000,
        ..EngineSettings::default()
    };
    let served = Served::with_documents(limits, 1).await?;
    let key = json!({
        "description": "", "actions": ["documents:*"], "collections": [".*"], "value": "holder",
    });
    assert_eq!(served.post("/keys", key.to_string()).await?.0, 201);
    let begun = format!(
        "POST /multi_search HTTP/1.1\r\nhost: x\r\ncontent-length: 60000\r\n\r\n{}",
        " ".repeat(4_000)
    );
    let mut crowd = Vec::new();
    for _ in 0..20 {
        crowd.push(served.begin(&[&begun]).await?);
    }
    // Until the first of them is refused for want of memory, at the latest the third.
    let mut is_refused = false;
    for stream in &mut crowd {
        let mut status = [0; 12];
        let reading = stream.read_exact(&mut status);
        let answered = tokio::time::timeout(Duration::from_millis(50), reading).await;
        is_refused |= answered.is_ok() && &status == b"HTTP/1.1 503";
    }
    assert!(is_refused, "the strangers' memory holds two of them");
    let url = format!(
        "http://{}/collections/many/documents?action=upsert",
        served.address
    );
    let document = json!({"id": "a", "t": "x".repeat(70_000), "n": 1}).to_string();
    let asked = served
        .client
        .post(url)
        .header("x-typesense-api-key", "holder");
    assert_eq!(asked.body(document).send().await?.status(), 201);
    drop(crowd);
    served.end().await
}
