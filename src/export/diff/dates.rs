//! What the upload times in a collection tell of the time between two days.
//!
//! They tell what came, and nothing of what went: a release that is gone has no time any more, one
//! that was changed keeps its own, and scores have no past. Two exports tell these.

use futures::TryStreamExt;
use rusqlite::{Connection, params};
use serde_json::{Map, Value};

use super::error::DiffError;
use super::report::DatesReport;
use super::section::{Entry, Section};
use crate::export::package::moment;
use crate::model::{PackageName, VersionScheme};
use crate::search::SearchError;
use crate::transform::version_fields;
use crate::workspace::Workspace;

/// When the first release of a package was uploaded; collections of old versions lack it.
const FIRST_UPLOAD: &str = "first_upload";

/// The time from one day on, up to another one and without it, in Unix seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    pub from: i64,
    pub to: i64,
}

/// Lists what was uploaded between two days.
///
/// # Errors
///
/// [`DiffError`] if the collection cannot be read completely.
pub(super) async fn list_uploads(
    workspace: &Workspace,
    collection: &str,
    days: Days,
) -> Result<DatesReport, DiffError> {
    let collection = workspace.find_collection(collection).await?;
    let knows_first = collection
        .fields
        .iter()
        .any(|field| field.name == FIRST_UPLOAD);
    let releases = read(workspace, &collection.name, "upload_timestamp", "", days).await?;
    let packages = if knows_first {
        let latest = "is_latest:=true && ";
        Some(read(workspace, &collection.name, FIRST_UPLOAD, latest, days).await?)
    } else {
        None
    };
    let day = |seconds| {
        moment(seconds)
            .split_once('T')
            .map_or_else(String::new, |(day, _)| day.to_owned())
    };
    Ok(DatesReport {
        from: day(days.from),
        to: day(days.to),
        packages_added: packages,
        releases_added: releases,
    })
}

/// The documents with a moment of that time in a field, in order of name and version.
async fn read(
    workspace: &Workspace,
    collection: &str,
    field: &str,
    condition: &str,
    days: Days,
) -> Result<Section, DiffError> {
    let Days { from, to } = days;
    let filter = format!("{condition}{field}:>={from} && {field}:<{to}");
    let fields = ["name", "registry", "version", "version_order", field];
    // A table of SQLite's own, which goes to disk when it grows.
    let table = Connection::open("")?;
    table.execute_batch(
        "CREATE TABLE found (project TEXT, version_order TEXT, name TEXT, version TEXT, uploaded INTEGER); \
         BEGIN;",
    )?;
    let documents = workspace
        .search
        .export_fields(collection, Some(&filter), &fields);
    let mut documents = Box::pin(documents);
    while let Some(document) = documents.try_next().await? {
        add(&table, &document, field)?;
    }
    let mut section = Section::new()?;
    let mut statement = table.prepare(
        "SELECT name, version, uploaded FROM found ORDER BY project, version_order, version",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        section.add(&Entry {
            name: row.get(0)?,
            version: Some(row.get(1)?),
            uploaded: Some(moment(row.get(2)?)),
            ..Entry::default()
        })?;
    }
    Ok(section)
}

fn add(table: &Connection, document: &Map<String, Value>, field: &str) -> Result<(), DiffError> {
    let text = |field: &str| {
        let text = document.get(field).and_then(Value::as_str);
        text.ok_or_else(|| SearchError::InvalidResponse {
            operation: "list what was uploaded".to_owned(),
            why: format!("a document has no `{field}`"),
        })
    };
    let version = text("version")?;
    let name = PackageName::full(text("name")?, text("registry").unwrap_or_default());
    let key = PackageName::read(&name).key();
    let scheme = VersionScheme::of_document(text("registry").unwrap_or_default());
    let order =
        text("version_order").map_or_else(|_| version_fields(scheme, version).order, str::to_owned);
    let uploaded = document.get(field).and_then(Value::as_i64);
    table
        .prepare_cached("INSERT INTO found VALUES (?, ?, ?, ?, ?)")?
        .execute(params![
            key.project(),
            order,
            name,
            version,
            uploaded.unwrap_or_default()
        ])?;
    Ok(())
}
