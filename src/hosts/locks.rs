//! Locks that hosts share: a lease in the database, which is prolonged while the lock is held.
//!
//! A lock is given back when it is dropped. If its process is killed, others get it when the lease
//! ends; a process that was paused for longer finds out before it writes, because the lock is also a
//! [`WritePermit`]. Within one host, the lock files of `store` come first.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::OnceCell;
use tokio::task::JoinHandle;
use xxhash_rust::xxh3::xxh3_128;

use super::name::host_name;
use crate::database::{
    Database, DatabaseError, DatabaseSettings, Heartbeat, Row, Statement, from_milliseconds,
    milliseconds,
};
use crate::progress::{self, Stop, Stopper};
use crate::search::WritePermit;
use crate::store::lock::{Acquired, Holder};

/// How often the database is asked for a lock that another host holds.
const POLL: Duration = Duration::from_secs(1);

/// Takes a lease that nobody holds.
const TAKE: &str = "INSERT INTO pyfa_leases
        (name, subject, fence, command, host, process, taken_at, lease_until)
    VALUES ($1, $2, 1, $3, $4, $5, {now}, {now} + $6)
    ON CONFLICT (name) DO UPDATE SET
        fence = pyfa_leases.fence + 1, command = excluded.command, host = excluded.host,
        process = excluded.process, taken_at = excluded.taken_at,
        lease_until = excluded.lease_until
    WHERE pyfa_leases.lease_until <= {now}
    RETURNING fence";

const FIND_HOLDER: &str = "SELECT command, host, process, taken_at FROM pyfa_leases WHERE name = $1 AND lease_until > {now}";

/// One that has run out may be prolonged as long as nobody else has taken it, unless it was given
/// back.
const PROLONG: &str = "UPDATE pyfa_leases SET lease_until = {now} + $3
    WHERE name = $1 AND fence = $2 AND lease_until > 0 RETURNING fence";

const RELEASE: &str = "UPDATE pyfa_leases SET lease_until = 0 WHERE name = $1 AND fence = $2";

const COUNT_FETCH: &str = "INSERT INTO pyfa_fetches (name, registry, fetches)
    SELECT name, CAST($3 AS TEXT), 1 FROM pyfa_leases WHERE name = $1 AND fence = $2
    ON CONFLICT (name, registry) DO UPDATE SET fetches = pyfa_fetches.fetches + 1
    RETURNING fetches";

/// The locks in one database.
#[derive(Debug)]
pub struct SharedLocks {
    settings: DatabaseSettings,
    lease: Duration,
    host: String,
    /// Opened for the first lock.
    database: OnceCell<Database>,
    /// Requested as soon as one of the locks is lost.
    stopper: Arc<Stopper>,
    lost: Stop,
}

/// A lock that no other host holds. It is given back when it is dropped.
#[derive(Debug)]
pub struct SharedLock {
    database: Database,
    name: String,
    fence: i64,
    watch: JoinHandle<()>,
    lease: Arc<HeldLease>,
}

/// Shared with the clients that ask for it before they write.
#[derive(Debug)]
struct HeldLease(Heartbeat);

impl WritePermit for HeldLease {
    fn is_held(&self) -> bool {
        self.0.row().is_some()
    }
}

impl SharedLocks {
    /// Opens nothing yet. A lock is held for `lease` after the last sign of life of its process.
    #[must_use]
    pub fn new(settings: DatabaseSettings, lease: Duration) -> Self {
        let (stopper, lost) = progress::stop();
        Self {
            settings,
            lease,
            host: host_name(),
            database: OnceCell::new(),
            stopper: Arc::new(stopper),
            lost,
        }
    }

    /// Requested as soon as one of the locks is lost while it is held.
    #[must_use]
    pub fn lost(&self) -> &Stop {
        &self.lost
    }

    /// Takes the lock of `subject`; waits up to `patience` while a *different* command holds it.
    /// `waiting` is called once, before the first wait.
    ///
    /// # Errors
    ///
    /// [`DatabaseError::Away`] if the database does not answer.
    pub async fn acquire(
        &self,
        subject: &str,
        command: &str,
        patience: Duration,
        waiting: impl FnOnce(&Holder),
    ) -> Result<Acquired<SharedLock>, DatabaseError> {
        let started = tokio::time::Instant::now();
        let mut report_wait = Some(waiting);
        loop {
            match self.try_acquire(subject, command).await? {
                Acquired::Held(holder)
                    if holder.command != command && started.elapsed() < patience =>
                {
                    if let Some(report_wait) = report_wait.take() {
                        report_wait(&holder);
                    }
                    tokio::time::sleep(POLL).await;
                }
                acquired => return Ok(acquired),
            }
        }
    }

    /// Takes the lock of `subject` unless somebody holds it.
    ///
    /// # Errors
    ///
    /// As for [`Self::acquire`].
    pub async fn try_acquire(
        &self,
        subject: &str,
        command: &str,
    ) -> Result<Acquired<SharedLock>, DatabaseError> {
        let open = self
            .database
            .get_or_try_init(|| Database::open(&self.settings));
        let database = open.await?.clone();
        let dialect = database.dialect();
        // Subjects are untrusted and of any length.
        let name = format!("{:032x}", xxh3_128(subject.as_bytes()));
        let lease = milliseconds(self.lease);
        let take = Statement::new(
            dialect.with_clock(TAKE),
            vec![
                name.as_str().into(),
                subject.into(),
                command.into(),
                self.host.as_str().into(),
                i64::from(std::process::id()).into(),
                lease.into(),
            ],
        );
        loop {
            let taken_at = Instant::now();
            let taken = database.write_returning(take.clone()).await?;
            if let Some(row) = taken.into_iter().next() {
                let fence = row.integer("fence")?;
                let key = vec![name.as_str().into(), fence.into()];
                let mut prolonged = key.clone();
                prolonged.push(lease.into());
                let prolong = Statement::new(dialect.with_clock(PROLONG), prolonged);
                let settings = self.settings.clone();
                let heartbeat = Heartbeat::start(settings, prolong, self.lease, row, taken_at)
                    .map_err(|error| DatabaseError::Broken {
                        place: database.place(),
                        why: format!("the system gives no thread to hold a lease ({error})"),
                    })?
                    .release_with(Statement::new(RELEASE, key));
                let lease = Arc::new(HeldLease(heartbeat));
                return Ok(Acquired::Lock(SharedLock {
                    database,
                    name,
                    fence,
                    watch: self.watch(&lease),
                    lease,
                }));
            }
            let holder =
                Statement::new(dialect.with_clock(FIND_HOLDER), vec![name.as_str().into()]);
            // None, if it was given back in between.
            if let Some(row) = database.query(holder).await?.first() {
                return Ok(Acquired::Held(Holder::from_row(row)?));
            }
        }
    }
}

impl SharedLocks {
    /// Requests the stop when the lease is lost; ends with the task.
    fn watch(&self, lease: &Arc<HeldLease>) -> JoinHandle<()> {
        let (stopper, pulse) = (Arc::clone(&self.stopper), lease.0.pulse());
        tokio::spawn(async move {
            pulse.wait_until(|_| false).await;
            stopper.stop();
        })
    }
}

impl Drop for SharedLock {
    /// Giving the lock back is no loss.
    fn drop(&mut self) {
        self.watch.abort();
    }
}

impl SharedLock {
    /// What has to be held to write under this lock.
    #[must_use]
    pub fn permit(&self) -> Arc<dyn WritePermit> {
        Arc::clone(&self.lease) as Arc<dyn WritePermit>
    }

    /// Counts a fetch of a registry into the collection, and gives the number of all so far. If it is
    /// one more than at the last fetch of a ledger, no fetch of another host came in between.
    ///
    /// # Errors
    ///
    /// [`DatabaseError::Away`] if the database does not answer.
    pub async fn count_fetch(&self, registry: &str) -> Result<Option<i64>, DatabaseError> {
        let key = vec![
            self.name.as_str().into(),
            self.fence.into(),
            registry.into(),
        ];
        let count = Statement::new(COUNT_FETCH, key);
        let rows = self.database.write_returning(count).await?;
        rows.first().map(|row| row.integer("fetches")).transpose()
    }
}

impl Holder {
    fn from_row(row: &Row) -> Result<Self, DatabaseError> {
        let command = row.text("command")?;
        let since = from_milliseconds(row.integer("taken_at")?);
        let description = format!(
            "`{command}`, process {} on {}, since {}",
            row.integer("process")?,
            row.text("host")?,
            since.strftime("%Y-%m-%dT%H:%M:%SZ"),
        );
        Ok(Self {
            command,
            description,
        })
    }
}
