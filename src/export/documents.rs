//! All documents of a collection in order of name and version, while an export is made.
//!
//! A server sends documents in an order of its own, so they go to a file next to the export first,
//! and are read from there in order, one at a time: memory does not grow with the collection, and
//! every part of an export is made of the same documents. Each is written in one spelling (members by
//! name), whichever engine sent it. Called by `export`.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Map, Value};
use tokio::sync::mpsc;

use super::ExportError;
use crate::model::{Forgotten, PackageKey, PackageName, VersionScheme, one_line};
use crate::progress::{Progress, Stage};
use crate::search::Client;
use crate::transform::version_fields;

/// Documents on their way to the file.
const IN_FLIGHT: usize = 16;
/// Characters of a document that a message shows.
const SHOWN: usize = 60;
/// Facts that say when something was looked up, in Unix seconds.
const CHECKED: [&str; 4] = [
    "download_updated",
    "github_checked",
    "health_score_last_calculated",
    "vulnerabilities_checked",
];

const SCHEMA: &str = "
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA temp_store = FILE;
    CREATE TABLE documents (
        project TEXT NOT NULL,
        name TEXT NOT NULL,
        full_name TEXT NOT NULL,
        version TEXT NOT NULL,
        version_order TEXT NOT NULL,
        id TEXT NOT NULL,
        is_latest INTEGER NOT NULL,
        is_package INTEGER NOT NULL DEFAULT 0,
        document BLOB NOT NULL
    );
    BEGIN;";
/// One document stands for each package: the latest release, or the highest version while none or
/// two claim to be that.
const INDEXES: &str = "
    CREATE UNIQUE INDEX in_order ON documents (project, name, version_order, id);
    UPDATE documents SET is_package = 1 WHERE rowid IN (
        SELECT number FROM (
            SELECT rowid AS number, row_number() OVER (
                PARTITION BY project ORDER BY is_latest DESC, version_order DESC, id DESC
            ) AS place FROM documents
        ) WHERE place = 1
    );
    CREATE INDEX packages ON documents (project) WHERE is_package;
    COMMIT;";
const IN_ORDER: &str = "SELECT project, is_package, document FROM documents INDEXED BY in_order \
                        ORDER BY project, name, version_order, id";

/// The documents, in a file.
pub(super) struct Documents {
    connection: Connection,
    pub(super) count: u64,
    pub(super) packages: u64,
    /// The newest moment that a document tells of, in Unix seconds.
    newest: i64,
}

/// One document in its place.
pub(super) struct Row<'r> {
    /// The normalised name.
    pub(super) project: &'r str,
    /// Whether it stands for its package.
    pub(super) is_package: bool,
    /// The document as JSON, on one line.
    pub(super) line: &'r [u8],
}

/// A package by its name, normalised and as its latest release spells it, with its registry.
pub(super) struct Package {
    pub(super) project: String,
    pub(super) name: String,
}

/// Reads a whole collection, or what passes a filter of it, into a file at `path`, without the names of
/// those who asked to be forgotten.
///
/// # Errors
///
/// [`ExportError::Search`] if not all documents came; [`ExportError`] if one cannot be read or kept.
pub(super) async fn read_collection(
    client: &Client,
    collection: &str,
    filter: Option<&str>,
    forgotten: Arc<Forgotten>,
    path: &Path,
    progress: &Arc<dyn Progress>,
) -> Result<Documents, ExportError> {
    let (sender, mut receiver) = mpsc::channel::<Bytes>(IN_FLIGHT);
    let path = path.to_owned();
    let keeping = tokio::task::spawn_blocking(move || {
        let mut documents = Documents::create(&path)?;
        while let Some(line) = receiver.blocking_recv() {
            documents.add(&line, &forgotten)?;
        }
        Ok::<_, ExportError>(documents)
    });
    progress.stage(Stage::ReadingDocuments, None);
    let mut lines = Box::pin(client.export(collection, filter, &[]));
    while let Some(line) = lines.next().await {
        if sender.send(line?).await.is_err() {
            // It says why when it is asked.
            break;
        }
        progress.advance(1);
    }
    drop(sender);
    let documents = keeping.await??;
    let documents = tokio::task::spawn_blocking(move || documents.finish()).await??;
    progress.stage_done();
    Ok(documents)
}

impl Documents {
    fn create(path: &Path) -> Result<Self, ExportError> {
        let connection = Connection::open(path)?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self {
            connection,
            count: 0,
            packages: 0,
            newest: 0,
        })
    }

    fn add(&mut self, line: &[u8], forgotten: &Forgotten) -> Result<(), ExportError> {
        let mut document: Map<String, Value> =
            serde_json::from_slice(line).map_err(|error| unreadable(line, error))?;
        forgotten.conceal_json(&mut document);
        let text = |field: &str| {
            let value = document.get(field).and_then(Value::as_str);
            value.unwrap_or_default()
        };
        let name = text("name");
        let version = text("version");
        let order = match text("version_order") {
            "" => version_fields(VersionScheme::of_document(text("registry")), version).order,
            order => order.to_owned(),
        };
        let is_latest = document.get("is_latest") == Some(&Value::Bool(true));
        let seconds = |field: &str| document.get(field).and_then(Value::as_i64).unwrap_or(0);
        let now = jiff::Timestamp::now().as_second();
        let moments = CHECKED.iter().map(|field| seconds(field));
        let moments = moments.chain([seconds("upload_timestamp")]);
        // What claims to be of the future says nothing of today.
        let newest = moments.filter(|moment| *moment <= now).max();
        self.newest = self.newest.max(newest.unwrap_or(0));
        let written = serde_json::to_vec(&document).map_err(|error| unreadable(line, error))?;
        self.connection
            .prepare_cached(
                "INSERT INTO documents (project, name, full_name, version, version_order, id, \
                 is_latest, document) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                project(name, text("registry")),
                name,
                PackageName::full(name, text("registry")),
                version,
                order,
                text("id"),
                is_latest,
                written
            ])?;
        Ok(())
    }

    /// Puts the documents in order.
    fn finish(mut self) -> Result<Self, ExportError> {
        self.connection.execute_batch(INDEXES)?;
        let count = |condition: &str| {
            let query = format!("SELECT count(*) FROM documents {condition}");
            self.connection
                .query_row(&query, [], |row| row.get::<_, i64>(0))
        };
        let (all, packages) = (count("")?, count("WHERE is_package")?);
        self.count = u64::try_from(all).unwrap_or_default();
        self.packages = u64::try_from(packages).unwrap_or_default();
        Ok(self)
    }

    /// Passes every document on, in order of name and version.
    pub(super) fn read_all(
        &self,
        each: impl FnMut(Row<'_>) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        self.read(IN_ORDER, each)
    }

    /// Passes on the document that stands for each package, in order of the names.
    pub(super) fn read_packages(
        &self,
        each: impl FnMut(Row<'_>) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        self.read(
            "SELECT project, is_package, document FROM documents INDEXED BY packages \
             WHERE is_package ORDER BY project",
            each,
        )
    }

    fn read(
        &self,
        query: &str,
        mut each: impl FnMut(Row<'_>) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        let mut statement = self.connection.prepare(query)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            each(Row {
                project: row.get_ref(0)?.as_str().unwrap_or_default(),
                is_package: row.get(1)?,
                line: row.get_ref(2)?.as_blob().unwrap_or_default(),
            })?;
        }
        Ok(())
    }

    /// Some documents in the order in which they came, behind the one with this number: their numbers,
    /// whether they stand for their packages, and the documents.
    pub(super) fn batch(
        &self,
        after: Option<i64>,
        most: usize,
    ) -> Result<Vec<(i64, bool, Vec<u8>)>, ExportError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT rowid, is_package, document FROM documents WHERE rowid > ? ORDER BY rowid LIMIT ?",
        )?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let rows = statement.query_map([after.unwrap_or_default(), most], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The packages behind one, in order of the names.
    pub(super) fn packages_after(
        &self,
        project: Option<&str>,
        most: usize,
    ) -> Result<Vec<Package>, ExportError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT project, full_name FROM documents INDEXED BY packages \
             WHERE is_package AND (?1 IS NULL OR project > ?1) ORDER BY project LIMIT ?2",
        )?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![project, most], |row| {
            Ok(Package {
                project: row.get(0)?,
                name: row.get(1)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The versions of a package but the one that stands for it.
    pub(super) fn former_versions(&self, project: &str) -> Result<Vec<String>, ExportError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT DISTINCT version FROM documents WHERE project = ?1 AND NOT is_package \
             AND version <> (SELECT version FROM documents WHERE project = ?1 AND is_package) \
             ORDER BY version_order",
        )?;
        let rows = statement.query_map([project], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Which place a release has: `Some(true)` for the one that stands for its package, `None` if
    /// there is none of this name and version.
    pub(super) fn find_release(
        &self,
        name: &str,
        version: &str,
    ) -> Result<Option<bool>, ExportError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT is_package FROM documents WHERE project = ? AND version = ? \
             ORDER BY is_package DESC LIMIT 1",
        )?;
        let key = PackageName::read(name).key();
        let found = statement.query_row([&*key.project(), version], |row| row.get(0));
        Ok(found.optional()?)
    }

    /// The moment that the export speaks of, in Unix seconds: the newest that a document tells of.
    pub(super) fn newest(&self) -> i64 {
        self.newest
    }

    /// The file, for tables of an export's own.
    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }
}

/// The text that packages are told apart by and put in order.
pub(super) fn project(name: &str, registry: &str) -> String {
    match PackageKey::of_document(name, registry) {
        Some(key) => key.project().into_owned(),
        None => name.to_owned(),
    }
}

pub(super) fn unreadable(line: &[u8], error: impl std::fmt::Display) -> ExportError {
    ExportError::Document {
        beginning: one_line(&String::from_utf8_lossy(line), SHOWN),
        why: error.to_string(),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing step fails the test")]
mod tests {
    use serde_json::json;

    use super::{Documents, Forgotten};

    fn documents(lines: &[serde_json::Value]) -> Documents {
        let mut documents = Documents::create(std::path::Path::new("")).unwrap();
        for line in lines {
            let line = line.to_string();
            documents
                .add(line.as_bytes(), &Forgotten::default())
                .unwrap();
        }
        documents.finish().unwrap()
    }

    fn document(name: &str, version: &str, is_latest: bool) -> serde_json::Value {
        json!({"id": format!("{name}-{version}"), "name": name, "version": version,
            "is_latest": is_latest, "b": 1, "a": 2.5})
    }

    #[test]
    fn documents_stand_in_order_whatever_order_they_come_in() {
        let documents = documents(&[
            document("b", "1.10", true),
            document("a.B", "2.0", false),
            document("b", "1.9", false),
            document("a-c", "1.0", true),
            document("a.B", "3.0", true),
        ]);
        let mut seen = Vec::new();
        documents
            .read_all(|row| {
                let value: serde_json::Value = serde_json::from_slice(row.line).unwrap();
                seen.push((value["id"].as_str().unwrap().to_owned(), row.is_package));
                let text = String::from_utf8(row.line.to_vec()).unwrap();
                assert!(text.starts_with(r#"{"a":2.5,"b":1,"id":"#), "{text}");
                Ok(())
            })
            .unwrap();
        let seen: Vec<_> = seen.iter().map(|(id, is)| (id.as_str(), *is)).collect();
        let expected = [
            ("a.B-2.0", false),
            ("a.B-3.0", true),
            ("a-c-1.0", true),
            ("b-1.9", false),
            ("b-1.10", true),
        ];
        assert_eq!(seen, expected);
        assert_eq!((documents.count, documents.packages), (5, 3));
        assert_eq!(documents.find_release("A_b", "2.0").unwrap(), Some(false));
        assert_eq!(documents.find_release("a.b", "3.0").unwrap(), Some(true));
        assert_eq!(documents.find_release("a.b", "4.0").unwrap(), None);
    }

    #[test]
    fn one_document_stands_for_a_package_while_none_or_two_are_the_latest() {
        for claims in [[false, false], [true, true]] {
            let documents = documents(&[
                document("a", "1.9", claims[0]),
                document("a", "1.10", claims[1]),
            ]);
            let mut shown = Vec::new();
            documents
                .read_packages(|row| {
                    shown.push(String::from_utf8_lossy(row.line).contains("1.10"));
                    Ok(())
                })
                .unwrap();
            assert_eq!(shown, [true], "{claims:?}");
        }
    }
}
