//! What machines read: sitemaps, robots, `OpenSearch`, suggestions and tables.

use anyhow::{Context, Result};
use pyfa::web::gallery::GallerySettings;
use serde_json::{Value, json};

use super::packages::{former, release, rich};
use super::xml::Element;
use super::{Site, get};

async fn site() -> Result<Site> {
    let mut documents = vec![
        ("plone", rich("plone.rich", "2.0")),
        ("plone", former("plone.rich", "1.0", 400)),
        ("django", release("django-one", "1.0")),
    ];
    for number in 0..260 {
        documents.push(("plone", release(&format!("plone.part{number:03}"), "1.0")));
    }
    Site::of(&documents).await
}

#[tokio::test]
async fn sitemaps_list_every_package_once() -> Result<()> {
    let site = site().await?;
    let moved = site.restarted(GallerySettings {
        base_url: Some("https://packages.example.org/".parse()?),
        ..GallerySettings::default()
    })?;
    let answer = get(&moved, "/sitemap.xml").await?;
    assert_eq!(
        answer.header("content-type"),
        "application/xml; charset=utf-8"
    );
    let index = Element::parse(answer.text()?)?;
    assert_eq!(index.name, "sitemapindex");
    assert_eq!(
        index.attribute("xmlns"),
        "http://www.sitemaps.org/schemas/sitemap/0.9"
    );
    let places: Vec<_> = index
        .children("sitemap")
        .map(|one| one.child("loc").map(Element::text))
        .collect::<Result<_>>()?;
    assert_eq!(
        places,
        [
            "https://packages.example.org/django/-/sitemap.xml",
            "https://packages.example.org/plone/-/sitemap.xml"
        ]
    );

    let answer = get(&moved, "/plone/-/sitemap.xml").await?;
    let map = Element::parse(answer.text()?)?;
    assert_eq!(map.name, "urlset");
    assert_eq!(
        map.attribute("xmlns"),
        "http://www.sitemaps.org/schemas/sitemap/0.9"
    );
    let mut listed = Vec::new();
    for place in map.children("url") {
        listed.push(place.child("loc")?.text());
        if let Some(modified) = place.children("lastmod").next() {
            let _: jiff::Timestamp = modified.text().parse()?;
        }
    }
    assert_eq!(listed.len(), 262);
    assert_eq!(listed[0], "https://packages.example.org/plone");
    assert!(listed.contains(&"https://packages.example.org/plone/plone.rich"));
    listed.sort_unstable();
    listed.dedup();
    assert_eq!(listed.len(), 262);
    Ok(())
}

#[tokio::test]
async fn robots_are_kept_from_lists_without_end() -> Result<()> {
    let site = site().await?;
    let answer = site.get("/robots.txt").await?;
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    let text = answer.text()?;
    assert!(text.starts_with("User-agent: *\n"), "{text}");
    assert!(text.contains("\nDisallow: /*?\n"), "{text}");
    assert!(
        text.ends_with("\nSitemap: http://gallery.test/sitemap.xml\n"),
        "{text}"
    );
    Ok(())
}

#[tokio::test]
async fn browsers_can_add_the_search() -> Result<()> {
    let site = site().await?;
    let page = site.page("/plone").await?;
    let place = page.value("link[rel=search]", "href")?;
    assert_eq!(
        page.value("link[rel=search]", "type")?,
        "application/opensearchdescription+xml"
    );
    let answer = site.get(place).await?;
    let root = Element::parse(answer.text()?)?;
    assert_eq!(root.name, "OpenSearchDescription");
    assert_eq!(
        root.attribute("xmlns"),
        "http://a9.com/-/spec/opensearch/1.1/"
    );
    let name = root.child("ShortName")?.text();
    assert!(!name.is_empty() && name.chars().count() <= 16, "{name}");
    assert!(root.child("Description")?.text().chars().count() <= 1024);
    assert_eq!(root.child("InputEncoding")?.text(), "UTF-8");
    assert!(
        root.child("Image")?
            .text()
            .starts_with("http://gallery.test/-/a/icon.")
    );
    let kinds: Vec<_> = root
        .children("Url")
        .map(|one| (one.attribute("type"), one.attribute("template")))
        .collect();
    assert_eq!(
        kinds,
        [
            ("text/html", "http://gallery.test/plone?q={searchTerms}"),
            (
                "application/x-suggestions+json",
                "http://gallery.test/plone/-/suggest?q={searchTerms}"
            ),
        ]
    );
    Ok(())
}

#[tokio::test]
async fn suggestions_are_four_lists() -> Result<()> {
    let site = site().await?;
    let answer = site.get("/plone/-/suggest?q=plone.ri").await?;
    assert_eq!(
        answer.header("content-type"),
        "application/x-suggestions+json; charset=utf-8"
    );
    let suggested: Value = serde_json::from_slice(&answer.body)?;
    assert_eq!(suggested.as_array().map(Vec::len), Some(4));
    assert_eq!(suggested[0], "plone.ri");
    let lists: Vec<&Vec<Value>> = (1..4).filter_map(|at| suggested[at].as_array()).collect();
    assert_eq!(lists.len(), 3);
    assert!(
        lists
            .iter()
            .all(|list| list.len() == lists[0].len() && list.len() <= 8),
        "{suggested}"
    );
    assert_eq!(lists[0][0], "plone.rich");
    assert_eq!(lists[1][0], "Everything about plone.rich");
    assert_eq!(lists[2][0], "http://gallery.test/plone/plone.rich");
    for nothing in ["", "?q=", "?q=zzzzzz", "?q=%60"] {
        let answer = site.get(&format!("/plone/-/suggest{nothing}")).await?;
        let suggested: Value = serde_json::from_slice(&answer.body)?;
        assert_eq!(suggested[1], json!([]), "{nothing}: {suggested}");
    }
    Ok(())
}

#[tokio::test]
async fn a_list_is_a_table_too() -> Result<()> {
    let site = site().await?;
    let page = site.page("/plone?q=plone&sort=name&page=2").await?;
    let place = page.values("p.exports a", "href")[1];
    assert_eq!(place, "/plone/-/packages.csv?q=plone&sort=name");
    let answer = site.get(place).await?;
    assert_eq!(
        answer.header("content-type"),
        "text/csv; charset=utf-8; header=present"
    );
    assert_eq!(
        answer.header("content-disposition"),
        "attachment; filename=\"plone-packages.csv\""
    );
    let mut reader = csv::Reader::from_reader(answer.body.as_slice());
    assert_eq!(reader.headers()?.len(), 19);
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>()?;
    assert_eq!(rows.len(), 261);
    assert_eq!(&rows[0][0], "plone.part000");
    // What is not known is empty.
    assert_eq!((&rows[0][7], &rows[0][9]), ("", ""));
    let rich = rows.last().context("a row")?;
    assert_eq!(
        (&rich[0], &rich[4], &rich[7], &rich[9]),
        ("plone.rich", "MIT", "81", "1234")
    );
    Ok(())
}
