//! One writer per collection: a lock file in `PYFA_HOME` that ends with its holder.
//!
//! The lock itself is the operating system's (`flock`), so a killed process leaves nothing
//! behind; the text in the file only tells others who holds it. It holds among processes that
//! share `PYFA_HOME` and spell the server's address alike. Called by `pipeline` and `manage`.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::OFlags;
use xxhash_rust::xxh3::xxh3_64;

use super::StoreError;

/// How long a command waits for another one that writes the same collection.
pub const PATIENCE: Duration = Duration::from_mins(30);
const POLL: Duration = Duration::from_millis(250);

/// Held until dropped.
#[derive(Debug)]
pub struct CollectionLock {
    _file: File,
}

/// Who holds a lock, as far as its file tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The verb that holds it, such as `pypi`.
    pub command: String,
    /// A sentence for people: command, process id, since when.
    pub description: String,
}

/// What came of asking for a lock.
#[derive(Debug)]
pub enum Acquired {
    /// It is ours until the value is dropped.
    Lock(CollectionLock),
    /// Somebody else has it.
    Held(Holder),
}

/// Tries to take the lock of `collection` on `server` for `command`.
pub fn try_acquire(
    home: &Path,
    server: &str,
    collection: &str,
    command: &str,
) -> Result<Acquired, StoreError> {
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
            // The holder may be writing its lines this moment: an empty text is no error.
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

/// Opens a file that is locked, which is made for its owner alone if it is not there. A link in its
/// place is refused: what it leads to would be written to.
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
/// The same command on the same collection is already doing this work, so that is answered at
/// once. `waiting` hears, one time, for whom it waits.
pub async fn acquire(
    home: &Path,
    server: &str,
    collection: &str,
    command: &str,
    patience: Duration,
    waiting: impl FnOnce(&Holder),
) -> Result<Acquired, StoreError> {
    let started = tokio::time::Instant::now();
    let mut waiting = Some(waiting);
    loop {
        match try_acquire(home, server, collection, command)? {
            Acquired::Held(holder) if holder.command != command && started.elapsed() < patience => {
                if let Some(waiting) = waiting.take() {
                    waiting(&holder);
                }
                tokio::time::sleep(POLL).await;
            }
            answer => return Ok(answer),
        }
    }
}

/// Names come from outside, so they are hashed, never used as a path.
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
    fn a_lock_is_held_by_one_and_ends_with_it() {
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
        let held = try_acquire(home.path(), "s", "c", "pypi").unwrap();
        let patience = Duration::from_mins(30);
        let same = acquire(home.path(), "s", "c", "pypi", patience, |_| unreachable!())
            .await
            .unwrap();
        assert!(matches!(same, Acquired::Held(_)));
        let waited = tokio::time::Instant::now();
        let mut told = None;
        let other = acquire(home.path(), "s", "c", "manage", patience, |holder| {
            told = Some(holder.command.clone());
        })
        .await
        .unwrap();
        assert!(matches!(other, Acquired::Held(_)));
        assert_eq!(told.as_deref(), Some("pypi"));
        assert!(waited.elapsed() >= patience);
        drop(held);
        let other = acquire(home.path(), "s", "c", "manage", patience, |_| {})
            .await
            .unwrap();
        assert!(matches!(other, Acquired::Lock(_)));
    }
}
