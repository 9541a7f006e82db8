//! GitHub's quota, counted in the database for all processes with one token.
//!
//! A row holds what GitHub last said of a window, and the points that requests in flight may cost.
//! Within a window the number can only fall, so the least that any answer has said counts; a request
//! is sent only if all reserved points leave alone what the share leaves to others. When a window is
//! over, one request alone finds out about the next one.
//!
//! A reservation is one statement. Answers are written down while the next request is on its way: until
//! then their points count as reserved, which leaves too few rather than too many.
//!
//! Never stores the token, and never sends anything to GitHub.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::task::JoinHandle;

use super::name::host_name;
use crate::database::{Database, DatabaseError, Row, Statement, Transaction, Value, milliseconds};
use crate::forge::github::{
    Admission, GitHub, QuotaReading, QuotaWish, Reservation, Resource, SharedQuota,
    SharedQuotaError,
};

/// The row of what concerns all resources.
const ALL: &str = "*";
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

/// The second: the request had no answer, so that it may have cost what it could.
const GIVE_BACK: &str = "UPDATE pyfa_quotas SET
        reserved = CASE WHEN reserved > $4 THEN reserved - $4 ELSE 0 END
    WHERE token = $1 AND resource = $2 AND window_reset = $3";
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

const EXHAUST: &str = "UPDATE pyfa_quotas SET remaining = 0, updated_at = {now}
    WHERE token = $1 AND resource = $2";

const PAUSE: &str = "INSERT INTO pyfa_quotas (token, resource, window_reset, reset_at,
        quota_limit, remaining, reserved, probe_until, paused_until, updated_at)
    VALUES ($1, $2, 0, 0, 0, 0, 0, 0, {now} + $3, {now})
    ON CONFLICT (token, resource) DO UPDATE SET
        paused_until = CASE WHEN pyfa_quotas.paused_until > excluded.paused_until
            THEN pyfa_quotas.paused_until ELSE excluded.paused_until END,
        updated_at = excluded.updated_at";

/// The quotas of one token, in a database.
#[derive(Debug)]
pub struct DatabaseQuota {
    counter: Arc<Counter>,
    /// Whether nothing may be sent while the database does not answer.
    is_required: bool,
    /// The window in which a request to a resource was sent last, and its limit.
    windows: Mutex<BTreeMap<&'static str, (i64, u64)>>,
    /// Answers that are being written down.
    settling: Mutex<Vec<JoinHandle<()>>>,
}

/// The rows of one token.
#[derive(Debug)]
struct Counter {
    database: Database,
    token: String,
    was_warned: AtomicBool,
}

impl DatabaseQuota {
    /// The quotas of the token of `github`; without a token, of this host. With `is_required`,
    /// nothing is sent while the database does not answer; otherwise this process then counts alone.
    #[must_use]
    pub fn new(database: Database, github: &GitHub, is_required: bool) -> Self {
        let owner = match github.token_digest() {
            Some(digest) => format!("token {digest}"),
            // Without a token, GitHub counts by address.
            None => format!("host {}", host_name()),
        };
        Self {
            counter: Arc::new(Counter {
                database,
                token: format!("{} {owner}", github.address()),
                was_warned: AtomicBool::new(false),
            }),
            is_required,
            windows: Mutex::default(),
            settling: Mutex::default(),
        }
    }

    async fn try_reserve(&self, wish: QuotaWish) -> Result<Admission, DatabaseError> {
        let last = locked(&self.windows).get(wish.resource.name()).copied();
        if let Some((window, limit)) = last
            && self.counter.reserve(wish, window, limit).await?
        {
            return Ok(granted(wish, Some(window)));
        }
        // What this process has not written down yet may be what is lacking.
        self.wait_for_settling().await;
        loop {
            let window = match decide(&self.counter.read(wish.resource).await?, wish)? {
                Decision::No(admission) => return Ok(admission),
                Decision::Probe => None,
                Decision::Reserve { window, limit } => Some((window, limit)),
            };
            let is_granted = match window {
                None => self.counter.begin_probe(wish.resource).await?,
                Some((window, limit)) => self.counter.reserve(wish, window, limit).await?,
            };
            // Otherwise another process was faster.
            if is_granted {
                if let Some(known) = window {
                    locked(&self.windows).insert(wish.resource.name(), known);
                }
                return Ok(granted(wish, window.map(|(window, _)| window)));
            }
        }
    }

    async fn wait_for_settling(&self) {
        let settling = std::mem::take(&mut *locked(&self.settling));
        for settled in settling {
            // What has failed there was said there.
            let _ = settled.await;
        }
    }

    /// Writes an answer down while the next request is on its way.
    fn settle_meanwhile(&self, reservation: Reservation, seen: Option<QuotaReading>) {
        let counter = Arc::clone(&self.counter);
        let settled = tokio::spawn(async move { counter.settle(reservation, seen).await });
        let mut settling = locked(&self.settling);
        settling.retain(|earlier| !earlier.is_finished());
        settling.push(settled);
    }
}

impl Counter {
    async fn read(&self, resource: Resource) -> Result<Vec<Row>, DatabaseError> {
        let statement = self.statement(READ, resource.name(), vec![ALL.into()]);
        self.database.query(statement).await
    }

    /// Reserves points of a window; whether it has as many.
    async fn reserve(
        &self,
        wish: QuotaWish,
        window: i64,
        limit: u64,
    ) -> Result<bool, DatabaseError> {
        let values = vec![
            window.into(),
            number(wish.cost).into(),
            number(limit).into(),
            number(wish.required(limit)).into(),
            ALL.into(),
        ];
        self.change(RESERVE, wish.resource, values).await
    }

    /// Whether this process is the one that finds out about a new window.
    async fn begin_probe(&self, resource: Resource) -> Result<bool, DatabaseError> {
        let values = vec![milliseconds(PROBE).into()];
        self.change(PROBE_WINDOW, resource, values).await
    }

    /// What was reserved stays so until the window ends if this fails: rather too few requests than too
    /// many.
    async fn settle(&self, reservation: Reservation, seen: Option<QuotaReading>) {
        if let Err(error) = self.try_settle(reservation, seen).await {
            self.warn(&error);
        }
    }

    async fn try_settle(
        &self,
        reservation: Reservation,
        seen: Option<QuotaReading>,
    ) -> Result<(), DatabaseError> {
        let Reservation {
            resource,
            cost,
            window,
        } = reservation;
        let resource = resource.name();
        let mut work = Transaction::new();
        if let Some(window) = window {
            let values = vec![window.into(), number(cost).into()];
            work = work.and(self.statement(GIVE_BACK, resource, values.clone()));
            if seen.is_none() {
                work = work.and(self.statement(SPEND, resource, values));
            }
        }
        if let Some(seen) = seen {
            let values = vec![
                seen.reset.into(),
                milliseconds(seen.after).into(),
                number(seen.limit).into(),
                number(seen.remaining).into(),
            ];
            work = work.and(self.statement(RECORD, resource, values));
        }
        if window.is_none() {
            work = work.and(self.statement(END_PROBE, resource, Vec::new()));
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

    async fn note(&self, text: &str, resource: &str, values: Vec<Value>) {
        let statement = self.statement(text, resource, values);
        if let Err(error) = self.database.write(statement).await {
            self.warn(&error);
        }
    }

    fn warn(&self, error: &DatabaseError) {
        if !self.was_warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(%error, "GitHub's quota cannot be shared with other processes");
        }
    }
}

impl SharedQuota for DatabaseQuota {
    fn reserve(&self, wish: QuotaWish) -> BoxFuture<'_, Result<Admission, SharedQuotaError>> {
        async move {
            match self.try_reserve(wish).await {
                Ok(admission) => Ok(admission),
                Err(error) if self.is_required => Err(SharedQuotaError {
                    why: error.to_string(),
                    is_temporary: error.is_temporary(),
                }),
                Err(error) => {
                    self.counter.warn(&error);
                    Ok(Admission::Alone)
                }
            }
        }
        .boxed()
    }

    fn settle(&self, reservation: Reservation, seen: Option<QuotaReading>) -> BoxFuture<'_, ()> {
        async move {
            // Others wait for what a probe finds out.
            if reservation.window.is_none() {
                self.counter.settle(reservation, seen).await;
            } else {
                self.settle_meanwhile(reservation, seen);
            }
        }
        .boxed()
    }

    fn settled(&self) -> BoxFuture<'_, ()> {
        self.wait_for_settling().boxed()
    }

    fn exhaust(&self, resource: Resource) -> BoxFuture<'_, ()> {
        self.counter
            .note(EXHAUST, resource.name(), Vec::new())
            .boxed()
    }

    fn pause(&self, pause: Duration) -> BoxFuture<'_, ()> {
        let values = vec![milliseconds(pause).into()];
        self.counter.note(PAUSE, ALL, values).boxed()
    }
}

/// What the rows of a token say to a wish.
#[derive(Debug, PartialEq, Eq)]
enum Decision {
    No(Admission),
    /// Nothing is known, so one request may find out.
    Probe,
    Reserve {
        window: i64,
        limit: u64,
    },
}

fn decide(rows: &[Row], wish: QuotaWish) -> Result<Decision, DatabaseError> {
    let mut known = None;
    for row in rows {
        let pauses = row.integer("pauses")?;
        if pauses > 0 {
            return Ok(Decision::No(Admission::Paused(duration(pauses))));
        }
        if row.text("resource")? == wish.resource.name() {
            known = Some(row);
        }
    }
    let Some(row) = known else {
        return Ok(Decision::Probe);
    };
    let lasts = row.integer("lasts")?;
    if lasts <= 0 {
        let is_probed = row.integer("probes")? > 0;
        return Ok(if is_probed {
            Decision::No(Admission::Busy)
        } else {
            Decision::Probe
        });
    }
    let limit = row.integer("quota_limit")?.unsigned_abs();
    let remaining = row.integer("remaining")?.unsigned_abs();
    let free = remaining.saturating_sub(row.integer("reserved")?.unsigned_abs());
    Ok(if free >= wish.required(limit) {
        Decision::Reserve {
            window: row.integer("window_reset")?,
            limit,
        }
    } else {
        Decision::No(Admission::UsedUp {
            limit,
            remaining,
            after: duration(lasts),
        })
    })
}

fn duration(milliseconds: i64) -> Duration {
    Duration::from_millis(milliseconds.unsigned_abs())
}

fn granted(wish: QuotaWish, window: Option<i64>) -> Admission {
    Admission::Granted(Reservation {
        resource: wish.resource,
        cost: wish.cost,
        window,
    })
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Far beyond any quota, numbers are cut.
fn number(points: u64) -> i64 {
    i64::try_from(points).unwrap_or(i64::MAX)
}
