//! GitHub's quota, counted in the database for all processes with one token.
//!
//! A row holds what GitHub last said of a window, and the points that requests in flight may cost.
//! Within a window the number can only fall, so the least that any answer has said counts; a request
//! is sent only if all reserved points leave alone what the share leaves to others. When a window is
//! over, one request alone finds out about the next one.
//!
//! While plenty is left, one statement reserves the points of several requests, and answers are
//! written down while the next requests are on their way: until then their points count as reserved,
//! which leaves too few rather than too many.
//!
//! Never stores the token, and never sends anything to GitHub.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;

use super::advance::{Advance, left_alone, portion};
use super::name::host_name;
use super::quota_rows::{ALL, EXHAUST, PAUSE, QuotaRows};
use super::settlement::Settlement;
use crate::database::{Database, DatabaseError, Row, milliseconds};
use crate::forge::github::{
    Admission, GitHub, QuotaReading, QuotaWish, Reservation, Resource, SharedQuota,
    SharedQuotaError,
};

/// The quotas of one token, in a database.
#[derive(Debug)]
pub struct DatabaseQuota {
    rows: Arc<QuotaRows>,
    /// Whether nothing may be sent while the database does not answer.
    is_required: bool,
    /// What this process knows of each resource.
    known: Mutex<BTreeMap<&'static str, KnownWindow>>,
    settling: Arc<Settling>,
}

/// The window in which a request to a resource was sent last.
#[derive(Debug)]
struct KnownWindow {
    window: i64,
    limit: u64,
    advance: Option<Advance>,
    /// What a request had to leave to others when too little was left to reserve points ahead. In a
    /// window that becomes no better, so requests that leave as much do not try again.
    scarce_from: Option<u64>,
}

impl KnownWindow {
    fn new(window: i64, limit: u64) -> Self {
        Self {
            window,
            limit,
            advance: None,
            scarce_from: None,
        }
    }

    /// The points to reserve ahead with a request, and how many more have to be left for that; `None`
    /// if there are too few.
    fn portion(&self, wish: QuotaWish) -> Option<(u64, u64)> {
        let is_scarce = self
            .scarce_from
            .is_some_and(|from| left_alone(wish, self.limit) >= from);
        let (ahead, spare) = portion(self.limit);
        (ahead > 0 && !is_scarce).then_some((ahead, spare))
    }
}

/// Answers that are written down, one write at a time.
#[derive(Debug, Default)]
struct Settling {
    pending: Mutex<Settlement>,
    writer: tokio::sync::Mutex<()>,
    /// Whether a write of what is pending is waiting for the one before.
    is_scheduled: AtomicBool,
}

impl Settling {
    /// What was reserved stays so until the window ends if this fails: rather too few requests than
    /// too many.
    async fn write(&self, rows: &QuotaRows) {
        let _writer = self.writer.lock().await;
        self.is_scheduled.store(false, Ordering::Release);
        let settlement = std::mem::take(&mut *locked(&self.pending));
        if !settlement.is_empty()
            && let Err(error) = rows.settle(&settlement).await
        {
            rows.warn(&error);
        }
    }
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
        let token = format!("{} {owner}", github.address());
        Self {
            rows: Arc::new(QuotaRows::new(database, token)),
            is_required,
            known: Mutex::default(),
            settling: Arc::default(),
        }
    }

    async fn try_reserve(&self, wish: QuotaWish) -> Result<Admission, DatabaseError> {
        if let Some(reservation) = self.take_advance(wish) {
            return Ok(Admission::Granted(reservation));
        }
        let last = locked(&self.known)
            .get(wish.resource.name())
            .map(|known| (known.window, known.limit, known.portion(wish)));
        if let Some((window, limit, portion)) = last {
            if let Some((ahead, spare)) = portion {
                let both = (ahead, spare);
                if self.rows.reserve(wish, (window, limit), both).await? {
                    self.keep_advance(wish, Advance::new(wish, window, limit, ahead));
                    return Ok(granted(wish, Some(window)));
                }
                self.note_scarcity(wish, window);
            }
            if self.rows.reserve(wish, (window, limit), (0, 0)).await? {
                return Ok(granted(wish, Some(window)));
            }
        }
        // What this process has not given back yet may be what is lacking.
        self.write_everything().await;
        loop {
            let window = match decide(&self.rows.read(wish.resource).await?, wish)? {
                Decision::No(admission) => return Ok(admission),
                Decision::Probe => None,
                Decision::Reserve { window, limit } => Some((window, limit)),
            };
            let is_granted = match window {
                None => self.rows.begin_probe(wish.resource).await?,
                Some(window) => self.rows.reserve(wish, window, (0, 0)).await?,
            };
            // Otherwise another process was faster.
            if is_granted {
                if let Some((window, limit)) = window {
                    self.know(wish.resource.name(), window, limit);
                }
                return Ok(granted(wish, window.map(|(window, _)| window)));
            }
        }
    }

    /// Takes note of the window that counts now, unless it is known.
    fn know(&self, resource: &'static str, window: i64, limit: u64) {
        let mut known = locked(&self.known);
        let is_known = known
            .get(resource)
            .is_some_and(|known| (known.window, known.limit) == (window, limit));
        if !is_known {
            let earlier = known.insert(resource, KnownWindow::new(window, limit));
            drop(known);
            self.give_back(resource, earlier.and_then(|known| known.advance));
        }
    }

    /// Remembers that too little is left of a window to reserve points ahead.
    fn note_scarcity(&self, wish: QuotaWish, window: i64) {
        let mut known = locked(&self.known);
        let known = known.get_mut(wish.resource.name());
        if let Some(known) = known.filter(|known| known.window == window) {
            let left = left_alone(wish, known.limit);
            known.scarce_from = Some(known.scarce_from.map_or(left, |from| from.min(left)));
        }
    }

    /// Points for a request that are reserved already.
    fn take_advance(&self, wish: QuotaWish) -> Option<Reservation> {
        let mut known = locked(&self.known);
        known
            .get_mut(wish.resource.name())?
            .advance
            .as_mut()?
            .take(wish)
    }

    /// Keeps points for the next requests; what is left of earlier ones is given back.
    fn keep_advance(&self, wish: QuotaWish, advance: Advance) {
        let resource = wish.resource.name();
        let earlier = match locked(&self.known).get_mut(resource) {
            Some(known) => known.advance.replace(advance),
            None => Some(advance),
        };
        self.give_back(resource, earlier);
    }

    fn give_back(&self, resource: &'static str, advance: Option<Advance>) {
        if let Some((window, points)) = advance.map(|advance| advance.unused())
            && points > 0
        {
            locked(&self.settling.pending).give_back(resource, window, points);
        }
    }

    /// Gives back what is reserved ahead, and writes down what answers have said.
    async fn write_everything(&self) {
        let advances: Vec<_> = locked(&self.known)
            .iter_mut()
            .map(|(resource, known)| (*resource, known.advance.take()))
            .collect();
        for (resource, advance) in advances {
            self.give_back(resource, advance);
        }
        self.settling.write(&self.rows).await;
    }

    /// Writes an answer down while the next request is on its way.
    fn settle_meanwhile(&self, reservation: Reservation, seen: Option<QuotaReading>) {
        locked(&self.settling.pending).add(reservation, seen);
        if !self.settling.is_scheduled.swap(true, Ordering::AcqRel) {
            let (settling, rows) = (Arc::clone(&self.settling), Arc::clone(&self.rows));
            tokio::spawn(async move { settling.write(&rows).await });
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
                    self.rows.warn(&error);
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
                locked(&self.settling.pending).add(reservation, seen);
                self.settling.write(&self.rows).await;
                if let Err(error) = self.rows.end_probe(reservation.resource).await {
                    self.rows.warn(&error);
                }
            } else {
                self.settle_meanwhile(reservation, seen);
            }
        }
        .boxed()
    }

    fn wait_until_settled(&self) -> BoxFuture<'_, ()> {
        self.write_everything().boxed()
    }

    fn exhaust(&self, resource: Resource) -> BoxFuture<'_, ()> {
        self.rows.note(EXHAUST, resource.name(), Vec::new()).boxed()
    }

    fn pause(&self, pause: Duration) -> BoxFuture<'_, ()> {
        let values = vec![milliseconds(pause).into()];
        self.rows.note(PAUSE, ALL, values).boxed()
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
