//! Packages that worked with an older version in an earlier release.

use anyhow::Result;
use pyfa::catalog::{Earlier, Facet, FacetFilter, PackageQuery};
use pyfa::model::Document;
use serde_json::json;

use super::{DAY, NOW, Shelf, names, package, query, with};

fn release(name: &str, version: &str, plone: &[&str], is_latest: bool) -> Document {
    let classifiers: Vec<String> = plone
        .iter()
        .map(|version| format!("Framework :: Plone :: {version}"))
        .collect();
    let classifiers: Vec<&str> = classifiers.iter().map(String::as_str).collect();
    let mut document = with(package(name, "Forms and more"), &classifiers, &json!({}));
    document.id = format!("{name}-{version}");
    document.identifier.clone_from(&document.id);
    version.clone_into(&mut document.version);
    version.clone_into(&mut document.version_raw);
    document.version_order = format!("order {version}");
    document.is_latest = is_latest;
    document.upload_timestamp = NOW - if is_latest { 1 } else { 500 } * DAY;
    document
}

fn plone(version: &str) -> PackageQuery {
    PackageQuery {
        filters: vec![FacetFilter {
            facet: Facet::Framework,
            value: format!("Plone {version}"),
            excluded: false,
        }],
        earlier: true,
        ..query("")
    }
}

#[tokio::test]
async fn packages_with_an_earlier_release_are_counted_and_listed() -> Result<()> {
    let mut yanked = release("moved.on", "2.5", &["5.2"], false);
    yanked.yanked = true;
    let mut spelled = release("Products_Spelled", "1.0", &["5.2"], false);
    "Older words".clone_into(&mut spelled.summary);
    let packages = [
        release("moved.on", "3.0", &["6.1"], true),
        yanked,
        release("moved.on", "2.0", &["5.2", "6.0"], false),
        release("moved.on", "1.0", &["5.2"], false),
        release("still.works", "2.0", &["5.2", "6.1"], true),
        release("still.works", "1.0", &["5.2"], false),
        release("never.did", "2.0", &["6.1"], true),
        release("never.did", "1.0", &["6.0"], false),
        release("Products.Spelled", "2.0", &["6.1"], true),
        spelled,
    ];
    let Some(shelf) = Shelf::with(&packages).await? else {
        return Ok(());
    };
    let catalog = shelf.catalog();
    let found = catalog.search(&plone("5.2")).await?;
    assert_eq!(names(&found), ["moved.on", "Products.Spelled"]);
    assert_eq!((found.found, found.total, found.pages), (2, 4, 1));
    let versions: Vec<(&str, &str)> = found
        .hits
        .iter()
        .filter_map(|hit| {
            Some((
                hit.package.version.as_str(),
                hit.earlier.as_ref()?.version.as_str(),
            ))
        })
        .collect();
    assert_eq!(versions, [("3.0", "2.0"), ("2.0", "1.0")]);
    for (version, expected) in [("5.2", 2), ("6.0", 2), ("6.1", 0), ("4.3", 0)] {
        let counted = catalog.count_earlier(&plone(version)).await?;
        let expected = Earlier {
            found: expected,
            is_cut: false,
        };
        assert_eq!(counted, expected, "{version}");
        let listed = catalog.search(&plone(version)).await?;
        assert_eq!(
            (listed.found, listed.hits.len() as u64),
            (counted.found, counted.found)
        );
    }
    // Words are looked for in the earlier release.
    let mut words = plone("5.2");
    words.words = "older".to_owned();
    assert_eq!(names(&catalog.search(&words).await?), ["Products.Spelled"]);
    words.words = "-older".to_owned();
    assert_eq!(names(&catalog.search(&words).await?), ["moved.on"]);
    Ok(())
}

#[tokio::test]
async fn many_earlier_releases_have_pages() -> Result<()> {
    let packages: Vec<Document> = (0..60)
        .flat_map(|number| {
            let name = format!("package.number{number:02}");
            let former = (1..=5).map(|version| {
                let version = format!("0.{version}");
                release(&name, &version, &["5.2"], false)
            });
            let latest = release(&name, "1.0", &["6.1"], true);
            former.chain([latest]).collect::<Vec<_>>()
        })
        .collect();
    let Some(shelf) = Shelf::with(&packages).await? else {
        return Ok(());
    };
    let catalog = shelf.catalog();
    let mut query = plone("5.2");
    query.per_page = 25;
    let mut seen = Vec::new();
    for page in 1..=4 {
        query.page = page;
        let found = catalog.search(&query).await?;
        assert_eq!((found.found, found.pages), (60, 3));
        for hit in &found.hits {
            assert_eq!(
                hit.earlier.as_ref().map(|one| one.version.as_str()),
                Some("0.5")
            );
            seen.push(hit.package.name.clone());
        }
    }
    assert_eq!(seen.len(), 60);
    assert!(seen.is_sorted());
    Ok(())
}
