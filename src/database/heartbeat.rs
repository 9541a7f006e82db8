//! Prolongs a lease in the background, and shows when it is lost.
//!
//! A lease is a row with an owner and a time until which it is held. It has a thread, a runtime and a
//! connection of its own, so that work that keeps the program's threads busy does not cost it. It
//! counts as lost as soon as the database says so, and also while the database has not answered for
//! two thirds of the lease: somebody else may soon hold it. Used by `jobs` and `hosts`.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::{oneshot, watch};

use super::error::DatabaseError;
use super::handle::Database;
use super::row::Row;
use super::settings::DatabaseSettings;
use super::statement::Statement;

/// A lease is prolonged every third of its time, and not less often than this, because the answer also
/// tells of requests to stop.
const LONGEST_INTERVAL: Duration = Duration::from_secs(10);

/// How long the end of a lease waits for its release. After that, the lease ends by itself.
const RELEASE_PATIENCE: Duration = Duration::from_secs(3);

/// The pulse of one lease. It stops when this is dropped, which releases the lease only if
/// [`Self::release_with`] says how.
#[derive(Debug)]
pub struct Heartbeat {
    pulse: watch::Receiver<Pulse>,
    lease: Duration,
    release: Option<Statement>,
    /// Dropped with this, which ends the thread.
    end: Option<oneshot::Sender<Statement>>,
    /// Its sender is dropped when the thread ends.
    ended: Mutex<mpsc::Receiver<()>>,
}

/// What a heartbeat shows, for those who wait for its end without keeping it alive.
#[derive(Debug, Clone)]
pub struct HeartbeatPulse {
    pulse: watch::Receiver<Pulse>,
    lease: Duration,
}

/// What the last answer of the database was.
#[derive(Debug, Clone)]
struct Pulse {
    /// When the statement of the last answer was sent.
    at: Instant,
    /// The row as it was prolonged; `None` if it is somebody else's.
    row: Option<Arc<Row>>,
}

impl Heartbeat {
    /// Begins to run `prolong`, at least every third of `lease`. It has to return the row while the lease is
    /// held, and none otherwise. `row` is the row as it was taken at `taken_at`.
    ///
    /// # Errors
    ///
    /// If the system gives no thread.
    pub fn start(
        settings: DatabaseSettings,
        prolong: Statement,
        lease: Duration,
        row: Row,
        taken_at: Instant,
    ) -> std::io::Result<Self> {
        let first = Pulse {
            at: taken_at,
            row: Some(Arc::new(row)),
        };
        let (sender, pulse) = watch::channel(first);
        let (end, end_requested) = oneshot::channel();
        let (running, ended) = mpsc::channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let interval = (lease / 3).min(LONGEST_INTERVAL);
        let thread = thread::Builder::new().name("lease".to_owned());
        thread.spawn(move || {
            let _running: mpsc::Sender<()> = running;
            runtime.block_on(async {
                let mut database = None;
                let beat =
                    prolong_until_lost(&settings, &prolong, interval, &sender, &mut database);
                let release = tokio::select! {
                    () = beat => None,
                    release = end_requested => release.ok(),
                };
                if let Some(release) = release {
                    run_release(&settings, release, database).await;
                }
            });
        })?;
        Ok(Self {
            pulse,
            lease,
            release: None,
            end: Some(end),
            ended: Mutex::new(ended),
        })
    }

    /// Has the lease released by `release` when this is dropped.
    #[must_use]
    pub fn release_with(mut self, release: Statement) -> Self {
        self.release = Some(release);
        self
    }

    /// The row as it was last prolonged; `None` if the lease is lost, or may be.
    #[must_use]
    pub fn row(&self) -> Option<Arc<Row>> {
        let pulse = self.pulse.borrow();
        let is_fresh = pulse.at.elapsed() < self.patience();
        pulse.row.as_ref().filter(|_| is_fresh).map(Arc::clone)
    }

    /// What it shows.
    #[must_use]
    pub fn pulse(&self) -> HeartbeatPulse {
        HeartbeatPulse {
            pulse: self.pulse.clone(),
            lease: self.lease,
        }
    }

    /// Waits until `is_over` says so of the row, or the lease is lost.
    pub async fn wait_until(&self, is_over: impl Fn(&Row) -> bool) {
        self.pulse().wait_until(is_over).await;
    }

    /// How old the last answer may be.
    fn patience(&self) -> Duration {
        patience_of(self.lease)
    }
}

/// How old the last answer about a lease may be.
fn patience_of(lease: Duration) -> Duration {
    lease * 2 / 3
}

impl HeartbeatPulse {
    /// Waits until `is_over` says so of the row, or the lease is lost.
    pub async fn wait_until(mut self, is_over: impl Fn(&Row) -> bool) {
        let patience = patience_of(self.lease);
        loop {
            let remaining = {
                let current = self.pulse.borrow_and_update();
                if current.row.as_ref().is_none_or(|row| is_over(row)) {
                    return;
                }
                patience.saturating_sub(current.at.elapsed())
            };
            if remaining.is_zero() {
                return;
            }
            // The thread has ended if the sender is gone; then only the time is left to wait for.
            match tokio::time::timeout(remaining, self.pulse.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => tokio::time::sleep(remaining).await,
                Err(_) => return,
            }
        }
    }
}

impl Drop for Heartbeat {
    /// Waits for the release, because the process may end right after this.
    fn drop(&mut self) {
        let (Some(end), Some(release)) = (self.end.take(), self.release.take()) else {
            return;
        };
        if end.send(release).is_err() {
            // The lease was lost, so there is nothing to release.
            return;
        }
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        if ended.recv_timeout(RELEASE_PATIENCE) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("a lease could not be released; it ends by itself");
        }
    }
}

async fn prolong_until_lost(
    settings: &DatabaseSettings,
    prolong: &Statement,
    interval: Duration,
    pulse: &watch::Sender<Pulse>,
    database: &mut Option<Database>,
) {
    // A database that is away is asked more often than a healthy one.
    let retry = interval / 4;
    let mut pause = interval;
    loop {
        tokio::time::sleep(pause).await;
        let at = Instant::now();
        // A connection that hangs must not cost the lease: the next attempt makes another one, and
        // ends before the lease counts as lost.
        let attempt = prolong_once(settings, prolong, database);
        let prolonged = tokio::time::timeout(interval / 2, attempt);
        match prolonged.await {
            Ok(Ok(row)) => {
                let is_lost = row.is_none();
                pulse.send_replace(Pulse {
                    at,
                    row: row.map(Arc::new),
                });
                if is_lost {
                    return;
                }
                pause = interval;
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "a lease could not be prolonged");
                pause = retry;
            }
            Err(_) => {
                tracing::warn!("a lease could not be prolonged: the database is silent");
                pause = retry;
            }
        }
    }
}

/// Leaves the connection in `open` if it can be used again.
async fn prolong_once(
    settings: &DatabaseSettings,
    prolong: &Statement,
    open: &mut Option<Database>,
) -> Result<Option<Row>, DatabaseError> {
    let database = match open.take() {
        Some(database) => database,
        None => Database::connect(settings).await?,
    };
    let rows = database.write_returning(prolong.clone()).await?;
    *open = Some(database);
    Ok(rows.into_iter().next())
}

async fn run_release(settings: &DatabaseSettings, release: Statement, open: Option<Database>) {
    let released = async {
        let database = match open {
            Some(database) => database,
            None => Database::connect(settings).await?,
        };
        database.write(release).await
    };
    if let Err(error) = released.await {
        tracing::warn!(%error, "a lease could not be released; it ends by itself");
    }
}
