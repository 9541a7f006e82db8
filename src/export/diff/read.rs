//! Reads exports package by package, in whatever format.

use std::fmt::Display;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use serde_json::{Map, Value};
use xxhash_rust::xxh3::xxh3_64;

use super::error::DiffError;
use super::record::{Package, Record};
use crate::export::error::ExportError;
use crate::export::package::{digest, is_of_release};
use crate::export::sqlite;
use crate::model::{PackageName, VersionScheme};
use crate::transform::version_fields;

/// The longest line that is read.
const LONGEST_LINE: u64 = 64 << 20;

/// An export that is read.
pub(super) struct Reader {
    path: PathBuf,
    pub(super) format: &'static str,
    records: Records,
    /// The first record of the next package.
    next: Option<Record>,
    last: String,
}

/// Records in the order of an export.
type Records = Box<dyn Iterator<Item = Result<Record, DiffError>>>;

impl Reader {
    /// Opens an export; its content says what it is.
    pub(super) fn open(path: &Path) -> Result<Self, DiffError> {
        let failed = |cause| DiffError::Read {
            path: path.to_owned(),
            cause,
        };
        let mut head = Vec::new();
        let file = File::open(path).map_err(failed)?;
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(DiffError::Unknown(path.to_owned()));
        }
        file.take(32).read_to_end(&mut head).map_err(failed)?;
        let (format, records): (_, Records) = if head.starts_with(b"SQLite format 3\0") {
            ("sqlite", read_database(path)?)
        } else if head.starts_with(b"PAR1") {
            ("parquet", read_columns(path)?)
        } else if head.starts_with(b"name,version,") {
            ("csv", read_table(path)?)
        } else if head.is_empty() || head.starts_with(b"{") {
            ("jsonl", read_lines(path)?)
        } else {
            return Err(DiffError::Unknown(path.to_owned()));
        };
        Ok(Self {
            path: path.to_owned(),
            format,
            records,
            next: None,
            last: String::new(),
        })
    }

    /// Reads the next package; `None` at the end.
    pub(super) fn next_package(&mut self) -> Result<Option<Package>, DiffError> {
        let mut package: Option<Package> = None;
        loop {
            let record = match self.next.take() {
                Some(record) => Some(record),
                None => self.records.next().transpose()?,
            };
            let Some(record) = record else {
                break;
            };
            let key = PackageName::read(&record.name).key();
            let project = key.project();
            match &mut package {
                Some(package) if package.project == project => {
                    package.records.push(record);
                }
                Some(_) => {
                    self.next = Some(record);
                    break;
                }
                None => {
                    package = Some(Package {
                        project: project.into_owned(),
                        records: vec![record],
                    });
                }
            }
        }
        if let Some(package) = &mut package {
            let is_first = self.last.is_empty();
            if package.project <= self.last && !is_first {
                return Err(DiffError::Order {
                    path: self.path.clone(),
                    name: package.project.clone(),
                });
            }
            self.last.clone_from(&package.project);
            package.records.sort_by(|one, other| {
                (&one.order, &one.version).cmp(&(&other.order, &other.version))
            });
        }
        Ok(package)
    }
}

/// A name as it was before it was made safe for spreadsheets: those with a scope begin with a sign that
/// begins a formula, too.
fn name_in_cell(cell: &str) -> &str {
    cell.strip_prefix('\'')
        .filter(|name| name.starts_with('@'))
        .unwrap_or(cell)
}

/// The name that no package of another registry has.
fn full_name(name: &str, registry: &str) -> String {
    PackageName::full(name, registry).into_owned()
}

fn damaged(path: &Path, place: &str, why: &(impl Display + ?Sized)) -> DiffError {
    DiffError::Damaged {
        path: path.to_owned(),
        place: place.to_owned(),
        why: why.to_string(),
    }
}

/// A line that is not a document of an export.
#[derive(Debug, thiserror::Error)]
enum RecordError {
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error("there is no name or no version")]
    Unnamed,
    #[error(transparent)]
    Digest(#[from] ExportError),
}

/// Documents, one on each line.
fn read_lines(path: &Path) -> Result<Records, DiffError> {
    let owned = path.to_owned();
    let file = File::open(path).map_err(|cause| DiffError::Read {
        path: path.to_owned(),
        cause,
    })?;
    let mut reader = BufReader::new(file);
    let mut number = 0_u64;
    let mut line = Vec::new();
    Ok(Box::new(std::iter::from_fn(move || {
        number += 1;
        line.clear();
        let place = format!("line {number}");
        match reader
            .by_ref()
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut line)
        {
            Err(error) => Some(Err(damaged(&owned, &place, &error))),
            Ok(0) => None,
            Ok(_) => Some(read_record(&line).map_err(|why| damaged(&owned, &place, &why))),
        }
    })))
}

fn read_record(line: &[u8]) -> Result<Record, RecordError> {
    let document: Map<String, Value> = serde_json::from_slice(line)?;
    let text = |field: &str| document.get(field).and_then(Value::as_str);
    let (Some(name), Some(version)) = (text("name"), text("version")) else {
        return Err(RecordError::Unnamed);
    };
    let fields = document
        .iter()
        .filter(|(field, _)| is_of_release(field))
        .map(|(field, value)| (field.clone(), xxh3_64(value.to_string().as_bytes())));
    let scheme = VersionScheme::of_document(text("registry").unwrap_or_default());
    let order = text("version_order").filter(|order| !order.is_empty());
    Ok(Record {
        name: full_name(name, text("registry").unwrap_or_default()),
        version: version.to_owned(),
        order: order.map_or_else(|| version_fields(scheme, version).order, str::to_owned),
        is_latest: document.get("is_latest") == Some(&Value::Bool(true)),
        health: document.get("health_score").and_then(Value::as_i64),
        digest: Some(digest(line)?),
        fields: Some(fields.collect()),
    })
}

/// A table of packages.
fn read_table(path: &Path) -> Result<Records, DiffError> {
    let owned = path.to_owned();
    let mut reader =
        ::csv::Reader::from_path(path).map_err(|error| damaged(path, "its beginning", &error))?;
    let headers = reader.headers();
    let headers = headers.map_err(|error| damaged(path, "its beginning", &error))?;
    let place = |column| headers.iter().position(|name| name == column);
    let (health, registry) = (place("health_score"), place("registry"));
    Ok(Box::new(reader.into_records().map(move |row| {
        let row = row.map_err(|error| damaged(&owned, "a row", &error))?;
        let health = health.and_then(|at| row.get(at)?.parse().ok());
        Ok(Record {
            name: full_name(
                name_in_cell(row.get(0).unwrap_or_default()),
                registry.and_then(|at| row.get(at)).unwrap_or_default(),
            ),
            version: row.get(1).unwrap_or_default().to_owned(),
            is_latest: true,
            health,
            ..Record::default()
        })
    })))
}

/// A database, from which packages are read in pages.
fn read_database(path: &Path) -> Result<Records, DiffError> {
    const PAGE: i64 = 500;
    let failed = |path: &Path, error: rusqlite::Error| damaged(path, "a table", &error);
    let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .map_err(|error| failed(path, error))?;
    let application = database
        .query_row("PRAGMA application_id", [], |row| row.get::<_, i32>(0))
        .map_err(|error| failed(path, error))?;
    if application != sqlite::APPLICATION_ID {
        return Err(DiffError::Unknown(path.to_owned()));
    }
    let owned = path.to_owned();
    let mut last = 0_i64;
    let mut page: std::vec::IntoIter<Record> = Vec::new().into_iter();
    Ok(Box::new(std::iter::from_fn(move || {
        if let Some(record) = page.next() {
            return Some(Ok(record));
        }
        let rows = database
            .prepare_cached(
                "SELECT releases.id, packages.name, version, version_order, is_latest, \
                 health_score, content_digest, registry FROM releases \
                 JOIN packages ON packages.id = package_id \
                 WHERE releases.id > ? ORDER BY releases.id LIMIT ?",
            )
            .and_then(|mut statement| {
                let rows = statement.query_map([last, PAGE], |row| {
                    last = row.get(0)?;
                    Ok(Record {
                        name: full_name(&row.get::<_, String>(1)?, &row.get::<_, String>(7)?),
                        version: row.get(2)?,
                        order: row.get(3)?,
                        is_latest: row.get(4)?,
                        health: row.get(5)?,
                        digest: Some(row.get(6)?),
                        fields: None,
                    })
                })?;
                rows.collect::<Result<Vec<Record>, _>>()
            });
        match rows {
            Err(error) => Some(Err(failed(&owned, error))),
            Ok(rows) => {
                page = rows.into_iter();
                page.next().map(Ok)
            }
        }
    })))
}

#[cfg(feature = "parquet")]
fn read_columns(path: &Path) -> Result<Records, DiffError> {
    use crate::export::parquet;

    let owned = path.to_owned();
    let rows = parquet::read(path).map_err(|why| damaged(path, "its columns", &why))?;
    Ok(Box::new(rows.map(move |row| {
        let row = row.map_err(|why| damaged(&owned, "a row", &why))?;
        Ok(Record {
            name: full_name(&row.name, &row.registry),
            version: row.version,
            order: row.version_order,
            is_latest: row.is_latest,
            health: row.health,
            digest: Some(row.digest),
            fields: None,
        })
    })))
}

#[cfg(not(feature = "parquet"))]
fn read_columns(path: &Path) -> Result<Records, DiffError> {
    Err(DiffError::NoParquet(path.to_owned()))
}
