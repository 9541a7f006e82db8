//! The database of activity and jobs: a `SQLite` file in `PYFA_HOME`, or `PostgreSQL` for many hosts.
//!
//! Both speak one text of SQL with `$1`, `$2`, …; where they cannot, the caller asks for the
//! [`Dialect`]. A caller hands over statements as data, and gets rows or counts; a transaction is a
//! list of statements, so that no lock is held while a caller waits for anything else. Rows are the
//! same whichever database they come from.
//!
//! Knows tables only by its migrations; what rows mean is known to `activity` and `jobs`, which are
//! the callers. The ledger is another file with another life (`store::ledger`).

mod clock;
mod copy;
mod error;
mod export;
mod handle;
mod heartbeat;
mod lease;
mod migrations;
mod postgres;
mod readers;
mod row;
mod settings;
mod sqlite;
mod statement;
mod tables;
mod value;
mod work_lease;

pub use clock::{from_milliseconds, milliseconds, to_milliseconds};
pub use copy::{CopiedTable, CopyReport, copy_database};
pub use error::DatabaseError;
pub use export::{ExportFormat, ExportedTable, export_tables};
pub use handle::Database;
pub use heartbeat::{Heartbeat, HeartbeatPulse};
pub use lease::{Lease, LeaseState};
pub use migrations::SchemaState;
pub use row::Row;
pub use settings::{DatabaseSettings, PostgresSettings, ReadLimits, SettingError, SqliteSettings};
pub use statement::{
    Dialect, SMALLEST_INTEGER, Statement, TEXT_KEY, Transaction, columns_and_values,
    set_to_excluded,
};
pub use tables::{Table, TableColumn, TableSum};
pub use value::{Value, ValueKind};
pub use work_lease::{WorkEnded, WorkLease};
