//! `parquet`: one row for each release, in columns with types, for data frames.
//!
//! Texts of READMEs are not in it; `jsonl` has them. Behind the feature `parquet`: few want it, and
//! its library is large.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use ::parquet::basic::Compression;
use ::parquet::data_type::{BoolType, ByteArray, ByteArrayType, Int64Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::KeyValue;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use ::parquet::record::RowAccessor;
use ::parquet::record::reader::RowIter;
use ::parquet::schema::parser::parse_message_type;

use super::ExportError;
use super::documents::{Documents, Row};
use super::error::at;
use super::package::{self, flag, number, text};
use super::request::Scope;
use crate::model::Document;

/// Rows that are in memory at a time, and in the file together.
const ROWS: usize = 2_000;
/// The member of the file's metadata that says that it is an export.
const MARK: &str = "pyfa.export";

/// What a column holds; every value but those of lists may be missing.
enum Cell {
    Text(Option<String>),
    Number(Option<i64>),
    /// Unix seconds.
    Moment(i64),
    Flag(Option<bool>),
    List(Vec<String>),
}

/// Name and type of each column, in the words of a Parquet schema.
const COLUMNS: [(&str, &str); 28] = [
    ("name", "binary"),
    ("normalized_name", "binary"),
    ("registry", "binary"),
    ("version", "binary"),
    ("version_order", "binary"),
    ("is_latest", "boolean"),
    ("uploaded", "moment"),
    ("yanked", "boolean"),
    ("summary", "binary"),
    ("author", "binary"),
    ("maintainers", "list"),
    ("license", "binary"),
    ("license_spdx", "binary"),
    ("status", "binary"),
    ("framework_versions", "list"),
    ("python_versions", "list"),
    ("classifiers", "list"),
    ("keywords", "list"),
    ("requires_python", "binary"),
    ("requires_dist", "list"),
    ("repository", "binary"),
    ("stars", "int64"),
    ("downloads_last_month", "int64"),
    ("health_score", "int64"),
    ("dependents", "int64"),
    ("vulnerable", "boolean"),
    ("archived", "boolean"),
    ("content_digest", "binary"),
];

fn schema() -> String {
    let columns = COLUMNS.map(|(name, kind)| match kind {
        "binary" => format!("optional binary {name} (STRING);"),
        "moment" => format!("optional int64 {name} (TIMESTAMP(MILLIS,true));"),
        "list" => format!(
            "required group {name} (LIST) {{ repeated group list {{ required binary element (STRING); }} }}"
        ),
        other => format!("optional {other} {name};"),
    });
    format!("message release {{ {} }}", columns.join(" "))
}

pub(super) fn write(
    documents: &Documents,
    scope: Scope,
    as_of: i64,
    path: &Path,
) -> Result<(), ExportError> {
    let failed = |error: ParquetError| at(path)(io::Error::other(error));
    let schema = Arc::new(parse_message_type(&schema()).map_err(failed)?);
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by("pyfa".to_owned())
        .set_key_value_metadata(Some(vec![
            KeyValue::new(MARK.to_owned(), "1".to_owned()),
            KeyValue::new("pyfa.as_of".to_owned(), package::moment(as_of)),
        ]))
        .build();
    let file = File::create(path).map_err(at(path))?;
    let mut writer =
        SerializedFileWriter::new(file, schema, Arc::new(properties)).map_err(failed)?;
    let mut rows: Vec<[Cell; COLUMNS.len()]> = Vec::with_capacity(ROWS);
    let mut each = |row: Row<'_>| {
        rows.push(cells(&row)?);
        if rows.len() == ROWS {
            write_rows(&mut writer, &rows).map_err(failed)?;
            rows.clear();
        }
        Ok(())
    };
    match scope {
        Scope::All => documents.read_all(&mut each)?,
        Scope::Latest => documents.read_packages(&mut each)?,
    }
    if !rows.is_empty() {
        write_rows(&mut writer, &rows).map_err(failed)?;
    }
    writer.close().map_err(failed)?;
    Ok(())
}

fn cells(row: &Row<'_>) -> Result<[Cell; COLUMNS.len()], ExportError> {
    let document: Document = package::read(row.line)?;
    let given = |text: &str| Cell::Text((!text.is_empty()).then(|| text.to_owned()));
    let always = |text: &str| Cell::Text(Some(text.to_owned()));
    let fact = |name| Cell::Number(number(&document, name));
    let list = |list: &[String]| Cell::List(list.to_vec());
    Ok([
        always(&document.name),
        always(row.project),
        given(&document.registry),
        always(&document.version),
        always(&document.version_order),
        Cell::Flag(Some(row.is_package)),
        Cell::Moment(document.upload_timestamp),
        Cell::Flag(Some(document.yanked)),
        given(&document.summary),
        given(&document.author),
        list(&document.maintainers),
        given(&document.license),
        given(&document.license_spdx),
        Cell::Text(document.status.clone()),
        list(&document.framework_versions),
        list(&document.python_versions),
        list(&document.classifiers),
        list(&document.keywords),
        given(&document.requires_python),
        list(&document.requires_dist),
        given(text(&document, "github_url")),
        fact("github_stars"),
        fact("download_last_month"),
        fact("health_score"),
        fact("dependents"),
        Cell::Flag(flag(&document, "has_vulnerabilities")),
        Cell::Flag(flag(&document, "github_archived")),
        always(&package::digest(row.line)?),
    ])
}

fn write_rows(
    writer: &mut SerializedFileWriter<File>,
    rows: &[[Cell; COLUMNS.len()]],
) -> Result<(), ParquetError> {
    let mut group = writer.next_row_group()?;
    for at in 0..COLUMNS.len() {
        let Some(mut column) = group.next_column()? else {
            break;
        };
        write_column(&mut column, rows.iter().filter_map(|row| row.get(at)))?;
        column.close()?;
    }
    group.close()?;
    Ok(())
}

/// Writes the values of one column. A level of 1 says that there is a value; in lists, the second
/// level is 0 where a new list begins.
fn write_column<'c>(
    column: &mut SerializedColumnWriter<'_>,
    cells: impl Iterator<Item = &'c Cell>,
) -> Result<(), ParquetError> {
    let (mut levels, mut begins) = (Vec::new(), Vec::new());
    let (mut texts, mut numbers, mut flags) = (Vec::new(), Vec::new(), Vec::new());
    let mut is_list = false;
    let mut kind = None;
    for cell in cells {
        kind.get_or_insert(cell);
        let present = match cell {
            Cell::Text(text) => {
                texts.extend(text.as_deref().map(bytes));
                text.is_some()
            }
            Cell::Number(number) => {
                numbers.extend(*number);
                number.is_some()
            }
            Cell::Moment(seconds) => {
                let moment = seconds.checked_mul(1_000).filter(|moment| *moment > 0);
                numbers.extend(moment);
                moment.is_some()
            }
            Cell::Flag(flag) => {
                flags.extend(*flag);
                flag.is_some()
            }
            Cell::List(list) => {
                is_list = true;
                texts.extend(list.iter().map(|text| bytes(text)));
                begins.push(0);
                for _ in 1..list.len() {
                    levels.push(1);
                    begins.push(1);
                }
                !list.is_empty()
            }
        };
        levels.push(i16::from(present));
    }
    let begins = is_list.then_some(begins.as_slice());
    match kind {
        Some(Cell::Text(_) | Cell::List(_)) => {
            let typed = column.typed::<ByteArrayType>();
            typed.write_batch(&texts, Some(&levels), begins)?;
        }
        Some(Cell::Number(_) | Cell::Moment(_)) => {
            let typed = column.typed::<Int64Type>();
            typed.write_batch(&numbers, Some(&levels), None)?;
        }
        Some(Cell::Flag(_)) => {
            let typed = column.typed::<BoolType>();
            typed.write_batch(&flags, Some(&levels), None)?;
        }
        None => {}
    }
    Ok(())
}

fn bytes(text: &str) -> ByteArray {
    text.as_bytes().to_vec().into()
}

/// Whether a file is Parquet that an export has made, or is empty.
pub(super) fn is_ours(path: &Path) -> io::Result<bool> {
    if !path.is_file() {
        return Ok(false);
    }
    let file = File::open(path)?;
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    let Ok(reader) = SerializedFileReader::new(file) else {
        return Ok(false);
    };
    let metadata = reader.metadata().file_metadata().key_value_metadata();
    Ok(metadata.is_some_and(|all| all.iter().any(|one| one.key == MARK)))
}

/// What a comparison reads of a row.
pub(super) struct ComparedRow {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) version_order: String,
    pub(super) is_latest: bool,
    pub(super) health: Option<i64>,
    pub(super) digest: String,
    pub(super) registry: String,
}

/// Reads the rows of an export.
pub(super) fn read(
    path: &Path,
) -> Result<impl Iterator<Item = Result<ComparedRow, ParquetError>> + use<>, ParquetError> {
    const COMPARED: &str = "message release { optional binary name (STRING); optional binary \
        version (STRING); optional binary version_order (STRING); optional boolean is_latest; \
        optional int64 health_score; optional binary content_digest (STRING); \
        optional binary registry (STRING); }";
    let reader = SerializedFileReader::new(File::open(path)?)?;
    let rows = RowIter::from_file_into(Box::new(reader));
    let rows = rows.project(Some(parse_message_type(COMPARED)?))?;
    Ok(rows.map(|row| {
        let row = row?;
        Ok(ComparedRow {
            name: row.get_string(0)?.clone(),
            version: row.get_string(1)?.clone(),
            version_order: row.get_string(2)?.clone(),
            is_latest: row.get_bool(3)?,
            // A missing one is not a number.
            health: row.get_long(4).ok(),
            digest: row.get_string(5)?.clone(),
            registry: row.get_string(6).cloned().unwrap_or_default(),
        })
    }))
}
