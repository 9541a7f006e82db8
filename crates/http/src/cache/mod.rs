//! A disk cache for bodies, with a small memory in front.
//!
//! Values gather in memory and go to the disk about a mebibyte at a time, as one *pack*:
//! creating two files per value would cost many times more than the values themselves. A
//! killed process loses the values that it had not yet packed, a damaged pack is removed and
//! counts as a miss, and a full disk is a warning: all of that costs requests, never data.
//! Several processes may share a folder; each sees what was there when it opened it, and
//! what it put itself.
//!
//! The cache never stores errors, because it is only told of bodies, and keys never become
//! paths.

mod directory;
mod files;
mod pack;

use std::{
    fmt,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::SystemTime,
};

use bytes::Bytes;
use moka::future::Cache;
use serde::Serialize;
use tokio::task::spawn_blocking;

use self::{
    directory::{Directory, Draft, Found, PACK_BYTES, Piece},
    files::Broken,
    pack::Record,
};

/// More packs than this below a quarter of the usual size are merged when the cache opens.
const MOST_SMALL_PACKS: usize = 64;
/// What the memory in front spends on a value besides the value.
const MEMORY_OVERHEAD: usize = 128;

/// A named kind of value. Changing what its values look like means raising its version:
/// the old ones are then not found any more, and go with age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    name: &'static str,
    version: u32,
}

impl Bucket {
    /// A kind called `name`; `version` grows when the form of its values changes.
    #[must_use]
    pub const fn new(name: &'static str, version: u32) -> Self {
        Self { name, version }
    }

    fn key(self, key: &str) -> String {
        format!("{self}/{key}")
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-v{}", self.name, self.version)
    }
}

/// How much a cache may hold, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// On the disk. Beyond it the oldest values go, until a fifth of the room is free.
    pub bytes: u64,
    /// In the memory in front of the disk.
    pub memory_bytes: u64,
}

/// What a cache holds on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CacheSize {
    /// Values, as far as this process knows.
    pub entries: usize,
    /// Of whole packs, tables included.
    pub bytes: u64,
}

/// What pruning removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Pruned {
    /// Values that can no longer be found.
    pub entries: usize,
    /// Freed on the disk.
    pub bytes: u64,
}

/// What a cache did since it was opened, in values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct CacheStatistics {
    /// Found, in memory or on the disk.
    pub hits: u64,
    /// Not there, or found damaged.
    pub misses: u64,
    /// On the disk.
    pub written: u64,
    /// Not stored, because the disk refused or the value is larger than the cache.
    pub failed: u64,
    /// Packs found damaged, and removed.
    pub damaged: u64,
}

/// Why there is no cache.
#[derive(Debug, thiserror::Error)]
#[error("the cache folder {} cannot be used: {reason}", folder.display())]
pub struct CacheError {
    folder: PathBuf,
    reason: String,
}

/// The cache. Clones are cheap and share everything; the last one writes what is left.
#[derive(Debug, Clone)]
pub struct DiskCache {
    store: Arc<Store>,
    memory: Cache<String, Bytes>,
}

#[derive(Debug)]
struct Store {
    folder: PathBuf,
    /// Nothing in the folder may change.
    read_only: bool,
    limit: u64,
    directory: Mutex<Directory>,
    counters: Counters,
    pruning: AtomicBool,
    /// Packs get names that no other process takes.
    writer: String,
    packs: AtomicU64,
}

#[derive(Debug, Default)]
struct Counters {
    hits: AtomicU64,
    misses: AtomicU64,
    written: AtomicU64,
    failed: AtomicU64,
    damaged: AtomicU64,
}

fn add(counter: &AtomicU64, number: usize) {
    counter.fetch_add(number as u64, Ordering::Relaxed);
}

impl DiskCache {
    /// Opens a folder, or makes it. Blocks while the tables of the packs are read: about
    /// a tenth of a second per gibibyte.
    ///
    /// # Errors
    ///
    /// [`CacheError`] where the folder cannot be made. Damaged packs are removed, not reported.
    pub fn open(folder: impl Into<PathBuf>, limits: Limits) -> Result<Self, CacheError> {
        let folder = folder.into();
        fs_err::create_dir_all(&folder).map_err(|error| CacheError {
            folder: folder.clone(),
            reason: error.to_string(),
        })?;
        let cache = Self::at(folder, limits, false);
        cache.store.merge_small_packs();
        Ok(cache)
    }

    /// Opens a folder, which may be missing, and changes nothing in it: what is put is
    /// forgotten, and what is damaged stays where it is.
    #[must_use]
    pub fn open_to_read(folder: impl Into<PathBuf>, limits: Limits) -> Self {
        Self::at(folder.into(), limits, true)
    }

    fn at(folder: PathBuf, limits: Limits, read_only: bool) -> Self {
        let store = Store {
            folder,
            read_only,
            limit: limits.bytes,
            directory: Mutex::default(),
            counters: Counters::default(),
            pruning: AtomicBool::new(false),
            writer: format!("{:x}-{:x}", now().as_nanos(), std::process::id()),
            packs: AtomicU64::new(0),
        };
        store.take_in(&files::list(&store.folder));
        let memory = Cache::builder()
            .max_capacity(limits.memory_bytes)
            .weigher(|key: &String, value: &Bytes| {
                let weight = key.len() + value.len() + MEMORY_OVERHEAD;
                u32::try_from(weight).unwrap_or(u32::MAX)
            })
            .build();
        Self {
            store: Arc::new(store),
            memory,
        }
    }

    /// The value last put under this key, if it is still there.
    pub async fn get(&self, bucket: Bucket, key: &str) -> Option<Bytes> {
        let key = bucket.key(key);
        let mut value = self.memory.get(&key).await;
        if value.is_none() {
            value = self.read(&key).await;
            if let Some(value) = &value {
                self.memory.insert(key, value.clone()).await;
            }
        }
        let counters = &self.store.counters;
        add(
            if value.is_some() {
                &counters.hits
            } else {
                &counters.misses
            },
            1,
        );
        value
    }

    async fn read(&self, key: &str) -> Option<Bytes> {
        let found = self.store.directory().find(key);
        match found {
            Found::Nothing => None,
            Found::Memory(value) => Some(value),
            Found::Disk(piece) => {
                let store = Arc::clone(&self.store);
                let key = key.to_owned();
                let read = spawn_blocking(move || store.read(&key, &piece));
                read.await.ok().flatten()
            }
        }
    }

    /// Keeps a value, in place of any earlier one. It reaches the disk with the next full
    /// pack, with [`Self::flush`], or when the cache is dropped. A failure is a warning and
    /// a count in [`CacheStatistics::failed`].
    pub async fn put(&self, bucket: Bucket, key: &str, value: Bytes) {
        let key = bucket.key(key);
        self.memory.invalidate(&key).await;
        let length = pack::record_length(&key, &value);
        let Some(length) = length.filter(|length| u64::from(*length) <= self.store.limit) else {
            add(&self.store.counters.failed, 1);
            return;
        };
        self.change(&key, Some(&value), length).await;
    }

    /// Forgets the value under a key.
    pub async fn remove(&self, bucket: Bucket, key: &str) {
        let key = bucket.key(key);
        self.memory.invalidate(&key).await;
        self.change(&key, None, 0).await;
    }

    async fn change(&self, key: &str, value: Option<&[u8]>, length: u32) {
        if self.store.read_only {
            return;
        }
        let seconds = u32::try_from(now().as_secs()).unwrap_or(u32::MAX);
        let full = {
            let mut directory = self.store.directory();
            directory.put(key, value, length, seconds);
            directory.is_full().then(|| directory.seal()).flatten()
        };
        if let Some(draft) = full {
            self.blocking(move |store| store.write(&draft)).await;
        }
    }

    /// Brings everything put so far to the disk.
    pub async fn flush(&self) {
        self.blocking(Store::flush).await;
    }

    /// What is on the disk, as far as this process knows.
    #[must_use]
    pub fn size(&self) -> CacheSize {
        let directory = self.store.directory();
        CacheSize {
            entries: directory.entries(),
            bytes: directory.bytes(),
        }
    }

    /// Removes the oldest values until at most `to` bytes are left, and whatever killed
    /// processes left behind.
    pub async fn prune(&self, to: u64) -> Pruned {
        self.memory.invalidate_all();
        self.blocking(move |store| {
            store.flush();
            store.prune(to)
        })
        .await
    }

    /// What this cache and its clones did since it was opened.
    #[must_use]
    pub fn statistics(&self) -> CacheStatistics {
        let counters = &self.store.counters;
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        CacheStatistics {
            hits: read(&counters.hits),
            misses: read(&counters.misses),
            written: read(&counters.written),
            failed: read(&counters.failed),
            damaged: read(&counters.damaged),
        }
    }

    /// Runs to its end even if the caller goes away.
    async fn blocking<T>(&self, work: impl FnOnce(&Store) -> T + Send + 'static) -> T
    where
        T: Default + Send + 'static,
    {
        let store = Arc::clone(&self.store);
        spawn_blocking(move || work(&store))
            .await
            .unwrap_or_default()
    }
}

/// What may block.
impl Store {
    fn directory(&self) -> MutexGuard<'_, Directory> {
        self.directory
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, key: &str, piece: &Piece) -> Option<Bytes> {
        let record = match files::read_piece(&piece.file.path, piece.offset, piece.length) {
            Ok(Some(record)) => record,
            Ok(None) => {
                // Another process pruned it.
                self.directory().drop_pack(piece.pack);
                return None;
            }
            Err(Broken::Damaged(reason)) => {
                self.discard(piece, &reason);
                return None;
            }
            Err(Broken::Refused(reason)) => {
                tracing::debug!(reason, "a part of the cache cannot be read now");
                return None;
            }
        };
        match pack::open_record(&record, key) {
            Record::Value(start) => Some(Bytes::from(record).slice(start..)),
            Record::OtherKey => None,
            Record::Damaged => {
                self.discard(piece, "a value is damaged");
                None
            }
        }
    }

    fn discard(&self, piece: &Piece, reason: &str) {
        if self.directory().drop_pack(piece.pack).is_some() {
            self.discard_file(&piece.file, reason);
        }
    }

    fn discard_file(&self, file: &files::PackFile, reason: &str) {
        add(&self.counters.damaged, 1);
        tracing::warn!(
            path = %file.path.display(),
            reason,
            "a damaged part of the cache is removed, and its contents will be fetched again"
        );
        self.remove(file);
    }

    fn remove(&self, file: &files::PackFile) {
        if !self.read_only {
            files::remove(&self.folder, file);
        }
    }

    fn flush(&self) {
        if self.read_only {
            return;
        }
        let draft = self.directory().seal();
        if let Some(draft) = draft {
            self.write(&draft);
        }
    }

    fn write(&self, draft: &Draft) {
        let number = self.packs.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{number:x}", self.writer);
        let dead = match files::write(&self.folder, name, &draft.rows, &draft.body) {
            Ok(file) => {
                add(&self.counters.written, draft.rows.len());
                self.directory().written(draft, file)
            }
            Err(Broken::Damaged(reason) | Broken::Refused(reason)) => {
                let lost = self.directory().lost(draft);
                add(&self.counters.failed, draft.rows.len());
                tracing::warn!(
                    folder = %self.folder.display(),
                    lost,
                    reason,
                    "the cache cannot be written; the work goes on without it"
                );
                return;
            }
        };
        for file in dead {
            self.remove(&file);
        }
        let too_large = self.directory().bytes() > self.limit;
        if too_large && !self.pruning.swap(true, Ordering::AcqRel) {
            let pruned = self.prune(self.limit / 5 * 4);
            tracing::debug!(?pruned, "the cache had reached its limit");
            self.pruning.store(false, Ordering::Release);
        }
    }

    fn prune(&self, to: u64) -> Pruned {
        if self.read_only {
            return Pruned::default();
        }
        // Asked before the list is read: what is written meanwhile is not in it.
        let known = self.directory().names();
        let listed = files::list(&self.folder);
        let new = self.directory().compare(&known, &listed);
        self.take_in(&new);
        let (dropped, entries) = self.directory().drop_oldest(to);
        for file in &dropped {
            files::remove(&self.folder, file);
        }
        let orphans = files::remove_orphans(&self.folder);
        Pruned {
            entries,
            bytes: dropped.iter().map(|file| file.bytes).sum::<u64>() + orphans,
        }
    }

    /// Learns what is in packs, and removes those that are of no use.
    fn take_in(&self, packs: &[files::PackFile]) {
        for file in packs {
            match files::read_table(file) {
                Ok(Some(rows)) => self.directory().add(file.clone(), &rows),
                Ok(None) => self.remove(file),
                Err(Broken::Damaged(reason)) => self.discard_file(file, &reason),
                // It is there for whoever can read it.
                Err(Broken::Refused(_)) => {}
            }
        }
        let dead = self.directory().take_dead();
        for file in dead {
            self.remove(&file);
        }
    }

    fn merge_small_packs(&self) {
        let small = self.directory().smaller_than(PACK_BYTES as u64 / 4);
        if small.len() <= MOST_SMALL_PACKS {
            return;
        }
        for pack in small {
            let Ok(whole) = fs_err::read(&pack.path) else {
                continue;
            };
            let full = {
                let mut directory = self.directory();
                directory.redraft(&pack, &whole);
                directory.is_full().then(|| directory.seal()).flatten()
            };
            if let Some(draft) = full {
                self.write(&draft);
            }
        }
        self.flush();
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.flush();
    }
}

fn now() -> std::time::Duration {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
}
