//! The database as a `SQLite` file.
//!
//! One thread writes and one reads, as in the ledger, so that no worker of the runtime waits for the
//! disk; a handle with limits has more that read ([`Readers`]). Several processes may use the file; it has to be on a local disk.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{ErrorCode, TransactionBehavior};
use tokio_rusqlite::{Connection, Error};

use super::error::DatabaseError;
use super::readers::Readers;
use super::row::Row;
use super::settings::SqliteSettings;
use super::statement::{Statement, Transaction};
use super::value::{Value, ValueKind, parse_time};

/// What a writer keeps of a file in memory, at most.
const CACHE_KIB: i64 = 32 << 10;

/// Between two attempts at a lock for which `SQLite` itself does not wait.
const RETRY_INTERVAL: Duration = Duration::from_millis(20);

#[derive(Debug, Clone)]
pub(super) struct Sqlite {
    path: Arc<Path>,
    writer: Connection,
    readers: Readers,
}

impl Sqlite {
    /// Opens the file; creates it, and its folder, if they are missing.
    pub(super) async fn open(settings: &SqliteSettings) -> Result<Self, DatabaseError> {
        let path = settings.path.as_path();
        if let Some(folder) = path.parent() {
            let created = fs_err::tokio::create_dir_all(folder).await;
            created.map_err(|error| DatabaseError::Broken {
                place: path.display().to_string(),
                why: error.to_string(),
            })?;
        }
        let fault = |error: rusqlite::Error| translate(path, &error);
        let (patience, is_durable) = (settings.busy_timeout, settings.is_durable);
        let writer = Connection::open(path).await.map_err(fault)?;
        let prepared = writer.call(move |connection| {
            connection.busy_timeout(patience)?;
            enter_wal(connection, patience)?;
            // What a job believes to be stored has to outlive a power failure.
            let synchronous = if is_durable { "FULL" } else { "NORMAL" };
            connection.pragma_update(None, "synchronous", synchronous)?;
            // Each sync of a member replaces tokens, and what they replace is to go too: it is overwritten
            // where its page is written anyway. That costs deletions 3 %, and nothing else anything that
            // can be measured (60,000 rows of 1.5 kB, a hundred in a transaction).
            connection.pragma_update(None, "secure_delete", "FAST")?;
            // Indexes of large tables are written all over.
            connection.pragma_update(None, "cache_size", -CACHE_KIB)
        });
        prepared.await.map_err(|error| closed(path, error))?;
        let readers = Readers::open(path, settings).await;
        let readers = readers.map_err(|error| closed(path, error))?;
        Ok(Self {
            path: path.into(),
            writer,
            readers,
        })
    }

    pub(super) fn place(&self) -> String {
        self.path.display().to_string()
    }

    pub(super) async fn query(&self, statement: Statement) -> Result<Vec<Row>, DatabaseError> {
        let call = self
            .readers
            .call(move |connection| fetch_rows(connection, &statement));
        call.await.map_err(|error| closed(&self.path, error))
    }

    pub(super) async fn write_returning(
        &self,
        statement: Statement,
    ) -> Result<Vec<Row>, DatabaseError> {
        let call = self.writer.call(move |connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let rows = fetch_rows(&transaction, &statement)?;
            transaction.commit()?;
            Ok(rows)
        });
        call.await.map_err(|error| closed(&self.path, error))
    }

    pub(super) async fn commit(
        &self,
        work: Transaction,
    ) -> Result<Option<Vec<u64>>, DatabaseError> {
        let call = self.writer.call(move |connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            if let Some(guard) = &work.guard
                && execute(&transaction, guard)? == 0
            {
                return Ok(None);
            }
            let counts = work
                .statements
                .iter()
                .map(|statement| execute(&transaction, statement))
                .collect::<rusqlite::Result<Vec<u64>>>()?;
            transaction.commit()?;
            Ok(Some(counts))
        });
        call.await.map_err(|error| closed(&self.path, error))
    }

    /// The same, and leaves nothing of what was removed in the file or its log, unless somebody reads
    /// there now.
    pub(super) async fn commit_and_erase(&self, work: Transaction) -> Result<(), DatabaseError> {
        let call = self.writer.call(move |connection| {
            connection.pragma_update(None, "secure_delete", "ON")?;
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            for statement in &work.statements {
                execute(&transaction, statement)?;
            }
            transaction.commit()?;
            connection.pragma_update(None, "secure_delete", "FAST")?;
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        });
        call.await.map_err(|error| closed(&self.path, error))
    }

    /// Runs the scripts that follow from what `read` has found, while nobody else can write; what it
    /// has found.
    pub(super) async fn migrate(
        &self,
        prepare: &'static str,
        read: &'static str,
        scripts: impl FnOnce(i64) -> Vec<String> + Send + 'static,
    ) -> Result<i64, DatabaseError> {
        let call = self.writer.call(move |connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            transaction.execute_batch(prepare)?;
            let found = transaction.query_row(read, [], |row| row.get(0))?;
            for script in scripts(found) {
                transaction.execute_batch(&script)?;
            }
            transaction.commit()?;
            Ok(found)
        });
        call.await.map_err(|error| closed(&self.path, error))
    }

    pub(super) async fn close(&self) {
        // Every write was committed before its caller went on, so an error here loses nothing.
        for connection in self.readers.connections().iter().chain([&self.writer]) {
            if let Err(error) = connection.clone().close().await {
                tracing::debug!(%error, "the database was not closed cleanly");
            }
        }
    }
}

/// With a write-ahead log, readers and the writer do not block each other. `SQLite` does not wait for
/// a process that is changing the mode too.
fn enter_wal(connection: &rusqlite::Connection, patience: Duration) -> rusqlite::Result<()> {
    let end = Instant::now() + patience;
    loop {
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(error) if is_locked(&error) && Instant::now() < end => {
                std::thread::sleep(RETRY_INTERVAL);
            }
            result => return result,
        }
    }
}

/// `$1` is a name to `SQLite`, and `?1` a place. Other dollars, as in paths of JSON, stay.
fn own_text(text: &str) -> String {
    let mut own = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        let is_place = character == '$' && rest.peek().is_some_and(char::is_ascii_digit);
        own.push(if is_place { '?' } else { character });
    }
    own
}

fn execute(connection: &rusqlite::Connection, statement: &Statement) -> rusqlite::Result<u64> {
    let mut prepared = connection.prepare_cached(&own_text(&statement.text))?;
    let mut changed = 0;
    for values in &statement.rows {
        changed += prepared.execute(rusqlite::params_from_iter(values))? as u64;
    }
    Ok(changed)
}

fn fetch_rows(
    connection: &rusqlite::Connection,
    statement: &Statement,
) -> rusqlite::Result<Vec<Row>> {
    let mut prepared = connection.prepare_cached(&own_text(&statement.text))?;
    let (columns, kinds): (Vec<String>, Vec<Option<ValueKind>>) = prepared
        .columns()
        .iter()
        .map(|column| {
            let kind = column.decl_type().and_then(declared_kind);
            (column.name().to_owned(), kind)
        })
        .unzip();
    let columns: Arc<[String]> = columns.into();
    let mut rows = prepared.query(rusqlite::params_from_iter(statement.values()))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let values = kinds
            .iter()
            .enumerate()
            .map(|(place, kind)| Ok(read(row.get_ref(place)?, *kind)))
            .collect::<rusqlite::Result<Vec<Value>>>()?;
        found.push(Row {
            columns: Arc::clone(&columns),
            values,
        });
    }
    Ok(found)
}

/// What a column was declared to hold, by the names that migrations fill in.
pub(super) fn declared_kind(declared: &str) -> Option<ValueKind> {
    match declared {
        "BIGINT" | "INTEGER" => Some(ValueKind::Integer),
        "BOOLEAN" => Some(ValueKind::Boolean),
        "REAL" => Some(ValueKind::Real),
        "TEXT" => Some(ValueKind::Text),
        "JSON_TEXT" => Some(ValueKind::Json),
        "TIME_TEXT" => Some(ValueKind::Time),
        _ => None,
    }
}

/// A value as its column was declared; as it is kept, where it is no such thing.
fn read(value: ValueRef<'_>, kind: Option<ValueKind>) -> Value {
    match (value, kind) {
        (ValueRef::Null, _) => Value::Null,
        (ValueRef::Integer(value), Some(ValueKind::Boolean)) => Value::Boolean(value != 0),
        (ValueRef::Integer(value), Some(ValueKind::Real)) => Value::Real(value as f64),
        (ValueRef::Integer(value), _) => Value::Integer(value),
        (ValueRef::Real(value), _) => Value::Real(value),
        (ValueRef::Text(bytes) | ValueRef::Blob(bytes), kind) => {
            let text = String::from_utf8_lossy(bytes);
            let read = match kind {
                Some(ValueKind::Json) => serde_json::from_str(&text).ok().map(Value::Json),
                Some(ValueKind::Time) => parse_time(&text).map(Value::Time),
                _ => None,
            };
            read.unwrap_or_else(|| Value::Text(text.into_owned()))
        }
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Self::Boolean(value) => ToSqlOutput::from(*value),
            Self::Integer(value) => ToSqlOutput::from(*value),
            Self::Real(value) => ToSqlOutput::from(*value),
            Self::Text(value) => ToSqlOutput::from(value.as_str()),
            Self::Json(value) => ToSqlOutput::from(value.to_string()),
            Self::Time(value) => ToSqlOutput::from(Self::time_text(*value)),
        })
    }
}

fn closed(path: &Path, error: Error) -> DatabaseError {
    match error {
        Error::Error(cause) | Error::Close((_, cause)) => translate(path, &cause),
        _ => DatabaseError::Broken {
            place: path.display().to_string(),
            why: "it was closed while in use (a bug in pyfa); please report it".to_owned(),
        },
    }
}

fn is_locked(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

pub(super) fn translate(path: &Path, error: &rusqlite::Error) -> DatabaseError {
    let place = path.display().to_string();
    let why = error.to_string();
    match error.sqlite_error_code() {
        _ if is_locked(error) => DatabaseError::Locked { place, why },
        Some(ErrorCode::DiskFull) => DatabaseError::Full { place },
        Some(ErrorCode::SystemIoFailure) => DatabaseError::Disk { place, why },
        Some(ErrorCode::OperationInterrupted) => DatabaseError::TooSlow { place },
        Some(ErrorCode::ConstraintViolation) => DatabaseError::Conflict { place, why },
        _ => DatabaseError::Broken { place, why },
    }
}

#[cfg(test)]
mod tests {
    use super::own_text;

    #[test]
    fn only_places_are_rewritten() {
        assert_eq!(
            own_text("SELECT raw ->> '$.login' WHERE id = $1 AND x = $12"),
            "SELECT raw ->> '$.login' WHERE id = ?1 AND x = ?12"
        );
    }
}
