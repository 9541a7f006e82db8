//! Opens the ledger's file: checks it, migrates it to the current format, or replaces it if it is
//! damaged. One process opens it at a time.
//!
//! A file that cannot be read is never deleted: it is renamed, and replaced by an empty one. Called
//! at the start of `pipeline` and `manage` commands.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};
use tokio::task::spawn_blocking;

use super::schema::{FETCHES, KINDS, LEGIBLE, PROBE, SCHEMA, SWITCHES};
use super::{Ledger, StoreError, at};
use crate::store::lock;

/// The format that this version writes, kept in `PRAGMA user_version`.
const FORMAT: i64 = 4;
const FILE_NAME: &str = "ledger.sqlite";
const LOCK_NAME: &str = "ledger.lock";
/// How long a statement waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_mins(1);

/// How the ledger was found when it was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    Existing,
    New,
    /// It was damaged, has been renamed to this path, and was replaced by an empty one.
    Replaced(PathBuf),
}

impl Ledger {
    /// Opens the ledger of `home`; creates the folder and the file if they are missing.
    pub async fn open(home: &Path) -> Result<(Self, Opened), StoreError> {
        let home = home.to_owned();
        in_background(move || {
            fs_err::create_dir_all(&home).map_err(|cause| StoreError::File {
                path: home.clone(),
                cause,
            })?;
            // Held until the file is open. Otherwise a second process could see a file without
            // tables, or rename the new file because of the damage it saw in the old one.
            let _lock = lock_file(&home.join(LOCK_NAME))?;
            let path = home.join(FILE_NAME);
            let existed = path.exists();
            match open_file(&path) {
                Ok(writer) if existed => Ok((Self::on_disk(path, writer)?, Opened::Existing)),
                Ok(writer) => Ok((Self::on_disk(path, writer)?, Opened::New)),
                Err(StoreError::Ledger { cause, .. }) if is_damage(&cause) => {
                    let aside = put_aside(&path)?;
                    let writer = open_file(&path)?;
                    Ok((Self::on_disk(path, writer)?, Opened::Replaced(aside)))
                }
                Err(error) => Err(error),
            }
        })
        .await
    }

    /// Opens a copy of the ledger of `home` in memory, for dry runs. Never writes to `home`.
    pub async fn open_copy(home: &Path) -> Result<(Self, Opened), StoreError> {
        let path = home.join(FILE_NAME);
        in_background(move || {
            let mut memory = Connection::open_in_memory().map_err(|cause| at(&path, cause))?;
            let mut opened = Opened::New;
            if path.exists() {
                let copied = open_to_read(&path).and_then(|original| {
                    let backup = rusqlite::backup::Backup::new(&original, &mut memory)?;
                    backup.run_to_completion(1_000, Duration::ZERO, None)
                });
                match copied {
                    Ok(()) => opened = Opened::Existing,
                    Err(cause) if is_damage(&cause) => {
                        memory = Connection::open_in_memory().map_err(|cause| at(&path, cause))?;
                    }
                    Err(cause) => return Err(at(&path, cause)),
                }
            }
            let connection = prepare(&path, memory)?;
            Ok((Self::on_one_connection(path, connection), opened))
        })
        .await
    }

    /// Opens the ledger of `home` read-only; `None` if there is none in the current format.
    /// Creates, changes and copies nothing; writing to it fails.
    pub async fn open_to_look(home: &Path) -> Result<Option<Self>, StoreError> {
        let path = home.join(FILE_NAME);
        in_background(move || {
            if !path.exists() {
                return Ok(None);
            }
            let opened = open_to_read(&path).and_then(|connection| {
                connection.busy_timeout(BUSY_TIMEOUT)?;
                Ok((format_of(&connection)?, connection))
            });
            match opened {
                Ok((FORMAT, connection)) => Ok(Some(Self::on_one_connection(path, connection))),
                Ok(_) => Ok(None),
                Err(cause) if is_damage(&cause) => Ok(None),
                Err(cause) => Err(at(&path, cause)),
            }
        })
        .await
    }

    fn on_disk(path: PathBuf, writer: Connection) -> Result<Self, StoreError> {
        // Reading on the writer's connection would have to wait for other writers.
        let reader = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)
            .and_then(|reader| reader.busy_timeout(BUSY_TIMEOUT).map(|()| reader))
            .map_err(|cause| at(&path, cause))?;
        Ok(Self {
            path,
            writer: writer.into(),
            reader: reader.into(),
        })
    }

    fn on_one_connection(path: PathBuf, connection: Connection) -> Self {
        let connection = tokio_rusqlite::Connection::from(connection);
        Self {
            path,
            writer: connection.clone(),
            reader: connection,
        }
    }
}

/// Runs `open` on a thread that may block.
async fn in_background<T: Send + 'static>(
    open: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match spawn_blocking(open).await {
        Ok(opened) => opened,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down.
            Err(error) => Err(StoreError::File {
                path: PathBuf::from(FILE_NAME),
                cause: std::io::Error::other(error),
            }),
        },
    }
}

/// Opens the file for reading, without creating any file next to it.
///
/// `SQLite` creates `-wal` and `-shm` files even for a reader, unless the file is opened as
/// immutable. That is safe if there is no `-wal` file; if there is one, nothing needs creating.
fn open_to_read(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let absolute = std::path::absolute(path).ok();
    match absolute.and_then(|path| url::Url::from_file_path(path).ok()) {
        Some(mut url) if !companion(path, "-wal").exists() => {
            url.set_query(Some("immutable=1"));
            Connection::open_with_flags(url.as_str(), flags | OpenFlags::SQLITE_OPEN_URI)
        }
        _ => Connection::open_with_flags(path, flags),
    }
}

fn open_file(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path).map_err(|cause| at(path, cause))?;
    prepare(path, connection)
}

fn prepare(path: &Path, mut connection: Connection) -> Result<Connection, StoreError> {
    let prepared = (|| {
        connection.busy_timeout(BUSY_TIMEOUT)?;
        // With WAL, readers and the writer do not block each other. With NORMAL, a power failure
        // may lose the last transactions but does not damage the file; what is lost is read again.
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        let mut found = format_of(&connection)?;
        if found < FORMAT {
            // A table that is replaced must not take the rows along that refer to it. Within a
            // transaction, this could not be set.
            connection.pragma_update(None, "foreign_keys", false)?;
            let transaction =
                connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            // Another process may have created the tables while this one waited.
            found = format_of(&transaction)?;
            if found == 0 {
                transaction.execute_batch(SCHEMA)?;
            }
            if found < 2 {
                transaction.execute_batch(SWITCHES)?;
            }
            if found < 3 {
                transaction.execute_batch(FETCHES)?;
            }
            if found < FORMAT {
                transaction.execute_batch(KINDS)?;
                transaction.pragma_update(None, "user_version", FORMAT)?;
                found = FORMAT;
            }
            transaction.commit()?;
            connection.pragma_update(None, "foreign_keys", true)?;
        }
        let health: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        let mut is_legible = true;
        if found == FORMAT {
            connection.prepare(PROBE)?;
            // `quick_check` does not notice damage within a value.
            is_legible = connection.query_row(LEGIBLE, [], |row| row.get(0))?;
        }
        if health == "ok" && is_legible {
            Ok(found)
        } else {
            Err(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT),
                Some(health),
            ))
        }
    })();
    match prepared {
        Ok(found) if found > FORMAT => Err(StoreError::Newer {
            path: path.to_owned(),
            found,
            known: FORMAT,
        }),
        Ok(_) => Ok(connection),
        Err(cause) => Err(at(path, cause)),
    }
}

/// The format of the file; 0 if there are no tables yet.
fn format_of(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Whether the file is damaged, in contrast to a full disk or a lock.
fn is_damage(error: &rusqlite::Error) -> bool {
    match error {
        // Tables of the same names that are not the ledger's.
        rusqlite::Error::SqlInputError { .. } => true,
        error => matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt)
        ),
    }
}

/// One of the files that `SQLite` keeps next to the ledger.
fn companion(path: &Path, suffix: &str) -> PathBuf {
    let mut companion = path.as_os_str().to_owned();
    companion.push(suffix);
    companion.into()
}

/// Waits until no other process is opening the ledger. The lock is released when the file is
/// dropped.
fn lock_file(path: &Path) -> Result<File, StoreError> {
    let locked = lock::open_file(path).and_then(|file| file.lock().map(|()| file));
    locked.map_err(|cause| StoreError::File {
        path: path.to_owned(),
        cause,
    })
}

fn put_aside(path: &Path) -> Result<PathBuf, StoreError> {
    let stamp = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
    let aside = path.with_file_name(format!("{FILE_NAME}.damaged-{stamp}"));
    fs_err::rename(path, &aside).map_err(|cause| StoreError::File {
        path: path.to_owned(),
        cause,
    })?;
    for suffix in ["-wal", "-shm"] {
        let beside = companion(path, suffix);
        // If they stayed, they would be replayed into the new file. They are kept with the old
        // one, since they may hold data that it lacks.
        if let Err(cause) = fs_err::rename(&beside, companion(&aside, suffix))
            && cause.kind() != std::io::ErrorKind::NotFound
        {
            return Err(StoreError::File {
                path: beside,
                cause,
            });
        }
    }
    Ok(aside)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing step fails the test")]
mod tests {
    use super::{FILE_NAME, Ledger, Opened};
    use crate::model::RegistryKind;
    use crate::store::ledger::CollectionIdentity;

    /// How the ledger is found; it is closed again.
    async fn opened(home: &std::path::Path) -> Opened {
        let (ledger, opened) = Ledger::open(home).await.unwrap();
        ledger.close().await;
        opened
    }

    #[tokio::test]
    async fn a_damaged_file_is_put_aside() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(opened(home.path()).await, Opened::New);
        assert_eq!(opened(home.path()).await, Opened::Existing);
        let path = home.path().join(FILE_NAME);
        fs_err::write(
            &path,
            b"certainly not a database, but long enough to be looked at",
        )
        .unwrap();
        let Opened::Replaced(aside) = opened(home.path()).await else {
            panic!("the damage was not noticed")
        };
        assert!(aside.exists());
        assert_eq!(opened(home.path()).await, Opened::Existing);
    }

    #[tokio::test]
    async fn a_truncated_file_is_put_aside() {
        let home = tempfile::tempdir().unwrap();
        let (ledger, _) = Ledger::open(home.path()).await.unwrap();
        ledger.close().await;
        let path = home.path().join(FILE_NAME);
        let bytes = fs_err::read(&path).unwrap();
        fs_err::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        assert!(matches!(opened(home.path()).await, Opened::Replaced(_)));
    }

    #[tokio::test]
    async fn a_file_of_the_first_format_is_taken_over() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(FILE_NAME);
        let first = rusqlite::Connection::open(&path).unwrap();
        first.execute_batch(super::SCHEMA).unwrap();
        first.pragma_update(None, "user_version", 1).unwrap();
        let rows = "INSERT INTO registries (base_url) VALUES ('kept');
             INSERT INTO collections (server, name, created_at, documents) VALUES ('s', 'c', 5, 7);
             INSERT INTO written VALUES (1, 'plone-api', 9, 1, '1.0', 'plone.api', x'5B5D');
             INSERT INTO owed VALUES (1, 'broken', 9, 'why', 0, 1, 0);";
        first.execute_batch(rows).unwrap();
        drop(first);
        let (ledger, opened) = Ledger::open(home.path()).await.unwrap();
        assert_eq!(opened, Opened::Existing);
        assert!(ledger.read_switches("s").await.unwrap().is_empty());
        let kept: String = ledger
            .read_transaction(|connection| {
                connection.query_row("SELECT base_url FROM registries", [], |row| row.get(0))
            })
            .await
            .unwrap();
        assert_eq!(kept, "kept");
        // What is recorded of collections is that of the registry that there was.
        let found = ledger.find_collections("s", "c").await.unwrap();
        let [(RegistryKind::PyPi, id)] = found.into_iter().collect::<Vec<_>>()[..] else {
            panic!("one registry")
        };
        assert_eq!(
            ledger.read_collection_record(id).await.unwrap().documents,
            Some(7)
        );
        assert_eq!(ledger.read_written_summaries(id).await.unwrap().len(), 1);
        assert_eq!(ledger.read_pending_retries(id).await.unwrap().len(), 1);
        let identity = CollectionIdentity {
            server: "s".to_owned(),
            name: "c".to_owned(),
            registry: RegistryKind::Npm,
            created_at: 5,
        };
        let (other, _) = ledger.find_or_add_collection(&identity).await.unwrap();
        assert_ne!(other, id);
        assert!(
            ledger
                .read_written_summaries(other)
                .await
                .unwrap()
                .is_empty()
        );
        ledger.forget_collection("s", "c").await.unwrap();
        assert!(ledger.find_collections("s", "c").await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn many_may_open_a_new_one_at_once() {
        for _ in 0..20 {
            let home = tempfile::tempdir().unwrap();
            let openers = (0..8).map(|_| Ledger::open(home.path()));
            for opened in futures::future::join_all(openers).await {
                let (_, opened) = opened.unwrap();
                assert!(!matches!(opened, Opened::Replaced(_)), "{opened:?}");
            }
        }
    }

    #[tokio::test]
    async fn a_damaged_one_is_put_aside_once() {
        for _ in 0..20 {
            let home = tempfile::tempdir().unwrap();
            fs_err::write(home.path().join(FILE_NAME), b"no database".repeat(99)).unwrap();
            let openers = (0..8).map(|_| Ledger::open(home.path()));
            let ledgers = futures::future::join_all(openers).await.into_iter();
            let replaced = ledgers
                .filter(|opened| matches!(opened, Ok((_, Opened::Replaced(_)))))
                .count();
            assert_eq!(replaced, 1);
        }
    }

    #[tokio::test]
    async fn a_value_that_cannot_be_read_is_damage() {
        let home = tempfile::tempdir().unwrap();
        let (ledger, _) = Ledger::open(home.path()).await.unwrap();
        let write = async |documents: &'static [u8]| {
            let written = ledger.write_transaction(move |transaction| {
                transaction.execute(
                    "INSERT OR IGNORE INTO collections (id, server, name, created_at)
                     VALUES (1, 's', 'c', 1)",
                    [],
                )?;
                transaction.execute(
                    "INSERT OR REPLACE INTO written VALUES (1, 'plone', 1, 1, '1', 'plone', ?1)",
                    [documents],
                )
            });
            written.await.unwrap();
        };
        write(br#"[{"v":"1","k":5,"i":"plone-1"}]"#).await;
        assert_eq!(opened(home.path()).await, Opened::Existing);
        write(b"[{\"v\":\"1\",\"k\":\xff}]").await;
        assert!(matches!(opened(home.path()).await, Opened::Replaced(_)));
    }

    #[tokio::test]
    async fn a_foreign_database_is_put_aside() {
        let home = tempfile::tempdir().unwrap();
        let foreign = rusqlite::Connection::open(home.path().join(FILE_NAME)).unwrap();
        foreign
            .execute_batch("CREATE TABLE read (x); CREATE TABLE registries (x)")
            .unwrap();
        drop(foreign);
        assert!(matches!(opened(home.path()).await, Opened::Replaced(_)));
    }
}
