//! What two exports tell apart, in whatever formats, and what upload times tell.

use anyhow::Result;
use pyfa::export::ExportFormat;
use pyfa::model::Document;
use serde_json::json;

use super::{Collection, four};
use crate::embedded::Home;
use crate::gallery::packages::{DAY, NOW, release, rich, with};
use crate::support::{Outcome, plone};

/// Exports of a collection before and after some changes.
async fn scene() -> Result<Collection> {
    let collection = Collection::embedded(&four()).await?;
    export(&collection, "before").await?;
    collection
        .delete(&["Zope.last-3.0", "plone.rich-1.9"])
        .await?;
    let healthier = json!({"health_score": 90, "health_band": "80-100"});
    collection
        .put(&[
            Document {
                is_latest: false,
                release_count: None,
                ..rich("plone.rich", "2.0")
            },
            with(rich("plone.rich", "2.1"), &healthier),
            Document {
                summary: "Another summary".to_owned(),
                yanked: true,
                ..release("plone.api", "1.0")
            },
            release("plone.new", "0.1"),
        ])
        .await?;
    export(&collection, "after").await?;
    Ok(collection)
}

async fn export(collection: &Collection, name: &str) -> Result<()> {
    for (format, ending) in [
        (ExportFormat::Jsonl, "jsonl"),
        (ExportFormat::Sqlite, "sqlite"),
        (ExportFormat::Csv, "csv"),
        #[cfg(feature = "parquet")]
        (ExportFormat::Parquet, "parquet"),
    ] {
        collection
            .export(format, &format!("{name}.{ending}"))
            .await?;
    }
    Ok(())
}

fn diff(collection: &Collection, words: &[&str]) -> Result<Outcome> {
    let home = Home::new()?;
    let mut command = home.command(&["diff"]);
    command.args(words).current_dir(collection.folder.path());
    Ok(crate::support::outcome(&mut command))
}

#[tokio::test]
async fn people_read_what_differs() -> Result<()> {
    let collection = scene().await?;
    let said = diff(&collection, &["before.jsonl", "after.jsonl"])?.exits(0);
    insta::assert_snapshot!("text", said.stdout);
    let same = diff(&collection, &["after.jsonl", "after.jsonl"])?.exits(0);
    insta::assert_snapshot!("nothing", same.stdout);
    let tables = diff(&collection, &["before.csv", "after.csv"])?.exits(0);
    insta::assert_snapshot!("tables", tables.stdout);
    Ok(())
}

#[tokio::test]
async fn programs_read_what_differs_whatever_the_format() -> Result<()> {
    let collection = scene().await?;
    let json = diff(&collection, &["before.jsonl", "after.jsonl", "--json"])?.exits(0);
    insta::assert_snapshot!("json", json.stdout);
    let read = |words: [&str; 2]| -> Result<serde_json::Value> {
        let said = diff(&collection, &[words[0], words[1], "--json"])?.exits(0);
        let mut report = said.report;
        for side in ["before", "after"] {
            report[side].take();
        }
        for release in report["releases_changed"]
            .as_array_mut()
            .into_iter()
            .flatten()
        {
            if let Some(release) = release.as_object_mut() {
                release.remove("fields");
            }
        }
        Ok(report)
    };
    let documents = read(["before.jsonl", "after.jsonl"])?;
    assert_eq!(
        documents["releases_added"].as_array().map(Vec::len),
        Some(2)
    );
    let others = [
        ["before.sqlite", "after.sqlite"],
        ["before.jsonl", "after.sqlite"],
        ["before.sqlite", "after.jsonl"],
        #[cfg(feature = "parquet")]
        ["before.parquet", "after.parquet"],
        #[cfg(feature = "parquet")]
        ["before.jsonl", "after.parquet"],
    ];
    for words in others {
        assert_eq!(read(words)?, documents, "{words:?}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_no_export_is_refused() -> Result<()> {
    let collection = scene().await?;
    let text = fs_err::read_to_string(collection.path("before.jsonl"))?;
    let turned: Vec<&str> = text.lines().rev().collect();
    fs_err::write(collection.path("turned.jsonl"), turned.join("\n"))?;
    let (cut, _) = text.split_at(text.len() - 100);
    fs_err::write(collection.path("cut.jsonl"), cut)?;
    fs_err::write(collection.path("letter.txt"), "Dear all")?;
    for (words, code, part) in [
        (
            ["letter.txt", "after.jsonl"],
            2,
            "not an export that can be compared",
        ),
        (
            ["missing.jsonl", "after.jsonl"],
            1,
            "missing.jsonl cannot be read",
        ),
        (
            ["turned.jsonl", "after.jsonl"],
            1,
            "not in the order of an export",
        ),
        (
            ["cut.jsonl", "after.jsonl"],
            1,
            "cut.jsonl is damaged at line 7",
        ),
        (["2026-11-01", "2026-10-01"], 2, "the earlier day first"),
        (["2026-10-01", "2026-11-01"], 2, "no collection given"),
    ] {
        let refused = diff(&collection, &words)?.exits(code);
        assert!(
            refused.stderr.contains(part),
            "{words:?}: {}",
            refused.stderr
        );
    }
    if !cfg!(feature = "parquet") {
        fs_err::write(collection.path("a.parquet"), "PAR1")?;
        let refused = diff(&collection, &["a.parquet", "after.jsonl"])?.exits(2);
        assert!(
            refused.stderr.contains("--features parquet"),
            "{}",
            refused.stderr
        );
    }
    Ok(())
}

#[test]
fn upload_times_tell_what_came_between_two_days() -> Result<()> {
    let home = Home::with_registry()?;
    let registry = home.registry();
    registry.publish("plone.late", "1.0", &plone("late"));
    home.run(&["pypi", "-f", "-p", "plone"]).exits(0);
    let export = home
        .run(&["export", "-p", "plone", "--to", "jsonl"])
        .exits(0);
    drop(export);
    let text = fs_err::read_to_string(home.path("plone.jsonl"))?;
    let mut times: Vec<i64> = Vec::new();
    for line in text.lines() {
        let document: serde_json::Value = serde_json::from_str(line)?;
        times.extend(document["upload_timestamp"].as_i64());
    }
    let day = |seconds: i64| -> Result<String> {
        let day = jiff::Timestamp::from_second(seconds)?;
        Ok(day.strftime("%Y-%m-%d").to_string())
    };
    let (first, last) = (times.iter().min(), times.iter().max());
    let (first, last) = (*first.unwrap_or(&0), *last.unwrap_or(&0));
    let (from, to) = (day(first)?, day(last + DAY)?);
    let said = home
        .run(&["diff", "-p", "plone", &from, &to, "--json"])
        .exits(0);
    let releases = said.report["releases_added"].as_array().map(Vec::len);
    assert_eq!(releases, Some(times.len()), "{}", said.report);
    let packages = said.report["packages_added"].as_array().map(Vec::len);
    assert_eq!(packages, Some(13), "{}", said.report);
    assert_eq!(said.report["not_known"][0], "packages_gone");
    let before = day(first - 3 * DAY)?;
    let said = home.run(&["diff", "-p", "plone", &before, &from]).exits(0);
    assert!(
        said.stdout.contains("0 releases, 0 new packages"),
        "{}",
        said.stdout
    );
    assert!(
        said.stdout.contains("do not tell what is gone"),
        "{}",
        said.stdout
    );
    assert!(*NOW > first);
    Ok(())
}
