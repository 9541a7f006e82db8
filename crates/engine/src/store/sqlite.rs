//! How `SQLite` databases of the folder are opened, and what is said when one cannot be used.
//!
//! Used by the catalogue and the documents alone.

use std::ffi::CStr;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::store_error::StoreError;

/// How `SQLite` reaches its files: what it shares between connections stays in the memory of this
/// process, which alone has the folder. So a database can be opened, and read, on a full disk.
const IN_THIS_PROCESS: &CStr = c"unix-excl";

pub(super) fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags_and_vfs(path, flags, IN_THIS_PROCESS)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    Ok(connection)
}

/// Opens a database for writing, which is made if `create` says so.
pub(super) fn open_database(path: &Path, create: bool) -> rusqlite::Result<Connection> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
    if create {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let connection = connect(path, flags)?;
    connection.set_prepared_statement_cache_capacity(32);
    // 16 kB pages hold a usual compressed document without a chain of overflow pages.
    connection.pragma_update(None, "page_size", 16 << 10)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", 2_000)?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(connection)
}

/// Opens a database for reading while another connection writes.
pub(super) fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

/// The error for the documents of a collection that cannot be used.
pub(super) fn unusable(path: &Path, source: rusqlite::Error) -> StoreError {
    StoreError::Documents {
        path: path.to_owned(),
        source,
    }
}
