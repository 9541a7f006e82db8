//! Who is at work: each worker says so every few seconds.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::error::JobError;
use crate::database::{Database, Statement, from_milliseconds, milliseconds};

/// A worker that was silent for longer than this is gone.
const SILENCE: Duration = Duration::from_secs(40);

/// A worker that was silent for longer than this is forgotten.
const FORGOTTEN: Duration = Duration::from_hours(24);

/// A worker, as it was last heard of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WorkerStatus {
    pub id: String,
    pub host: String,
    pub process: i64,
    pub started_at: Timestamp,
    pub seen_at: Timestamp,
    /// Whether it was heard of lately.
    pub is_alive: bool,
}

/// All workers that were heard of within a day, the last first.
pub async fn fetch_workers(database: &Database) -> Result<Vec<WorkerStatus>, JobError> {
    let text = database.dialect().with_clock(
        "SELECT id, host, process, started_at, seen_at,
             CASE WHEN seen_at > {now} - $1 THEN 1 ELSE 0 END AS is_alive
         FROM workers ORDER BY seen_at DESC, id LIMIT 1000",
    );
    let rows = database
        .query(Statement::new(text, vec![milliseconds(SILENCE).into()]))
        .await?;
    let mut workers = Vec::with_capacity(rows.len());
    for row in rows {
        workers.push(WorkerStatus {
            id: row.text("id")?,
            host: row.text("host")?,
            process: row.integer("process")?,
            started_at: from_milliseconds(row.integer("started_at")?),
            seen_at: from_milliseconds(row.integer("seen_at")?),
            is_alive: row.integer("is_alive")? == 1,
        });
    }
    Ok(workers)
}

/// Shows that this worker is alive, and forgets those that have not been for a day.
pub(super) async fn show_alive(database: &Database, id: &str, host: &str) -> Result<(), JobError> {
    let dialect = database.dialect();
    let text = dialect.with_clock(
        "INSERT INTO workers (id, host, process, started_at, seen_at)
         VALUES ($1, $2, $3, {now}, {now})
         ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at",
    );
    let process = i64::from(std::process::id());
    let values = vec![id.into(), host.into(), process.into()];
    database.write(Statement::new(text, values)).await?;
    let text = dialect.with_clock("DELETE FROM workers WHERE seen_at < {now} - $1");
    let values = vec![milliseconds(FORGOTTEN).into()];
    database.write(Statement::new(text, values)).await?;
    Ok(())
}

/// A worker that ends in order is not missed.
pub(super) async fn show_gone(database: &Database, id: &str) -> Result<(), JobError> {
    let text = "DELETE FROM workers WHERE id = $1";
    database
        .write(Statement::new(text, vec![id.into()]))
        .await?;
    Ok(())
}
