//! What lists and packages say in their feeds.

use anyhow::{Context, Result, ensure};
use pyfa::model::Document;
use pyfa::web::gallery::GallerySettings;

use super::feed::{Feed, check_feed};
use super::packages::{DAY, NOW, former, release, rich};
use super::{Answer, Site, get};

const FORMATS: [(&str, &str); 3] = [
    ("atom", "application/atom+xml"),
    ("rss", "application/rss+xml"),
    ("json", "application/feed+json"),
];

fn read(kind: &str, answer: &Answer) -> Result<Feed> {
    ensure!(answer.status == 200, "{}", answer.status);
    let content_type = answer.header("content-type");
    ensure!(
        content_type == format!("{kind}; charset=utf-8"),
        "{content_type}"
    );
    check_feed(kind, answer.text()?)
}

/// The feed at an address before its format, held to say the same in all three.
async fn feed(site: &Site, address: &str, parameters: &str) -> Result<Feed> {
    let mut feeds: Vec<Feed> = Vec::new();
    for (name, kind) in FORMATS {
        let asked = format!("{address}/-/feed.{name}{parameters}");
        let answer = site.get(&asked).await?;
        let feed = read(kind, &answer).with_context(|| asked.clone())?;
        assert_eq!(feed.address, format!("http://gallery.test{asked}"));
        feeds.push(feed);
    }
    let last = feeds.pop().context("a feed")?;
    for other in &feeds {
        assert_eq!(
            (&other.entries, &other.title, &other.home),
            (&last.entries, &last.title, &last.home)
        );
    }
    Ok(last)
}

fn titles(feed: &Feed) -> Vec<&str> {
    feed.entries
        .iter()
        .map(|entry| entry.title.as_str())
        .collect()
}

async fn site() -> Result<Site> {
    let aged = |mut document: Document, days: i64, first: i64| {
        document.upload_timestamp = *NOW - days * DAY;
        document.first_upload = Some(*NOW - first * DAY);
        ("plone", document)
    };
    let mut yanked = release("plone-yanked", "1.0");
    yanked.yanked = true;
    let mut dateless = release("plone-dateless", "1.0");
    dateless.upload_timestamp = 0;
    let mut taken_back = former("plone-rich", "1.5", 100);
    taken_back.yanked = true;
    Site::of(&[
        aged(rich("plone-rich", "2.0"), 3, 900),
        ("plone", taken_back),
        ("plone", former("plone-rich", "1.9rc1", 50)),
        ("plone", former("plone-rich", "1.0", 400)),
        aged(release("plone-mail", "1.0"), 1, 1),
        aged(release("plone-beta", "0.1b1"), 2, 5),
        aged(yanked, 0, 0),
        ("plone", dateless),
        aged(release("plone-old", "3.0"), 700, 800),
    ])
    .await
}

#[tokio::test]
async fn a_list_is_a_feed_of_its_releases() -> Result<()> {
    let site = site().await?;
    let all = feed(&site, "/plone", "").await?;
    assert_eq!(
        titles(&all),
        [
            "plone-mail 1.0",
            "plone-rich 2.0",
            "plone-rich 1.0",
            "plone-old 3.0"
        ]
    );
    assert_eq!(all.title, "Releases of Plone packages");
    assert_eq!(all.home, "http://gallery.test/plone");
    let rich = &all.entries[1];
    assert_eq!(rich.address, "http://gallery.test/plone/plone-rich/2.0");
    assert_eq!(rich.content, "<ul><li>Mended</li></ul>");
    assert_eq!(rich.authors, ["ada", "ben"]);
    assert_eq!(rich.categories, ["Plone 6.0", "Plone 6.1"]);
    assert_eq!(rich.seconds, *NOW - 3 * DAY);

    let with_beta = feed(&site, "/plone", "?pre=1").await?;
    assert_eq!(
        titles(&with_beta),
        [
            "plone-mail 1.0",
            "plone-beta 0.1b1",
            "plone-rich 2.0",
            "plone-rich 1.9rc1",
            "plone-rich 1.0",
            "plone-old 3.0"
        ]
    );
    let new = feed(&site, "/plone", "?new=1").await?;
    assert_eq!(titles(&new), ["plone-mail", "plone-old", "plone-rich"]);
    // What changed in a version says little of a package that is new.
    assert_eq!(new.entries[2].content, "Everything about plone-rich");
    assert_eq!(new.entries[2].authors, ["ada", "ben"]);
    let new_with_beta = feed(&site, "/plone", "?new=1&pre=1").await?;
    assert_eq!(titles(&new_with_beta)[1], "plone-beta");
    // The first release is not the latest one, so it is another entry.
    assert!(
        new.entries
            .iter()
            .all(|entry| all.entries.iter().all(|other| other.id != entry.id))
    );

    let words = feed(&site, "/plone", "?q=old").await?;
    assert_eq!(titles(&words), ["plone-old 3.0"]);
    assert_eq!(words.home, "http://gallery.test/plone?q=old");
    assert_eq!(words.title, "Releases of Plone packages for “old”");
    let filtered = feed(&site, "/plone", "?framework=Plone+6.1&new=1").await?;
    assert_eq!(titles(&filtered), ["plone-rich"]);
    // An order of the list, a page and parameters of others do not matter.
    let answer = site
        .get("/plone/-/feed.atom?sort=name&page=7&utm_source=x")
        .await?;
    assert_eq!(titles(&read(FORMATS[0].1, &answer)?), titles(&all));
    Ok(())
}

/// A release of a package that supports one version of Plone, uploaded so many hours ago.
fn uploaded(name: &str, version: &str, plone: &str, hours: i64) -> Document {
    let mut document = rich(name, version);
    document.framework_versions = vec![format!("Plone {plone}")];
    document.upload_timestamp = *NOW - hours * 3_600;
    document
}

#[tokio::test]
async fn filters_of_a_feed_are_about_each_release() -> Result<()> {
    let of_before = |document| Document {
        is_latest: false,
        ..document
    };
    let site = Site::of(&[
        ("plone", uploaded("plone-two", "2.0", "6.1", 3)),
        ("plone", of_before(uploaded("plone-two", "1.1", "5.2", 2))),
        ("plone", of_before(uploaded("plone-two", "3.0a1", "6.2", 1))),
        ("plone", uploaded("plone-one", "1.0", "5.2", 4)),
        ("plone", release("plone-bare", "1.0")),
    ])
    .await?;
    let all = [
        "plone-two 1.1",
        "plone-two 2.0",
        "plone-one 1.0",
        "plone-bare 1.0",
    ];
    let of_two = &all[..2];
    for (parameters, expected) in [
        ("", &all[..]),
        ("?framework=Plone+5.2", &[all[0], all[2]]),
        ("?framework=Plone+6.1", &all[1..2]),
        ("?framework=Plone+6.2", &[]),
        ("?framework=Plone+6.2&pre=1", &["plone-two 3.0a1"]),
        ("?framework=Plone+5.2&earlier=1", &all[..1]),
        ("?q=two", of_two),
        ("?q=Plone_TWO&framework=Plone+5.2", &all[..1]),
        ("?q=-two", &all[2..]),
        ("?health=80-100", &all[..3]),
        ("?not-health=80-100", &all[3..]),
        ("?q=one&maintainer=ada", &all[2..3]),
        ("?updated=30d&secure=1&archived=no", &all[..]),
        ("?archived=only", &[]),
    ] {
        let feed = feed(&site, "/plone", parameters).await?;
        assert_eq!(titles(&feed), expected, "{parameters}");
    }
    // What changed stands in the text of the release itself, which the latest one may not have.
    let pre = feed(&site, "/plone", "?pre=1").await?;
    assert_eq!(titles(&pre)[0], "plone-two 3.0a1");
    assert_eq!(pre.entries[0].content, "<ul><li>Mended</li></ul>");
    assert_eq!(pre.entries[4].content, "");
    Ok(())
}

#[tokio::test]
async fn releases_are_found_behind_many_pre_releases() -> Result<()> {
    let mut documents: Vec<(&str, Document)> = (0..260)
        .map(|number| {
            (
                "plone",
                former("plone-daily", &format!("2.0.dev{number}"), 2),
            )
        })
        .collect();
    documents.push(("plone", former("plone-daily", "0.9", 30)));
    documents.push(("plone", release("plone-daily", "1.0")));
    let site = Site::of(&documents).await?;
    for parameters in ["", "?q=daily"] {
        let feed = feed(&site, "/plone", parameters).await?;
        assert_eq!(titles(&feed), ["plone-daily 1.0", "plone-daily 0.9"]);
    }
    assert_eq!(feed(&site, "/plone", "?pre=1").await?.entries.len(), 50);
    Ok(())
}

#[tokio::test]
async fn a_list_says_less_of_each_release_than_its_package() -> Result<()> {
    let mut long = rich("plone-long", "1.0");
    let items = "<li>Something was mended.</li>".repeat(500);
    long.changelog = format!("<h2>Changelog</h2><h3>1.0</h3><ul>{items}</ul>");
    long.maintainers = (0..100).map(|number| format!("person{number}")).collect();
    let site = Site::of(&[("plone", long)]).await?;
    let of_list = feed(&site, "/plone", "").await?;
    let of_package = feed(&site, "/plone/plone-long", "").await?;
    let (short, long) = (&of_list.entries[0], &of_package.entries[0]);
    assert!((1_000..3_000).contains(&short.content.len()), "{short:?}");
    assert!(long.content.len() > 10_000, "{}", long.content.len());
    assert_eq!(short.authors.len(), 10);
    assert_eq!(short.authors, long.authors);
    Ok(())
}

#[tokio::test]
async fn a_package_is_a_feed_of_its_releases() -> Result<()> {
    let site = site().await?;
    let all = feed(&site, "/plone/plone-rich", "").await?;
    assert_eq!(titles(&all), ["plone-rich 2.0", "plone-rich 1.0"]);
    assert_eq!(all.title, "Releases of plone-rich");
    assert_eq!(all.home, "http://gallery.test/plone/plone-rich");
    let latest = &all.entries[0];
    assert_eq!(latest.authors, ["ada", "ben"]);
    assert_eq!(latest.content, "<ul><li>Mended</li></ul>");
    assert_eq!(latest.address, "http://gallery.test/plone/plone-rich/2.0");
    let with_candidate = feed(&site, "/plone/plone-rich", "?pre=1").await?;
    assert_eq!(titles(&with_candidate)[1], "plone-rich 1.9rc1");
    assert!(
        feed(&site, "/plone/plone-yanked", "")
            .await?
            .entries
            .is_empty()
    );
    // The same release is the same entry in the feed of a list.
    let list = feed(&site, "/plone", "").await?;
    let same = list
        .entries
        .iter()
        .find(|entry| entry.title == latest.title);
    assert_eq!(same.map(|entry| &entry.id), Some(&latest.id));
    for (name, _) in FORMATS {
        let missing = site.get(&format!("/plone/nothing/-/feed.{name}")).await?;
        assert_eq!(missing.status, 404);
    }
    Ok(())
}

#[tokio::test]
async fn nothing_is_new_when_the_gallery_has_moved() -> Result<()> {
    let site = site().await?;
    let moved = site.restarted(GallerySettings {
        base_url: Some("https://packages.example.org/".parse()?),
        ..GallerySettings::default()
    })?;
    for path in ["/plone", "/plone/plone-rich"] {
        for (name, kind) in FORMATS {
            let asked = format!("{path}/-/feed.{name}?pre=1");
            let before = read(kind, &site.get(&asked).await?)?;
            let after = read(kind, &get(&moved, &asked).await?)?;
            let ids = |feed: &Feed| {
                feed.entries
                    .iter()
                    .map(|entry| entry.id.clone())
                    .collect::<Vec<_>>()
            };
            assert_eq!(ids(&before), ids(&after));
            assert!(ids(&before).len() > 2);
            for address in &after.links {
                assert!(
                    address
                        .as_str()
                        .starts_with("https://packages.example.org/plone"),
                    "{address}"
                );
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_feed_has_fifty_entries_or_those_of_a_day() -> Result<()> {
    let mut documents = Vec::new();
    for number in 0..60 {
        let mut today = release(&format!("plone-part{number:02}"), "1.0");
        today.upload_timestamp = *NOW - 3_600 - number;
        documents.push(("plone", today));
        let mut before = release(&format!("django-part{number:02}"), "1.0");
        before.upload_timestamp = *NOW - 2 * DAY - number;
        documents.push(("django", before));
        documents.push((
            "flask",
            former("flask-one", &format!("1.{number}"), number + 3),
        ));
    }
    documents.push(("flask", release("flask-one", "2.0")));
    let site = Site::of(&documents).await?;
    assert_eq!(feed(&site, "/plone", "").await?.entries.len(), 60);
    let django = feed(&site, "/django", "").await?;
    assert_eq!(django.entries.len(), 50);
    assert_eq!(titles(&django)[0], "django-part00 1.0");
    assert_eq!(feed(&site, "/flask/flask-one", "").await?.entries.len(), 50);
    Ok(())
}

#[tokio::test]
async fn empty_feeds_are_feeds() -> Result<()> {
    let site = site().await?;
    for (path, parameters) in [
        ("/plone", "?q=zzzzzz"),
        ("/plone", "?framework=Plone+1.0"),
        ("/plone", "?q=%01zzzzzz%0Bzz%EF%BF%BF"),
        ("/django", ""),
        ("/plone/plone-yanked", ""),
    ] {
        for (name, kind) in FORMATS {
            let asked = format!("{path}/-/feed.{name}{parameters}");
            let answer = site.get(&asked).await?;
            let feed = read(kind, &answer).with_context(|| asked.clone())?;
            assert!(feed.entries.is_empty(), "{asked}");
            assert_eq!(answer.header("last-modified"), "", "{asked}");
            // When the newest release came, or the gallery began.
            let updated = feed.updated.unwrap_or(*NOW);
            assert!(updated >= *NOW - DAY, "{asked}: {updated}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn readers_that_poll_are_told_that_nothing_is_new() -> Result<()> {
    let site = site().await?;
    for path in ["/plone", "/plone/plone-rich", "/django"] {
        for (name, _) in FORMATS {
            let asked = format!("{path}/-/feed.{name}");
            let first = site.get(&asked).await?;
            let again = site
                .get_with(&asked, &[("if-none-match", first.header("etag"))])
                .await?;
            assert_eq!(
                (again.status.as_u16(), again.body.len()),
                (304, 0),
                "{asked}"
            );
            assert_eq!(again.header("etag"), first.header("etag"));
            let modified = first.header("last-modified");
            if path == "/django" {
                continue;
            }
            let again = site
                .get_with(&asked, &[("if-modified-since", modified)])
                .await?;
            assert_eq!(again.status, 304, "{asked} {modified}");
            let earlier = "Mon, 09 Mar 2020 12:00:00 GMT";
            let news = site
                .get_with(&asked, &[("if-modified-since", earlier)])
                .await?;
            assert_eq!(news.status, 200, "{asked}");
        }
    }
    Ok(())
}

/// Pages name the feeds of what they show, and these exist.
#[tokio::test]
async fn pages_name_their_feeds() -> Result<()> {
    let site = site().await?;
    for (path, expected) in [
        ("/plone?q=mail&sort=name", "/plone/-/feed.atom?q=mail"),
        ("/plone", "/plone/-/feed.atom"),
        ("/plone/plone-rich", "/plone/plone-rich/-/feed.atom"),
        (
            "/plone/plone-rich/-/releases",
            "/plone/plone-rich/-/feed.atom",
        ),
    ] {
        let page = site.page(path).await?;
        let named = page.values("link[rel=alternate]", "href");
        assert_eq!(named.len(), 3, "{path}");
        assert!(named.contains(&expected), "{path}: {named:?}");
        for (address, kind) in named.iter().zip(page.values("link[rel=alternate]", "type")) {
            read(kind, &site.get(address).await?).with_context(|| (*address).to_owned())?;
        }
    }
    Ok(())
}
