//! The rows in which all processes with one token count: the statements that reserve points, give them
//! back and write answers down.
//!
//! Each statement decides by what is in the row, so that two processes cannot both take the last
//! point. Knows nothing of requests. Called by [`quota`](super::quota).

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::settlement::Settlement;
use crate::database::{Database, DatabaseError, Row, Statement, Transaction, Value, milliseconds};
use crate::forge::github::{QuotaWish, Resource};

/// The row of what concerns all resources.
pub(super) const ALL: &str = "*";
/// How long the request may take that finds out about a new window.
const PROBE: Duration = Duration::from_mins(1);

/// GitHub's servers may name the end of one window differently by a second or two.
const TOLERANCE: i64 = 5;

const READ: &str = "SELECT resource, window_reset, quota_limit, remaining, reserved,
        reset_at - {now} AS lasts, probe_until - {now} AS probes, paused_until - {now} AS pauses
    FROM pyfa_quotas WHERE token = $1 AND resource IN ($2, $3)";

/// Only if the row is as it was read, or better, and no pause was asked for.
const RESERVE: &str = "UPDATE pyfa_quotas SET reserved = reserved + $4, updated_at = {now}
    WHERE token = $1 AND resource = $2 AND window_reset = $3 AND reset_at > {now}
        AND quota_limit = $5 AND remaining - reserved >= $6
        AND NOT EXISTS (SELECT 1 FROM pyfa_quotas AS paused WHERE paused.token = $1
            AND paused.resource IN ($2, $7) AND paused.paused_until > {now})
    RETURNING window_reset";

const PROBE_WINDOW: &str = "INSERT INTO pyfa_quotas (token, resource, window_reset, reset_at,
        quota_limit, remaining, reserved, probe_until, paused_until, updated_at)
    VALUES ($1, $2, 0, 0, 0, 0, 0, {now} + $3, 0, {now})
    ON CONFLICT (token, resource) DO UPDATE SET
        probe_until = excluded.probe_until, updated_at = excluded.updated_at
    WHERE pyfa_quotas.reset_at <= {now} AND pyfa_quotas.probe_until <= {now}
    RETURNING window_reset";

const END_PROBE: &str = "UPDATE pyfa_quotas SET probe_until = 0 WHERE token = $1 AND resource = $2";

const GIVE_BACK: &str = "UPDATE pyfa_quotas SET
        reserved = CASE WHEN reserved > $4 THEN reserved - $4 ELSE 0 END
    WHERE token = $1 AND resource = $2 AND window_reset = $3";
/// For requests that had no answer: they may have cost what they could.
const SPEND: &str = "UPDATE pyfa_quotas SET
        remaining = CASE WHEN remaining > $4 THEN remaining - $4 ELSE 0 END
    WHERE token = $1 AND resource = $2 AND window_reset = $3";

/// Takes an answer over: the least of one window, or a later window.
const RECORD: &str = "INSERT INTO pyfa_quotas (token, resource, window_reset, reset_at,
        quota_limit, remaining, reserved, probe_until, paused_until, updated_at)
    VALUES ($1, $2, $3, {now} + $4, $5, $6, 0, 0, 0, {now})
    ON CONFLICT (token, resource) DO UPDATE SET
        remaining = CASE WHEN {same} AND pyfa_quotas.remaining < excluded.remaining
            THEN pyfa_quotas.remaining ELSE excluded.remaining END,
        reserved = CASE WHEN {same} THEN pyfa_quotas.reserved ELSE 0 END,
        window_reset = CASE WHEN {same}
            THEN pyfa_quotas.window_reset ELSE excluded.window_reset END,
        reset_at = CASE WHEN {same} THEN pyfa_quotas.reset_at ELSE excluded.reset_at END,
        quota_limit = excluded.quota_limit,
        updated_at = excluded.updated_at
    WHERE pyfa_quotas.reset_at <= {now}
        OR excluded.window_reset >= pyfa_quotas.window_reset - {tolerance}";

const SAME: &str = "(pyfa_quotas.reset_at > {now}
    AND excluded.window_reset <= pyfa_quotas.window_reset + {tolerance})";

pub(super) const EXHAUST: &str = "UPDATE pyfa_quotas SET remaining = 0, updated_at = {now}
    WHERE token = $1 AND resource = $2";

pub(super) const PAUSE: &str = "INSERT INTO pyfa_quotas (token, resource, window_reset, reset_at,
        quota_limit, remaining, reserved, probe_until, paused_until, updated_at)
    VALUES ($1, $2, 0, 0, 0, 0, 0, 0, {now} + $3, {now})
    ON CONFLICT (token, resource) DO UPDATE SET
        paused_until = CASE WHEN pyfa_quotas.paused_until > excluded.paused_until
            THEN pyfa_quotas.paused_until ELSE excluded.paused_until END,
        updated_at = excluded.updated_at";

/// The rows of one token.
#[derive(Debug)]
pub(super) struct QuotaRows {
    database: Database,
    token: String,
    was_warned: AtomicBool,
}

impl QuotaRows {
    pub(super) fn new(database: Database, token: String) -> Self {
        Self {
            database,
            token,
            was_warned: AtomicBool::new(false),
        }
    }

    pub(super) async fn read(&self, resource: Resource) -> Result<Vec<Row>, DatabaseError> {
        let statement = self.statement(READ, resource.name(), vec![ALL.into()]);
        self.database.query(statement).await
    }

    /// Reserves the points of a request and `ahead` more, if `spare` more than that are left; whether
    /// it did.
    pub(super) async fn reserve(
        &self,
        wish: QuotaWish,
        (window, limit): (i64, u64),
        (ahead, spare): (u64, u64),
    ) -> Result<bool, DatabaseError> {
        let values = vec![
            window.into(),
            number(wish.cost + ahead).into(),
            number(limit).into(),
            number(wish.required(limit) + ahead + spare).into(),
            ALL.into(),
        ];
        self.change(RESERVE, wish.resource, values).await
    }

    /// Whether this process is the one that finds out about a new window.
    pub(super) async fn begin_probe(&self, resource: Resource) -> Result<bool, DatabaseError> {
        let values = vec![milliseconds(PROBE).into()];
        self.change(PROBE_WINDOW, resource, values).await
    }

    /// Lets another request find out about a window.
    pub(super) async fn end_probe(&self, resource: Resource) -> Result<(), DatabaseError> {
        let statement = self.statement(END_PROBE, resource.name(), Vec::new());
        self.database.write(statement).await.map(|_| ())
    }

    /// Writes answers down, all or none.
    pub(super) async fn settle(&self, settlement: &Settlement) -> Result<(), DatabaseError> {
        let mut work = Transaction::new();
        for (resource, window, points) in settlement.points() {
            let values = |points| vec![window.into(), number(points).into()];
            work = work.and(self.statement(GIVE_BACK, resource, values(points.given_back)));
            if points.spent > 0 {
                work = work.and(self.statement(SPEND, resource, values(points.spent)));
            }
        }
        for (resource, reading) in settlement.readings() {
            let values = vec![
                reading.reset.into(),
                milliseconds(reading.after).into(),
                number(reading.limit).into(),
                number(reading.remaining).into(),
            ];
            work = work.and(self.statement(RECORD, resource, values));
        }
        self.database.commit(work).await.map(|_| ())
    }

    /// A statement about a resource of this token; `values` are `$3` and on.
    fn statement(&self, text: &str, resource: &str, values: Vec<Value>) -> Statement {
        let text = text
            .replace("{same}", SAME)
            .replace("{tolerance}", &TOLERANCE.to_string());
        let text = self.database.dialect().with_clock(&text);
        let mut all = vec![self.token.as_str().into(), resource.into()];
        all.extend(values);
        Statement::new(text, all)
    }

    /// Whether a statement has changed the row of a resource.
    async fn change(
        &self,
        text: &str,
        resource: Resource,
        values: Vec<Value>,
    ) -> Result<bool, DatabaseError> {
        let statement = self.statement(text, resource.name(), values);
        let rows = self.database.write_returning(statement).await?;
        Ok(!rows.is_empty())
    }

    pub(super) async fn note(&self, text: &str, resource: &str, values: Vec<Value>) {
        let statement = self.statement(text, resource, values);
        if let Err(error) = self.database.write(statement).await {
            self.warn(&error);
        }
    }

    pub(super) fn warn(&self, error: &DatabaseError) {
        if !self.was_warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(%error, "GitHub's quota cannot be shared with other processes");
        }
    }
}

/// Far beyond any quota, numbers are cut.
fn number(points: u64) -> i64 {
    i64::try_from(points).unwrap_or(i64::MAX)
}
