//! The search server is away, busy, or says nonsense.

use std::time::Duration;

use anyhow::Result;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use pyfa::profile::{Profile, Profiles};
use pyfa::web::gallery::{GallerySettings, Timeouts, routes};

use super::headers::check_security;
use super::html::Page;
use super::{PROFILES, ask};
use crate::search::fake::{Answer, Fake};
use crate::support::client;

/// A gallery that reads from a server at this address.
pub(super) fn gallery(url: &str, settings: GallerySettings) -> Result<Router> {
    let shipped = Profiles::load(None)?;
    let profiles: Vec<&Profile> = PROFILES
        .iter()
        .map(|key| shipped.get(key))
        .collect::<Result<_, _>>()?;
    Ok(routes(settings, profiles, &client(url, "key"))?)
}

fn patient(url: &str) -> Result<Router> {
    gallery(url, GallerySettings::default())
}

async fn get(router: &Router, path: &str, header: (&str, &str)) -> Result<super::Answer> {
    let request = Request::get(path)
        .header(header.0, header.1)
        .body(Body::empty())?;
    ask(router, request).await
}

/// Everything that needs the server says that it is away, and keeps what was typed.
async fn is_said_to_be_away(router: &Router) -> Result<()> {
    for (path, words) in [
        ("/plone?q=easy+form&framework=Plone+6.1", "easy form"),
        ("/plone?q=%22%3E%3Cscript%3E", "\"><script>"),
        ("/plone/plone.api", ""),
        ("/plone/plone.api/1.0", ""),
        ("/plone/plone.api/-/health", ""),
        ("/plone/plone.api/-/feed.atom", ""),
        ("/plone/-/feed.json?q=form", "form"),
        ("/plone/-/packages.csv", ""),
        ("/plone/-/suggest?q=form", "form"),
        ("/plone/-/sitemap.xml", ""),
        ("/plone/-/compare?p=a", ""),
        ("/plone/-/repositories/org/one", ""),
        ("/plone/-/people/ada", ""),
    ] {
        for header in [("accept", "text/html"), ("x-gallery-part", "results")] {
            let answer = get(router, path, header).await?;
            assert_eq!(answer.status, 503, "{path}");
            assert_eq!(answer.header("retry-after"), "10", "{path}");
            assert_eq!(answer.header("cache-control"), "no-store", "{path}");
            check_security(&answer.headers)?;
            let page: Page = answer.page()?;
            assert!(page.text("h1")?.contains("not available"), "{path}");
            assert_eq!(page.value("input[type=search]", "value")?, words, "{path}");
            assert_eq!(page.value("form[role=search]", "action")?, "/plone");
            assert_eq!(
                page.value("meta[name=robots]", "content")?,
                "noindex, follow"
            );
            // No word of where it is and with which key it is asked.
            assert!(
                !page.source().contains("127.0.0.1") && !page.source().contains("multi_search")
            );
        }
    }
    for path in ["/", "/sitemap.xml"] {
        assert_eq!(
            get(router, path, ("accept", "*/*")).await?.status,
            503,
            "{path}"
        );
    }
    // What needs no server is there.
    for path in [
        "/-/help",
        "/robots.txt",
        "/favicon.ico",
        "/plone/-/opensearch.xml",
    ] {
        assert_eq!(
            get(router, path, ("accept", "*/*")).await?.status,
            200,
            "{path}"
        );
    }
    for path in ["/nothing", "/-/nothing", "//x"] {
        assert_eq!(
            get(router, path, ("accept", "*/*")).await?.status,
            404,
            "{path}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_nobody_reaches_is_said_to_be_away() -> Result<()> {
    let gone = {
        let fake = Fake::start(vec![Answer::json("200 OK", "{}")]).await?;
        fake.address().to_owned()
    };
    is_said_to_be_away(&patient(&gone)?).await
}

#[tokio::test]
async fn a_server_that_is_busy_is_said_to_be_away() -> Result<()> {
    let fake = Fake::start(vec![Answer::busy()]).await?;
    is_said_to_be_away(&patient(fake.address())?).await
}

#[tokio::test]
async fn a_server_that_says_nonsense_is_said_to_be_away() -> Result<()> {
    for nonsense in [
        Answer::json("500 Internal Server Error", "{\"message\": \"broken\"}"),
        Answer::json("200 OK", "{\"results\": [1]}"),
        Answer::json("200 OK", "<!doctype html><h1>Maintenance</h1>"),
        Answer::json("401 Unauthorized", "{\"message\": \"Forbidden\"}"),
    ] {
        let fake = Fake::start(vec![nonsense]).await?;
        is_said_to_be_away(&patient(fake.address())?).await?;
    }
    Ok(())
}

/// It accepts every connection and never says a word.
#[tokio::test]
async fn a_server_that_hangs_is_said_to_be_away() -> Result<()> {
    let fake = Fake::start(vec![Answer::Silence]).await?;
    // A page that needs no search still waits for a glance, and has to be made after that.
    let page = Duration::from_millis(300);
    let impatient = GallerySettings {
        patience: Timeouts {
            page,
            file: page,
            glance: Duration::from_millis(20),
        },
        ..GallerySettings::default()
    };
    is_said_to_be_away(&gallery(fake.address(), impatient)?).await?;
    assert!(!fake.requests().is_empty(), "it was asked");
    Ok(())
}
