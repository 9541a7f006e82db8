//! Packages by name, while a name is typed, and compared with another package.

use anyhow::{Context, Result};
use pyfa::catalog::PackageSummary;
use pyfa::model::Document;
use serde_json::json;

use super::{Shelf, package, with};

fn names(packages: &[PackageSummary]) -> Vec<&str> {
    packages
        .iter()
        .map(|package| package.name.as_str())
        .collect()
}

/// A package with keywords, of a kind, and of some health.
fn kept(name: &str, keywords: &[&str], kind: &str, health: i64) -> Document {
    let mut package = with(
        package(name, "A package"),
        &[&format!("Framework :: Plone :: {kind}")],
        &json!({"health_score": health, "search_rank": health * 10}),
    );
    package.keywords = keywords.iter().map(ToString::to_string).collect();
    package.name_joined = pyfa::transform::joined_names(name, &package.classifiers);
    package
}

fn shelf_of_forms() -> Vec<Document> {
    let mut other = kept("plone.other", &["plone"], "Core", 100);
    "Not a formula".clone_into(&mut other.summary);
    vec![
        kept("collective.easyform", &["plone", "Forms"], "Addon", 80),
        kept("collective.form2", &["plone", "forms"], "Addon", 30),
        kept("Products.PloneFormGen", &["forms", "ttw"], "Addon", 50),
        kept("plone.formwidget.forms", &["plone", "forms"], "Core", 50),
        other,
    ]
}

#[tokio::test]
async fn names_are_suggested_while_they_are_typed() -> Result<()> {
    let Some(shelf) = Shelf::with(&shelf_of_forms()).await? else {
        return Ok(());
    };
    let catalog = shelf.catalog();
    for (typed, limit, expected) in [
        ("easyf", 10, &["collective.easyform"][..]),
        (
            "collective.f",
            10,
            &["collective.form2", "collective.easyform"],
        ),
        ("ploneformg", 10, &["Products.PloneFormGen"]),
        ("collective", 1, &["collective.easyform"]),
        ("collective", 0, &[]),
        ("formu", 10, &["plone.other"]),
        ("  ", 10, &[]),
        ("zzzz", 10, &[]),
    ] {
        let suggested = catalog.suggest(typed, limit).await?;
        assert_eq!(names(&suggested), expected, "{typed}");
    }
    // Those with the word in their name stand before those that mention it.
    let form = catalog.suggest("form", 10).await?;
    let (named, others) = form.split_at(3);
    assert!(named.iter().all(|package| package.name.contains("orm")));
    assert_eq!(names(others), ["plone.other", "collective.easyform"]);
    Ok(())
}

#[tokio::test]
async fn similar_packages_share_keywords_and_kind() -> Result<()> {
    let Some(shelf) = Shelf::with(&shelf_of_forms()).await? else {
        return Ok(());
    };
    let catalog = shelf.catalog();
    let easyform = catalog.fetch_package("collective.easyform").await?;
    let easyform = easyform.context("a package")?;
    let similar = catalog.find_similar(&easyform, 10).await?;
    let names = names(&similar);
    assert!(!names.contains(&"collective.easyform"), "{names:?}");
    // The same kind and better health; what has nothing but the framework in common is not similar.
    assert_eq!(names.first(), Some(&"Products.PloneFormGen"), "{names:?}");
    assert!(!names.contains(&"plone.other"), "{names:?}");
    assert_eq!(names.len(), 3);
    assert_eq!(catalog.find_similar(&easyform, 1).await?.len(), 1);
    let bare = package("plone", "");
    assert!(catalog.find_similar(&bare, 5).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn packages_are_compared_without_their_texts() -> Result<()> {
    let mut packages = shelf_of_forms();
    for package in &mut packages {
        package.description = "<p>long</p>".to_owned();
    }
    let Some(shelf) = Shelf::with(&packages).await? else {
        return Ok(());
    };
    let catalog = shelf.catalog();
    let asked = [
        "PLONE_other",
        "no.such",
        "a`b",
        "collective-easyform",
        "plone.other",
    ];
    let found = catalog.fetch_many(&asked).await?;
    let names: Vec<&str> = found.iter().map(|package| package.name.as_str()).collect();
    assert_eq!(names, ["plone.other", "collective.easyform"]);
    assert!(found.iter().all(|package| package.description.is_empty()));
    assert_eq!(found[0].summary, "Not a formula");
    assert!(catalog.fetch_many(&[]).await?.is_empty());
    Ok(())
}
