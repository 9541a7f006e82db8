//! Packs on the disk. The only place that touches the folder.
//!
//! Each pack is one entry of a `cacache` store, which writes it beside its place and moves
//! it there whole, and keeps the list of what there is. Everything here blocks.

use std::{
    collections::HashSet,
    io::{ErrorKind, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use cacache::{Algorithm, RemoveOpts, WriteOpts, index};
use fs_err as fs;

use super::pack::{self, HEADER_BYTES, ROW_BYTES, Row};

/// Left-overs younger than this may belong to a process that is writing right now.
const ORPHAN_AGE: Duration = Duration::from_hours(1);

/// One pack, as the store lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PackFile {
    /// Its key in the store.
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    /// Milliseconds since 1970.
    pub(super) written: u128,
}

/// A failure below, in words.
#[derive(Debug)]
pub(super) enum Broken {
    /// The file is not what was written.
    Damaged(String),
    /// The system would not read or write; what is there may be whole.
    Refused(String),
}

impl From<cacache::Error> for Broken {
    fn from(error: cacache::Error) -> Self {
        // Its own text leaves out what the system said.
        Self::Refused(match &error {
            cacache::Error::IoError(source, context) => format!("{context}: {source}"),
            _ => error.to_string(),
        })
    }
}

impl From<std::io::Error> for Broken {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == ErrorKind::UnexpectedEof {
            Self::Damaged(error.to_string())
        } else {
            Self::Refused(error.to_string())
        }
    }
}

/// All packs, oldest first. What cannot be read is left out.
pub(super) fn list(folder: &Path) -> Vec<PackFile> {
    list_all(folder).0
}

/// All packs, oldest first, and whether the whole list could be read.
fn list_all(folder: &Path) -> (Vec<PackFile>, bool) {
    let mut is_whole = folder.join("index-v5").is_dir();
    let mut packs: Vec<_> = cacache::list_sync(folder)
        .filter_map(|entry| match entry {
            Ok(entry) => Some(PackFile {
                path: content_path(folder, &entry.integrity),
                name: entry.key,
                bytes: entry.size as u64,
                written: entry.time,
            }),
            Err(error) => {
                tracing::debug!(%error, "part of the cache's list cannot be read");
                is_whole = false;
                None
            }
        })
        .collect();
    packs.sort_by(|a, b| (a.written, &a.name).cmp(&(b.written, &b.name)));
    (packs, is_whole)
}

/// The store's own layout.
fn content_path(folder: &Path, integrity: &cacache::Integrity) -> PathBuf {
    let (algorithm, hex) = integrity.to_hex();
    let (first, rest) = hex.split_at_checked(2).unwrap_or((&hex, ""));
    let (second, rest) = rest.split_at_checked(2).unwrap_or((rest, ""));
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
) -> Result<PackFile, Broken> {
    let head = pack::head(&name, rows);
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
        // Without its line in the list the body would only take up room.
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

/// The table of a pack and where its records begin. `None` if the pack is gone.
pub(super) fn read_table(pack: &PackFile) -> Result<Option<Vec<Row>>, Broken> {
    let mut file = match fs::File::open(&pack.path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let damaged = || Broken::Damaged("its table is damaged".to_owned());
    let length = file.metadata()?.len();
    if length != pack.bytes {
        return Err(Broken::Damaged(format!(
            "it has {length} bytes in place of {}",
            pack.bytes
        )));
    }
    let mut header = [0; HEADER_BYTES];
    file.read_exact(&mut header)?;
    let (count, check) = pack::open_header(&header).ok_or_else(damaged)?;
    let table_bytes = count.checked_mul(ROW_BYTES).ok_or_else(damaged)?;
    if table_bytes as u64 > length {
        return Err(damaged());
    }
    let mut table = vec![0; table_bytes];
    file.read_exact(&mut table)?;
    pack::open_table(&table, check)
        .map(Some)
        .ok_or_else(damaged)
}

/// A piece of a pack. `None` if the pack is gone.
pub(super) fn read_piece(path: &Path, offset: u64, length: u32) -> Result<Option<Vec<u8>>, Broken> {
    let mut file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    // A pack is never shorter than its table promises; checked here before memory is taken.
    if file.metadata()?.len() < offset + u64::from(length) {
        return Err(Broken::Damaged("it is cut short".to_owned()));
    }
    file.seek(SeekFrom::Start(offset))?;
    let mut piece = vec![0; usize::try_from(length).unwrap_or(0)];
    file.read_exact(&mut piece)?;
    Ok(Some(piece))
}

pub(super) fn remove(folder: &Path, pack: &PackFile) {
    let whole = RemoveOpts::new().remove_fully(true);
    if whole.remove_sync(folder, &pack.name).is_ok() {
        return;
    }
    // Something of it is gone already: take away what is left.
    let _ = fs::remove_file(&pack.path);
    if let Err(error) = index::delete(folder, &pack.name) {
        tracing::debug!(%error, pack = pack.name, "a pack cannot be taken off the list");
    }
}

/// Removes packs that the list does not name and what a killed process left half written; returns
/// the bytes freed. Files of other names stay, and so does everything while the list cannot be read
/// to its end.
pub(super) fn remove_orphans(folder: &Path) -> u64 {
    let (listed, true) = list_all(folder) else {
        return 0;
    };
    let listed: HashSet<&Path> = listed.iter().map(|pack| pack.path.as_path()).collect();
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
            let old = age.is_some_and(|age| age >= ORPHAN_AGE);
            let ours = is_ours(folder, &path) && !listed.contains(path.as_path());
            if old && ours && fs::remove_file(&path).is_ok() {
                freed += metadata.len();
            }
        }
    }
    freed
}

/// Whether the store names its files so: a pack by the digest of its content, one that is being
/// written as temporary.
fn is_ours(folder: &Path, path: &Path) -> bool {
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
