//! The database on a `PostgreSQL` server.
//!
//! A statement that broke with its connection is sent again only if it cannot have been run, or only
//! reads. Otherwise the caller sees [`DatabaseError::Away`] and decides.

mod connections;
mod fault;
mod values;

use std::sync::Arc;

use jiff::Timestamp;
use tokio_postgres::Error;

use super::error::DatabaseError;
use super::row::Row;
use super::settings::PostgresSettings;
use super::statement::{Statement, Transaction};
use connections::{Connection, Connections};
use values::{parameters, read_row};

#[derive(Debug, Clone)]
pub(super) struct Postgres {
    connections: Arc<Connections>,
}

impl Postgres {
    pub(super) async fn connect(settings: PostgresSettings) -> Result<Self, DatabaseError> {
        let connections = Arc::new(Connections::new(settings));
        connections.take().await?.give_back();
        Ok(Self { connections })
    }

    pub(super) fn place(&self) -> String {
        self.connections.place()
    }

    pub(super) async fn query(&self, statement: Statement) -> Result<Vec<Row>, DatabaseError> {
        loop {
            let mut connection = self.connections.take().await?;
            let is_new = connection.is_new;
            let rows = fetch_rows(&mut connection, &statement).await;
            match self.finish(connection, rows) {
                // It broke while it was idle, and reading twice does no harm.
                Err(DatabaseError::Away { .. }) if !is_new => {}
                result => return result,
            }
        }
    }

    pub(super) async fn write_returning(
        &self,
        statement: Statement,
    ) -> Result<Vec<Row>, DatabaseError> {
        let mut connection = self.connections.take().await?;
        let rows = fetch_rows(&mut connection, &statement).await;
        self.finish(connection, rows)
    }

    pub(super) async fn commit(
        &self,
        work: Transaction,
    ) -> Result<Option<Vec<u64>>, DatabaseError> {
        loop {
            let mut connection = self.connections.take().await?;
            let is_new = connection.is_new;
            match connection.client.batch_execute("BEGIN").await {
                Ok(()) => {
                    let counts = run_begun(&mut connection, &work).await;
                    return self.finish(connection, counts);
                }
                Err(error) => {
                    let error = self.connections.translate(&error);
                    // It broke while it was idle, and nothing was run.
                    if is_new || !error.is_temporary() {
                        return Err(error);
                    }
                }
            }
        }
    }

    /// As in `Sqlite::migrate`; only one client at a time does so.
    pub(super) async fn migrate(
        &self,
        lock: i64,
        prepare: &'static str,
        read: &'static str,
        scripts: impl FnOnce(i64) -> Vec<String> + Send,
    ) -> Result<i64, DatabaseError> {
        let mut connection = self.connections.take().await?;
        let migrated = async {
            let transaction = connection.client.transaction().await?;
            transaction
                .execute("SELECT pg_advisory_xact_lock($1)", &[&lock])
                .await?;
            transaction.batch_execute(prepare).await?;
            let found: i64 = transaction.query_one(read, &[]).await?.try_get(0)?;
            for script in scripts(found) {
                transaction.batch_execute(&script).await?;
            }
            transaction.commit().await?;
            Ok(found)
        };
        let found = migrated.await;
        self.finish(connection, found)
    }

    pub(super) async fn fetch_now(&self) -> Result<Timestamp, DatabaseError> {
        let rows = self
            .query(Statement::new(
                "SELECT CAST(FLOOR(EXTRACT(EPOCH FROM clock_timestamp()) * 1000) AS BIGINT) AS now",
                Vec::new(),
            ))
            .await?;
        let milliseconds = rows.first().map_or(Ok(0), |row| row.integer("now"))?;
        Ok(Timestamp::from_millisecond(milliseconds).unwrap_or_default())
    }

    pub(super) fn close(&self) {
        self.connections.close();
    }

    /// Keeps the connection for the next statement, unless its state is uncertain.
    fn finish<T>(
        &self,
        connection: Connection,
        result: Result<T, Error>,
    ) -> Result<T, DatabaseError> {
        match result {
            Ok(value) => {
                connection.give_back();
                Ok(value)
            }
            Err(error) => Err(self.connections.translate(&error)),
        }
    }
}

/// Runs a transaction that has begun to its end. If it fails, the connection must not be used again:
/// closing it takes everything back.
async fn run_begun(
    connection: &mut Connection,
    work: &Transaction,
) -> Result<Option<Vec<u64>>, Error> {
    if let Some(guard) = &work.guard
        && execute(connection, guard).await? == 0
    {
        connection.client.batch_execute("ROLLBACK").await?;
        return Ok(None);
    }
    let mut counts = Vec::with_capacity(work.statements.len());
    for statement in &work.statements {
        counts.push(execute(connection, statement).await?);
    }
    connection.client.batch_execute("COMMIT").await?;
    Ok(Some(counts))
}

async fn execute(connection: &mut Connection, statement: &Statement) -> Result<u64, Error> {
    let prepared = connection.prepare(&statement.text).await?;
    // The driver sends them one behind the other, without waiting for each answer.
    let values: Vec<_> = statement.rows.iter().map(|row| parameters(row)).collect();
    let client = &connection.client;
    let runs = values.iter().map(|row| client.execute(&prepared, row));
    let changed = futures::future::try_join_all(runs).await?;
    Ok(changed.into_iter().sum())
}

async fn fetch_rows(connection: &mut Connection, statement: &Statement) -> Result<Vec<Row>, Error> {
    let prepared = connection.prepare(&statement.text).await?;
    let columns: Arc<[String]> = prepared
        .columns()
        .iter()
        .map(|column| column.name().to_owned())
        .collect();
    let rows = connection
        .client
        .query(&prepared, &parameters(statement.values()))
        .await?;
    rows.iter().map(|row| read_row(row, &columns)).collect()
}
