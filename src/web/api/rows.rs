//! Rows as JSON, as lines of JSON, and as cells. No I/O.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::format::Format;
use crate::database::Row;
use crate::model::spreadsheet_cell;
use crate::records::{Column, ColumnKind, json_value, text_value};

/// A row as others see it: these columns, in this order.
pub(super) struct RowView<'r> {
    pub(super) columns: &'r [&'static Column],
    pub(super) row: &'r Row,
}

impl Serialize for RowView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.columns.len()))?;
        for column in self.columns {
            let value = json_value(column.kind, self.row.value(column.name));
            map.serialize_entry(column.name, &value)?;
        }
        map.end()
    }
}

/// What stands above the rows.
pub(super) fn head(format: Format, columns: &[&'static Column]) -> Vec<u8> {
    match format {
        Format::Csv => csv_line(columns.iter().map(|column| column.name.to_owned())),
        Format::Json | Format::JsonLines => Vec::new(),
    }
}

/// Rows, one a line.
pub(super) fn lines(format: Format, columns: &[&'static Column], rows: &[Row]) -> Vec<u8> {
    let mut text = Vec::new();
    for row in rows {
        match format {
            Format::Csv => text.extend(csv_line(columns.iter().map(|column| cell(column, row)))),
            Format::Json | Format::JsonLines => {
                // Writing to memory does not fail.
                let _ = serde_json::to_writer(&mut text, &RowView { columns, row });
                text.push(b'\n');
            }
        }
    }
    text
}

/// A value in which no spreadsheet finds a formula.
fn cell(column: &Column, row: &Row) -> String {
    let text = text_value(column.kind, row.value(column.name));
    match column.kind {
        ColumnKind::Text | ColumnKind::Json => spreadsheet_cell(&text),
        _ => text,
    }
}

/// Cells as a line of CSV; they may hold anything.
pub(super) fn csv_line(cells: impl IntoIterator<Item = String>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let _ = writer.write_record(cells);
    writer.into_inner().unwrap_or_default()
}
