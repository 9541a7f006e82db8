//! The list in Markdown: by type and rank, with what has changed.

use anyhow::Result;
use pyfa::export::ExportFormat;
use pyfa::model::Document;

use super::{Collection, four};
use crate::gallery::packages::{release, rich};

async fn list(collection: &Collection) -> Result<String> {
    collection.export(ExportFormat::Markdown, "a.md").await?;
    Ok(fs_err::read_to_string(collection.path("a.md"))?)
}

/// The lines of a section up to the next heading of its level.
fn section<'t>(text: &'t str, heading: &str) -> Vec<&'t str> {
    let lines = text.lines().skip_while(|line| *line != heading).skip(1);
    let lines = lines.take_while(|line| !line.starts_with("## ") && !line.starts_with("<!--"));
    lines.filter(|line| !line.is_empty()).collect()
}

#[tokio::test]
async fn packages_stand_by_type_and_changes_are_remembered() -> Result<()> {
    let collection = Collection::embedded(&four()).await?;
    let first = list(&collection).await?;
    assert!(first.contains("# Plone packages\n"), "{first}");
    assert!(!first.contains("## Changes"), "{first}");
    let addons = section(&first, "## Addon");
    assert_eq!(addons.len(), 1, "{first}");
    assert!(
        addons[0].starts_with(
            "- [plone.rich](<https://pypi.org/project/plone.rich/>) 2.0: Everything about plone.rich (health 81, 56,789 downloads a month, 1,234 stars, Plone 6.0–6.1, MIT)"
        ),
        "{}",
        addons[0]
    );
    let others = section(&first, "## Other");
    assert_eq!(others.len(), 3, "{first}");
    assert_eq!(
        section(&first, "## Contents"),
        ["- [Addon](#addon) (1)", "- [Other](#other) (3)"]
    );

    // Nothing has changed: the file stays as it is.
    assert_eq!(list(&collection).await?, first);

    collection.delete(&["Zope.last-3.0"]).await?;
    collection
        .put(&[
            Document {
                is_latest: false,
                ..rich("plone.rich", "2.0")
            },
            rich("plone.rich", "2.1"),
            release("plone.new", "0.1"),
        ])
        .await?;
    let second = list(&collection).await?;
    let changes = section(&second, "## Changes");
    let changes: Vec<&str> = changes.into_iter().skip(1).collect();
    assert_eq!(
        changes,
        [
            "### New packages",
            "- plone.new 0.1",
            "### New releases",
            "- [plone.rich](<https://pypi.org/project/plone.rich/>) 2.1 (before: 2.0)",
            "### Gone",
            "- Zope.last 3.0",
        ]
    );
    // Until something else changes, they are told.
    assert_eq!(list(&collection).await?, second);

    collection.delete(&["plone.new-0.1"]).await?;
    let third = list(&collection).await?;
    let changes = section(&third, "## Changes");
    assert_eq!(changes[1..], ["### Gone", "- plone.new 0.1"]);
    Ok(())
}
