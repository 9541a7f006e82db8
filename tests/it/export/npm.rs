//! Packages of npm in exports, next to those of `PyPI` that have their names.

use std::path::Path;

use anyhow::{Context, Result};
use pyfa::export::ExportFormat;
use pyfa::model::Document;
use serde_json::Value;

use super::{Collection, tree};
use crate::embedded::Home;
use crate::gallery::packages::release;
use crate::support::npm::{form_block, npm, sigstore, volto};
use crate::support::outcome;

fn documents() -> Vec<Document> {
    vec![
        volto(),
        Document {
            is_latest: false,
            ..npm("@plone/volto", "18.0.0")
        },
        form_block(),
        sigstore(),
        release("sigstore", "3.0"),
        npm("JSONStream", "1.3.5"),
        npm("jsonstream", "1.0.3"),
    ]
}

const FORMATS: &[(ExportFormat, &str)] = &[
    (ExportFormat::Jsonl, "jsonl"),
    (ExportFormat::Sqlite, "sqlite"),
    (ExportFormat::Csv, "csv"),
    #[cfg(feature = "parquet")]
    (ExportFormat::Parquet, "parquet"),
    (ExportFormat::Markdown, "md"),
];

#[tokio::test]
async fn a_site_has_a_page_for_each_package_of_one_name() -> Result<()> {
    let collection = Collection::embedded(&documents()).await?;
    collection.export(ExportFormat::Site, "site").await?;
    let files = tree(&collection.path("site"))?;
    for name in [
        "plone/sigstore/index.html",
        "plone/-/npm/sigstore/index.html",
        "plone/-/npm/sigstore/-/health/index.html",
        "plone/-/npm/JSONStream/index.html",
        "plone/-/npm/jsonstream/index.html",
        "plone/@plone/volto/index.html",
        "plone/@plone/volto/-/feed.json",
    ] {
        assert!(files.contains_key(name), "{name}");
    }
    let text = |name: &str| -> Result<String> {
        let content = files.get(name).with_context(|| name.to_owned())?;
        Ok(String::from_utf8(content.clone())?)
    };
    assert!(text("plone/sigstore/index.html")?.contains("pip install sigstore"));
    assert!(text("plone/-/npm/sigstore/index.html")?.contains("npm install sigstore"));
    assert!(text("plone/index.html")?.contains("/plone/-/npm/sigstore/"));
    assert!(
        text("sitemap.xml")?.contains("sitemap")
            && text("plone/-/sitemap.xml")?.contains("/-/npm/sigstore/")
    );
    let index = files.keys().find(|name| {
        name.contains("/search")
            && Path::new(name)
                .extension()
                .is_some_and(|kind| kind == "json")
    });
    let index = index.context("an index")?;
    let columns: Value = serde_json::from_str(&text(index)?)?;
    let folders = columns["folder"].as_array().context("folders")?;
    assert!(folders.contains(&"-/npm/sigstore".into()), "{folders:?}");
    assert_eq!(
        columns["values_registry"],
        serde_json::json!(["npm", "pypi"])
    );
    Ok(())
}

#[tokio::test]
async fn two_exports_are_compared_by_registry_and_name() -> Result<()> {
    let collection = Collection::embedded(&documents()).await?;
    for (format, ending) in FORMATS {
        collection
            .export(*format, &format!("before.{ending}"))
            .await?;
    }
    collection
        .delete(&["npm:sigstore-5.0.1", "@plone--volto-19.3.0"])
        .await?;
    collection
        .put(&[npm("@plone/volto", "20.0.0"), npm("sigstore", "6.0.0")])
        .await?;
    for (format, ending) in FORMATS {
        collection
            .export(*format, &format!("after.{ending}"))
            .await?;
    }
    for (_, ending) in FORMATS
        .iter()
        .filter(|(format, _)| *format != ExportFormat::Markdown)
    {
        let home = Home::new()?;
        let mut command = home.command(&["diff"]);
        let (before, after) = (format!("before.{ending}"), format!("after.{ending}"));
        command
            .args([&before, &after])
            .current_dir(collection.folder.path());
        let told = outcome(&mut command);
        for part in ["npm:sigstore", "@plone/volto", "6.0.0", "20.0.0"] {
            assert!(
                told.stdout.contains(part),
                "{ending}: {part}\n{}\n{}",
                told.stdout,
                told.stderr
            );
        }
        assert!(
            !told.stdout.contains("JSONStream"),
            "{ending}: {}",
            told.stdout
        );
    }
    // A list goes on from the one before it.
    std::fs::copy(collection.path("before.md"), collection.path("list.md"))?;
    collection.export(ExportFormat::Markdown, "list.md").await?;
    let list = std::fs::read_to_string(collection.path("list.md"))?;
    assert!(
        list.contains("(before: 5.0.1)") && list.contains("(before: 19.3.0)"),
        "{list}"
    );
    Ok(())
}
