//! What the pages say, with a database and without one.

use anyhow::Result;
use jiff::SignedDuration;
use pyfa::database::{Statement, Value};

use super::super::{Site, get};
use super::{documents, fill_map, settings};
use crate::activity::little;
use crate::database::{Place, on_both};
use crate::gallery::packages::{DAY, NOW};

on_both!(the_map_and_the_metrics_are_shown);

#[tokio::test]
async fn a_repository_shows_its_packages_and_people_from_documents_alone() -> Result<()> {
    let site = Site::with(settings(None), &documents()).await?;
    let package = site.page("/plone/a.one").await?;
    let links = package.values(".aside a", "href");
    for href in [
        "/plone/-/repositories/org/one",
        "/plone/-/people/ada",
        "/plone/-/people/Ben",
    ] {
        assert!(links.contains(&href), "{href}: {links:?}");
    }
    let page = site.page("/plone/-/repositories/org/one").await?;
    assert_eq!(page.text("h1")?, "org/one");
    assert_eq!(page.texts(".hit h2 a"), ["a.one", "b.two"]);
    assert_eq!(
        page.texts(".figures dt"),
        [
            "Stars",
            "Forks",
            "Watchers",
            "Open issues and pull requests"
        ]
    );
    let values = page.texts(".figures dd");
    assert!(values[0].starts_with("1,234 "), "{values:?}");
    assert!(values[3].starts_with("5 GitHub, 2 days ago"), "{values:?}");
    assert_eq!(page.texts(".people li"), ["ada 70 commits", "Ben"]);
    assert!(!page.source().contains("@private"));
    // Of packages alone, and of this profile.
    for path in [
        "/plone/-/repositories/org/two",
        "/plone/-/repositories/org/",
        "/plone/-/repositories/o%20r/one",
        "/django/-/repositories/org/one",
        "/nothing/-/repositories/org/one",
    ] {
        assert_eq!(site.get(path).await?.status, 404, "{path}");
    }
    for (path, to) in [
        (
            "/plone/-/repositories/ORG/One",
            "/plone/-/repositories/org/one",
        ),
        (
            "/plone/-/repositories/org/one.git",
            "/plone/-/repositories/org/one",
        ),
        ("/PLONE/-/people/ada", "/plone/-/people/ada"),
        ("/plone/-/people/ben", "/plone/-/people/Ben"),
        ("/plone/-/people/ada/", "/plone/-/people/ada"),
    ] {
        let answer = site.get(path).await?;
        assert_eq!(
            (answer.status.as_u16(), answer.header("location")),
            (301, to),
            "{path}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_person_is_shown_with_every_part_and_nothing_private() -> Result<()> {
    let site = Site::with(settings(None), &documents()).await?;
    let page = site.page("/plone/-/people/ada").await?;
    assert_eq!(page.text("h1")?, "ada");
    assert_eq!(
        page.texts("tbody tr")[..2],
        [
            "a.one maintainer on PyPI, contributor 1.0, 10 days ago",
            "b.two maintainer on PyPI, contributor 1.0, 10 days ago"
        ]
    );
    assert_eq!(page.texts("tbody tr")[2], "org/one contributor 2 packages");
    assert_eq!(page.texts(".figures dd")[0], "2 in this gallery");
    assert_eq!(
        page.value("meta[name=robots]", "content")?,
        "noindex, follow"
    );
    assert!(!page.source().contains("@private"));
    let links = page.values("main a", "href");
    assert!(links.contains(&"https://github.com/ada"), "{links:?}");
    assert!(links.contains(&"https://pypi.org/user/ada"), "{links:?}");
    let owner = site.page("/plone/-/people/cleo").await?;
    assert_eq!(
        owner.texts("tbody tr"),
        [
            "c.three maintainer on PyPI, owner of the repository 1.0, 10 days ago",
            "cleo/three owner 1 package"
        ]
    );
    // Nobody is known by a name in metadata, and a profile shows its own people.
    for path in [
        "/plone/-/people/Ada%20Example",
        "/plone/-/people/dora",
        "/django/-/people/ada",
        "/plone/-/people/%3Cscript%3E",
        "/plone/-/people/..%2f..",
    ] {
        assert_eq!(site.get(path).await?.status, 404, "{path}");
    }
    Ok(())
}

async fn the_map_and_the_metrics_are_shown(place: &Place) -> Result<()> {
    let database = place.open().await?;
    fill_map(&database).await?;
    // The metrics of the little world, as if it were of these days.
    let until = little::UNTIL.parse::<jiff::Timestamp>()?;
    let shift = SignedDuration::from_secs(*NOW - DAY - until.as_second());
    little::fill(&database, shift).await?;
    let site = Site::with(settings(Some(place.settings.clone())), &documents()).await?;
    let page = site.page("/plone/-/repositories/org/one").await?;
    assert_eq!(page.text(".lead")?, "Everything <b>in</b> one");
    let figures = page.texts(".figures dd");
    assert!(
        figures[0].starts_with("2,000 GitHub, yesterday"),
        "{figures:?}"
    );
    assert!(figures[2].starts_with("30 "), "{figures:?}");
    let labels = page.texts(".figures dt");
    let answered = "Last response by a person".to_owned();
    assert!(labels.contains(&answered), "{labels:?}");
    assert!(labels.contains(&"Bus factor".to_owned()), "{labels:?}");
    assert_eq!(
        page.texts(".people li"),
        ["ada 700 commits", "dora 8 commits", "Ben 1 commit"]
    );
    let page = site.page("/plone/-/people/ada").await?;
    assert_eq!(page.text("h1")?, "ada Ada Example");
    // Also what names her as its author, but neither what is private nor what no package is in.
    assert_eq!(
        page.texts("tbody tr"),
        [
            "a.one maintainer on PyPI, author, contributor 1.0, 10 days ago",
            "b.two maintainer on PyPI, author, contributor 1.0, 10 days ago",
            "c.three author 1.0, 10 days ago",
            "org/one 700 commits 2 packages",
        ]
    );
    let figures = page.texts(".figures dd");
    assert!(
        figures[2].starts_with("4,321 on GitHub, 3 days ago"),
        "{figures:?}"
    );
    let labels = page.texts(".figures dt");
    let opened = labels.iter().position(|label| label == "Issues opened");
    assert!(
        opened.is_some_and(|place| figures[place].starts_with("1 ")),
        "{figures:?}"
    );
    // A person known from the map alone has a page too, if they have something in the profile.
    let dora = site.page("/plone/-/people/dora").await?;
    assert_eq!(dora.texts("tbody tr"), ["org/one 8 commits 2 packages"]);
    let org = site.page("/plone/-/people/org").await?;
    assert_eq!(org.text(".lead")?, "An organization on GitHub");
    for path in [
        "/plone/-/people/ada",
        "/plone/-/people/dora",
        "/plone/-/repositories/org/one",
    ] {
        let source = get(&site.router, path).await?;
        assert!(!source.text()?.contains("@private"), "{path}");
        assert!(!source.text()?.contains("org/secret"), "{path}");
    }
    database.close().await;
    Ok(())
}

#[tokio::test]
async fn names_of_the_map_are_text() -> Result<()> {
    let place = Place::sqlite()?;
    let database = place.open().await?;
    fill_map(&database).await?;
    let evil = "\"><script>window.broken=1</script>\u{202e}";
    for (text, value) in [
        ("UPDATE developers SET name = $1", evil),
        ("UPDATE discovered_repositories SET description = $1", evil),
        (
            "UPDATE developers SET login = $1 WHERE github_id = 13",
            evil,
        ),
    ] {
        let values = vec![Value::from(value)];
        database.write(Statement::new(text, values)).await?;
    }
    let site = Site::with(settings(Some(place.settings.clone())), &documents()).await?;
    for path in ["/plone/-/people/ada", "/plone/-/repositories/org/one"] {
        let page = site.page(path).await?;
        assert!(!page.source().contains("<script>window"), "{path}");
        assert!(!page.source().contains('\u{202e}'), "{path}");
        for href in page.values("main a", "href") {
            let is_ours = href.starts_with("/plone");
            assert!(is_ours || href.starts_with("https://"), "{href}");
        }
    }
    Ok(())
}
