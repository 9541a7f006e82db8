//! A package whose author wants to break out of every format.

use anyhow::{Context, Result, ensure};
use pyfa::export::ExportFormat;
use pyfa::model::Document;
use rusqlite::Connection;
use scraper::Html;

use super::{Collection, tree};
use crate::gallery::hostile::hostile;
use crate::gallery::html::Page;
use crate::gallery::packages::release;

/// Names that want to be paths, markup, formulas or SQL.
const NAMES: [&str; 9] = [
    "../x",
    "../../../etc/evil",
    "index.html",
    ".hidden",
    "=cmd|' /C calc'!A0",
    "x;=1+1",
    "a'); DROP TABLE packages; --",
    "<img src=x onerror=alert(1)>[x](javascript:alert(1))",
    "--> <script>alert(1)</script> <!--",
];

fn documents() -> Vec<Document> {
    let named = NAMES.iter().map(|name| Document {
        summary: format!("{name}\n# {name}\n- {name}"),
        keywords: vec![(*name).to_owned()],
        ..release(name, "1.0")
    });
    let evil = [
        hostile("evil-one", "1.0"),
        Document {
            is_latest: false,
            ..hostile("evil-one", "../0.9")
        },
    ];
    named.chain(evil).collect()
}

#[tokio::test]
async fn a_site_stays_in_its_folder_and_runs_nothing_of_a_stranger() -> Result<()> {
    let collection = Collection::embedded(&documents()).await?;
    collection.export(ExportFormat::Site, "deep.site").await?;
    let outside = fs_err::read_dir(collection.folder.path())?;
    let mut names: Vec<String> = outside
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["deep.site", "engine"]);
    let files = tree(&collection.path("deep.site"))?;
    for name in [
        "plone/=2E.=2Fx/index.html",
        "plone/=index.html/index.html",
        "plone/=2Ehidden/index.html",
        "plone/evil-one/=2E.=2F0.9/index.html",
        "plone/index.html",
    ] {
        assert!(files.contains_key(name), "{name}: {:?}", files.keys());
    }
    for (name, content) in files
        .iter()
        .filter(|(name, _)| name.rsplit('.').next() == Some("html"))
    {
        let page = Page::read(std::str::from_utf8(content)?).with_context(|| name.clone())?;
        ensure!(
            !page.has("iframe, style, base, object, embed, [onclick], [onerror], [style]"),
            "{name}"
        );
        for (selector, attribute) in [
            ("script[src]", "src"),
            ("link[href]", "href"),
            ("img[src]", "src"),
            ("form[action]", "action"),
        ] {
            for value in page.values(selector, attribute) {
                ensure!(
                    value.starts_with('/') && !value.starts_with("//")
                        || value.starts_with("http://localhost/"),
                    "{name}: {value}"
                );
            }
        }
        for value in page.values("a[href]", "href") {
            let is_known = ["/", "#", "http://", "https://"];
            ensure!(
                is_known.iter().any(|begin| value.starts_with(begin)),
                "{name}: {value}"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn tables_lists_and_databases_hold_text() -> Result<()> {
    let collection = Collection::embedded(&documents()).await?;

    collection.export(ExportFormat::Csv, "a.csv").await?;
    let text = fs_err::read_to_string(collection.path("a.csv"))?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>()?;
    assert_eq!(rows.len(), NAMES.len() + 1);
    let is_number = |text: &str| text.parse::<i64>().is_ok();
    for separator in [b',', b';', b'\t'] {
        // Opened as another kind of table, with quotes that mean nothing.
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(separator)
            .flexible(true)
            .quoting(separator == b',')
            .from_reader(text.as_bytes());
        for row in reader.records() {
            for cell in &row? {
                let begin = cell.trim_start_matches(['"', ' ']);
                ensure!(
                    !begin.starts_with(['=', '+', '-', '@']) || is_number(cell),
                    "{cell}"
                );
            }
        }
    }

    collection.export(ExportFormat::Sqlite, "a.sqlite").await?;
    let database = Connection::open(collection.path("a.sqlite"))?;
    let count: u32 = database.query_row("SELECT count(*) FROM packages", [], |row| row.get(0))?;
    assert_eq!(usize::try_from(count)?, NAMES.len() + 1);
    for name in NAMES {
        let query = "SELECT count(*) FROM packages WHERE name = ?";
        let found: u32 = database.query_row(query, [name], |row| row.get(0))?;
        assert_eq!(found, 1, "{name}");
    }

    for _ in 0..2 {
        collection.export(ExportFormat::Markdown, "a.md").await?;
        let text = fs_err::read_to_string(collection.path("a.md"))?;
        assert!(!text.contains("## Changes"), "{text}");
        let html = pyfa_readme::render(&text, Some("text/markdown"), 1 << 20).html;
        let page = Html::parse_fragment(&html);
        let found = |selector: &str| -> Result<Vec<String>> {
            let selector =
                scraper::Selector::parse(selector).map_err(|error| anyhow::anyhow!("{error}"))?;
            Ok(page
                .select(&selector)
                .map(|element| element.text().collect())
                .collect())
        };
        assert_eq!(found("img, script, em, code, pre, table")?, [""; 0]);
        assert_eq!(found("strong")?, ["known vulnerability"]);
        let headings = found("h1, h2, h3, h4")?;
        assert_eq!(headings[..2], ["Plone packages", "Contents"]);
        // Entries of the list, and of its contents.
        assert_eq!(found("li")?.len(), NAMES.len() + 1 + headings.len() - 2);
    }
    Ok(())
}
