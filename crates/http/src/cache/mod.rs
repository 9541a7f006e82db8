//! A disk cache for bodies, with a small memory cache in front.
//!
//! Values are collected in memory and written about a mebibyte at a time, as one *pack*, because
//! files for each value would cost far more than the values themselves. If the process is killed,
//! values that are not in a pack yet are lost; a damaged pack is removed and counts as a miss; a full
//! disk causes a warning. All of that costs requests, never data. Several processes may share a
//! folder; each sees what was there when it opened the folder, and what it put itself.
//!
//! The cache never stores errors, and keys never become paths.

mod index;
mod pack;
mod pack_files;

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
    index::{CacheIndex, Lookup, PACK_BYTES, PendingPack, StoredRecord},
    pack::Record,
    pack_files::{Damage, PackError},
};

/// When the cache is opened and there are more packs below a quarter of the usual size, they are
/// merged.
const MAX_SMALL_PACKS: usize = 64;
/// The overhead per value in the memory cache, in bytes.
const MEMORY_OVERHEAD: usize = 128;

/// A namespace for one kind of value. Increment its version when the format of the values changes:
/// old values are then no longer found, and are pruned with age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    name: &'static str,
    version: u32,
}

impl Bucket {
    /// A bucket with a name and the version of the format of its values.
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

/// The maximum size of a cache, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct CacheLimits {
    /// On the disk. Above it the oldest values are removed until a fifth of it is free.
    pub bytes: u64,
    /// In the memory cache.
    pub memory_bytes: u64,
}

/// The size of a cache on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CacheSize {
    /// The number of values that this process knows of.
    pub entries: usize,
    /// The size of all packs, tables included.
    pub bytes: u64,
}

/// What was removed by pruning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct PrunedSize {
    /// The number of values removed.
    pub entries: usize,
    /// The bytes freed on the disk.
    pub bytes: u64,
}

/// What a cache has done since it was opened, in numbers of values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct CacheStatistics {
    /// Values found, in memory or on the disk.
    pub hits: u64,
    /// Values missing or damaged.
    pub misses: u64,
    /// Values written to the disk.
    pub written: u64,
    /// Values not stored, because writing failed or the value is larger than the cache.
    pub failed: u64,
    /// Damaged packs removed.
    pub damaged: u64,
}

/// Why a cache cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the cache folder {}: {source}", folder.display())]
pub struct CacheError {
    folder: PathBuf,
    source: std::io::Error,
}

/// The cache. Clones are cheap and share everything; dropping the last one flushes it.
#[derive(Debug, Clone)]
pub struct DiskCache {
    store: Arc<Store>,
    memory: Cache<String, Bytes>,
}

#[derive(Debug)]
struct Store {
    folder: PathBuf,
    /// Whether the folder must not be changed.
    read_only: bool,
    limit: u64,
    index: Mutex<CacheIndex>,
    counters: Counters,
    pruning: AtomicBool,
    /// The unique prefix of the names of this process's packs.
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

fn increment(counter: &AtomicU64, number: usize) {
    counter.fetch_add(number as u64, Ordering::Relaxed);
}

impl DiskCache {
    /// Opens a folder and creates it if it is missing. Blocks while the tables of the packs are read:
    /// about a tenth of a second per gibibyte.
    ///
    /// # Errors
    ///
    /// [`CacheError`] if the folder cannot be created. Damaged packs are removed, not reported.
    pub fn open(folder: impl Into<PathBuf>, limits: CacheLimits) -> Result<Self, CacheError> {
        let folder = folder.into();
        fs_err::create_dir_all(&folder).map_err(|source| CacheError {
            folder: folder.clone(),
            source,
        })?;
        let cache = Self::at(folder, limits, false);
        cache.store.merge_small_packs();
        Ok(cache)
    }

    /// Opens a folder, which may be missing, without changing it: values are not stored, and damaged
    /// packs are not removed.
    #[must_use]
    pub fn open_read_only(folder: impl Into<PathBuf>, limits: CacheLimits) -> Self {
        Self::at(folder.into(), limits, true)
    }

    fn at(folder: PathBuf, limits: CacheLimits, read_only: bool) -> Self {
        let store = Store {
            folder,
            read_only,
            limit: limits.bytes,
            index: Mutex::default(),
            counters: Counters::default(),
            pruning: AtomicBool::new(false),
            writer: format!("{:x}-{:x}", now().as_nanos(), std::process::id()),
            packs: AtomicU64::new(0),
        };
        store.load_packs(&pack_files::list(&store.folder));
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

    /// The value last put under this key, if it is still in the cache.
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
        increment(
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
        let found = self.store.lock_index().find(key);
        match found {
            Lookup::Missing => None,
            Lookup::Memory(value) => Some(value),
            Lookup::Disk(stored) => {
                let store = Arc::clone(&self.store);
                let key = key.to_owned();
                let read = spawn_blocking(move || store.read(&key, &stored));
                read.await.ok().flatten()
            }
        }
    }

    /// Stores a value, replacing an earlier one. It is written to the disk with the next full pack, by
    /// [`Self::flush`], or when the cache is dropped. A failure is logged as a warning and counted in
    /// [`CacheStatistics::failed`].
    pub async fn put(&self, bucket: Bucket, key: &str, value: Bytes) {
        let key = bucket.key(key);
        self.memory.invalidate(&key).await;
        let length = pack::record_length(&key, &value);
        let Some(length) = length.filter(|length| u64::from(*length) <= self.store.limit) else {
            increment(&self.store.counters.failed, 1);
            return;
        };
        self.change(&key, Some(&value), length).await;
    }

    /// Removes the value under a key.
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
            let mut index = self.store.lock_index();
            index.put(key, value, length, seconds);
            index.is_full().then(|| index.seal()).flatten()
        };
        if let Some(pending) = full {
            self.run_blocking(move |store| store.write(&pending)).await;
        }
    }

    /// Writes all values to the disk.
    pub async fn flush(&self) {
        self.run_blocking(Store::flush).await;
    }

    /// The size on the disk, as far as this process knows.
    #[must_use]
    pub fn size(&self) -> CacheSize {
        let index = self.store.lock_index();
        CacheSize {
            entries: index.entries(),
            bytes: index.bytes(),
        }
    }

    /// Removes the oldest values until at most `to` bytes are left, and the leftovers of killed
    /// processes.
    pub async fn prune(&self, to: u64) -> PrunedSize {
        self.memory.invalidate_all();
        self.run_blocking(move |store| {
            store.flush();
            store.prune(to)
        })
        .await
    }

    /// What this cache and its clones have done since it was opened.
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

    /// Runs blocking work, to its end even if the caller is cancelled.
    async fn run_blocking<T>(&self, work: impl FnOnce(&Store) -> T + Send + 'static) -> T
    where
        T: Default + Send + 'static,
    {
        let store = Arc::clone(&self.store);
        spawn_blocking(move || work(&store))
            .await
            .unwrap_or_default()
    }
}

/// Everything here may block.
impl Store {
    fn lock_index(&self) -> MutexGuard<'_, CacheIndex> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, key: &str, stored: &StoredRecord) -> Option<Bytes> {
        let record = match pack_files::read_record(&stored.file.path, stored.offset, stored.length)
        {
            Ok(Some(record)) => record,
            Ok(None) => {
                // Another process pruned it.
                self.lock_index().drop_pack(stored.pack);
                return None;
            }
            Err(PackError::Damaged(damage)) => {
                self.discard(stored, damage);
                return None;
            }
            Err(error) => {
                tracing::debug!(%error, "cannot read a part of the cache");
                return None;
            }
        };
        match pack::open_record(&record, key) {
            Record::Value(start) => Some(Bytes::from(record).slice(start..)),
            Record::OtherKey => None,
            Record::Damaged => {
                self.discard(stored, Damage::Record);
                None
            }
        }
    }

    fn discard(&self, stored: &StoredRecord, damage: Damage) {
        if self.lock_index().drop_pack(stored.pack).is_some() {
            self.discard_file(&stored.file, damage);
        }
    }

    fn discard_file(&self, file: &pack_files::PackFile, damage: Damage) {
        increment(&self.counters.damaged, 1);
        tracing::warn!(
            path = %file.path.display(),
            %damage,
            "removing a damaged part of the cache; its contents will be fetched again"
        );
        self.remove(file);
    }

    fn remove(&self, file: &pack_files::PackFile) {
        if !self.read_only {
            pack_files::remove(&self.folder, file);
        }
    }

    fn flush(&self) {
        if self.read_only {
            return;
        }
        let pending = self.lock_index().seal();
        if let Some(pending) = pending {
            self.write(&pending);
        }
    }

    fn write(&self, pending: &PendingPack) {
        let number = self.packs.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{number:x}", self.writer);
        let unused = match pack_files::write(&self.folder, name, &pending.rows, &pending.body) {
            Ok(file) => {
                increment(&self.counters.written, pending.rows.len());
                self.lock_index().mark_written(pending, file)
            }
            Err(error) => {
                let lost = self.lock_index().mark_lost(pending);
                increment(&self.counters.failed, pending.rows.len());
                tracing::warn!(
                    folder = %self.folder.display(),
                    lost,
                    %error,
                    "cannot write to the cache; continuing without it"
                );
                return;
            }
        };
        for file in unused {
            self.remove(&file);
        }
        let too_large = self.lock_index().bytes() > self.limit;
        if too_large && !self.pruning.swap(true, Ordering::AcqRel) {
            let pruned = self.prune(self.limit / 5 * 4);
            tracing::debug!(?pruned, "pruned the cache, which had reached its limit");
            self.pruning.store(false, Ordering::Release);
        }
    }

    fn prune(&self, to: u64) -> PrunedSize {
        if self.read_only {
            return PrunedSize::default();
        }
        // Read before the list: packs that are written meanwhile must not count as gone.
        let known = self.lock_index().names();
        let listed = pack_files::list(&self.folder);
        let new = self.lock_index().sync_with(&known, &listed);
        self.load_packs(&new);
        let (dropped, entries) = self.lock_index().drop_oldest(to);
        for file in &dropped {
            pack_files::remove(&self.folder, file);
        }
        let orphans = pack_files::remove_orphans(&self.folder);
        PrunedSize {
            entries,
            bytes: dropped.iter().map(|file| file.bytes).sum::<u64>() + orphans,
        }
    }

    /// Adds packs to the index, and removes those that are empty, damaged or out of date.
    fn load_packs(&self, packs: &[pack_files::PackFile]) {
        for file in packs {
            match pack_files::read_table(file) {
                Ok(Some(rows)) => self.lock_index().add_pack(file.clone(), &rows),
                Ok(None) => self.remove(file),
                Err(PackError::Damaged(damage)) => self.discard_file(file, damage),
                // It may be intact: another process may be able to read it.
                Err(_) => {}
            }
        }
        let unused = self.lock_index().take_unused();
        for file in unused {
            self.remove(&file);
        }
    }

    fn merge_small_packs(&self) {
        let small = self.lock_index().smaller_than(PACK_BYTES as u64 / 4);
        if small.len() <= MAX_SMALL_PACKS {
            return;
        }
        for pack in small {
            let Ok(whole) = fs_err::read(&pack.path) else {
                continue;
            };
            let full = {
                let mut index = self.lock_index();
                index.copy_live_records(&pack, &whole);
                index.is_full().then(|| index.seal()).flatten()
            };
            if let Some(pending) = full {
                self.write(&pending);
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
