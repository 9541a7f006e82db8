//! Which tables there are, and how whole tables are read: page by page, in the order of their keys.
//!
//! The descriptions come from the migrations, so that a new table is exported and copied without
//! anybody having to remember it.

use std::path::Path;

use futures::stream::{self, Stream};
use xxhash_rust::xxh3::xxh3_64;

use super::error::DatabaseError;
use super::handle::Database;
use super::migrations::all_for_sqlite;
use super::row::Row;
use super::sqlite::{declared_kind, translate};
use super::statement::{Statement, quoted};
use super::value::{Value, ValueKind};

/// Rows that are read at once.
const PAGE: usize = 250;

/// Our own records about the tables begin with this.
const PRIVATE_PREFIX: &str = "pyfa_";

/// A table with data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    pub name: String,
    pub columns: Vec<TableColumn>,
    /// The columns of its primary key.
    pub key: Vec<String>,
    /// Whether the database numbers its rows.
    pub(super) is_numbered: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableColumn {
    pub name: String,
    pub kind: ValueKind,
}

/// What a table holds, in two numbers: equal tables have equal ones, whatever the dialect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct TableSum {
    pub rows: u64,
    /// The sum of a digest of each row.
    pub digest: u64,
}

impl TableSum {
    pub(super) fn add(&mut self, row: &Row) {
        self.rows += 1;
        let text = format!("{:?}", row.values());
        self.digest = self.digest.wrapping_add(xxh3_64(text.as_bytes()));
    }
}

impl Table {
    /// All tables with data, in the order in which they were added.
    pub fn all() -> Result<Vec<Self>, DatabaseError> {
        describe().map_err(|error| translate(Path::new(":memory:"), &error))
    }

    /// The names of its columns for a statement.
    pub(super) fn column_list(&self) -> String {
        let names = self.columns.iter().map(|column| quoted(&column.name));
        names.collect::<Vec<_>>().join(", ")
    }

    /// The key of a row.
    fn key_of(&self, row: &Row) -> Vec<Value> {
        self.key
            .iter()
            .map(|name| row.value(name).clone())
            .collect()
    }

    /// Reads the rows after that with the key `after`.
    fn page(&self, after: Option<Vec<Value>>) -> Statement {
        let keys: Vec<String> = self.key.iter().map(|name| quoted(name)).collect();
        let keys = keys.join(", ");
        let condition = match &after {
            None => String::new(),
            Some(values) => {
                let places: Vec<String> = (1..=values.len()).map(|at| format!("${at}")).collect();
                format!(" WHERE ({keys}) > ({})", places.join(", "))
            }
        };
        let text = format!(
            "SELECT {} FROM {}{condition} ORDER BY {keys} LIMIT {PAGE}",
            self.column_list(),
            quoted(&self.name)
        );
        Statement::new(text, after.unwrap_or_default())
    }
}

impl Database {
    /// Reads a whole table, a page of rows at a time, in the order of its key.
    pub fn read_table<'a>(
        &'a self,
        table: &'a Table,
    ) -> impl Stream<Item = Result<Vec<Row>, DatabaseError>> + 'a {
        stream::try_unfold(
            Some(None),
            move |state: Option<Option<Vec<Value>>>| async move {
                let Some(after) = state else {
                    return Ok(None);
                };
                let rows = self.query(table.page(after)).await?;
                let next = match rows.last() {
                    Some(last) if rows.len() == PAGE => Some(Some(table.key_of(last))),
                    _ => None,
                };
                Ok((!rows.is_empty()).then_some((rows, next)))
            },
        )
    }

    /// How many rows a table has.
    pub async fn count_rows(&self, table: &Table) -> Result<u64, DatabaseError> {
        let text = format!(
            "SELECT CAST(COUNT(*) AS BIGINT) AS rows FROM {}",
            quoted(&table.name)
        );
        let rows = self.query(Statement::new(text, Vec::new())).await?;
        let count = rows.first().map_or(Ok(0), |row| row.integer("rows"))?;
        Ok(count.unsigned_abs())
    }

    /// Reads a whole table for its sum.
    pub async fn sum_table(&self, table: &Table) -> Result<TableSum, DatabaseError> {
        use futures::TryStreamExt;
        let pages = self.read_table(table);
        pages
            .try_fold(TableSum::default(), async |mut sum, rows| {
                for row in &rows {
                    sum.add(row);
                }
                Ok(sum)
            })
            .await
    }
}

fn describe() -> rusqlite::Result<Vec<Table>> {
    let connection = rusqlite::Connection::open_in_memory()?;
    for script in all_for_sqlite() {
        connection.execute_batch(&script)?;
    }
    let mut names = connection.prepare(
        "SELECT name FROM sqlite_master
         WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY rowid",
    )?;
    let names = names.query_map([], |row| row.get::<_, String>(0))?;
    let names = names.collect::<rusqlite::Result<Vec<_>>>()?;
    names
        .into_iter()
        .filter(|name| !name.starts_with(PRIVATE_PREFIX))
        .map(|name| describe_table(&connection, name))
        .collect()
}

fn describe_table(connection: &rusqlite::Connection, name: String) -> rusqlite::Result<Table> {
    let mut statement =
        connection.prepare("SELECT name, type, pk FROM pragma_table_info(?1) ORDER BY cid")?;
    let found = statement.query_map([&name], |row| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, i64>(2)?,
        ))
    })?;
    let mut columns = Vec::new();
    let mut keys = Vec::new();
    let mut is_numbered = false;
    for column in found {
        let (column, declared, place) = column?;
        if place > 0 {
            keys.push((place, column.clone()));
            is_numbered = declared == "INTEGER";
        }
        columns.push(TableColumn {
            name: column,
            kind: declared_kind(&declared).unwrap_or(ValueKind::Text),
        });
    }
    keys.sort();
    Ok(Table {
        name,
        columns,
        key: keys.into_iter().map(|(_, column)| column).collect(),
        is_numbered,
    })
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn every_table_has_a_key_and_the_first_design_its_columns() -> anyhow::Result<()> {
        let tables = Table::all()?;
        for table in &tables {
            assert!(!table.key.is_empty(), "{} has no primary key", table.name);
        }
        let columns = |name: &str| {
            let table = tables.iter().find(|table| table.name == name);
            table.map_or(0, |table| table.columns.len())
        };
        for (table, designed) in [
            ("members", 21),
            ("issues", 31),
            ("pull_requests", 35),
            ("events", 15),
            ("event_polls", 4),
            ("transfers", 20),
        ] {
            assert!(columns(table) > designed, "{table}");
        }
        assert_eq!(columns("pyfa_format") + columns("pyfa_copies"), 0);
        Ok(())
    }
}
