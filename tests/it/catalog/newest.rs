//! The newest releases of a list.

use anyhow::Result;
use pyfa::catalog::{Facet, FacetFilter, PackageQuery};
use pyfa::model::Document;
use serde_json::json;

use super::{DAY, NOW, Shelf, package, query, with};

/// A release that supports a version of Plone and was uploaded so many days ago.
fn release(name: &str, version: &str, plone: &str, days: i64) -> Document {
    let classifier = format!("Framework :: Plone :: {plone}");
    let package = package(name, &format!("{name} makes forms"));
    Document {
        id: Document::id_of(name, version),
        identifier: Document::id_of(name, version),
        version: version.to_owned(),
        version_raw: version.to_owned(),
        version_order: version.to_owned(),
        upload_timestamp: NOW - days * DAY,
        changelog: format!("<h2>{version}</h2><p>Changed</p>"),
        maintainers: vec!["ada".to_owned()],
        ..with(package, &[&classifier], &json!({"health_band": "80-100"}))
    }
}

fn former(name: &str, version: &str, plone: &str, days: i64) -> Document {
    Document {
        is_latest: false,
        ..release(name, version, plone, days)
    }
}

fn filtered(facet: Facet, value: &str) -> PackageQuery {
    PackageQuery {
        filters: vec![FacetFilter {
            facet,
            value: value.to_owned(),
            excluded: false,
        }],
        ..query("")
    }
}

fn releases() -> Vec<Document> {
    let mut yanked = former("one.form", "1.5", "6.0", 1);
    yanked.yanked = true;
    let mut dateless = release("dateless", "1.0", "6.1", 0);
    dateless.upload_timestamp = 0;
    // A word that only the latest release has.
    let mut latest = release("one.form", "2.0", "6.1", 3);
    "Printing of letters".clone_into(&mut latest.main_content);
    vec![
        latest,
        yanked,
        former("one.form", "1.4", "5.2", 2),
        former("one.form", "1.3", "5.2", 2),
        former("one.form", "1.0", "5.2", 90),
        release("one-form.extra", "1.0", "5.2", 4),
        dateless,
    ]
}

#[tokio::test]
async fn releases_are_listed_the_newest_first() -> Result<()> {
    let Some(shelf) = Shelf::with(&releases()).await? else {
        return Ok(());
    };
    let all = [
        "one.form 1.4",
        "one.form 1.3",
        "one.form 2.0",
        "one-form.extra 1.0",
        "one.form 1.0",
    ];
    let without_fields = ["search_rank", "first_upload", "dependents"];
    let Some(older) = Shelf::without_fields(&releases(), &without_fields).await? else {
        return Ok(());
    };
    for catalog in [
        shelf.catalog(),
        shelf.catalog_of_a_visitor().await?,
        older.catalog(),
    ] {
        for (query, expected) in [
            (query(""), &all[..]),
            (filtered(Facet::Framework, "Plone 6.1"), &all[2..3]),
            (filtered(Facet::Framework, "Plone 4.3"), &[]),
            (filtered(Facet::Health, "80-100"), &all),
            (filtered(Facet::Maintainer, "ben"), &[]),
            (query("extra"), &all[3..4]),
            (query("-extra"), &[all[0], all[1], all[2], all[4]]),
            (query("printing"), &[all[0], all[1], all[2], all[4]]),
            (query("zzzz"), &[]),
            (
                PackageQuery {
                    earlier: true,
                    ..filtered(Facet::Framework, "Plone 5.2")
                },
                &[all[0], all[1], all[4]],
            ),
        ] {
            let found = catalog.list_newest_releases(&query, 50, |_| true).await?;
            let found: Vec<String> = found
                .iter()
                .map(|release| format!("{} {}", release.name, release.version))
                .collect();
            assert_eq!(found, expected, "{query:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn no_more_is_read_than_is_wanted() -> Result<()> {
    let many: Vec<Document> = (0..520)
        .map(|number| former("many", &format!("1.{number}"), "6.1", number))
        .collect();
    let Some(shelf) = Shelf::with(&many).await? else {
        return Ok(());
    };
    let catalog = shelf.catalog();
    let every = query("");
    let all = catalog.list_newest_releases(&every, 50, |_| true).await?;
    assert_eq!(all.len(), 250);
    let is_old = |release: &Document| release.upload_timestamp <= NOW - 240 * DAY;
    let old = catalog.list_newest_releases(&every, 50, is_old).await?;
    assert_eq!(old.len(), 260);
    let none = catalog.list_newest_releases(&every, 50, |_| false).await?;
    assert!(none.is_empty());
    Ok(())
}

#[tokio::test]
async fn details_are_those_of_each_release() -> Result<()> {
    let Some(shelf) = Shelf::with(&releases()).await? else {
        return Ok(());
    };
    let catalog = shelf.catalog_of_a_visitor().await?;
    let ids = ["one.form-1.4", "gone-1.0", "`", "one-form.extra-1.0"];
    let mut details = catalog.fetch_details(&ids).await?;
    details.sort_by(|one, other| one.id.cmp(&other.id));
    let shown: Vec<(&str, &str, &str)> = details
        .iter()
        .map(|one| {
            (
                one.id.as_str(),
                one.changelog.as_str(),
                one.summary.as_str(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("one-form.extra-1.0", "<h2>1.0</h2><p>Changed</p>", ""),
            ("one.form-1.4", "<h2>1.4</h2><p>Changed</p>", ""),
        ]
    );
    assert_eq!(details[0].maintainers, ["ada"]);
    assert!(catalog.fetch_details(&[]).await?.is_empty());
    Ok(())
}
