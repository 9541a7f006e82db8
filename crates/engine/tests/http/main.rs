//! What the HTTP layer does with connections, whatever is said on them.

mod collection;
mod facet_values;
mod faults;
mod languages;
mod limits;
mod ranges;
mod scope;
mod served;
mod shares;
mod smuggling;
mod strangers;

use std::time::Duration;

use pyfa_engine::EngineSettings;
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use served::{Failure, Served};

#[tokio::test]
async fn an_import_of_many_lines_is_answered_line_by_line() -> Result<(), Failure> {
    let served = Served::start(EngineSettings::default()).await?;
    let lines: Vec<String> = (0..5000)
        .map(|id| json!({"id": id.to_string(), "t": "x".repeat(200)}).to_string())
        .collect();
    let import = served.ask(Method::POST, "/collections/c/documents/import");
    let answer = import.body(lines.join("\n")).send().await?.text().await?;
    assert_eq!(answer.lines().count(), 5000);
    assert!(answer.lines().all(|line| line == r#"{"success":true}"#));
    let export = served.ask(Method::GET, "/collections/c/documents/export");
    let exported = export.send().await?.text().await?;
    assert_eq!(exported, lines.join("\n"));
    served.end().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_was_cut_off_is_not_there() -> Result<(), Failure> {
    let served = Served::start(EngineSettings::default()).await?;
    let head = "POST /collections/c/documents/import HTTP/1.1\r\nhost: x\r\n\
                x-typesense-api-key: key\r\ncontent-length: 1000\r\n\r\n";
    drop(
        served
            .begin(&[
                head,
                "{\"id\":\"1\",\"t\":\"whole\"}\n{\"id\":\"2\",\"t\":\"cu",
            ])
            .await?,
    );
    let export = served.ask(Method::GET, "/collections/c/documents/export");
    let exported = export.send().await?.text().await?;
    assert!(
        ["", r#"{"id":"1","t":"whole"}"#].contains(&exported.as_str()),
        "{exported}"
    );
    served.end().await
}

#[tokio::test]
async fn a_body_has_a_limit() -> Result<(), Failure> {
    let settings = EngineSettings {
        body_bytes: 1000,
        ..EngineSettings::default()
    };
    let served = Served::start(settings).await?;
    for size in [10_000, 3_000_000] {
        let write = served.ask(Method::POST, "/collections/c/documents");
        let body = json!({"t": "x".repeat(size)}).to_string();
        assert_eq!(write.body(body).send().await?.status(), 413);
    }
    assert_eq!(served.count().await?, 0);
    served.end().await
}

#[tokio::test]
async fn a_refused_import_is_told_why() -> Result<(), Failure> {
    let served = Served::start(EngineSettings::default()).await?;
    let body = "{\"t\":\"x\"}\n".repeat(200_000);
    for (path, status) in [
        ("/collections/nope/documents/import", 404),
        ("/collections/c/documents/import?batch_size=0", 400),
        ("/zzz", 404),
    ] {
        let import = served.ask(Method::POST, path).body(body.clone());
        assert_eq!(import.send().await?.status(), status, "{path}");
    }
    let url = format!("http://{}/collections/c/documents/import", served.address);
    let without_key = served.client.post(url).body(body);
    assert_eq!(without_key.send().await?.status(), 401);
    assert_eq!(served.count().await?, 0);
    served.end().await
}

#[tokio::test]
async fn answers_are_compressed_for_those_who_can_read_that() -> Result<(), Failure> {
    let served = Served::start(EngineSettings::default()).await?;
    let document = json!({"id": "1", "t": "x".repeat(5000)}).to_string();
    let write = served.ask(Method::POST, "/collections/c/documents");
    assert_eq!(write.body(document).send().await?.status(), 201);
    let head = "GET /collections/c/documents/1 HTTP/1.1\r\nhost: x\r\n\
                x-typesense-api-key: key\r\nconnection: close\r\n";
    let plain = served.raw(&[head, "\r\n"]).await?;
    assert!(
        !plain.contains("content-encoding") && plain.len() > 5000,
        "{plain}"
    );
    let packed = served.raw(&[head, "accept-encoding: gzip\r\n\r\n"]).await?;
    assert!(packed.contains("content-encoding: gzip"), "{packed}");
    assert!(packed.len() < 1000, "{}", packed.len());
    served.end().await
}

#[tokio::test]
async fn nonsense_on_a_connection_hurts_no_other() -> Result<(), Failure> {
    let served = Served::start(EngineSettings::default()).await?;
    for nonsense in [
        "\r\n\r\n",
        "GET\r\n\r\n",
        "\u{0}\u{1}\u{2}",
        "GET / HTTP/9.9\r\n\r\n",
        "POST /multi_search HTTP/1.1\r\nhost: x\r\ncontent-length: x\r\n\r\n",
        "GET /collections HTTP/1.1\r\nhost: x\r\nx-typesense-api-key: \u{ff}\r\nconnection: close\r\n\r\n",
        "POST /collections HTTP/1.1\r\nhost: x\r\nx-typesense-api-key: key\r\n\
         transfer-encoding: chunked\r\n\r\nzz\r\n",
    ] {
        let _ = tokio::time::timeout(Duration::from_secs(10), served.raw_to_the_end(&[nonsense]))
            .await?;
    }
    assert_eq!(served.get("/health").await?, json!({"ok": true}));
    served.end().await
}

#[tokio::test]
async fn json_that_is_too_deep_is_bad_json() -> Result<(), Failure> {
    let served = Served::start(EngineSettings::default()).await?;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for path in [
        "/collections",
        "/multi_search",
        "/keys",
        "/collections/c/documents",
    ] {
        let asked = served.ask(Method::POST, path).body(deep.clone());
        assert_eq!(asked.send().await?.status(), 400, "{path}");
    }
    let import = served.ask(Method::POST, "/collections/c/documents/import");
    let answer = import.body(deep).send().await?.text().await?;
    assert!(answer.contains(r#""success":false"#), "{answer}");
    served.end().await
}

#[tokio::test]
async fn an_idle_connection_does_not_keep_it_from_ending() -> Result<(), Failure> {
    let served = Served::start(EngineSettings::default()).await?;
    let idle = TcpStream::connect(&served.address).await?;
    let mut kept = TcpStream::connect(&served.address).await?;
    kept.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n")
        .await?;
    let mut answer = [0; 15];
    kept.read_exact(&mut answer).await?;
    assert_eq!(&answer, b"HTTP/1.1 200 OK");
    tokio::time::timeout(Duration::from_secs(30), served.end()).await??;
    drop((idle, kept));
    Ok(())
}
