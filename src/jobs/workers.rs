//! Which workers are alive: each of them reports every few seconds.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::abilities::Abilities;
use super::error::JobError;
use crate::database::{Database, Statement, from_milliseconds, milliseconds};

/// A worker that was silent for longer than this is gone.
const SILENCE: Duration = Duration::from_secs(40);

/// A worker that was silent for longer than this is forgotten.
const FORGOTTEN: Duration = Duration::from_hours(24);

/// A worker, as it last reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WorkerStatus {
    pub id: String,
    pub host: String,
    pub process: i64,
    pub started_at: Timestamp,
    pub seen_at: Timestamp,
    /// Whether it has reported recently.
    pub is_alive: bool,
    /// `None` if it does not say, as those of earlier versions.
    pub abilities: Option<Abilities>,
}

impl WorkerStatus {
    /// Whether it takes such a job.
    #[must_use]
    pub fn can_run(&self, kind: &str, target: &str) -> bool {
        let abilities = self.abilities.as_ref();
        abilities.is_none_or(|abilities| abilities.include(kind, target))
    }
}

/// Why none of the workers that are alive takes such a job; `None` if one does, or if there is none.
#[must_use]
pub fn why_nobody_runs(workers: &[WorkerStatus], kind: &str, target: &str) -> Option<String> {
    let alive = || workers.iter().filter(|worker| worker.is_alive);
    if alive().next().is_none() || alive().any(|worker| worker.can_run(kind, target)) {
        return None;
    }
    let reasons: BTreeSet<&str> = alive()
        .filter_map(|worker| worker.abilities.as_ref()?.reason(kind, target))
        .collect();
    let reasons: Vec<&str> = reasons.into_iter().collect();
    Some(if reasons.is_empty() {
        "no worker that is alive knows this kind; update pyfa there".to_owned()
    } else {
        format!("no worker that is alive can run it: {}", reasons.join("; "))
    })
}

/// All workers that have reported within a day, the latest first.
pub async fn fetch_workers(database: &Database) -> Result<Vec<WorkerStatus>, JobError> {
    let text = database.dialect().with_clock(
        "SELECT id, host, process, started_at, seen_at, abilities,
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
            abilities: serde_json::from_value(row.json("abilities")?).unwrap_or_default(),
        });
    }
    Ok(workers)
}

/// Shows that this worker is alive, and forgets those that have not been for a day.
pub(super) async fn show_alive(
    database: &Database,
    id: &str,
    host: &str,
    abilities: &Abilities,
) -> Result<(), JobError> {
    let dialect = database.dialect();
    let text = dialect.with_clock(
        "INSERT INTO workers (id, host, process, started_at, seen_at, abilities)
         VALUES ($1, $2, $3, {now}, {now}, $4)
         ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, abilities = excluded.abilities",
    );
    let process = i64::from(std::process::id());
    let abilities = serde_json::to_value(abilities).unwrap_or_default();
    let values = vec![id.into(), host.into(), process.into(), abilities.into()];
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
