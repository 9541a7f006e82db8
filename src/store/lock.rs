//! The writer lock: one lock file per collection in `PYFA_HOME/locks`.
//!
//! The lock is an advisory lock of the operating system (`flock`), so it is released when its
//! process ends, even if killed. The text in the file only names the holder. The lock works between
//! processes that use the same `PYFA_HOME` and the same spelling of the server's address. Called
//! through `workspace`.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::OFlags;
use xxhash_rust::xxh3::xxh3_64;

use super::StoreError;

/// How long a command waits for another one that writes to the same collection.
pub const PATIENCE: Duration = Duration::from_mins(30);
const POLL: Duration = Duration::from_millis(250);

/// A lock; released when dropped.
#[derive(Debug)]
pub struct CollectionLock {
    _file: File,
}

/// The process that holds a lock, according to its lock file or row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its command, such as `pypi`.
    pub command: String,
    /// For messages: command, process id, start time, and the host of a shared lock.
    pub description: String,
}

/// The result of trying to take a lock, here or of several hosts.
#[derive(Debug)]
pub enum Acquired<L> {
    /// The lock was taken.
    Lock(L),
    /// Another process holds it.
    Held(Holder),
}

/// Tries to take the lock of `collection` on `server` for `command`, without waiting.
pub fn try_acquire(
    home: &Path,
    server: &str,
    collection: &str,
    command: &str,
) -> Result<Acquired<CollectionLock>, StoreError> {
    let path = lock_path(home, server, collection);
    let at = |cause| StoreError::File {
        path: path.clone(),
        cause,
    };
    if let Some(folder) = path.parent() {
        fs_err::create_dir_all(folder).map_err(at)?;
    }
    let mut file = open_file(&path).map_err(at)?;
    match file.try_lock() {
        Ok(()) => {
            let since = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ");
            let text = format!(
                "{command}\n`{command}`, process {}, since {since}\n",
                std::process::id()
            );
            file.set_len(0).and_then(|()| file.rewind()).map_err(at)?;
            file.write_all(text.as_bytes()).map_err(at)?;
            Ok(Acquired::Lock(CollectionLock { _file: file }))
        }
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            // The holder may not have written its lines yet, so an empty file is not an error.
            let _ = file.take(4_096).read_to_string(&mut text);
            let mut lines = text.lines();
            Ok(Acquired::Held(Holder {
                command: lines.next().unwrap_or_default().to_owned(),
                description: lines.next().unwrap_or("another process").to_owned(),
            }))
        }
        Err(TryLockError::Error(cause)) => Err(at(cause)),
    }
}

/// Opens a lock file; creates it with mode 0600 if it is missing. A symbolic link is refused, since
/// the file it points to would be overwritten.
pub(super) fn open_file(path: &Path) -> std::io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
        .open(path)
}

/// Takes the lock; waits up to `patience` while a *different* command holds it.
///
/// If the same command holds it, that one is already doing this work, so the holder is returned at
/// once. `waiting` is called once, before the first wait.
pub async fn acquire(
    home: &Path,
    server: &str,
    collection: &str,
    command: &str,
    patience: Duration,
    waiting: impl FnOnce(&Holder),
) -> Result<Acquired<CollectionLock>, StoreError> {
    let started = tokio::time::Instant::now();
    let mut report_wait = Some(waiting);
    loop {
        match try_acquire(home, server, collection, command)? {
            Acquired::Held(holder) if holder.command != command && started.elapsed() < patience => {
                if let Some(report_wait) = report_wait.take() {
                    report_wait(&holder);
                }
                tokio::time::sleep(POLL).await;
            }
            acquired => return Ok(acquired),
        }
    }
}

/// Names are untrusted, so the path is made of a hash.
fn lock_path(home: &Path, server: &str, collection: &str) -> PathBuf {
    let hash = xxh3_64(format!("{server}\n{collection}").as_bytes());
    home.join("locks").join(format!("{hash:016x}.lock"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing step fails the test")]
mod tests {
    use std::time::Duration;

    use super::{Acquired, acquire, try_acquire};

    #[test]
    fn a_lock_has_one_holder_and_is_released_with_it() {
        let home = tempfile::tempdir().unwrap();
        let first = try_acquire(home.path(), "s", "plone-1", "pypi").unwrap();
        assert!(matches!(first, Acquired::Lock(_)));
        let Acquired::Held(holder) = try_acquire(home.path(), "s", "plone-1", "github").unwrap()
        else {
            panic!("two holders")
        };
        assert_eq!(holder.command, "pypi");
        assert!(holder.description.contains("`pypi`, process "));
        let other = try_acquire(home.path(), "s", "../plone-2", "pypi").unwrap();
        assert!(matches!(other, Acquired::Lock(_)));
        drop(first);
        let again = try_acquire(home.path(), "s", "plone-1", "github").unwrap();
        assert!(matches!(again, Acquired::Lock(_)));
    }

    #[tokio::test(start_paused = true)]
    async fn another_command_waits_and_the_same_does_not() {
        let home = tempfile::tempdir().unwrap();
        let first = try_acquire(home.path(), "s", "c", "pypi").unwrap();
        let patience = Duration::from_mins(30);
        let same = acquire(home.path(), "s", "c", "pypi", patience, |_| unreachable!())
            .await
            .unwrap();
        assert!(matches!(same, Acquired::Held(_)));
        let started = tokio::time::Instant::now();
        let mut reported = None;
        let other = acquire(home.path(), "s", "c", "manage", patience, |holder| {
            reported = Some(holder.command.clone());
        })
        .await
        .unwrap();
        assert!(matches!(other, Acquired::Held(_)));
        assert_eq!(reported.as_deref(), Some("pypi"));
        assert!(started.elapsed() >= patience);
        drop(first);
        let other = acquire(home.path(), "s", "c", "manage", patience, |_| {})
            .await
            .unwrap();
        assert!(matches!(other, Acquired::Lock(_)));
    }
}
