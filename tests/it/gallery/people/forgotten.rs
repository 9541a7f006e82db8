//! Nothing is shown of people who asked to be forgotten, and nobody while that is not known.

use std::time::Duration;

use anyhow::Result;
use pyfa::discovery::take_back;
use pyfa::model::Document;
use pyfa::web::gallery::{GallerySettings, Timeouts};

use super::super::packages::{former, release};
use super::super::{Site, get};
use super::{ORG, documents, fill_map, forget, insert, settings};
use crate::database::{Place, on_both, settings as database_settings};

on_both!(
    who_asked_to_be_forgotten_is_nowhere,
    an_owner_who_asked_to_be_forgotten_has_no_repositories,
    users_of_a_registry_and_authors_are_named_nowhere,
);

async fn who_asked_to_be_forgotten_is_nowhere(place: &Place) -> Result<()> {
    let database = place.open().await?;
    fill_map(&database).await?;
    let site = Site::with(settings(Some(place.settings.clone())), &documents()).await?;
    let before = site.page("/plone/a.one").await?;
    assert!(before.text("#about")?.contains("Contributors: ada, Ben"));
    // By another spelling of the login, and by the id of somebody who has another login by now.
    forget(&database, "ADA", None).await?;
    forget(&database, "former-login", Some(13)).await?;
    insert(
        &database,
        "person_logins",
        vec![
            ("person_id", 13.into()),
            ("login", "Ben".into()),
            ("first_seen", super::days_ago(9).into()),
            ("last_seen", super::days_ago(9).into()),
        ],
    )
    .await?;
    let router = site.restarted(settings(Some(place.settings.clone())))?;
    let unknown = get(&router, "/plone/-/people/unknown").await?;
    for path in [
        "/plone/-/people/ada",
        "/plone/-/people/ADA",
        "/plone/-/people/dora",
        "/plone/-/people/Ben",
    ] {
        let answer = get(&router, path).await?;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.text()?, unknown.text()?, "{path}");
        assert_eq!(answer.headers.len(), unknown.headers.len(), "{path}");
    }
    let package = get(&router, "/plone/a.one").await?.page()?;
    assert!(!package.text("#about")?.contains("Contributors"));
    let page = get(&router, "/plone/-/repositories/org/one")
        .await?
        .page()?;
    assert_eq!(page.texts(".people li"), [""; 0]);
    for page in [package, page] {
        let links = page.values("a", "href");
        let leads = |login: &str| links.iter().any(|href| href.ends_with(login));
        assert!(!leads("people/ada") && !leads("people/dora"), "{links:?}");
    }
    database.close().await;
    Ok(())
}

async fn an_owner_who_asked_to_be_forgotten_has_no_repositories(place: &Place) -> Result<()> {
    let database = place.open().await?;
    fill_map(&database).await?;
    forget(&database, "cleo", None).await?;
    forget(&database, "former-name", Some(ORG)).await?;
    let site = Site::with(settings(Some(place.settings.clone())), &documents()).await?;
    let unknown = site.get("/plone/-/repositories/no/where").await?;
    for path in [
        "/plone/-/repositories/cleo/three",
        "/plone/-/repositories/CLEO/three",
        "/plone/-/repositories/org/one",
    ] {
        let answer = site.get(path).await?;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.text()?, unknown.text()?, "{path}");
    }
    let package = site.page("/plone/c.three").await?;
    let links = package.values("a", "href");
    assert!(
        !links.iter().any(|href| href.contains("/-/repositories/")),
        "{links:?}"
    );
    database.close().await;
    Ok(())
}

async fn users_of_a_registry_and_authors_are_named_nowhere(place: &Place) -> Result<()> {
    let database = place.open().await?;
    let of = |document: Document| Document {
        maintainers: vec!["Mona".to_owned(), "otto".to_owned()],
        author: "Mona Example, Otto".to_owned(),
        author_email: "mona@private.example".to_owned(),
        ..document
    };
    let documents = [
        ("plone", of(release("a.one", "2.0"))),
        ("plone", of(former("a.one", "1.0", 90))),
        ("plone", of(release("b.two", "1.0"))),
    ];
    let site = Site::with(settings(Some(place.settings.clone())), &documents).await?;
    let paths = [
        "/plone",
        "/plone/a.one",
        "/plone/a.one/1.0",
        "/plone/a.one/-/feed.atom",
        "/plone/a.one/-/feed.json",
        "/plone/-/compare?p=a.one&p=b.two",
    ];
    for path in paths {
        let answer = site.get(path).await?;
        let before = answer.text()?;
        assert!(before.contains("Mona") && before.contains("tto"), "{path}");
    }
    let listed = site.page("/plone?maintainer=Mona").await?;
    assert_eq!(listed.texts(".hit h2 a"), ["a.one", "b.two"]);
    site.page("/plone/-/people/Mona").await?;

    // A login on GitHub says nothing of them; the name of the user and that of the author do.
    forget(&database, "Mona", None).await?;
    let router = site.restarted(settings(Some(place.settings.clone())))?;
    assert!(get(&router, "/plone/a.one").await?.text()?.contains("Mona"));
    for name in ["pypi:mona", "name:mona example"] {
        forget(&database, name, None).await?;
    }
    take_back(&database, &["Mona".to_owned()]).await?;
    let router = site.restarted(settings(Some(place.settings.clone())))?;
    for path in paths {
        let answer = get(&router, path).await?;
        let after = answer.text()?;
        assert!(!after.to_lowercase().contains("mona"), "{path}: {after}");
        assert!(after.contains("tto"), "{path}");
    }
    let listed = get(&router, "/plone?maintainer=Mona").await?.page()?;
    assert_eq!(listed.texts(".hit h2 a"), [""; 0]);
    let listed = get(&router, "/plone?maintainer=otto").await?.page()?;
    assert_eq!(listed.texts(".hit h2 a"), ["a.one", "b.two"]);
    assert_eq!(get(&router, "/plone/-/people/Mona").await?.status, 404);
    database.close().await;
    Ok(())
}

/// A gallery whose database does not answer.
fn away() -> Result<GallerySettings> {
    Ok(GallerySettings {
        // Nobody listens there.
        database: Some(database_settings("postgres://pyfa@127.0.0.1:9/pyfa")?),
        patience: Timeouts {
            glance: Duration::from_secs(20),
            ..Timeouts::default()
        },
        ..GallerySettings::default()
    })
}

#[tokio::test]
async fn while_nobody_knows_who_is_to_be_forgotten_nobody_is_shown() -> Result<()> {
    let site = Site::with(away()?, &documents()).await?;
    let package = site.page("/plone/a.one").await?;
    assert!(!package.text("#about")?.contains("Contributors"));
    let page = site.page("/plone/-/repositories/org/one").await?;
    assert_eq!(page.texts(".hit h2 a"), ["a.one", "b.two"]);
    assert!(page.texts(".figures dd")[0].starts_with("1,234 "));
    assert!(!page.source().contains("/-/people/"), "{}", page.source());
    let person = site.get("/plone/-/people/ada").await?;
    assert_eq!(person.status, 503);
    assert_eq!(person.header("retry-after"), "10");
    Ok(())
}

#[tokio::test]
async fn without_a_file_nobody_can_have_asked() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("activity.sqlite");
    let path = file.to_string_lossy().into_owned();
    let site = Site::with(settings(Some(database_settings(&path)?)), &documents()).await?;
    let package = site.page("/plone/a.one").await?;
    assert!(package.text("#about")?.contains("Contributors: ada, Ben"));
    site.page("/plone/-/people/ada").await?;
    // Looking creates nothing.
    assert!(!file.exists());
    Ok(())
}
