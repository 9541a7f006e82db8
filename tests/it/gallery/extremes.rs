//! Values that no registry of ours would give, in a collection that somebody else has written.

use anyhow::{Context, Result};

use super::Site;
use super::hostile::{README, holds_nothing_foreign};
use super::packages::{former, release};
use super::xml::Element;

/// A file that a spreadsheet opens computes nothing, whatever a text begins with.
#[tokio::test]
async fn a_table_holds_no_formulas() -> Result<()> {
    let mut documents = Vec::new();
    for (number, start) in ["=", "+", "-", "@", "\t=", "\r=", " =", "\n="]
        .iter()
        .enumerate()
    {
        let mut document = release(&format!("plone.part{number}"), "1.0");
        document.summary = format!("{start}HYPERLINK(\"https://evil.example\")");
        document.license_spdx = format!("{start}1");
        documents.push(("plone", document));
    }
    let site = Site::of(&documents).await?;
    let table = site.get("/plone/-/packages.csv").await?;
    let mut reader = csv::Reader::from_reader(table.body.as_slice());
    let mut rows = 0;
    for row in reader.records() {
        for cell in &row? {
            let first = cell.chars().find(|one| !one.is_whitespace());
            assert!(!matches!(first, Some('=' | '+' | '-' | '@')), "{cell:?}");
        }
        rows += 1;
    }
    assert_eq!(rows, documents.len());
    Ok(())
}

/// Names that no registry of ours allows, in a collection of somebody else's.
#[tokio::test]
async fn names_and_versions_lead_to_themselves_or_nowhere() -> Result<()> {
    let names = [
        "\"><script>alert(1)</script>",
        "a/b",
        "../../etc",
        "@scope/name",
        "@scope",
        "-",
        ".",
        "a b",
        "a`b",
        "a\\b",
        "javascript:alert(1)",
        "%2e%2e",
        "a?b=c",
        "a#b",
        "ä\u{202e}b",
        "a\u{1}b",
        "http://evil.example",
        "//evil.example",
    ];
    let mut documents = Vec::new();
    for name in names {
        let mut document = release(name, "1.0");
        document.requires_dist = vec![format!("{name}>=1")];
        documents.push(("plone", document));
    }
    for version in [
        "\"><script>",
        "1/2",
        "..",
        "-",
        "1?q=2",
        "1#2",
        "1\u{1}",
        "=1",
        "@1",
    ] {
        documents.push(("plone", former("django-one", version, 9)));
    }
    documents.push(("plone", release("django-one", "9.0")));
    documents.push(("plone", release(&"long".repeat(1_000), "1.0")));
    let site = Site::of(&documents).await?;
    let mut found = 0;
    let mut addresses = Vec::new();
    for path in [
        "/plone?sort=name",
        "/plone/django-one/-/releases",
        "/plone/-/compare?p=a+b&p=-&p=a/b",
    ] {
        let page = site.page(path).await?;
        holds_nothing_foreign(&page)?;
        for address in page.values("main a[href^=\"/\"]", "href") {
            addresses.push(address.to_owned());
        }
    }
    for address in addresses {
        let answer = site.get(&address).await.with_context(|| address.clone())?;
        match answer.status.as_u16() {
            200 if answer.header("content-type").starts_with("text/html") => {
                let page = answer.page().with_context(|| address.clone())?;
                holds_nothing_foreign(&page).with_context(|| address.clone())?;
                found += 1;
            }
            200 | 404 => {}
            301 | 302 => {
                let place = answer.header("location");
                assert!(
                    place.starts_with("/plone") && !place.starts_with("//"),
                    "{address}: {place}"
                );
            }
            status => anyhow::bail!("{address}: {status}"),
        }
    }
    assert!(found > 15, "{found}");
    for file in [
        "sitemap.xml",
        "feed.atom",
        "feed.rss",
        "feed.json",
        "packages.csv",
        "suggest?q=a",
    ] {
        let answer = site.get(&format!("/plone/-/{file}")).await?;
        assert_eq!(answer.status, 200, "{file}");
        if answer.header("content-type").contains("xml") {
            Element::parse(answer.text()?).with_context(|| file.to_owned())?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn nothing_is_too_long() -> Result<()> {
    let mut long = release("plone.long", "1.0");
    let text = "All work and no play. ".repeat(15_000);
    long.description = pyfa_readme::render(
        &format!("# A\n\n{}", "*a* [b](c) `d`\n\n".repeat(70_000)),
        Some("text/markdown"),
        1 << 20,
    )
    .html;
    long.changelog = format!("<h2>1.0</h2><p>{text}</p>");
    long.summary = text.clone();
    long.keywords = (0..10_000)
        .map(|number| format!("keyword{number}"))
        .collect();
    long.maintainers = (0..10_000)
        .map(|number| format!("maintainer{number}"))
        .collect();
    long.classifiers = (0..10_000)
        .map(|number| format!("Topic :: {number}"))
        .collect();
    long.requires_dist = (0..10_000)
        .map(|number| format!("requirement{number}"))
        .collect();
    long.license = text.clone();
    long.author = text.clone();
    long.requires_python = text.clone();
    long.yanked_reason = text;
    long.yanked = true;
    long.package_url = "https://pypi.org/project/plone.long/".to_owned();
    let site = Site::of(&[("plone", long), ("plone", release("plone.short", "1.0"))]).await?;
    for path in [
        "/plone",
        "/plone/plone.long",
        "/plone/plone.long/-/releases",
        "/plone/plone.long/-/changelog",
        "/plone/-/compare?p=plone.long",
        "/plone/-/feed.atom",
        "/plone/-/suggest?q=long",
    ] {
        let answer = site.get(path).await?;
        assert_eq!(answer.status, 200, "{path}");
        assert!(
            answer.body.len() < 1_000_000,
            "{path}: {} bytes",
            answer.body.len()
        );
        if answer.header("content-type").starts_with("text/html") {
            answer.page().with_context(|| path.to_owned())?;
        }
    }
    let page = site.page("/plone/plone.long").await?;
    assert!(page.text("main")?.contains("longer than this page shows"));
    Ok(())
}

/// What another program wrote into a collection is as little believed.
#[tokio::test]
async fn html_of_another_program_is_made_safe() -> Result<()> {
    let mut foreign = release("plone.foreign", "1.0");
    foreign.description =
        format!("{README}<script>alert(1)</script><p onclick=alert(1)>{README}</p>");
    foreign.changelog = foreign.description.clone();
    foreign.package_url = "https://pypi.org/project/plone.foreign/".to_owned();
    let site = Site::of(&[("plone", foreign), ("django", release("django-one", "1.0"))]).await?;
    for path in ["/plone/plone.foreign", "/plone/plone.foreign/-/changelog"] {
        let page = site.page(path).await?;
        holds_nothing_foreign(&page).with_context(|| path.to_owned())?;
        assert!(page.text(".readme")?.contains("Main"), "{path}");
    }
    Ok(())
}
