//! Packages with more releases, headings and changes than a page holds.

use anyhow::{Context, Result};
use pyfa::model::Document;

use super::Site;
use super::packages::{former, release};

/// Releases of the package; a page holds 250.
const RELEASES: i64 = 600;

/// The oldest releases support Plone 5.2, all others Plone 6.1.
async fn site() -> Result<Site> {
    let supporting = |mut document: Document, version: &str| {
        document.framework_versions = vec![format!("Plone {version}")];
        ("plone", document)
    };
    let mut documents = vec![
        supporting(release("many.rel", "601.0"), "6.1"),
        ("plone", release("one.rel", "1.0")),
    ];
    for number in 1..RELEASES {
        let document = former("many.rel", &format!("{number}.0"), RELEASES - number);
        let is_old = number <= 40;
        documents.push(supporting(document, if is_old { "5.2" } else { "6.1" }));
    }
    Site::of(&documents).await
}

#[tokio::test]
async fn the_last_release_for_an_older_framework_is_found_however_many_follow() -> Result<()> {
    let site = site().await?;
    let page = site.page("/plone/many.rel").await?;
    assert_eq!(
        page.texts(".fits dt"),
        ["Works with", "Last release for Plone 5.2"]
    );
    assert_eq!(page.texts(".fits dd"), ["Plone 6.1", "40.0"]);
    assert_eq!(page.value(".fits a", "href")?, "/plone/many.rel/40.0");
    Ok(())
}

#[tokio::test]
async fn all_releases_can_be_reached_page_by_page() -> Result<()> {
    let site = site().await?;
    let address = "/plone/many.rel/-/releases";
    let mut versions = Vec::new();
    let mut next = Some(address.to_owned());
    let mut titles = Vec::new();
    while let Some(path) = next {
        let page = site.page(&path).await?;
        versions.extend(page.texts("tbody th"));
        titles.push(page.text("title")?);
        assert_eq!(
            page.value("link[rel=canonical]", "href")?,
            format!("http://gallery.test{path}")
        );
        assert_eq!(page.has("a[rel=prev]"), path != address, "{path}");
        let links = page.values("a[rel=next]", "href");
        next = links.first().map(|&href| href.to_owned());
    }
    assert_eq!(
        titles,
        [
            "Releases of many.rel · Plone",
            "Releases of many.rel, page 2 · Plone",
            "Releases of many.rel, page 3 · Plone"
        ]
    );
    let mut expected = vec!["601.0".to_owned()];
    expected.extend((1..RELEASES).rev().map(|number| format!("{number}.0")));
    assert_eq!(versions, expected);

    for (asked, place) in [
        ("page=1", address.to_owned()),
        ("page=0", address.to_owned()),
        ("page=two", address.to_owned()),
        ("page=02", format!("{address}?page=2")),
        ("page=2&page=3", format!("{address}?page=2")),
    ] {
        let answer = site.get(&format!("{address}?{asked}")).await?;
        let moved = (answer.status.as_u16(), answer.header("location"));
        assert_eq!(moved, (302, place.as_str()), "{asked}");
    }
    for beyond in ["4", "4294967295"] {
        let answer = site.get(&format!("{address}?page={beyond}")).await?;
        assert_eq!(answer.status, 404, "{beyond}");
        assert_eq!(answer.page()?.values("main li a", "href"), [address]);
    }
    // Another spelling keeps the page.
    let answer = site.get("/plone/MANY_rel/-/releases?page=2").await?;
    assert_eq!(answer.header("location"), format!("{address}?page=2"));
    // One page needs no way to others.
    let few = site.page("/plone/one.rel/-/releases").await?;
    assert!(!few.has(".pages"));
    Ok(())
}

#[tokio::test]
async fn what_is_cut_says_so_and_leads_to_the_whole() -> Result<()> {
    let mut long = release("long.one", "1.0");
    long.description = "<h2>Part</h2><p>text</p>".repeat(1_000);
    long.changelog = format!("<h2>1.0</h2><p>{}</p>", "Mended. ".repeat(60_000));
    "https://pypi.org/project/long.one/".clone_into(&mut long.package_url);
    let mut other = release("short.one", "1.0");
    "<h2>1.0</h2><p>Mended.</p>".clone_into(&mut other.changelog);
    let site = Site::of(&[("plone", long), ("plone", other)]).await?;
    let page = site.page("/plone/long.one/-/changelog").await?;
    assert_eq!(
        page.text(".notice")?,
        "The changelog is longer than this page shows. Read all of it on PyPI"
    );
    assert_eq!(
        page.value(".notice a", "href")?,
        "https://pypi.org/project/long.one/"
    );
    let length = page.source().len();
    assert!((300_000..400_000).contains(&length), "{length} bytes");
    let short = site.page("/plone/short.one/-/changelog").await?;
    assert!(!short.has(".notice"));
    // A table of contents is read, not searched.
    let page = site.page("/plone/long.one").await?;
    assert_eq!(page.all(".contents li").len(), 200);
    let last = page.values(".contents a", "href");
    let last = last.last().context("an entry")?;
    assert!(page.has(last), "{last}");
    Ok(())
}
