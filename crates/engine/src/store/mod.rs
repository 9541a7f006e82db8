//! The truth on disk: who owns the folder, what is in it, and the documents.
//!
//! ```text
//! lock                               held by the owner; its address, for others
//! catalogue.sqlite                   collections by number, aliases, keys, objects; what was begun
//! collections/NUMBER/documents.sqlite    schema, documents, journal of one collection
//! collections/NUMBER/index-N/            belongs to `index`; can be made again
//! ```
//!
//! No name out of a request is part of a path. A transaction that has been committed survives the
//! loss of power. This module knows nothing of the index; [`crate::engine`] and
//! [`crate::collection`] call it.

pub mod body;
pub mod catalogue;
pub mod documents;
pub mod folder;
pub mod reader;
pub mod shelf;

use std::ffi::CStr;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::problem::{Answer, Problem};

/// How `SQLite` reaches its files: what it shares between connections stays in the memory of this
/// process, which alone has the folder. So a database can be opened, and read, on a full disk.
const IN_THIS_PROCESS: &CStr = c"unix-excl";

fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags_and_vfs(path, flags, IN_THIS_PROCESS)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    Ok(connection)
}

/// Opens a database for writing, which is made if `create` says so.
fn open_database(path: &Path, create: bool) -> rusqlite::Result<Connection> {
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

/// Opens a database for reading beside its writer.
fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

/// What is said about a database that cannot be used.
fn fault(path: &Path, error: &rusqlite::Error) -> Problem {
    use rusqlite::ErrorCode;
    let file = path.display();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Problem::fault(format!(
            "the file {file} is damaged ({error}): restore it from a backup, or delete the \
             collection and import its documents again"
        )),
        Some(ErrorCode::DiskFull) => Problem::fault(format!(
            "the disk is full: {file} cannot grow; nothing of this request was stored"
        )),
        Some(ErrorCode::SystemIoFailure) => Problem::fault(format!(
            "the disk does not take {file} ({error}): make room on it, or check it; nothing of \
             this request was stored"
        )),
        _ => Problem::fault(format!("the file {file} cannot be used: {error}")),
    }
}

/// Makes the entries of a folder durable.
pub(crate) fn sync_folder(path: &Path) -> Answer<()> {
    Ok(fs_err::File::open(path)?.sync_all()?)
}
