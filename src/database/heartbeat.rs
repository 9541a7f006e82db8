//! Prolongs a lease in the background, and tells when it is lost.
//!
//! A lease is a row with an owner and a time until which it is held. It has a thread, a runtime and a
//! connection of its own, so that work that keeps the program's threads busy does not cost it. It counts
//! as lost as soon as the database says so, and also if the database has not answered for two
//! thirds of the lease: by then somebody else may soon hold it. Used by `jobs` and `workspace`.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::error::DatabaseError;
use super::handle::Database;
use super::row::Row;
use super::settings::DatabaseSettings;
use super::statement::Statement;

/// The pulse of one lease. It stops when this is dropped, which does not release the lease.
#[derive(Debug)]
pub struct Heartbeat {
    pulse: watch::Receiver<Pulse>,
    /// Dropped with this, which ends the thread.
    _end: watch::Sender<()>,
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
    /// Begins to run `prolong` every third of `lease`. It has to return the row while the lease is
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
        let (end, ended) = watch::channel(());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let thread = thread::Builder::new().name("lease".to_owned());
        thread.spawn(move || {
            runtime.block_on(async {
                let beat = prolong_until_lost(&settings, &prolong, lease / 3, &sender);
                tokio::select! {
                    () = beat => {}
                    () = wait_for_end(ended) => {}
                }
            });
        })?;
        Ok(Self {
            pulse,
            _end: end,
            lease,
        })
    }

    /// The row as it was last prolonged; `None` if the lease is lost, or may be.
    #[must_use]
    pub fn row(&self) -> Option<Arc<Row>> {
        let pulse = self.pulse.borrow();
        let is_fresh = pulse.at.elapsed() < self.patience();
        pulse.row.as_ref().filter(|_| is_fresh).map(Arc::clone)
    }

    /// Waits until `is_over` says so of the row, or the lease is lost.
    pub async fn wait_until(&self, is_over: impl Fn(&Row) -> bool) {
        let mut pulse = self.pulse.clone();
        loop {
            let remaining = {
                let current = pulse.borrow_and_update();
                if current.row.as_ref().is_none_or(|row| is_over(row)) {
                    return;
                }
                self.patience().saturating_sub(current.at.elapsed())
            };
            if remaining.is_zero() {
                return;
            }
            // The thread has ended if the sender is gone; then only the time is left to wait for.
            match tokio::time::timeout(remaining, pulse.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => tokio::time::sleep(remaining).await,
                Err(_) => return,
            }
        }
    }

    /// How old the last answer may be.
    fn patience(&self) -> Duration {
        self.lease * 2 / 3
    }
}

async fn wait_for_end(mut ended: watch::Receiver<()>) {
    while ended.changed().await.is_ok() {}
}

async fn prolong_until_lost(
    settings: &DatabaseSettings,
    prolong: &Statement,
    interval: Duration,
    pulse: &watch::Sender<Pulse>,
) {
    let mut database: Option<Database> = None;
    // A database that is away is asked more often than a healthy one.
    let retry = interval / 4;
    let mut pause = interval;
    loop {
        tokio::time::sleep(pause).await;
        let at = Instant::now();
        match prolong_once(settings, prolong, &mut database).await {
            Ok(row) => {
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
            Err(error) => {
                tracing::warn!(%error, "a lease could not be prolonged");
                database = None;
                pause = retry;
            }
        }
    }
}

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
