//! Writes tables as files: one for each, named after it, in the order of its key.
//!
//! A file appears under its name when it is complete.

use std::path::{Path, PathBuf};

use futures::TryStreamExt;
use serde::ser::{Serialize, SerializeMap, Serializer};
use tokio::io::AsyncWriteExt;

use super::error::DatabaseError;
use super::handle::Database;
use super::row::Row;
use super::tables::Table;
use super::value::Value;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// An object a line.
    JsonLines,
    /// With a line of names; JSON is text.
    Csv,
}

impl ExportFormat {
    fn extension(self) -> &'static str {
        match self {
            Self::JsonLines => "jsonl",
            Self::Csv => "csv",
        }
    }
}

/// A table that was written.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ExportedTable {
    pub table: String,
    pub file: PathBuf,
    pub rows: u64,
}

/// Writes all tables into `folder`, which is created if it is missing. `tell` is called with each table
/// when it is complete.
pub async fn export_tables(
    database: &Database,
    folder: &Path,
    format: ExportFormat,
    tell: impl Fn(&ExportedTable),
) -> Result<Vec<ExportedTable>, DatabaseError> {
    fs_err::tokio::create_dir_all(folder).await?;
    let mut exported = Vec::new();
    for table in Table::all()? {
        let done = export_table(database, &table, folder, format).await?;
        tell(&done);
        exported.push(done);
    }
    Ok(exported)
}

async fn export_table(
    database: &Database,
    table: &Table,
    folder: &Path,
    format: ExportFormat,
) -> Result<ExportedTable, DatabaseError> {
    let path = folder.join(format!("{}.{}", table.name, format.extension()));
    let unfinished = path.with_extension("unfinished");
    let mut file = fs_err::tokio::File::create(&unfinished).await?;
    let mut rows = 0;
    if format == ExportFormat::Csv {
        let names = table.columns.iter().map(|column| column.name.as_str());
        file.write_all(&csv_lines([names])?).await?;
    }
    let mut pages = std::pin::pin!(database.read_table(table));
    while let Some(page) = pages.try_next().await? {
        let lines = match format {
            ExportFormat::JsonLines => json_lines(&page)?,
            ExportFormat::Csv => csv_lines(page.iter().map(|row| row.values().iter().map(plain)))?,
        };
        file.write_all(&lines).await?;
        rows += page.len() as u64;
    }
    file.sync_all().await?;
    drop(file);
    fs_err::tokio::rename(&unfinished, &path).await?;
    Ok(ExportedTable {
        table: table.name.clone(),
        file: path,
        rows,
    })
}

/// A row as an object, in the order of its columns.
struct Object<'a>(&'a Row);

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = self.0;
        let mut map = serializer.serialize_map(Some(row.columns().len()))?;
        for (name, value) in row.columns().iter().zip(row.values()) {
            match value {
                Value::Null => map.serialize_entry(name, &())?,
                Value::Boolean(value) => map.serialize_entry(name, value)?,
                Value::Integer(value) => map.serialize_entry(name, value)?,
                Value::Real(value) => map.serialize_entry(name, value)?,
                Value::Text(value) => map.serialize_entry(name, value)?,
                Value::Json(value) => map.serialize_entry(name, value)?,
                Value::Time(value) => map.serialize_entry(name, value)?,
            }
        }
        map.end()
    }
}

fn json_lines(rows: &[Row]) -> Result<Vec<u8>, DatabaseError> {
    let mut lines = Vec::new();
    for row in rows {
        serde_json::to_writer(&mut lines, &Object(row)).map_err(std::io::Error::from)?;
        lines.push(b'\n');
    }
    Ok(lines)
}

fn csv_lines<R>(rows: impl IntoIterator<Item = R>) -> Result<Vec<u8>, DatabaseError>
where
    R: IntoIterator,
    R::Item: AsRef<[u8]>,
{
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).map_err(std::io::Error::from)?;
    }
    writer
        .into_inner()
        .map_err(|error| DatabaseError::File(error.into_error()))
}

/// A value in a cell.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Boolean(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Real(value) => value.to_string(),
        Value::Text(value) => value.clone(),
        Value::Json(value) => value.to_string(),
        Value::Time(value) => value.to_string(),
    }
}
