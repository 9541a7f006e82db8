//! The headers of answers of every kind.

use anyhow::{Context, Result, ensure};
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Method};
use pyfa::web::gallery::{GallerySettings, ProfileAppearance};

use super::packages::{former, release, rich};
use super::{Site, ask, get};

/// What pages may load, word by word.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'; manifest-src 'self'";

const LIST: &str = "public, max-age=60, stale-while-revalidate=600";
const PACKAGE: &str = "public, max-age=300, stale-while-revalidate=3600";
const FEED: &str = "public, max-age=600, stale-while-revalidate=3600";
const FOREVER: &str = "public, max-age=31536000, immutable";

/// What every answer has to say, whatever became of the request.
pub(super) fn check_security(headers: &HeaderMap) -> Result<()> {
    for (name, expected) in [
        ("content-security-policy", POLICY),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "strict-origin-when-cross-origin"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        let values: Vec<_> = headers.get_all(name).iter().collect();
        ensure!(values == [expected], "{name}: {values:?}");
    }
    for forbidden in [
        "set-cookie",
        "server",
        "x-powered-by",
        "access-control-allow-origin",
    ] {
        ensure!(!headers.contains_key(forbidden), "{forbidden}: {headers:?}");
    }
    Ok(())
}

async fn site() -> Result<Site> {
    Site::of(&[
        ("plone", rich("plone.rich", "2.0")),
        ("plone", former("plone.rich", "1.0", 400)),
        ("django", release("django-one", "1.0")),
    ])
    .await
}

/// An address of each kind, with its status and how long it keeps.
const ADDRESSES: [(&str, u16, &str); 42] = [
    ("/", 200, LIST),
    ("/plone", 200, LIST),
    ("/plone?q=rich", 200, LIST),
    ("/plone?q=nothing", 200, LIST),
    ("/flask", 200, LIST),
    ("/plone/-/matrix", 200, LIST),
    ("/plone/-/compare", 200, PACKAGE),
    ("/plone/-/compare?p=plone.rich&p=x", 200, PACKAGE),
    ("/plone/-/packages.csv", 200, LIST),
    ("/plone/-/suggest?q=ri", 200, LIST),
    ("/plone/-/opensearch.xml", 200, FEED),
    ("/plone/-/sitemap.xml", 200, FEED),
    ("/plone/-/feed.atom", 200, FEED),
    ("/plone/-/feed.rss", 200, FEED),
    ("/plone/-/feed.json", 200, FEED),
    ("/plone/plone.rich", 200, PACKAGE),
    ("/plone/plone.rich/1.0", 200, PACKAGE),
    ("/plone/plone.rich/-/releases", 200, PACKAGE),
    ("/plone/plone.rich/-/changelog", 200, PACKAGE),
    ("/plone/plone.rich/-/health", 200, PACKAGE),
    ("/plone/plone.rich/-/dependents", 200, PACKAGE),
    ("/plone/plone.rich/-/feed.atom", 200, FEED),
    ("/plone/-/repositories/example/plone.rich", 200, LIST),
    ("/plone/-/people/ada", 200, LIST),
    ("/plone/-/repositories/no/where", 404, "no-store"),
    ("/plone/-/people/nobody", 404, "no-store"),
    ("/sitemap.xml", 200, FEED),
    ("/robots.txt", 200, FEED),
    ("/favicon.ico", 200, PACKAGE),
    ("/-/help", 200, PACKAGE),
    ("/plone/", 301, LIST),
    ("/plone/PLONE-rich", 301, LIST),
    ("/plone/plone.rich/2.0", 302, LIST),
    ("/plone?q=rich&page=1", 302, LIST),
    ("/plone?page=99", 302, LIST),
    ("/nothing", 404, "no-store"),
    ("/plone/nothing", 404, "no-store"),
    ("/plone/plone.rich/9.9", 404, "no-store"),
    ("/-/a/gallery.0000000000000000.css", 404, "no-store"),
    ("/-/nothing", 404, "no-store"),
    ("//evil.example", 404, "no-store"),
    (
        "/plone?keyword=1&keyword=2&keyword=3&keyword=4&keyword=5&keyword=6&keyword=7&keyword=8&keyword=9&keyword=10&keyword=11&keyword=12&keyword=13&keyword=14&keyword=15&keyword=16&keyword=17&keyword=18&keyword=19&keyword=20&keyword=21&keyword=22&keyword=23&keyword=24&keyword=25&keyword=26&keyword=27&keyword=28&keyword=29&keyword=30&keyword=31&keyword=32&keyword=33&keyword=34&keyword=35&keyword=36&keyword=37&keyword=38&keyword=39&keyword=40&keyword=41",
        400,
        "no-store",
    ),
];

#[tokio::test]
async fn every_answer_is_safe_and_says_how_long_it_keeps() -> Result<()> {
    let site = site().await?;
    for (path, status, cache) in ADDRESSES {
        let answer = site.get(path).await?;
        assert_eq!(answer.status, status, "{path}");
        check_security(&answer.headers).with_context(|| path.to_owned())?;
        assert_eq!(answer.header("cache-control"), cache, "{path}");
        if status == 200 {
            let varied = answer.header("vary");
            assert!(
                varied.contains("accept-encoding") && varied.contains("x-gallery-part"),
                "{path}: {varied}"
            );
            // Nothing depends on a cookie or a language.
            assert!(!varied.contains("cookie"), "{varied}");
        } else {
            assert_eq!(answer.header("etag"), "", "{path}");
        }
        if status / 100 != 3 {
            assert!(!answer.header("content-type").is_empty(), "{path}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn nothing_but_reading_is_allowed() -> Result<()> {
    let site = site().await?;
    for method in [
        "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND",
    ] {
        for path in ["/", "/plone", "/plone/plone.rich", "/-/help", "/nothing"] {
            let request = Request::builder()
                .method(Method::from_bytes(method.as_bytes())?)
                .uri(path)
                .body(Body::from("q=form"))?;
            let answer = ask(&site.router, request).await?;
            assert_eq!(answer.status, 405, "{method} {path}");
            assert_eq!(answer.header("allow"), "GET, HEAD");
            assert_eq!(answer.header("cache-control"), "no-store");
            check_security(&answer.headers)?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() -> Result<()> {
    let site = site().await?;
    for (path, status, cache) in ADDRESSES {
        if status != 200 {
            continue;
        }
        let first = site.get(path).await?;
        let tag = first.header("etag");
        let is_strong = tag.starts_with('"') && tag.ends_with('"') && tag.len() == 34;
        assert!(is_strong, "{path}: {tag}");
        for known in [tag, &format!("W/{tag}"), &format!("\"other\", {tag}"), "*"] {
            let again = site.get_with(path, &[("if-none-match", known)]).await?;
            assert_eq!(again.status, 304, "{path}");
            assert!(again.body.is_empty(), "{path}");
            check_security(&again.headers).with_context(|| path.to_owned())?;
            assert_eq!(again.header("cache-control"), cache, "{path}");
            assert_eq!(again.header("etag"), tag, "{path}");
            assert_eq!(again.header("vary"), first.header("vary"), "{path}");
        }
        for other in ["\"00000000000000000000000000000000\"", "nonsense", ""] {
            let again = site.get_with(path, &[("if-none-match", other)]).await?;
            assert_eq!(again.status, 200, "{path}");
        }
    }
    // A tag is that of the content, not of the address.
    let tag = |answer: super::Answer| answer.header("etag").to_owned();
    let (whole, part) = (
        tag(site.get("/plone").await?),
        tag(site
            .get_with("/plone", &[("x-gallery-part", "results")])
            .await?),
    );
    assert_ne!(whole, part);
    Ok(())
}

#[tokio::test]
async fn files_of_ours_keep_for_good_and_say_what_they_are() -> Result<()> {
    let site = site().await?;
    let page = site.page("/plone").await?;
    let mut files = page.values("link[rel=stylesheet], link[rel=icon]", "href");
    files.extend(page.values("script[src]", "src"));
    assert_eq!(files.len(), 4, "{files:?}");
    for file in files {
        let answer = site.get(file).await?;
        assert_eq!(answer.status, 200, "{file}");
        assert_eq!(answer.header("cache-control"), FOREVER);
        let kind = match file.rsplit('.').next() {
            Some("css") => "text/css; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            _ => "image/svg+xml",
        };
        assert_eq!(answer.header("content-type"), kind);
        check_security(&answer.headers)?;
        // With another hash it is another file.
        let (stem, _) = file.rsplit_once('.').context("an extension")?;
        assert_eq!(site.get(&format!("{stem}0.css")).await?.status, 404);
    }
    Ok(())
}

#[tokio::test]
async fn long_answers_are_compressed_for_those_who_can_read_it() -> Result<()> {
    let site = site().await?;
    let files = site.page("/plone").await?;
    let stylesheet = files.values("link[rel=stylesheet]", "href")[0];
    for path in [
        "/plone",
        "/plone/plone.rich",
        "/plone/-/feed.atom",
        "/sitemap.xml",
        "/nothing",
        stylesheet,
    ] {
        let plain = site.get(path).await?;
        assert_eq!(plain.header("content-encoding"), "", "{path}");
        let short = site.get_with(path, &[("accept-encoding", "gzip")]).await?;
        assert_eq!(short.header("content-encoding"), "gzip", "{path}");
        assert_eq!(short.header("etag"), plain.header("etag"));
        assert!(short.header("vary").contains("accept-encoding"), "{path}");
        check_security(&short.headers)?;
        let mut text = Vec::new();
        std::io::copy(
            &mut flate2::read::GzDecoder::new(short.body.as_slice()),
            &mut text,
        )?;
        assert_eq!(text, plain.body, "{path}");
    }
    let refused = site
        .get_with("/plone", &[("accept-encoding", "gzip;q=0")])
        .await?;
    assert_eq!(refused.header("content-encoding"), "");
    Ok(())
}

/// What is compressed while it is sent has no known length.
#[tokio::test]
async fn files_of_the_gallery_are_compressed_before_anybody_asks() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let drawing = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\">{}</svg>",
        "<g/>".repeat(100)
    );
    std::fs::write(folder.path().join("logo.svg"), drawing)?;
    let appearance = ProfileAppearance {
        logo: Some("logo.svg".to_owned()),
        color: Some("#0a5c8f".to_owned()),
        ..ProfileAppearance::default()
    };
    let settings = GallerySettings {
        folder: Some(folder.path().to_owned()),
        profiles: [("plone".to_owned(), appearance)].into(),
        ..GallerySettings::default()
    };
    let site = Site::with(settings, &[("plone", rich("plone.rich", "2.0"))]).await?;
    let page = site.page("/plone").await?;
    let mut files = page.values("link[rel=stylesheet], link[rel=icon]", "href");
    files.extend(page.values("script[src], img", "src"));
    assert!(files.len() >= 6, "{files:?}");
    for file in files {
        let short = site.get_with(file, &[("accept-encoding", "gzip")]).await?;
        assert_eq!(short.header("content-encoding"), "gzip", "{file}");
        let length = short.header("content-length");
        assert_eq!(length, short.body.len().to_string(), "{file}");
    }
    Ok(())
}

#[tokio::test]
async fn images_of_readmes_are_allowed_only_if_the_operator_says_so() -> Result<()> {
    let site = site().await?;
    let linked = site.page("/plone/plone.rich").await?;
    assert!(!linked.has(".readme img"));
    assert_eq!(
        linked.text(".readme a.image")?,
        "image: A view (example.org)"
    );
    let loaded = site.restarted(GallerySettings {
        images: true,
        ..GallerySettings::default()
    })?;
    let answer = get(&loaded, "/plone/plone.rich").await?;
    let policy = answer.header("content-security-policy");
    assert_eq!(policy, POLICY.replace("data:", "data: https:"));
    let page = answer.page()?;
    assert_eq!(
        page.value(".readme img", "src")?,
        "https://example.org/a.png"
    );
    assert_eq!(page.value(".readme img", "alt")?, "A view");
    assert_eq!(page.value(".readme img", "loading")?, "lazy");
    assert_eq!(page.value(".readme img", "referrerpolicy")?, "no-referrer");
    // The page about privacy says which it is.
    let says = |text: String| text.contains("except the images of READMEs");
    assert!(says(get(&loaded, "/-/help").await?.page()?.text("main")?));
    assert!(!says(site.page("/-/help").await?.text("main")?));
    // A page about a problem shows nothing of a stranger's.
    let missing = get(&loaded, "/plone/nothing").await?;
    assert_eq!(missing.header("content-security-policy"), POLICY);
    Ok(())
}
