//! What the search in the browser reads: the packages by column, in one JSON file.
//!
//! A column has one value for each package, in order of the names; values that many packages share are
//! numbered. The rows go to a table first and are written column by column, so memory does not grow
//! with the collection. `search.js` is the only reader; the name of the file holds a digest of its
//! content.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ToSql, params, params_from_iter};
use serde_json::{Value, json};
use xxhash_rust::xxh3::Xxh3;

use super::places::name_folders;
use crate::catalog::{Facet, Hit, PackageSummary};
use crate::export::ExportError;
use crate::export::documents::{Documents, unreadable};
use crate::export::error::at;
use crate::export::package::{flag, text};
use crate::model::Document;
use crate::transform::joined_names;
use crate::web::gallery::views::hit::HitView;

/// Columns of single values.
const COLUMNS: [&str; 17] = [
    "name",
    "folder",
    "version",
    "summary",
    "uploaded",
    "date",
    "age",
    "first",
    "rank",
    "flags",
    "joined",
    "frameworks",
    "pythons",
    "figures",
    "numbers",
    "warnings",
    "license",
];
const YANKED: u8 = 1;
const VULNERABLE: u8 = 2;
const ARCHIVED: u8 = 4;

/// What the search needs to know besides the packages.
pub(super) struct About<'a> {
    pub(super) profile: &'a str,
    pub(super) title: &'a str,
    pub(super) roots: &'a [String],
    /// Whether archived packages are left out until somebody asks for them.
    pub(super) hides_archived: bool,
    pub(super) as_of: i64,
}

/// Writes the file into a folder; gives its name.
pub(super) fn write(
    documents: &Documents,
    about: &About<'_>,
    folder: &Path,
) -> Result<String, ExportError> {
    let database = documents.connection();
    create_tables(database)?;
    let mut number = 0;
    documents.read_packages(|row| {
        number += 1;
        add(database, number, row.line, about)
    })?;
    let path = folder.join("search.json");
    let mut output = Hashed::create(&path)?;
    output.put(&format!(
        "{{\"about\":{}",
        json!({
            "title": about.title,
            "roots": about.roots,
            "hides_archived": about.hides_archived,
            "as_of": about.as_of,
            "count": number,
        })
    ))?;
    for column in COLUMNS {
        let query = format!("SELECT {column} FROM found ORDER BY number");
        output.put_column(database, column, &query)?;
    }
    for facet in Facet::ALL {
        let name = facet.name();
        let query = format!(
            "SELECT (SELECT '[' || coalesce(group_concat(value), '') || ']' FROM (\
                 SELECT value FROM had WHERE package = number AND facet = '{name}' ORDER BY place)\
             ) FROM found ORDER BY number"
        );
        output.put_column(database, &format!("facet_{name}"), &query)?;
        let query = format!("SELECT text FROM \"values\" WHERE facet = '{name}' ORDER BY value");
        output.put_column(database, &format!("values_{name}"), &query)?;
    }
    output.put("}\n")?;
    output.finish(folder)
}

fn create_tables(database: &Connection) -> Result<(), ExportError> {
    database.execute_batch(&format!(
        "CREATE TABLE found (number INTEGER PRIMARY KEY, {});
         CREATE TABLE \"values\" (
             facet TEXT, value INTEGER, text TEXT, PRIMARY KEY (facet, text)
         ) WITHOUT ROWID;
         CREATE TABLE had (
             package INTEGER, facet TEXT, place INTEGER, value INTEGER,
             PRIMARY KEY (package, facet, place)
         ) WITHOUT ROWID;",
        COLUMNS.join(", ")
    ))?;
    Ok(())
}

/// Adds a package. Every value is kept as the JSON that the file will have.
fn add(
    database: &Connection,
    number: i64,
    line: &[u8],
    about: &About<'_>,
) -> Result<(), ExportError> {
    let document: Document =
        serde_json::from_slice(line).map_err(|error| unreadable(line, error))?;
    let summary: PackageSummary =
        serde_json::from_slice(line).map_err(|error| unreadable(line, error))?;
    let needs = summary.peer_versions.iter();
    let needs = needs.filter_map(|value| Facet::Needs.shown_value(value, about.roots));
    let hit = Hit {
        needs: needs.collect(),
        package: summary.clone(),
        ..Hit::default()
    };
    let hit = HitView::new(&hit, about.profile, None, about.as_of);
    let folders = name_folders(&document.full_name()).join("/");
    let flags = [
        (summary.yanked, YANKED),
        (summary.has_vulnerabilities == Some(true), VULNERABLE),
        (summary.github_archived == Some(true), ARCHIVED),
    ];
    let flags = flags.iter().filter(|(is_set, _)| *is_set);
    let flags: u8 = flags.map(|(_, flag)| flag).sum();
    let figures: Vec<Value> = hit
        .figures
        .iter()
        .map(|figure| json!([figure.kind, figure.value, figure.words]))
        .collect();
    let warnings: Vec<Value> = hit
        .warnings
        .iter()
        .map(|warning| json!([warning.level, warning.text]))
        .collect();
    let uploaded = hit.uploaded.as_ref();
    // Collections of older versions lack them.
    let joined = match document.name_joined.as_slice() {
        [] => joined_names(&document.name, about.roots),
        known => known.to_vec(),
    };
    // In the order of `COLUMNS`.
    let values: [Value; COLUMNS.len()] = [
        json!(document.name),
        json!((folders != document.name).then_some(folders)),
        json!(document.version),
        json!(shown(&hit)),
        json!(summary.upload_timestamp),
        json!(uploaded.map(|moment| &moment.date)),
        json!(uploaded.map(|moment| &moment.age)),
        json!(summary.first_upload),
        json!(summary.search_rank),
        json!(flags),
        json!(joined),
        json!(versions_and_needs(&hit)),
        json!(hit.pythons),
        json!(figures),
        json!([
            summary.health_score,
            summary.download_last_month,
            summary.github_stars
        ]),
        json!(warnings),
        json!(hit.license),
    ];
    let texts = values.iter().map(Value::to_string);
    let places = ["?"; COLUMNS.len()].join(", ");
    database
        .prepare_cached(&format!("INSERT INTO found VALUES ({number}, {places})"))?
        .execute(params_from_iter(texts))?;
    for facet in Facet::ALL {
        let mut values: Vec<String> = Vec::new();
        for value in facet_values(facet, &document) {
            let shown = facet.shown_value(value, about.roots);
            values.extend(shown.filter(|shown| !values.contains(shown)));
        }
        for (place, value) in values.iter().enumerate() {
            let value = number_of(database, facet.name(), value)?;
            let place = i64::try_from(place).unwrap_or(i64::MAX);
            database
                .prepare_cached("INSERT INTO had VALUES (?, ?, ?, ?)")?
                .execute(params![number, facet.name(), place, value])?;
        }
    }
    Ok(())
}

/// The summary, cut as lists show it.
fn shown(hit: &HitView) -> String {
    let parts = hit.summary_parts.iter();
    parts.map(|part| part.text.as_str()).collect()
}

/// What is shown next to the figures, before the versions of Python.
fn versions_and_needs(hit: &HitView) -> Vec<String> {
    let registry = (!hit.registry.is_empty()).then(|| hit.registry.clone());
    let needs = hit.needs.iter().map(|one| format!("needs {one}"));
    registry
        .into_iter()
        .chain(needs)
        .chain(hit.frameworks.iter().cloned())
        .collect()
}

/// What a document says of a facet.
fn facet_values(facet: Facet, document: &Document) -> Vec<&str> {
    fn all(list: &[String]) -> Vec<&str> {
        list.iter().map(String::as_str).collect()
    }
    match facet {
        Facet::Framework => all(&document.framework_versions),
        Facet::Kind => all(&document.classifiers),
        Facet::Python => all(&document.python_versions),
        Facet::Status => document.status.as_deref().into_iter().collect(),
        Facet::License => vec![document.license_spdx.as_str()],
        Facet::Health => vec![text(document, "health_band")],
        Facet::Keyword => all(&document.keywords),
        Facet::Maintainer => all(&document.maintainers),
        Facet::Requires => all(&document.requires_names),
        Facet::Registry => vec![document.registry.as_str()],
        Facet::Needs => all(&document.peer_versions),
        Facet::Publisher => vec![document.trusted_publisher.as_str()],
        Facet::Provenance => switch(document.provenance),
        Facet::Twin => switch(flag(document, "has_twins")),
    }
}

/// What a yes or no is as a value.
fn switch(value: Option<bool>) -> Vec<&'static str> {
    value
        .map(|value| if value { "true" } else { "false" })
        .into_iter()
        .collect()
}

/// The number of a value, in order of their first appearance.
fn number_of(database: &Connection, facet: &str, value: &str) -> Result<i64, ExportError> {
    let text = json!(value).to_string();
    let known: Vec<&dyn ToSql> = vec![&facet, &text];
    database
        .prepare_cached(
            "INSERT OR IGNORE INTO \"values\" SELECT ?1, \
             (SELECT count(*) FROM \"values\" WHERE facet = ?1), ?2",
        )?
        .execute(&known[..])?;
    Ok(database
        .prepare_cached("SELECT value FROM \"values\" WHERE facet = ?1 AND text = ?2")?
        .query_row(&known[..], |row| row.get(0))?)
}

/// A file whose name will hold a digest of its content.
struct Hashed {
    path: PathBuf,
    output: BufWriter<fs_err::File>,
    hasher: Xxh3,
}

impl Hashed {
    fn create(path: &Path) -> Result<Self, ExportError> {
        let file = fs_err::File::create(path).map_err(at(path))?;
        Ok(Self {
            path: path.to_owned(),
            output: BufWriter::new(file),
            hasher: Xxh3::new(),
        })
    }

    fn put(&mut self, text: &str) -> Result<(), ExportError> {
        self.hasher.update(text.as_bytes());
        let written = self.output.write_all(text.as_bytes());
        written.map_err(at(&self.path))
    }

    /// Writes what a query gives, which is JSON, as a list.
    fn put_column(
        &mut self,
        database: &Connection,
        name: &str,
        query: &str,
    ) -> Result<(), ExportError> {
        self.put(&format!(",\n\"{name}\":["))?;
        let mut statement = database.prepare(query)?;
        let mut rows = statement.query([])?;
        let mut is_first = true;
        while let Some(row) = rows.next()? {
            if !is_first {
                self.put(",")?;
            }
            is_first = false;
            let value = row.get_ref(0)?;
            self.put(value.as_str().unwrap_or("null"))?;
        }
        self.put("]")
    }

    fn finish(mut self, folder: &Path) -> Result<String, ExportError> {
        self.output.flush().map_err(at(&self.path))?;
        let name = format!("search.{:016x}.json", self.hasher.digest());
        fs_err::rename(&self.path, folder.join(&name)).map_err(at(folder))?;
        Ok(name)
    }
}
