//! Connections that read a `SQLite` file, each with a thread of its own.
//!
//! A question that takes longer than it may is interrupted, and so is one that nobody waits for any
//! more: otherwise a crowd that asks and leaves would keep all threads busy.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{InterruptHandle, OpenFlags};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rusqlite::{Connection, Error};

use super::settings::SqliteSettings;

/// Statements that each connection keeps prepared.
const PREPARED: usize = 64;

#[derive(Debug, Clone)]
pub(super) struct Readers {
    idle: Arc<Mutex<Vec<Reader>>>,
    all: Arc<[Connection]>,
    permits: Arc<Semaphore>,
    patience: Option<Duration>,
}

#[derive(Clone)]
struct Reader {
    connection: Connection,
    interrupt: Arc<InterruptHandle>,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Reader")
    }
}

/// A reader at work. Its thread gives it back when the work is done, even if nobody waits any more.
struct LentReader {
    reader: Reader,
    idle: Arc<Mutex<Vec<Reader>>>,
    /// Whether the work is done: nothing may be interrupted any more.
    is_done: Arc<Mutex<bool>>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for LentReader {
    fn drop(&mut self) {
        *lock(&self.is_done) = true;
        lock(&self.idle).push(self.reader.clone());
    }
}

/// Interrupts the work of a reader when it is dropped, unless the work is done.
struct Interrupter {
    interrupt: Arc<InterruptHandle>,
    is_done: Arc<Mutex<bool>>,
}

impl Interrupter {
    fn interrupt(&self) {
        // The lock keeps the reader from beginning something else meanwhile.
        let is_done = lock(&self.is_done);
        if !*is_done {
            self.interrupt.interrupt();
        }
    }
}

impl Drop for Interrupter {
    fn drop(&mut self) {
        self.interrupt();
    }
}

impl Readers {
    pub(super) async fn open(path: &Path, settings: &SqliteSettings) -> Result<Self, Error> {
        let limits = settings.reads;
        let at_once = limits.map_or(1, |limits| limits.at_once.max(1));
        let waits = settings.busy_timeout;
        let mut readers = Vec::with_capacity(at_once);
        for _ in 0..at_once {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
            let connection = Connection::open_with_flags(path, flags).await;
            let connection = connection.map_err(Error::Error)?;
            let prepared = connection.call(move |connection| {
                connection.busy_timeout(waits)?;
                connection.set_prepared_statement_cache_capacity(PREPARED);
                Ok(connection.get_interrupt_handle())
            });
            let interrupt = Arc::new(prepared.await?);
            readers.push(Reader {
                connection,
                interrupt,
            });
        }
        Ok(Self {
            all: readers
                .iter()
                .map(|reader| reader.connection.clone())
                .collect(),
            idle: Arc::new(Mutex::new(readers)),
            permits: Arc::new(Semaphore::new(at_once)),
            patience: limits.map(|limits| limits.patience),
        })
    }

    /// Runs `work` on the next connection that is free.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.map_err(|_| Error::ConnectionClosed)?;
        let reader = lock(&self.idle).pop().ok_or(Error::ConnectionClosed)?;
        let is_done = Arc::new(Mutex::new(false));
        let interrupter = Interrupter {
            interrupt: Arc::clone(&reader.interrupt),
            is_done: Arc::clone(&is_done),
        };
        let connection = reader.connection.clone();
        let lent = LentReader {
            reader,
            idle: Arc::clone(&self.idle),
            is_done,
            _permit: permit,
        };
        let mut call = std::pin::pin!(connection.call(move |connection| {
            let _lent = lent;
            work(connection)
        }));
        let Some(patience) = self.patience else {
            return call.await;
        };
        if let Ok(done) = tokio::time::timeout(patience, &mut call).await {
            return done;
        }
        interrupter.interrupt();
        call.await
    }

    pub(super) fn connections(&self) -> &[Connection] {
        &self.all
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
