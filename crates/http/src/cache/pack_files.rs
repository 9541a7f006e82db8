//! Reads and writes packs. Nothing else in the cache touches the folder, and everything here blocks.
//!
//! Each pack is an entry of a `cacache` store, which writes it to a temporary file, renames it, and
//! keeps the list of packs.

use std::{
    collections::HashSet,
    io::{ErrorKind, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use cacache::{Algorithm, RemoveOpts, WriteOpts, index};
use fs_err as fs;

use super::pack::{self, HEADER_BYTES, ROW_BYTES, Row};

/// Younger temporary files may belong to a process that is writing.
const MIN_ORPHAN_AGE: Duration = Duration::from_hours(1);

/// A pack as listed by the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PackFile {
    /// Its key in the store.
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    /// Milliseconds since 1970.
    pub(super) written: u128,
}

/// Why a pack cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub(super) enum PackError {
    /// The file is not as it was written.
    #[error("{0}")]
    Damaged(Damage),
    /// Reading or writing failed; the file may be intact.
    #[error(transparent)]
    Io(std::io::Error),
    #[error("{context}: {source}")]
    StoreIo {
        context: String,
        source: std::io::Error,
    },
    #[error(transparent)]
    Store(cacache::Error),
}

/// What is wrong with a pack or a record in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Damage {
    #[error("it has {found} bytes instead of {expected}")]
    Length { found: u64, expected: u64 },
    #[error("its table is damaged")]
    Table,
    #[error("it is truncated")]
    Truncated,
    #[error("a record is damaged")]
    Record,
}

impl From<cacache::Error> for PackError {
    fn from(error: cacache::Error) -> Self {
        match error {
            // The display of this variant leaves out the system's error.
            cacache::Error::IoError(source, context) => Self::StoreIo { context, source },
            error => Self::Store(error),
        }
    }
}

impl From<std::io::Error> for PackError {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == ErrorKind::UnexpectedEof {
            Self::Damaged(Damage::Truncated)
        } else {
            Self::Io(error)
        }
    }
}

/// Lists all packs, oldest first, except those whose entry cannot be read.
pub(super) fn list(folder: &Path) -> Vec<PackFile> {
    list_all(folder).0
}

/// Lists all packs, oldest first; the flag tells whether the list is complete.
fn list_all(folder: &Path) -> (Vec<PackFile>, bool) {
    let mut is_complete = folder.join("index-v5").is_dir();
    let mut packs: Vec<_> = cacache::list_sync(folder)
        .filter_map(|entry| match entry {
            Ok(entry) => Some(PackFile {
                path: content_path(folder, &entry.integrity),
                name: entry.key,
                bytes: entry.size as u64,
                written: entry.time,
            }),
            Err(error) => {
                tracing::debug!(%error, "cannot read a part of the cache's list");
                is_complete = false;
                None
            }
        })
        .collect();
    packs.sort_by(|a, b| (a.written, &a.name).cmp(&(b.written, &b.name)));
    (packs, is_complete)
}

/// The path at which the store keeps a file.
fn content_path(folder: &Path, integrity: &cacache::Integrity) -> PathBuf {
    let (algorithm, hex) = integrity.to_hex();
    let (first, after_first) = hex.split_at_checked(2).unwrap_or((&hex, ""));
    let (second, rest) = after_first.split_at_checked(2).unwrap_or((after_first, ""));
    folder
        .join("content-v2")
        .join(algorithm.to_string())
        .join(first)
        .join(second)
        .join(rest)
}

pub(super) fn write(
    folder: &Path,
    name: String,
    rows: &[Row],
    body: &[u8],
) -> Result<PackFile, PackError> {
    let head = pack::encode_head(&name, rows);
    let bytes = head.len() + body.len();
    let mut writer = WriteOpts::new()
        .algorithm(Algorithm::Sha256)
        .open_hash_sync(folder)?;
    writer.write_all(&head)?;
    writer.write_all(body)?;
    let integrity = writer.commit()?;
    let path = content_path(folder, &integrity);
    let written = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_millis();
    let listed = index::insert(
        folder,
        &name,
        WriteOpts::new()
            .size(bytes)
            .integrity(integrity)
            .time(written),
    );
    if let Err(error) = listed {
        // A file that is not listed would only take up space.
        let _ = fs::remove_file(&path);
        return Err(error.into());
    }
    Ok(PackFile {
        name,
        path,
        bytes: bytes as u64,
        written,
    })
}

/// Reads the table of a pack. `None` if the pack is gone.
pub(super) fn read_table(pack: &PackFile) -> Result<Option<Vec<Row>>, PackError> {
    let mut file = match fs::File::open(&pack.path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let damaged = || PackError::Damaged(Damage::Table);
    let length = file.metadata()?.len();
    if length != pack.bytes {
        return Err(PackError::Damaged(Damage::Length {
            found: length,
            expected: pack.bytes,
        }));
    }
    let mut header = [0; HEADER_BYTES];
    file.read_exact(&mut header)?;
    let (count, checksum) = pack::open_header(&header).ok_or_else(damaged)?;
    let table_bytes = count.checked_mul(ROW_BYTES).ok_or_else(damaged)?;
    if table_bytes as u64 > length {
        return Err(damaged());
    }
    let mut table = vec![0; table_bytes];
    file.read_exact(&mut table)?;
    pack::open_table(&table, checksum)
        .map(Some)
        .ok_or_else(damaged)
}

/// Reads a record. `None` if the pack is gone.
pub(super) fn read_record(
    path: &Path,
    offset: u64,
    length: u32,
) -> Result<Option<Vec<u8>>, PackError> {
    let mut file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    // Check the length before allocating memory for the record.
    if file.metadata()?.len() < offset + u64::from(length) {
        return Err(PackError::Damaged(Damage::Truncated));
    }
    file.seek(SeekFrom::Start(offset))?;
    let mut record = vec![0; usize::try_from(length).unwrap_or(0)];
    file.read_exact(&mut record)?;
    Ok(Some(record))
}

pub(super) fn remove(folder: &Path, pack: &PackFile) {
    let whole = RemoveOpts::new().remove_fully(true);
    if whole.remove_sync(folder, &pack.name).is_ok() {
        return;
    }
    // The entry or the file is gone already: remove the other.
    let _ = fs::remove_file(&pack.path);
    if let Err(error) = index::delete(folder, &pack.name) {
        tracing::debug!(%error, pack = pack.name, "cannot remove a pack from the list");
    }
}

/// Removes packs that are not listed and temporary files of killed processes; returns the number of
/// bytes freed. Files with other names are never removed, nor is anything if the list is incomplete.
pub(super) fn remove_orphans(folder: &Path) -> u64 {
    let (listed, true) = list_all(folder) else {
        return 0;
    };
    let listed_paths: HashSet<&Path> = listed.iter().map(|pack| pack.path.as_path()).collect();
    let mut freed = 0;
    let mut open = vec![folder.join("content-v2"), folder.join("tmp")];
    while let Some(directory) = open.pop() {
        let Ok(children) = fs::read_dir(&directory) else {
            continue;
        };
        for child in children.flatten() {
            let Ok(metadata) = child.metadata() else {
                continue;
            };
            let path = child.path();
            if metadata.is_dir() {
                open.push(path);
                continue;
            }
            let age = metadata.modified().ok().and_then(|at| at.elapsed().ok());
            let old = age.is_some_and(|age| age >= MIN_ORPHAN_AGE);
            let is_unlisted =
                is_store_file(folder, &path) && !listed_paths.contains(path.as_path());
            if old && is_unlisted && fs::remove_file(&path).is_ok() {
                freed += metadata.len();
            }
        }
    }
    freed
}

/// Whether a file has a name that the store gives: for a pack the digest of its content, for a
/// temporary file its prefix.
fn is_store_file(folder: &Path, path: &Path) -> bool {
    let Ok(inside) = path.strip_prefix(folder) else {
        return false;
    };
    let parts: Option<Vec<&str>> = inside.iter().map(std::ffi::OsStr::to_str).collect();
    match parts.as_deref() {
        Some(["tmp", name]) => name.starts_with(".tmp"),
        Some(["content-v2", "sha256", first, second, rest]) => {
            let digest = [*first, *second, *rest].concat();
            digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
        }
        _ => false,
    }
}
