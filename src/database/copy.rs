//! Copies all tables into another database, and proves that they are equal.
//!
//! The other database has to be empty, or to hold an earlier copy that has not ended, which is begun
//! again. One that is equal already is left alone, so that the command can be repeated.

use futures::TryStreamExt;
use jiff::Timestamp;

use super::error::DatabaseError;
use super::handle::Database;
use super::statement::{Dialect, Statement, Transaction, columns_and_values, quoted};
use super::tables::{Table, TableSum};

/// What was copied.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct CopyReport {
    pub from: String,
    pub to: String,
    /// Whether the databases were equal before.
    pub was_equal: bool,
    pub tables: Vec<CopiedTable>,
}

/// What a table holds on both sides.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct CopiedTable {
    pub table: String,
    #[serde(flatten)]
    pub sum: TableSum,
}

/// Copies everything in `from` to `to`; both have to be up to date. `tell` is called with each table
/// before it is copied.
///
/// # Errors
///
/// [`DatabaseError::NotEmpty`] if `to` has rows of its own, [`DatabaseError::Unequal`] if something
/// was written meanwhile.
pub async fn copy_database(
    from: &Database,
    to: &Database,
    tell: impl Fn(&str),
) -> Result<CopyReport, DatabaseError> {
    let tables = Table::all()?;
    let mut report = CopyReport {
        from: from.place(),
        to: to.place(),
        was_equal: false,
        tables: Vec::new(),
    };
    let is_interrupted = has_begun(to, &report.from).await?;
    if !is_interrupted && let Some((table, rows)) = find_first_rows(to, &tables).await? {
        if let Some(sums) = compare_sums(from, to, &tables).await? {
            report.was_equal = true;
            report.tables = sums;
            return Ok(report);
        }
        return Err(DatabaseError::NotEmpty {
            place: report.to,
            from: report.from,
            table,
            rows,
        });
    }
    begin(to, &report.from, &tables).await?;
    for table in &tables {
        tell(&table.name);
        let sum = copy_table(from, to, table).await?;
        report.tables.push(CopiedTable {
            table: table.name.clone(),
            sum,
        });
    }
    for (table, CopiedTable { sum: wanted, .. }) in tables.iter().zip(&report.tables) {
        let found = to.sum_table(table).await?;
        if found != *wanted {
            return Err(DatabaseError::Unequal {
                place: report.to,
                from: report.from,
                table: table.name.clone(),
                wanted: wanted.rows,
                found: found.rows,
            });
        }
    }
    let end = "DELETE FROM pyfa_copies WHERE source = $1";
    to.write(Statement::new(end, vec![report.from.as_str().into()]))
        .await?;
    Ok(report)
}

async fn has_begun(to: &Database, source: &str) -> Result<bool, DatabaseError> {
    let text = "SELECT source FROM pyfa_copies WHERE source = $1";
    let rows = to.query(Statement::new(text, vec![source.into()])).await?;
    Ok(!rows.is_empty())
}

/// The first table with rows, and how many.
async fn find_first_rows(
    to: &Database,
    tables: &[Table],
) -> Result<Option<(String, u64)>, DatabaseError> {
    for table in tables {
        let rows = to.count_rows(table).await?;
        if rows > 0 {
            return Ok(Some((table.name.clone(), rows)));
        }
    }
    Ok(None)
}

/// The sums of all tables, if they are the same on both sides.
async fn compare_sums(
    from: &Database,
    to: &Database,
    tables: &[Table],
) -> Result<Option<Vec<CopiedTable>>, DatabaseError> {
    let mut sums = Vec::new();
    for table in tables {
        if from.count_rows(table).await? != to.count_rows(table).await? {
            return Ok(None);
        }
    }
    for table in tables {
        let sum = from.sum_table(table).await?;
        if sum != to.sum_table(table).await? {
            return Ok(None);
        }
        sums.push(CopiedTable {
            table: table.name.clone(),
            sum,
        });
    }
    Ok(Some(sums))
}

/// Records that everything in `to` is a copy, and removes what an earlier one has left.
async fn begin(to: &Database, source: &str, tables: &[Table]) -> Result<(), DatabaseError> {
    let begun = "INSERT INTO pyfa_copies VALUES ($1, $2) ON CONFLICT DO NOTHING";
    let mut transaction = Transaction::new().and(Statement::new(
        begun,
        vec![source.into(), Timestamp::now().into()],
    ));
    for table in tables {
        let text = format!("DELETE FROM {}", quoted(&table.name));
        transaction = transaction.and(Statement::new(text, Vec::new()));
    }
    to.commit(transaction).await.map(drop)
}

async fn copy_table(
    from: &Database,
    to: &Database,
    table: &Table,
) -> Result<TableSum, DatabaseError> {
    let columns = table.columns.iter().map(|column| column.name.as_str());
    let insert = format!(
        "INSERT INTO {} {}",
        quoted(&table.name),
        columns_and_values(columns)
    );
    let mut sum = TableSum::default();
    let mut pages = std::pin::pin!(from.read_table(table));
    while let Some(rows) = pages.try_next().await? {
        let mut values = Vec::with_capacity(rows.len());
        for row in rows {
            sum.add(&row);
            values.push(row.into_values());
        }
        to.write(Statement::for_each(insert.clone(), values))
            .await?;
    }
    if table.is_numbered && to.dialect() == Dialect::Postgres {
        let key = table.key.concat();
        let text = format!(
            "SELECT setval(pg_get_serial_sequence('{0}', '{key}'),
                           GREATEST(MAX({key}), 1), MAX({key}) IS NOT NULL) AS number FROM {0}",
            table.name
        );
        to.write_returning(Statement::new(text, Vec::new())).await?;
    }
    Ok(sum)
}
