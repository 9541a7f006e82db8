//! The client against a server that misbehaves.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod bodies;
mod server;

use std::{error::Error as StdError, sync::Arc, time::Duration};

use futures::future::join_all;
use pyfa_http::{
    Bytes, HeaderName, HeaderValue, HttpClient, HttpError, HttpRequest, HttpResponse, HttpSettings,
};
use server::{Reply, Server, head, response};

type Outcome = Result<(), Box<dyn StdError>>;

fn test_settings() -> HttpSettings {
    HttpSettings {
        user_agent: "tests/1 (+mailto:somebody@example.org)".to_owned(),
        retries: 2,
        backoff: Duration::from_millis(1),
        read_timeout: Duration::from_secs(20),
        longest_wait: Duration::from_secs(2),
        ..HttpSettings::default()
    }
}

fn new_client() -> HttpClient {
    HttpClient::new(test_settings()).unwrap()
}

async fn get(server: &Server, path: &str) -> Result<HttpResponse, HttpError> {
    new_client()
        .get(HttpRequest::new(server.at(path), "test"))
        .await
}

#[tokio::test]
async fn a_response_has_body_status_and_headers() -> Outcome {
    let server =
        Server::start(|_, _| response(200, "etag: \"a\"\r\nx-serial: 7\r\n", "body")).await?;
    let client = new_client();
    let request = HttpRequest::new(server.at("a/b?c=d"), "test").accept("text/special");
    let answer = client.get(request).await?;
    assert_eq!((answer.status, &answer.body[..]), (200, &b"body"[..]));
    assert_eq!(answer.etag(), Some("\"a\""));
    assert_eq!(answer.header("X-Serial"), Some("7"));
    assert!(!answer.not_modified);
    let sent = server.requests().concat();
    assert!(sent.starts_with("GET /a/b?c=d HTTP/1.1\r\n"), "{sent}");
    for header in [
        "accept: text/special",
        "user-agent: tests/1 (+mailto",
        "accept-encoding: gzip",
    ] {
        assert!(sent.contains(header), "{header} in {sent}");
    }
    let statistics = client.statistics();
    assert_eq!(statistics.requests["test"], 1);
    assert_eq!(
        (statistics.bytes, statistics.retries, statistics.merged),
        (4, 0, 0)
    );
    Ok(())
}

#[tokio::test]
async fn a_current_body_is_not_sent_again() -> Outcome {
    let server = Server::start(|_, request| {
        if request.contains("if-none-match: \"a\"") {
            Reply::Complete(b"HTTP/1.1 304 Not Modified\r\netag: \"a\"\r\n\r\n".to_vec())
        } else {
            response(200, "", "new")
        }
    })
    .await?;
    let client = new_client();
    let request = HttpRequest::new(server.at("x"), "test");
    let held = client
        .get(request.clone().etag(Some("\"a\"".to_owned())))
        .await?;
    assert!(held.not_modified && held.body.is_empty());
    let other = client
        .get(request.clone().etag(Some("\"b\"".to_owned())))
        .await?;
    assert!(!other.not_modified);
    // Not a header value at all.
    let odd = client.get(request.etag(Some("\n".to_owned()))).await?;
    assert_eq!(&odd.body[..], b"new");
    Ok(())
}

#[tokio::test]
async fn refused_requests_are_not_retried() -> Outcome {
    let server = Server::start(|_, request| {
        let status = request[5..8].parse().unwrap_or(500);
        response(status, "", "  <b>no\r\n\tway</b>\u{7}")
    })
    .await?;
    for status in [404, 410] {
        let error = get(&server, &status.to_string()).await.unwrap_err();
        assert!(error.is_not_found() && !error.is_transient(), "{error}");
    }
    for status in [400, 401, 403, 451] {
        let error = get(&server, &status.to_string()).await.unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, HttpError::Refused { .. }), "{error:?}");
        assert!(
            text.ends_with(&format!("(status {status}): <b>no way</b>")),
            "{text}"
        );
    }
    assert_eq!(server.count(), 6);
    Ok(())
}

#[tokio::test]
async fn any_status_is_returned_if_the_request_allows_it() -> Outcome {
    let server = Server::start(|_, request| {
        let status = request[5..8].parse().unwrap_or(500);
        response(status, "retry-after: 60\r\nx-reason: limit\r\n", "why")
    })
    .await?;
    let client = new_client();
    for status in [200, 301, 403, 404, 429, 503] {
        let request = HttpRequest::new(server.at(&status.to_string()), "test").any_status();
        let answer = client.get(request).await?;
        assert_eq!((answer.status, &answer.body[..]), (status, &b"why"[..]));
        assert_eq!(answer.header("x-reason"), Some("limit"));
    }
    assert_eq!(server.count(), 6);
    assert_eq!(client.statistics().waited, Duration::ZERO);
    Ok(())
}

#[tokio::test]
async fn client_headers_are_sent_and_not_shown() -> Outcome {
    let server = Server::start(|_, _| response(200, "", "")).await?;
    let mut settings = test_settings();
    let mut secret = HeaderValue::from_static("Bearer hush");
    secret.set_sensitive(true);
    let name = HeaderName::from_static("authorization");
    settings.headers.insert(name, secret);
    assert!(!format!("{settings:?}").contains("hush"));
    let client = HttpClient::new(settings)?;
    client.get(HttpRequest::new(server.at("a"), "test")).await?;
    let post = HttpRequest::new(server.at("b"), "test");
    client.post(post, Bytes::new(), "text/plain", true).await?;
    for request in server.requests() {
        assert!(request.contains("authorization: Bearer hush"), "{request}");
    }
    assert!(!format!("{client:?}").contains("hush"));
    Ok(())
}

#[tokio::test]
async fn transient_errors_are_retried() -> Outcome {
    let faults: [fn() -> Reply; 5] = [
        || response(500, "", ""),
        || response(503, "retry-after: soon\r\n", ""),
        || Reply::Close(Vec::new()),
        || Reply::Close([head(200, "", 100), b"half".to_vec()].concat()),
        || {
            Reply::Complete(
                b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nhuh?"
                    .to_vec(),
            )
        },
    ];
    for (number, fault) in faults.into_iter().enumerate() {
        let server = Server::start(move |request, _| match request {
            0 | 1 => fault(),
            _ => response(200, "", "whole"),
        })
        .await?;
        let client = new_client();
        let answer = client.get(HttpRequest::new(server.at("x"), "test")).await?;
        assert_eq!(&answer.body[..], b"whole", "fault {number}");
        assert_eq!(client.statistics().retries, 2);
        let server = Server::start(move |_, _| fault()).await?;
        let error = get(&server, "x").await.unwrap_err();
        assert!(
            matches!(error, HttpError::Unavailable { attempts: 3, .. }),
            "{error:?}"
        );
        assert!(error.is_transient());
        assert_eq!(server.count(), 3);
    }
    Ok(())
}

#[tokio::test]
async fn a_silent_server_runs_into_the_read_timeout() -> Outcome {
    for begun in [Vec::new(), [head(200, "", 100), b"half".to_vec()].concat()] {
        let server = Server::start(move |_, _| Reply::Stall(begun.clone())).await?;
        let client = HttpClient::new(HttpSettings {
            read_timeout: Duration::from_millis(50),
            retries: 1,
            ..test_settings()
        })?;
        let error = client
            .get(HttpRequest::new(server.at("x"), "test"))
            .await
            .unwrap_err();
        assert!(error.to_string().contains("2 attempts: timeout"), "{error}");
    }
    Ok(())
}

#[tokio::test]
async fn a_refused_connection_is_unavailable() -> Outcome {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://me:hush@{}/x?token=hush", listener.local_addr()?);
    drop(listener);
    let error = new_client()
        .get(HttpRequest::new(url.parse()?, "test"))
        .await
        .unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(text.contains("3 attempts: connection failed"), "{text}");
    assert!(!text.contains("hush"), "{text}");
    Ok(())
}

#[tokio::test]
async fn redirects_to_other_hosts_are_refused() -> Outcome {
    let other = Server::start(|_, _| response(200, "", "other")).await?;
    let elsewhere = other.at("there").to_string();
    let server = Server::start(move |_, request| match request.as_bytes()[5] {
        b'n' => response(301, "location: /z\r\n", ""),
        b'o' => response(302, &format!("location: {elsewhere}\r\n"), ""),
        b'l' => response(302, "location: /loop\r\n", ""),
        _ => response(200, "", "here"),
    })
    .await?;
    assert_eq!(&get(&server, "near").await?.body[..], b"here");
    let error = get(&server, "other").await.unwrap_err();
    assert!(
        matches!(error, HttpError::Refused { status: 302, .. }),
        "{error:?}"
    );
    assert!(
        error.to_string().contains("redirects to http://127.0.0.1:"),
        "{error}"
    );
    assert_eq!(other.count(), 0);
    let before = server.count();
    assert!(matches!(
        get(&server, "loop").await,
        Err(HttpError::Refused { .. })
    ));
    assert_eq!(server.count() - before, 6);
    Ok(())
}

#[tokio::test]
async fn a_long_retry_after_fails_without_another_request() -> Outcome {
    for (status, after) in [
        (429, "60"),
        (503, "60"),
        (429, "Fri, 31 Dec 2100 23:59:59 GMT"),
    ] {
        let server =
            Server::start(move |_, _| response(status, &format!("retry-after: {after}\r\n"), ""))
                .await?;
        let client = new_client();
        let first = client
            .get(HttpRequest::new(server.at("x"), "test"))
            .await
            .unwrap_err();
        let wait = first.retry_after().unwrap();
        assert!(
            wait > Duration::from_secs(59) && first.is_transient(),
            "{first:?}"
        );
        let second = client
            .get(HttpRequest::new(server.at("y"), "test"))
            .await
            .unwrap_err();
        assert!(second.retry_after().unwrap() <= wait);
        assert_eq!(server.count(), 1, "the host got another request");
    }
    Ok(())
}

#[tokio::test]
async fn a_short_retry_after_is_waited_for() -> Outcome {
    for after in [
        "",
        "retry-after: 0\r\n",
        "retry-after: Sun, 06 Nov 1994 08:00:00 GMT\r\n",
    ] {
        let server = Server::start(move |request, _| match request {
            0 | 1 => response(429, after, ""),
            _ => response(200, "", "now"),
        })
        .await?;
        assert_eq!(&get(&server, "x").await?.body[..], b"now");
        assert_eq!(server.count(), 3);
    }
    let server = Server::start(|_, _| response(429, "retry-after: 0\r\n", "")).await?;
    assert_eq!(
        get(&server, "x").await.unwrap_err().retry_after(),
        Some(Duration::ZERO)
    );
    assert_eq!(server.count(), 3);
    Ok(())
}

#[tokio::test]
async fn equal_requests_are_sent_once() -> Outcome {
    let server = Server::start_held(|_, _| response(200, "", "one")).await?;
    let client = new_client();
    let request = HttpRequest::new(server.at("x"), "test");
    let equal = join_all((0..10).map(|_| client.get(request.clone())));
    let different = client.get(request.clone().accept("text/plain"));
    let release = async {
        server.wait_for(2).await;
        server.release(2);
    };
    let (equal, different, ()) = tokio::join!(equal, different, release);
    assert!(
        equal
            .iter()
            .all(|answer| answer.as_ref().is_ok_and(|a| &a.body[..] == b"one"))
    );
    assert!(different.is_ok());
    assert_eq!(server.count(), 2);
    assert_eq!(client.statistics().merged, 9);
    server.release(1);
    client.get(request).await?;
    assert_eq!(server.count(), 3, "a later request is sent again");
    Ok(())
}

#[tokio::test]
async fn a_cancelled_request_releases_its_permit() -> Outcome {
    let server = Server::start_held(|_, _| response(200, "", "")).await?;
    let client = HttpClient::new(HttpSettings {
        workers: 1,
        ..test_settings()
    })?;
    let spawn = || {
        let (client, request) = (client.clone(), HttpRequest::new(server.at("x"), "test"));
        tokio::spawn(async move { client.get(request).await })
    };
    let first = spawn();
    server.wait_for(1).await;
    let merged = spawn();
    tokio::task::yield_now().await;
    first.abort();
    server.wait_for(2).await;
    server.release(2);
    merged.await??;
    Ok(())
}

#[tokio::test]
async fn requests_in_flight_are_limited() -> Outcome {
    let server = Server::start_held(|_, _| response(200, "", "")).await?;
    let client = HttpClient::new(HttpSettings {
        workers: 3,
        ..test_settings()
    })?;
    let requests = (0..20).map(|n| client.get(HttpRequest::new(server.at(&n.to_string()), "test")));
    let release = async {
        for answered in 0..20 {
            server.wait_for((answered + 3).min(20)).await;
            server.release(1);
        }
    };
    let (answers, ()) = tokio::join!(join_all(requests), release);
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(server.most_in_flight(), 3);
    Ok(())
}

#[tokio::test]
async fn only_idempotent_posts_are_retried() -> Outcome {
    let server = Server::start(|request, _| match request {
        0 | 2 => response(502, "", ""),
        _ => response(200, "", "done"),
    })
    .await?;
    let client = new_client();
    let post = |idempotent| {
        let request = HttpRequest::new(server.at("rpc"), "test");
        client.post(
            request,
            Bytes::from_static(b"<call/>"),
            "text/xml",
            idempotent,
        )
    };
    assert_eq!(&post(true).await?.body[..], b"done");
    let error = post(false).await.unwrap_err();
    assert!(
        matches!(error, HttpError::Unavailable { attempts: 1, .. }),
        "{error:?}"
    );
    for request in server.requests() {
        assert!(request.starts_with("POST /rpc HTTP/1.1"), "{request}");
        assert!(request.contains("content-type: text/xml"), "{request}");
        assert!(request.ends_with("<call/>"), "{request}");
    }
    Ok(())
}

#[tokio::test]
async fn credentials_of_a_url_are_sent_as_a_header_only() -> Outcome {
    let server = Server::start(|_, _| response(200, "", "")).await?;
    let mut url = server.at("x");
    assert!(url.set_username("me").is_ok() && url.set_password(Some("hush")).is_ok());
    new_client().get(HttpRequest::new(url, "test")).await?;
    let sent = server.requests().concat();
    assert!(sent.contains("authorization: Basic bWU6aHVzaA=="), "{sent}");
    assert!(!sent.contains("hush"));
    Ok(())
}

#[tokio::test]
async fn a_connection_is_reused_after_an_error() -> Outcome {
    let long = Arc::new("x".repeat(50_000));
    let server = Server::start(move |_, _| response(404, "", &*long)).await?;
    let client = new_client();
    let mut ports = Vec::new();
    for _ in 0..3 {
        assert!(
            client
                .get(HttpRequest::new(server.at("x"), "test"))
                .await
                .is_err()
        );
        ports.push(server.connections());
    }
    assert_eq!(ports, [1, 1, 1]);
    Ok(())
}

#[test]
fn invalid_settings_are_refused() {
    let zero = HttpSettings {
        workers: 0,
        ..test_settings()
    };
    assert!(HttpClient::new(zero).is_err());
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let settings = HttpSettings {
            requests_per_second: Some(rate),
            ..test_settings()
        };
        assert!(HttpClient::new(settings).is_err(), "{rate}");
    }
}
