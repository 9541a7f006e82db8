//! The client against servers that misbehave.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod bodies;
mod server;

use std::{error::Error as StdError, sync::Arc, time::Duration};

use futures::future::join_all;
use pyfa_http::{Answer, Bytes, Client, Error, HeaderName, HeaderValue, Request, Settings};
use server::{Reply, Server, answer, head};

type Outcome = Result<(), Box<dyn StdError>>;

fn settings() -> Settings {
    Settings {
        user_agent: "tests/1 (+mailto:somebody@example.org)".to_owned(),
        retries: 2,
        backoff: Duration::from_millis(1),
        read_timeout: Duration::from_secs(20),
        longest_wait: Duration::from_secs(2),
        ..Settings::default()
    }
}

fn client() -> Client {
    Client::new(settings()).unwrap()
}

async fn get(server: &Server, path: &str) -> Result<Answer, Error> {
    client().get(Request::new(server.at(path), "test")).await
}

#[tokio::test]
async fn an_answer_carries_body_status_and_headers() -> Outcome {
    let server =
        Server::start(|_, _| answer(200, "etag: \"a\"\r\nx-serial: 7\r\n", "body")).await?;
    let client = client();
    let request = Request::new(server.at("a/b?c=d"), "test").accept("text/special");
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
async fn what_is_held_already_is_not_read_again() -> Outcome {
    let server = Server::start(|_, request| {
        if request.contains("if-none-match: \"a\"") {
            Reply::Whole(b"HTTP/1.1 304 Not Modified\r\netag: \"a\"\r\n\r\n".to_vec())
        } else {
            answer(200, "", "new")
        }
    })
    .await?;
    let client = client();
    let request = Request::new(server.at("x"), "test");
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
async fn refusals_are_told_apart_and_not_repeated() -> Outcome {
    let server = Server::start(|_, request| {
        let status = request[5..8].parse().unwrap_or(500);
        answer(status, "", "  <b>no\r\n\tway</b>\u{7}")
    })
    .await?;
    for status in [404, 410] {
        let error = get(&server, &status.to_string()).await.unwrap_err();
        assert!(error.is_not_found() && !error.is_passing(), "{error}");
    }
    for status in [400, 401, 403, 451] {
        let error = get(&server, &status.to_string()).await.unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, Error::Refused { .. }), "{error:?}");
        assert!(
            text.ends_with(&format!("(status {status}): <b>no way</b>")),
            "{text}"
        );
    }
    assert_eq!(server.count(), 6);
    Ok(())
}

#[tokio::test]
async fn every_status_is_an_answer_where_the_caller_judges() -> Outcome {
    let server = Server::start(|_, request| {
        let status = request[5..8].parse().unwrap_or(500);
        answer(status, "retry-after: 60\r\nx-reason: limit\r\n", "why")
    })
    .await?;
    let client = client();
    for status in [200, 301, 403, 404, 429, 503] {
        let request = Request::new(server.at(&status.to_string()), "test").any_status();
        let answer = client.get(request).await?;
        assert_eq!((answer.status, &answer.body[..]), (status, &b"why"[..]));
        assert_eq!(answer.header("x-reason"), Some("limit"));
    }
    assert_eq!(server.count(), 6);
    assert_eq!(client.statistics().waited, Duration::ZERO);
    Ok(())
}

#[tokio::test]
async fn headers_of_the_client_go_with_every_request_and_are_not_shown() -> Outcome {
    let server = Server::start(|_, _| answer(200, "", "")).await?;
    let mut settings = settings();
    let mut secret = HeaderValue::from_static("Bearer hush");
    secret.set_sensitive(true);
    let name = HeaderName::from_static("authorization");
    settings.headers.insert(name, secret);
    assert!(!format!("{settings:?}").contains("hush"));
    let client = Client::new(settings)?;
    client.get(Request::new(server.at("a"), "test")).await?;
    let post = Request::new(server.at("b"), "test");
    client.post(post, Bytes::new(), "text/plain", true).await?;
    for request in server.requests() {
        assert!(request.contains("authorization: Bearer hush"), "{request}");
    }
    assert!(!format!("{client:?}").contains("hush"));
    Ok(())
}

#[tokio::test]
async fn passing_faults_are_tried_again() -> Outcome {
    let faults: [fn() -> Reply; 5] = [
        || answer(500, "", ""),
        || answer(503, "retry-after: soon\r\n", ""),
        || Reply::Cut(Vec::new()),
        || Reply::Cut([head(200, "", 100), b"half".to_vec()].concat()),
        || {
            Reply::Whole(
                b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nhuh?"
                    .to_vec(),
            )
        },
    ];
    for (number, fault) in faults.into_iter().enumerate() {
        let server = Server::start(move |request, _| match request {
            0 | 1 => fault(),
            _ => answer(200, "", "whole"),
        })
        .await?;
        let client = client();
        let answer = client.get(Request::new(server.at("x"), "test")).await?;
        assert_eq!(&answer.body[..], b"whole", "fault {number}");
        assert_eq!(client.statistics().retries, 2);
        let server = Server::start(move |_, _| fault()).await?;
        let error = get(&server, "x").await.unwrap_err();
        assert!(
            matches!(error, Error::Broken { attempts: 3, .. }),
            "{error:?}"
        );
        assert!(error.is_passing());
        assert_eq!(server.count(), 3);
    }
    Ok(())
}

#[tokio::test]
async fn silence_ends_by_the_read_time_out() -> Outcome {
    for begun in [Vec::new(), [head(200, "", 100), b"half".to_vec()].concat()] {
        let server = Server::start(move |_, _| Reply::Stall(begun.clone())).await?;
        let client = Client::new(Settings {
            read_timeout: Duration::from_millis(50),
            retries: 1,
            ..settings()
        })?;
        let error = client
            .get(Request::new(server.at("x"), "test"))
            .await
            .unwrap_err();
        assert!(
            error.to_string().contains("2 attempts: time-out"),
            "{error}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn no_server_is_a_broken_answer() -> Outcome {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://me:hush@{}/x?token=hush", listener.local_addr()?);
    drop(listener);
    let error = client()
        .get(Request::new(url.parse()?, "test"))
        .await
        .unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(text.contains("3 attempts: no connection"), "{text}");
    assert!(!text.contains("hush"), "{text}");
    Ok(())
}

#[tokio::test]
async fn redirects_do_not_leave_their_host() -> Outcome {
    let other = Server::start(|_, _| answer(200, "", "other")).await?;
    let elsewhere = other.at("there").to_string();
    let server = Server::start(move |_, request| match request.as_bytes()[5] {
        b'n' => answer(301, "location: /z\r\n", ""),
        b'o' => answer(302, &format!("location: {elsewhere}\r\n"), ""),
        b'l' => answer(302, "location: /loop\r\n", ""),
        _ => answer(200, "", "here"),
    })
    .await?;
    assert_eq!(&get(&server, "near").await?.body[..], b"here");
    let error = get(&server, "other").await.unwrap_err();
    assert!(
        matches!(error, Error::Refused { status: 302, .. }),
        "{error:?}"
    );
    assert!(
        error
            .to_string()
            .contains("it redirects to http://127.0.0.1:"),
        "{error}"
    );
    assert_eq!(other.count(), 0);
    let before = server.count();
    assert!(matches!(
        get(&server, "loop").await,
        Err(Error::Refused { .. })
    ));
    assert_eq!(server.count() - before, 6);
    Ok(())
}

#[tokio::test]
async fn a_host_that_wants_a_long_pause_is_left_alone() -> Outcome {
    for (status, after) in [
        (429, "60"),
        (503, "60"),
        (429, "Fri, 31 Dec 2100 23:59:59 GMT"),
    ] {
        let server =
            Server::start(move |_, _| answer(status, &format!("retry-after: {after}\r\n"), ""))
                .await?;
        let client = client();
        let first = client
            .get(Request::new(server.at("x"), "test"))
            .await
            .unwrap_err();
        let wait = first.wait().unwrap();
        assert!(
            wait > Duration::from_secs(59) && first.is_passing(),
            "{first:?}"
        );
        let second = client
            .get(Request::new(server.at("y"), "test"))
            .await
            .unwrap_err();
        assert!(second.wait().unwrap() <= wait);
        assert_eq!(server.count(), 1, "the host was asked again");
    }
    Ok(())
}

#[tokio::test]
async fn a_host_that_wants_a_short_pause_is_asked_again() -> Outcome {
    for after in [
        "",
        "retry-after: 0\r\n",
        "retry-after: Sun, 06 Nov 1994 08:00:00 GMT\r\n",
    ] {
        let server = Server::start(move |request, _| match request {
            0 | 1 => answer(429, after, ""),
            _ => answer(200, "", "now"),
        })
        .await?;
        assert_eq!(&get(&server, "x").await?.body[..], b"now");
        assert_eq!(server.count(), 3);
    }
    let server = Server::start(|_, _| answer(429, "retry-after: 0\r\n", "")).await?;
    assert_eq!(
        get(&server, "x").await.unwrap_err().wait(),
        Some(Duration::ZERO)
    );
    assert_eq!(server.count(), 3);
    Ok(())
}

#[tokio::test]
async fn equal_requests_are_sent_once() -> Outcome {
    let server = Server::start_closed(|_, _| answer(200, "", "one")).await?;
    let client = client();
    let request = Request::new(server.at("x"), "test");
    let equal = join_all((0..10).map(|_| client.get(request.clone())));
    let different = client.get(request.clone().accept("text/plain"));
    let let_out = async {
        server.arrived(2).await;
        server.let_out(2);
    };
    let (equal, different, ()) = tokio::join!(equal, different, let_out);
    assert!(
        equal
            .iter()
            .all(|answer| answer.as_ref().is_ok_and(|a| &a.body[..] == b"one"))
    );
    assert!(different.is_ok());
    assert_eq!(server.count(), 2);
    assert_eq!(client.statistics().merged, 9);
    server.let_out(1);
    client.get(request).await?;
    assert_eq!(server.count(), 3, "a later request wants a newer answer");
    Ok(())
}

#[tokio::test]
async fn whoever_goes_away_leaves_nothing_taken() -> Outcome {
    let server = Server::start_closed(|_, _| answer(200, "", "")).await?;
    let client = Client::new(Settings {
        workers: 1,
        ..settings()
    })?;
    let spawn = || {
        let (client, request) = (client.clone(), Request::new(server.at("x"), "test"));
        tokio::spawn(async move { client.get(request).await })
    };
    let first = spawn();
    server.arrived(1).await;
    let merged = spawn();
    tokio::task::yield_now().await;
    first.abort();
    server.arrived(2).await;
    server.let_out(2);
    merged.await??;
    Ok(())
}

#[tokio::test]
async fn no_more_requests_are_in_flight_than_there_are_workers() -> Outcome {
    let server = Server::start_closed(|_, _| answer(200, "", "")).await?;
    let client = Client::new(Settings {
        workers: 3,
        ..settings()
    })?;
    let requests = (0..20).map(|n| client.get(Request::new(server.at(&n.to_string()), "test")));
    let let_out = async {
        for answered in 0..20 {
            server.arrived((answered + 3).min(20)).await;
            server.let_out(1);
        }
    };
    let (answers, ()) = tokio::join!(join_all(requests), let_out);
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(server.most_in_flight(), 3);
    Ok(())
}

#[tokio::test]
async fn a_post_is_repeated_only_if_it_may_be() -> Outcome {
    let server = Server::start(|request, _| match request {
        0 | 2 => answer(502, "", ""),
        _ => answer(200, "", "done"),
    })
    .await?;
    let client = client();
    let post = |idempotent| {
        let request = Request::new(server.at("rpc"), "test");
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
        matches!(error, Error::Broken { attempts: 1, .. }),
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
    let server = Server::start(|_, _| answer(200, "", "")).await?;
    let mut url = server.at("x");
    assert!(url.set_username("me").is_ok() && url.set_password(Some("hush")).is_ok());
    client().get(Request::new(url, "test")).await?;
    let sent = server.requests().concat();
    assert!(sent.contains("authorization: Basic bWU6aHVzaA=="), "{sent}");
    assert!(!sent.contains("hush"));
    Ok(())
}

#[tokio::test]
async fn a_connection_is_used_again_after_a_refusal() -> Outcome {
    let long = Arc::new("x".repeat(50_000));
    let server = Server::start(move |_, _| answer(404, "", &*long)).await?;
    let client = client();
    let mut ports = Vec::new();
    for _ in 0..3 {
        assert!(
            client
                .get(Request::new(server.at("x"), "test"))
                .await
                .is_err()
        );
        ports.push(server.connections());
    }
    assert_eq!(ports, [1, 1, 1]);
    Ok(())
}

#[test]
fn impossible_settings_are_refused() {
    let zero = Settings {
        workers: 0,
        ..settings()
    };
    assert!(Client::new(zero).is_err());
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let settings = Settings {
            requests_per_second: Some(rate),
            ..settings()
        };
        assert!(Client::new(settings).is_err(), "{rate}");
    }
}
