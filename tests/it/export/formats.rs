//! Files of documents, tables and databases: complete, in order, the same twice, and where they
//! belong.

use std::os::unix::fs::PermissionsExt;

use anyhow::{Context, Result};
use pyfa::export::{ExportError, ExportFormat, Scope};
use rusqlite::Connection;
use serde_json::Value;

use super::{Collection, four, tree};
use crate::embedded::Home;

fn lines(text: &str) -> Result<Vec<Value>> {
    let lines = text.lines().map(serde_json::from_str);
    Ok(lines.collect::<Result<_, _>>()?)
}

#[tokio::test]
async fn every_document_is_on_a_line_in_order() -> Result<()> {
    let collection = Collection::embedded(&four()).await?;
    let report = collection.export(ExportFormat::Jsonl, "all.jsonl").await?;
    assert_eq!((report.packages, report.documents), (4, 7));
    let text = fs_err::read_to_string(collection.path("all.jsonl"))?;
    let documents = lines(&text)?;
    let ids: Vec<&str> = documents
        .iter()
        .filter_map(|one| one["id"].as_str())
        .collect();
    let expected = [
        "collective.form-1.0",
        "plone.api-0.9",
        "plone.api-1.0",
        "plone.rich-1.9",
        "plone.rich-1.10",
        "plone.rich-2.0",
        "Zope.last-3.0",
    ];
    assert_eq!(ids, expected);
    // Nothing of a document is lost, and nothing is added.
    let stored = collection
        .client
        .fetch_document(&collection.name, "plone.rich-2.0")
        .await?;
    let stored = Value::Object(stored.context("a document")?);
    assert_eq!(documents[5], stored);
    let mode = fs_err::metadata(collection.path("all.jsonl"))?.permissions();
    assert_eq!(mode.mode() & 0o777, 0o644);

    let latest = collection
        .export_with(ExportFormat::Jsonl, "latest.jsonl", |request| {
            request.scope = Scope::Latest;
        })
        .await?;
    assert_eq!((latest.packages, latest.documents), (4, 4));
    let text = fs_err::read_to_string(collection.path("latest.jsonl"))?;
    assert!(
        lines(&text)?
            .iter()
            .all(|document| document["is_latest"] == true)
    );
    Ok(())
}

#[tokio::test]
async fn the_same_state_gives_the_same_bytes_with_either_engine() -> Result<()> {
    let embedded = Collection::embedded(&four()).await?;
    let typesense = Collection::on_typesense(&four()).await?;
    for (format, name) in [
        (ExportFormat::Jsonl, "a.jsonl"),
        (ExportFormat::Csv, "a.csv"),
        (ExportFormat::Markdown, "a.md"),
        (ExportFormat::Sqlite, "a.sqlite"),
    ] {
        embedded.export(format, name).await?;
        let first = fs_err::read(embedded.path(name))?;
        embedded.export(format, name).await?;
        assert!(first == fs_err::read(embedded.path(name))?, "{name} twice");
        if let Some(typesense) = &typesense
            && format != ExportFormat::Sqlite
        {
            typesense.export(format, name).await?;
            let there = fs_err::read(typesense.path(name))?;
            assert_eq!(
                String::from_utf8_lossy(&first),
                String::from_utf8_lossy(&there),
                "{name}"
            );
        }
    }
    // Nothing else is left next to the exports.
    let entries = fs_err::read_dir(embedded.folder.path())?;
    let hidden = entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with('.'));
    assert_eq!(hidden.count(), 0);
    Ok(())
}

#[tokio::test]
async fn a_table_has_a_row_for_each_package() -> Result<()> {
    let collection = Collection::embedded(&four()).await?;
    collection.export(ExportFormat::Csv, "a.csv").await?;
    let text = fs_err::read_to_string(collection.path("a.csv"))?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let head = reader.headers()?.clone();
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>()?;
    assert_eq!(rows.len(), 4);
    let cell = |row: usize, name: &str| {
        let at = head.iter().position(|one| one == name);
        at.and_then(|at| rows[row].get(at))
            .unwrap_or("no such column")
    };
    assert_eq!(cell(2, "name"), "plone.rich");
    assert_eq!(cell(2, "version"), "2.0");
    assert_eq!(cell(2, "framework_versions"), "Plone 6.0, Plone 6.1");
    assert_eq!(cell(2, "health_score"), "81");
    assert_eq!(cell(2, "maintainers"), "ada, ben");
    assert_eq!(cell(2, "vulnerable"), "no");
    assert_eq!(cell(1, "vulnerable"), "");
    assert_eq!(
        cell(2, "repository"),
        "https://github.com/example/plone.rich"
    );
    // The documentation explains every column.
    let page = fs_err::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/exporting.md"))?;
    for name in &head {
        assert!(page.contains(&format!("`{name}`")), "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn a_database_answers_questions() -> Result<()> {
    let collection = Collection::embedded(&four()).await?;
    collection.export(ExportFormat::Sqlite, "a.sqlite").await?;
    let database = Connection::open(collection.path("a.sqlite"))?;
    let ask = |query: &str| -> Result<Vec<String>> {
        let mut statement = database.prepare(query)?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    };
    assert_eq!(ask("PRAGMA integrity_check")?, ["ok"]);
    assert!(ask("SELECT \"table\" FROM pragma_foreign_key_check")?.is_empty());
    assert_eq!(
        ask("SELECT name || ' ' || latest_version FROM packages ORDER BY id")?,
        [
            "collective.form 1.0",
            "plone.api 1.0",
            "plone.rich 2.0",
            "Zope.last 3.0"
        ]
    );
    assert_eq!(
        ask(
            "SELECT version FROM releases JOIN packages ON packages.id = package_id \
             WHERE name = 'plone.rich' ORDER BY version_order"
        )?,
        ["1.9", "1.10", "2.0"]
    );
    // What requires it, which no search of a server finds so plainly.
    assert_eq!(
        ask("SELECT DISTINCT packages.name FROM requirements \
             JOIN releases ON releases.id = release_id AND is_latest \
             JOIN packages ON packages.id = package_id WHERE requirements.normalized_name = 'plone-rich'")?,
        ["collective.form"]
    );
    for (table, count) in [
        ("frameworks", 6),
        ("maintainers", 2),
        ("keywords", 6),
        ("requirements", 8),
        ("links", 3),
    ] {
        let query = format!("SELECT CAST(count(*) AS TEXT) FROM {table}");
        assert_eq!(ask(&query)?, [count.to_string()], "{table}");
    }
    assert_eq!(
        ask("SELECT value FROM export WHERE key = 'profile'")?,
        ["plone"]
    );
    Ok(())
}

#[tokio::test]
async fn what_no_export_has_made_is_never_replaced() -> Result<()> {
    let collection = Collection::embedded(&four()).await?;
    for format in [
        ExportFormat::Jsonl,
        ExportFormat::Csv,
        ExportFormat::Sqlite,
        ExportFormat::Markdown,
        ExportFormat::Site,
    ] {
        let file = collection.path("notes.txt");
        fs_err::write(&file, "# mine\n")?;
        let refused = collection.export(format, "notes.txt").await;
        assert!(
            matches!(refused, Err(ExportError::NotOurs { .. })),
            "{format:?}"
        );
        assert_eq!(fs_err::read_to_string(&file)?, "# mine\n");
        let folder = collection.path("documents");
        fs_err::create_dir_all(&folder)?;
        fs_err::write(folder.join("letter"), "mine")?;
        let refused = collection.export(format, "documents").await;
        assert!(
            matches!(refused, Err(ExportError::NotOurs { .. })),
            "{format:?}"
        );
        assert_eq!(tree(&folder)?.len(), 1);
        // Nor is an export in another format.
        collection.export(ExportFormat::Jsonl, "a.jsonl").await?;
        if format != ExportFormat::Jsonl {
            let refused = collection.export(format, "a.jsonl").await;
            assert!(
                matches!(refused, Err(ExportError::NotOurs { .. })),
                "{format:?}"
            );
        }
        let nowhere = collection.export(format, "no/such/folder").await;
        assert!(matches!(nowhere, Err(ExportError::NoFolder(_))));
    }
    Ok(())
}

#[test]
fn the_sample_is_exported_by_its_profile() -> Result<()> {
    let home = Home::new()?;
    home.run(&["up", "--sample", "--no-serve"]).exits(0);
    for format in ["jsonl", "csv", "sqlite", "markdown"] {
        let words = ["export", "-p", "plone", "--to", format];
        let done = home.run(&words).exits(0);
        assert!(done.stdout.starts_with("plone."), "{}", done.stdout);
        assert!(done.stdout.contains("14 packages"), "{}", done.stdout);
        assert!(done.stderr.is_empty(), "{}", done.stderr);
    }
    let report = home.run(&["export", "-p", "flask", "--to", "jsonl", "--format", "json"]);
    let report = report.exits(0);
    assert!(report.number("documents") >= report.number("packages"));

    // Mistakes are usage errors, and say what to do.
    for (words, part) in [
        (&["export", "--to", "csv"][..], "no collection given"),
        (&["export", "-p", "plon", "--to", "csv"], "plone"),
        (
            &["export", "-t", "nothing", "--to", "site"],
            "a site needs a profile",
        ),
        (
            &["export", "-p", "plone", "--to", "csv", "--as-of", "today"],
            "--as-of 2026-11-30",
        ),
        (
            &[
                "export",
                "-p",
                "plone",
                "--to",
                "csv",
                "-o",
                "no/folder.csv",
            ],
            "does not exist",
        ),
    ] {
        let refused = home.run(words).exits(2);
        assert!(
            refused.stderr.contains(part),
            "{words:?}: {}",
            refused.stderr
        );
    }
    let missing = home
        .run(&["export", "-t", "nothing", "--to", "csv"])
        .exits(1);
    assert!(missing.stderr.contains("`nothing`"), "{}", missing.stderr);
    if !cfg!(feature = "parquet") {
        let refused = home
            .run(&["export", "-p", "plone", "--to", "parquet"])
            .exits(2);
        assert!(
            refused.stderr.contains("--features parquet"),
            "{}",
            refused.stderr
        );
    }
    Ok(())
}
