//! `pyfa database`: where the database is, what it holds, and how it is moved and exported.

use std::cmp::Ordering;
use std::path::Path;

use serde::Serialize;

use crate::cli::arguments::{DatabaseAction, FileFormat, Format};
use crate::cli::exit::{CommandResult, Exit, UsageError};
use crate::cli::output::{self, Printer, count_of};
use crate::config::Config;
use crate::database::{
    CopyReport, Database, DatabaseSettings, Dialect, ExportFormat, SchemaState, Table,
    copy_database, export_tables,
};

pub(super) async fn execute(
    action: DatabaseAction,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    match action {
        DatabaseAction::Status { format } => status(config, format).await,
        DatabaseAction::Migrate { to: None, format } => migrate(config, format, printer).await,
        DatabaseAction::Migrate {
            to: Some(to),
            format,
        } => copy(config, &to, format, printer).await,
        DatabaseAction::Export { format, output } => export(config, format, &output, printer).await,
    }
}

/// The answer of `pyfa database status`.
#[derive(Debug, Serialize)]
struct Status {
    database: String,
    kind: &'static str,
    schema: SchemaState,
    is_current: bool,
    tables: Vec<TableStatus>,
}

#[derive(Debug, Serialize)]
struct TableStatus {
    table: String,
    rows: u64,
}

async fn status(config: &Config, format: Format) -> CommandResult {
    let Some(database) = Database::connect_existing(&config.database).await? else {
        return Err(not_created(config).into());
    };
    let schema = database.fetch_schema_state().await?;
    let mut tables = Vec::new();
    // The tables of another format may be others.
    let is_current = schema.found == schema.known;
    if is_current {
        for table in Table::all()? {
            tables.push(TableStatus {
                rows: database.count_rows(&table).await?,
                table: table.name,
            });
        }
    }
    let status = Status {
        database: database.place(),
        kind: match database.dialect() {
            Dialect::Sqlite => "sqlite",
            Dialect::Postgres => "postgresql",
        },
        schema,
        is_current,
        tables,
    };
    database.close().await;
    match format {
        Format::Json => output::json(&status)?,
        Format::Text => show_status(&status),
    }
    Ok(Exit::Done)
}

fn show_status(status: &Status) {
    let SchemaState { found, known } = status.schema;
    output::line(&format!("{} ({})", status.database, status.kind));
    output::line(&match found.cmp(&known) {
        Ordering::Equal => format!("format {found}, up to date"),
        Ordering::Less => format!("format {found}; `pyfa database migrate` brings it to {known}"),
        Ordering::Greater => {
            format!("format {found}, of a newer version of pyfa (this one supports {known})")
        }
    });
    let rows: Vec<[String; 2]> = status
        .tables
        .iter()
        .map(|table| [table.table.clone(), table.rows.to_string()])
        .collect();
    if !rows.is_empty() {
        output::table(["TABLE", "ROWS"], &rows);
    }
}

async fn migrate(config: &Config, format: Format, printer: Printer) -> CommandResult {
    let database = Database::connect(&config.database).await?;
    let schema = database.migrate().await?;
    let place = database.place();
    database.close().await;
    match format {
        Format::Json => output::json(&schema)?,
        Format::Text if schema.found == schema.known => {
            printer.result(&format!("{place} is up to date (format {})", schema.known));
        }
        Format::Text => printer.result(&format!(
            "{place} is now up to date (format {} before, {} now)",
            schema.found, schema.known
        )),
    }
    Ok(Exit::Done)
}

async fn copy(config: &Config, to: &str, format: Format, printer: Printer) -> CommandResult {
    let target = DatabaseSettings::parse(Some(to), config.database_password.clone(), &config.home)
        .map_err(|error| UsageError::new(format!("--to: {error}")))?;
    let Some(from) = Database::connect_existing(&config.database).await? else {
        return Err(not_created(config).into());
    };
    from.migrate().await?;
    let to = Database::open(&target).await?;
    if from.place() == to.place() {
        return Err(UsageError::new(format!(
            "--to names {}, which is PYFA_DATABASE itself",
            to.place()
        ))
        .into());
    }
    let report = copy_database(&from, &to, |table| {
        printer.note(&format!("copying {table}"));
    })
    .await?;
    from.close().await;
    to.close().await;
    match format {
        Format::Json => output::json(&report)?,
        Format::Text => show_copy(&report, printer),
    }
    Ok(Exit::Done)
}

fn show_copy(report: &CopyReport, printer: Printer) {
    let rows: Vec<[String; 2]> = report
        .tables
        .iter()
        .map(|table| [table.table.clone(), table.sum.rows.to_string()])
        .collect();
    output::table(["TABLE", "ROWS"], &rows);
    let (from, to) = (&report.from, &report.to);
    printer.result(&if report.was_equal {
        format!("{to} was equal to {from} already")
    } else {
        format!("copied {from} to {to}; number and content of all rows are equal")
    });
    printer.note("set PYFA_DATABASE to the new address, and keep the old database until you have");
}

async fn export(
    config: &Config,
    format: FileFormat,
    folder: &Path,
    printer: Printer,
) -> CommandResult {
    let Some(database) = Database::connect_existing(&config.database).await? else {
        return Err(not_created(config).into());
    };
    database.migrate().await?;
    let format = match format {
        FileFormat::Jsonl => ExportFormat::JsonLines,
        FileFormat::Csv => ExportFormat::Csv,
    };
    export_tables(&database, folder, format, |table| {
        let rows = count_of(table.rows, "row");
        printer.result(&format!("{}: {rows}", table.file.display()));
    })
    .await?;
    database.close().await;
    Ok(Exit::Done)
}

fn not_created(config: &Config) -> UsageError {
    let place = match &config.database {
        DatabaseSettings::Sqlite(file) => file.path.display().to_string(),
        DatabaseSettings::Postgres(_) => String::new(),
    };
    UsageError::new(format!(
        "there is no database {place} yet; `pyfa database migrate` creates it, and so does \
         `pyfa activity sync`"
    ))
}
