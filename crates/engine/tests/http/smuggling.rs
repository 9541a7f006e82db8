//! Where a request ends is for the HTTP library alone to say: nothing that only looks like one inside
//! a body is answered, and after a request that is in doubt the connection ends.

use std::time::Duration;

use pyfa_engine::EngineSettings;
use serde_json::{Value, json};

use super::served::{Failure, Served};

/// What an attacker wants to be taken for a request: it would delete all documents.
const HIDDEN: &str = "DELETE /collections/c/documents?filter_by=id:!=x HTTP/1.1\r\nhost: x\r\n\
                      x-typesense-api-key: key\r\n\r\n";

/// Sends bytes and reads until the other side ends the connection, which it has to do by itself.
async fn answers(served: &Served, parts: &[&str]) -> Result<String, Failure> {
    let reading = served.raw(parts);
    tokio::time::timeout(Duration::from_secs(20), reading).await?
}

fn count(answers: &str) -> usize {
    answers.matches("HTTP/1.1 ").count()
}

#[tokio::test]
async fn a_request_line_that_is_not_encoded_is_refused_with_a_sentence() -> Result<(), Failure> {
    let served = Served::start(EngineSettings::default()).await?;
    let search = "/collections/c/documents/search?q=*&filter_by=";
    let good = format!("GET {search}t:x HTTP/1.1\r\nhost: x\r\nx-typesense-api-key: key\r\n\r\n");
    for typed in ["n:>5", "n:<5", "t:=\"x\"", "t: x"] {
        let bad =
            format!("GET {search}{typed} HTTP/1.1\r\nhost: x\r\nx-typesense-api-key: key\r\n\r\n");
        // As the first request of a connection, and behind one that was answered.
        for (before, expected) in [("", 1), (good.as_str(), 2)] {
            let answers = answers(&served, &[before, &bad, HIDDEN]).await?;
            assert_eq!(count(&answers), expected, "{typed} {answers}");
            let (head, body) = answers.rsplit_once("\r\n\r\n").unwrap_or_default();
            assert!(
                head.contains("HTTP/1.1 400 Bad Request"),
                "{typed} {answers}"
            );
            assert!(head.contains("connection: close"), "{typed} {answers}");
            let body: Value = serde_json::from_str(body)?;
            let message = body["message"].as_str().unwrap_or_default();
            assert!(message.contains("filter_by=n:%3E5"), "{typed} {message}");
        }
    }
    served.end().await
}

/// Each form of a length that two readers could understand differently, with a body that goes on as
/// another request.
#[tokio::test]
async fn the_tail_of_a_body_is_never_a_request() -> Result<(), Failure> {
    let served = Served::start(EngineSettings::default()).await?;
    let document = json!({"id": "kept", "t": "x"}).to_string();
    let key = "x-typesense-api-key: key";
    let path = "/collections/c/documents?action=upsert";
    let whole = document.len();
    let all = whole + HIDDEN.len();
    let padded = format!("content-length:{}{all}", " ".repeat(100));
    for lengths in [
        // Longer than what a reader of the first bytes of each line sees.
        padded.clone(),
        format!("{padded}\r\nx: y"),
        format!("content-length: {all}{}", " ".repeat(100)),
        format!("content-length: {all:0>90}"),
        // Twice, alike and not.
        format!("content-length: {all}\r\ncontent-length: {all}"),
        format!("content-length: {all}\r\ncontent-length: {whole}"),
        format!("content-length: {whole}\r\ncontent-length: {all}"),
        format!("content-length: {whole}, {all}"),
        format!("content-length: {all}, {all}"),
        // No numbers.
        format!("content-length: +{whole}"),
        format!("content-length: -{whole}"),
        format!("content-length: {whole:#x}"),
        format!("content-length: {whole}.0"),
        format!("content-length: 1844674407370955{whole}00"),
        "content-length:".to_owned(),
        // A name that is none.
        format!("content-length : {whole}"),
        format!("content-length\t: {whole}"),
        format!(" content-length: {whole}"),
        format!("content_length: {whole}\r\ncontent-length: {all}"),
        // On two lines.
        format!("content-length:\r\n {whole}"),
        format!("x: y\r\n content-length: {whole}"),
        format!("content-length: {all}\n\n"),
    ] {
        let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\n{key}\r\n{lengths}\r\n\r\n");
        let sent = [head.as_str(), &document, HIDDEN];
        let mut stream = served.begin(&sent).await?;
        tokio::io::AsyncWriteExt::shutdown(&mut stream).await?;
        let mut answer = Vec::new();
        let reading = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut answer);
        let _ = tokio::time::timeout(Duration::from_secs(20), reading).await?;
        let answer = String::from_utf8_lossy(&answer);
        assert!(count(&answer) <= 1, "{lengths:?} {answer}");
        assert!(!answer.contains("num_deleted"), "{lengths:?} {answer}");
    }
    served.end().await
}

/// A reader that encodes the body, because it has not understood its length, makes it longer: what
/// is left over behind its announced end must not be a request.
#[tokio::test]
async fn a_body_is_not_made_longer_than_it_is() -> Result<(), Failure> {
    let served = Served::start(EngineSettings::default()).await?;
    // Of an even length.
    let hidden = HIDDEN.replace(
        "host: x",
        if HIDDEN.len().is_multiple_of(2) {
            "host: x"
        } else {
            "host: xy"
        },
    );
    let paddings = [(" ", 0), (" ", 48), ("0", 45), ("0", 60), ("0", 100)];
    let cases = paddings
        .iter()
        .flat_map(|padding| [(padding, 0), (padding, 1)]);
    for ((padding, times), more) in cases {
        let padding = padding.repeat(*times);
        let growing = "<".repeat(hidden.len() / 2 + more);
        let length = growing.len() + hidden.len();
        let head = format!(
            "POST /collections/c/documents HTTP/1.1\r\nhost: x\r\nx-typesense-api-key: key\r\n\
             content-length:{padding}{length}\r\n\r\n"
        );
        let end = "GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        let answer = answers(&served, &[&head, &growing, &hidden, end]).await?;
        assert!(!answer.contains("num_deleted"), "{padding:?} {answer}");
        assert_eq!(count(&answer), 2, "{padding:?} {answer}");
        assert!(answer.contains("{\"ok\":true}"), "{padding:?} {answer}");
    }
    served.end().await
}

#[tokio::test]
async fn a_body_in_pieces_ends_where_its_last_piece_does() -> Result<(), Failure> {
    let served = Served::start(EngineSettings::default()).await?;
    let document = json!({"id": "kept", "t": "x"}).to_string();
    let key = "x-typesense-api-key: key";
    let path = "/collections/c/documents?action=upsert";
    let pieces = format!("{:x}\r\n{document}\r\n0\r\n\r\n", document.len());
    // The connection ends after each of these, whatever was made of it.
    for (headers, body) in [
        // A length in addition to chunks.
        (
            format!(
                "transfer-encoding: chunked\r\ncontent-length: {}",
                document.len()
            ),
            &pieces,
        ),
        (
            format!(
                "content-length: {}\r\ntransfer-encoding: chunked",
                document.len()
            ),
            &pieces,
        ),
        (
            "content-length: 0\r\ntransfer-encoding: chunked".to_owned(),
            &pieces,
        ),
        // Encodings that are none.
        ("transfer-encoding : chunked".to_owned(), &pieces),
        ("transfer-encoding: chunked, identity".to_owned(), &pieces),
        ("transfer-encoding: xchunked".to_owned(), &pieces),
        ("transfer-encoding: identity".to_owned(), &pieces),
        ("transfer-encoding:\r\n chunked".to_owned(), &pieces),
        (
            "transfer-encoding: chunked\r\ntransfer-encoding: identity".to_owned(),
            &pieces,
        ),
        // Sizes that are none.
        (
            "transfer-encoding: chunked".to_owned(),
            &format!("+{pieces}"),
        ),
        (
            "transfer-encoding: chunked".to_owned(),
            &format!("0x{pieces}"),
        ),
        (
            "transfer-encoding: chunked".to_owned(),
            &format!("-1\r\n{pieces}"),
        ),
        (
            "transfer-encoding: chunked".to_owned(),
            &format!("fffffffffffffffff\r\n{pieces}"),
        ),
    ] {
        let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\n{key}\r\n{headers}\r\n\r\n");
        let answer = answers(&served, &[&head, body, HIDDEN]).await?;
        assert_eq!(count(&answer), 1, "{headers:?} {answer}");
        assert!(!answer.contains("num_deleted"), "{headers:?} {answer}");
    }
    // The old protocol has no pieces.
    let head = format!(
        "POST {path} HTTP/1.0\r\nhost: x\r\nconnection: keep-alive\r\n{key}\r\n\
         transfer-encoding: chunked\r\n\r\n"
    );
    let answer = answers(&served, &[&head, &pieces, HIDDEN]).await?;
    assert!(!answer.contains("num_deleted"), "{answer}");
    served.end().await
}

/// A body where none is expected is still a body.
#[tokio::test]
async fn a_get_may_have_a_body_that_is_no_request() -> Result<(), Failure> {
    let served = Served::start(EngineSettings::default()).await?;
    let document = json!({"id": "kept", "t": "x"}).to_string();
    let length = document.len();
    let path = "/collections/c/documents";
    let answer = served
        .raw(&[
            &format!(
                "POST {path} HTTP/1.1\r\nhost: x\r\nx-typesense-api-key: key\r\n\
                 content-length: {length}\r\n\r\n{document}"
            ),
            &format!(
                "GET /health HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n",
                HIDDEN.len()
            ),
            HIDDEN,
            "GET /nowhere HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        ])
        .await?;
    assert_eq!(count(&answer), 3, "{answer}");
    assert!(answer.contains("{\"ok\":true}"), "{answer}");
    assert_eq!(served.count().await?, 1);
    served.end().await
}
