//! The handle of an open database, whichever kind it is.

use jiff::Timestamp;

use super::error::DatabaseError;
use super::postgres::Postgres;
use super::row::Row;
use super::settings::DatabaseSettings;
use super::sqlite::Sqlite;
use super::statement::{Dialect, Statement, Transaction};

/// An open database; clones share its connections.
#[derive(Debug, Clone)]
pub struct Database {
    pub(super) backend: Backend,
}

#[derive(Debug, Clone)]
pub(super) enum Backend {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl DatabaseSettings {
    /// Whether there is such a database: a `SQLite` file that is missing would be created. A server is
    /// not asked.
    #[must_use]
    pub fn exists(&self) -> bool {
        match self {
            Self::Sqlite(file) => file.path.is_file(),
            Self::Postgres(_) => true,
        }
    }
}

impl Database {
    /// Connects without looking at the tables; creates the file of a `SQLite` database.
    pub async fn connect(settings: &DatabaseSettings) -> Result<Self, DatabaseError> {
        let backend = match settings {
            DatabaseSettings::Sqlite(file) => Backend::Sqlite(Sqlite::open(file).await?),
            DatabaseSettings::Postgres(server) => {
                Backend::Postgres(Postgres::connect(server.as_ref().clone()).await?)
            }
        };
        Ok(Self { backend })
    }

    /// Connects to a database that exists: `None` if the `SQLite` file does not, and creates nothing.
    pub async fn connect_existing(
        settings: &DatabaseSettings,
    ) -> Result<Option<Self>, DatabaseError> {
        if !settings.exists() {
            return Ok(None);
        }
        Self::connect(settings).await.map(Some)
    }

    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match self.backend {
            Backend::Sqlite(_) => Dialect::Sqlite,
            Backend::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Where the database is, without its password.
    #[must_use]
    pub fn place(&self) -> String {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.place(),
            Backend::Postgres(postgres) => postgres.place(),
        }
    }

    /// Reads rows. All of them are kept in memory: ask for a bounded number.
    pub async fn query(&self, statement: Statement) -> Result<Vec<Row>, DatabaseError> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.query(statement).await,
            Backend::Postgres(postgres) => postgres.query(statement).await,
        }
    }

    /// Runs one statement that writes, and returns what it returns (`RETURNING`).
    pub async fn write_returning(&self, statement: Statement) -> Result<Vec<Row>, DatabaseError> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.write_returning(statement).await,
            Backend::Postgres(postgres) => postgres.write_returning(statement).await,
        }
    }

    /// Runs one statement that writes; the number of rows it changed.
    pub async fn write(&self, statement: Statement) -> Result<u64, DatabaseError> {
        let counts = self.commit(Transaction::new().and(statement)).await?;
        Ok(counts.unwrap_or_default().into_iter().sum())
    }

    /// Runs all statements, or none: the rows that each changed. `None` if the transaction's guard
    /// changed no row; then nothing else was run.
    pub async fn commit(
        &self,
        transaction: Transaction,
    ) -> Result<Option<Vec<u64>>, DatabaseError> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.commit(transaction).await,
            Backend::Postgres(postgres) => postgres.commit(transaction).await,
        }
    }

    /// Runs all statements, or none, and overwrites what they remove as far as the database allows: a
    /// `PostgreSQL` server does so when it vacuums the table.
    pub async fn commit_and_erase(&self, transaction: Transaction) -> Result<(), DatabaseError> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.commit_and_erase(transaction).await,
            Backend::Postgres(postgres) => postgres.commit(transaction).await.map(|_| ()),
        }
    }

    /// The time of the database: of the server, where several hosts share it.
    pub async fn fetch_now(&self) -> Result<Timestamp, DatabaseError> {
        match &self.backend {
            Backend::Sqlite(_) => Ok(Timestamp::now()),
            Backend::Postgres(postgres) => postgres.fetch_now().await,
        }
    }

    /// Closes the connections after all statements have run. Later calls fail.
    pub async fn close(&self) {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.close().await,
            Backend::Postgres(postgres) => postgres.close(),
        }
    }
}
