//! Many visitors at once, and who is kept waiting by them.

use std::cell::Cell;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get as get_route, post};
use pyfa::profile::Profiles;
use pyfa::search::ImportAction;
use pyfa::web::gallery::{GallerySettings, Timeouts, routes};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::packages::{release, with};
use super::{Site, get, outage};
use crate::embedded::Home;
use crate::search::fake::{Answer, Fake};
use crate::support::{client, kill};

/// Less than anybody would be waited for.
const SOON: Duration = Duration::from_secs(5);

/// The head of an answer that has to come soon.
fn ask_soon(socket: SocketAddr, head: &str) -> Result<String> {
    let mut stream = TcpStream::connect_timeout(&socket, SOON)?;
    stream.set_read_timeout(Some(SOON))?;
    stream.write_all(format!("{head}host: x\r\nconnection: close\r\n\r\n").as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}

fn begin(socket: SocketAddr, request: &str) -> Result<TcpStream> {
    let mut stream = TcpStream::connect_timeout(&socket, SOON)?;
    stream.write_all(request.as_bytes())?;
    Ok(stream)
}

#[test]
fn a_crowd_that_ends_no_request_keeps_neither_visitors_nor_front_ends_out() -> Result<()> {
    let home = Home::new()?;
    // Where the system allows few files, there are 36 places.
    let (serving, address, _, _lines) =
        home.serve_with("127.0.0.1:0", "ulimit -n 400; exec \"$0\" \"$@\"")?;
    let socket: SocketAddr = address.trim_start_matches("http://").parse()?;
    let unfinished =
        "POST /multi_search HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{\"searches\"";
    let crowd: Vec<TcpStream> = (0..80)
        .map(|_| begin(socket, unfinished))
        .collect::<Result<_>>()?;
    let key = home.admin_key()?;
    for _ in 0..3 {
        let page = ask_soon(socket, "GET /-/help HTTP/1.1\r\n").context("a visitor")?;
        assert_eq!(page, "HTTP/1.1 200 OK");
        let head = format!("GET /collections HTTP/1.1\r\nx-typesense-api-key: {key}\r\n");
        let list = ask_soon(socket, &head).context("a front end")?;
        assert_eq!(list, "HTTP/1.1 200 OK");
    }
    drop(crowd);
    kill(serving);
    Ok(())
}

/// The gallery has turns of its own: it does not wait for those of the folder's owner, nor the owner
/// for the gallery's.
#[test]
fn visitors_do_not_use_the_turns_of_the_owner() -> Result<()> {
    let home = Home::new()?;
    let (serving, address, _, _lines) = home.serve()?;
    let socket: SocketAddr = address.trim_start_matches("http://").parse()?;
    let key = home.admin_key()?;
    let schema = json!({"name": "c", "fields": [{"name": "t", "type": "string"}]}).to_string();
    let created = ask_with_body(socket, &key, "/collections", &schema)?;
    assert_eq!(created, "HTTP/1.1 201 Created");
    let unfinished = format!(
        "POST /collections/c/documents/import HTTP/1.1\r\nhost: x\r\nx-typesense-api-key: {key}\r\n\
         content-length: 1000\r\n\r\n{{"
    );
    let head =
        format!("GET /collections/c HTTP/1.1\r\nhost: x\r\nx-typesense-api-key: {key}\r\n\r\n");
    // Until the owner has no turn left.
    let mut crowd = Vec::new();
    loop {
        crowd.push(begin(socket, &unfinished)?);
        ensure!(crowd.len() < 200, "nobody ever waits");
        let mut waiting = begin(socket, &head)?;
        waiting.set_read_timeout(Some(Duration::from_millis(300)))?;
        if crowd.len() > 32 && waiting.read(&mut [0; 12]).is_err() {
            break;
        }
    }
    let page = ask_soon(socket, "GET /plone HTTP/1.1\r\n")?;
    assert_eq!(page, "HTTP/1.1 200 OK");
    drop(crowd);
    kill(serving);
    Ok(())
}

fn ask_with_body(socket: SocketAddr, key: &str, path: &str, body: &str) -> Result<String> {
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nx-typesense-api-key: {key}\r\nconnection: close\r\n\
         content-length: {length}\r\n\r\n{body}"
    );
    let mut stream = begin(socket, &request)?;
    stream.set_read_timeout(Some(SOON))?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}

/// A gallery over a server that accepts and never answers.
async fn hanging(patience: Timeouts) -> Result<(Fake, Router)> {
    let fake = Fake::start(vec![Answer::Silence]).await?;
    let settings = GallerySettings {
        patience,
        ..GallerySettings::default()
    };
    let gallery = outage::gallery(fake.address(), settings)?;
    Ok((fake, gallery))
}

#[tokio::test]
async fn what_needs_no_search_waits_for_nobody() -> Result<()> {
    let (_fake, gallery) = hanging(Timeouts::default()).await?;
    let mut visitors = JoinSet::new();
    for number in 0..300 {
        let gallery = gallery.clone();
        visitors.spawn(async move {
            let path = format!("/plone?q=form&page={}", number + 2);
            get(&gallery, &path)
                .await
                .map(|answer| answer.status.as_u16())
        });
    }
    // Some are served and some wait; the others are refused at once.
    for _ in 0..12 {
        let refused = tokio::time::timeout(SOON, visitors.join_next()).await?;
        assert_eq!(refused.context("a visitor")???, 503);
    }
    for (path, status) in [
        ("/-/help", 200),
        ("/robots.txt", 200),
        ("/favicon.ico", 200),
        ("/plone/-/opensearch.xml", 200),
        ("/nothing", 404),
        ("/-/nothing", 404),
        ("/plone/", 301),
        // What would have to wait is refused.
        ("/plone/plone.api", 503),
        ("/plone/-/suggest?q=a", 503),
    ] {
        let answer = tokio::time::timeout(SOON, get(&gallery, path)).await;
        let answer = answer.with_context(|| path.to_owned())??;
        assert_eq!(answer.status, status, "{path}");
        if status == 503 {
            assert_eq!(answer.header("retry-after"), "10", "{path}");
            assert!(answer.page()?.text("h1")?.contains("not available"));
        }
    }
    visitors.abort_all();
    Ok(())
}

/// A server that has no package, and answers no search of many before it is told to; with how many of
/// those it is holding.
async fn holding() -> Result<(String, Arc<AtomicUsize>, watch::Sender<bool>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    let held = Arc::new(AtomicUsize::new(0));
    let (release, released) = watch::channel(false);
    let count = Arc::clone(&held);
    let search_many = async move || {
        count.fetch_add(1, Ordering::SeqCst);
        let _ = released.clone().wait_for(|released| *released).await;
        (StatusCode::SERVICE_UNAVAILABLE, "{\"message\": \"later\"}")
    };
    let router = Router::new()
        .route("/multi_search", post(search_many))
        .route(
            "/collections/{name}/documents/search",
            get_route(async || "{\"found\": 0, \"hits\": []}"),
        )
        .fallback(async || (StatusCode::UNAUTHORIZED, "{\"message\": \"Forbidden\"}"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok((address, held, release))
}

/// A page about a missing package searches for others, so it takes a place as all pages do.
#[tokio::test]
async fn pages_about_missing_packages_take_a_place() -> Result<()> {
    let (address, held, release) = holding().await?;
    let settings = GallerySettings {
        patience: Timeouts {
            glance: Duration::from_mins(1),
            ..Timeouts::default()
        },
        ..GallerySettings::default()
    };
    let shipped = Profiles::load(None)?;
    let gallery = routes(settings, [shipped.get("plone")?], &client(&address, "key"))?;
    let mut visitors = JoinSet::new();
    for number in 0..100 {
        let gallery = gallery.clone();
        visitors.spawn(async move { get(&gallery, &format!("/plone/missing{number}")).await });
    }
    let asking = async {
        while held.load(Ordering::SeqCst) < 32 {
            get(&gallery, "/robots.txt").await?;
            tokio::task::yield_now().await;
        }
        // All others have had their turn, too, and wait.
        for _ in 0..1_000 {
            get(&gallery, "/robots.txt").await?;
            tokio::task::yield_now().await;
        }
        Ok::<_, anyhow::Error>(())
    };
    tokio::time::timeout(SOON, asking).await??;
    assert_eq!(held.load(Ordering::SeqCst), 32);
    release.send_replace(true);
    visitors.abort_all();
    Ok(())
}

/// A table is made once for all who ask for it, as long as the same packages are there.
#[tokio::test]
async fn equal_tables_and_sitemaps_cost_one() -> Result<()> {
    let starred = |name: &str, stars: i64| {
        let facts = json!({"github_stars": stars});
        with(release(name, "1.0"), &facts)
    };
    let site = Site::of(&[("plone", starred("plone.api", 1))]).await?;
    let first = site.get("/plone/-/packages.csv").await?;
    assert!(first.text()?.contains(",1,"), "{}", first.text()?);
    let sitemap = site.get("/plone/-/sitemap.xml").await?;
    // Numbers change unseen, and may be a minute old.
    write(&site, &starred("plone.api", 77)).await?;
    let asked = (0..40).map(|_| site.get("/plone/-/packages.csv"));
    for answer in futures::future::try_join_all(asked).await? {
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body, first.body);
    }
    // Another list is another table, and it keeps what it was asked for.
    let other = site.get("/plone/-/packages.csv?q=api").await?;
    assert!(other.text()?.contains(",77,"), "{}", other.text()?);
    let short = site
        .get_with("/plone/-/packages.csv", &[("accept-encoding", "gzip")])
        .await?;
    assert_eq!(short.header("content-encoding"), "gzip");
    let mut text = Vec::new();
    std::io::copy(
        &mut flate2::read::GzDecoder::new(short.body.as_slice()),
        &mut text,
    )?;
    assert_eq!(text, first.body);
    // A new package is there at once.
    write(&site, &starred("plone.new", 5)).await?;
    let table = site.get("/plone/-/packages.csv").await?;
    assert!(table.text()?.contains("plone.new"), "{}", table.text()?);
    let again = site.get("/plone/-/sitemap.xml").await?;
    assert!(again.text()?.contains("plone.new"));
    assert!(!sitemap.text()?.contains("plone.new"));
    // Addresses are those of the visitor who asks.
    let elsewhere = site
        .get_with(
            "/plone/-/sitemap.xml",
            &[("x-forwarded-host", "evil.example")],
        )
        .await?;
    assert_eq!(elsewhere.body, again.body);
    Ok(())
}

async fn write(site: &Site, document: &pyfa::model::Document) -> Result<()> {
    let line = serde_json::to_string(document)?.into();
    site.client
        .import("plone", ImportAction::Upsert, vec![line])
        .await?;
    Ok(())
}

/// A long README keeps nobody else waiting, and is prepared once.
#[tokio::test]
async fn a_long_readme_is_prepared_beside_other_answers_and_once() -> Result<()> {
    let mut long = release("plone.long", "1.0");
    long.description = "<p>a <em>b</em> <a href=\"https://example.org\">c</a></p>".repeat(8_000);
    let site = Site::of(&[("plone", long)]).await?;
    site.page("/plone").await?;
    let view = async || {
        let begun = Instant::now();
        let is_over = Cell::new(false);
        let viewing = async {
            let answer = site.get("/plone/plone.long").await;
            is_over.set(true);
            answer
        };
        let watching = async {
            let mut longest = Duration::ZERO;
            while !is_over.get() {
                let asked = Instant::now();
                tokio::time::sleep(Duration::from_millis(1)).await;
                longest = longest.max(asked.elapsed());
            }
            longest
        };
        let (answer, longest) = tokio::join!(viewing, watching);
        Ok::<_, anyhow::Error>((answer?, begun.elapsed(), longest))
    };
    let (answer, first, longest) = view().await?;
    assert_eq!(answer.status, 200);
    assert!(longest * 2 < first, "{longest:?} of {first:?}");
    let (again, second, _) = view().await?;
    assert_eq!(again.body, answer.body);
    assert!(second * 2 < first, "{second:?} after {first:?}");
    Ok(())
}
