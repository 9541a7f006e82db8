//! The index of the cache: where the value of each key is. It never touches the disk.
//!
//! New values are collected in a pending pack. When that is full it is sealed, written by the caller,
//! and then becomes a pack. The index takes about 30 bytes per key.

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
    sync::Arc,
};

use bytes::Bytes;

use super::{
    pack::{self, HEADER_BYTES, ROW_BYTES, Record, Row},
    pack_files::PackFile,
};

/// A pending pack of this size is sealed. Small files would cost more to create than to write.
pub(super) const PACK_BYTES: usize = 1 << 20;

type PackId = u32;

#[derive(Debug, Clone, Copy)]
struct RecordLocation {
    pack: PackId,
    /// Relative to the first record of the pack.
    offset: u32,
    /// 0 if the key was removed.
    length: u32,
    seconds: u32,
}

/// Values that are not on the disk yet.
#[derive(Debug, Default)]
pub(super) struct PendingPack {
    pub(super) id: PackId,
    pub(super) rows: Vec<Row>,
    pub(super) body: Vec<u8>,
}

#[derive(Debug)]
struct Pack {
    file: PackFile,
    records_start: u64,
}

/// Where a value was found.
#[derive(Debug)]
pub(super) enum Lookup {
    Missing,
    Memory(Bytes),
    Disk(StoredRecord),
}

/// A record in a pack on the disk.
#[derive(Debug)]
pub(super) struct StoredRecord {
    pub(super) pack: PackId,
    pub(super) file: PackFile,
    pub(super) offset: u64,
    pub(super) length: u32,
}

/// A pack to be merged with others.
#[derive(Debug)]
pub(super) struct SmallPack {
    pub(super) path: PathBuf,
    records_start: usize,
    locations: Vec<(u64, RecordLocation)>,
}

#[derive(Debug, Default)]
pub(super) struct CacheIndex {
    locations: HashMap<u64, RecordLocation>,
    packs: HashMap<PackId, Pack>,
    pending: PendingPack,
    /// Sealed packs that are not on the disk yet.
    sealed: HashMap<PackId, Arc<PendingPack>>,
    /// The number of locations that point into each pack, pending or not.
    live_records: HashMap<PackId, u32>,
    last_id: PackId,
    bytes: u64,
}

impl CacheIndex {
    /// Adds a value, or the removal of a key, to the pending pack.
    pub(super) fn put(&mut self, key: &str, value: Option<&[u8]>, length: u32, seconds: u32) {
        let row = Row {
            hash: pack::hash(key),
            seconds,
            length,
        };
        let offset = self.pending.body.len();
        if let Some(value) = value {
            pack::push_record(&mut self.pending.body, key, value);
        }
        self.add_row(row, offset);
    }

    fn add_row(&mut self, row: Row, offset: usize) {
        self.pending.rows.push(row);
        let location = RecordLocation {
            pack: self.pending.id,
            // Cannot overflow: a pack is sealed long before, and only its last record may be large.
            offset: u32::try_from(offset).unwrap_or(u32::MAX),
            length: row.length,
            seconds: row.seconds,
        };
        self.set_location(row.hash, location);
    }

    /// Points a key to its newest location.
    fn set_location(&mut self, hash: u64, location: RecordLocation) {
        if let Some(earlier) = self.locations.get(&hash) {
            if earlier.seconds > location.seconds {
                return;
            }
            if let Some(live_records) = self.live_records.get_mut(&earlier.pack) {
                *live_records = live_records.saturating_sub(1);
            }
        }
        *self.live_records.entry(location.pack).or_default() += 1;
        self.locations.insert(hash, location);
    }

    pub(super) fn is_full(&self) -> bool {
        self.pending.body.len() + self.pending.rows.len() * ROW_BYTES >= PACK_BYTES
    }

    /// Takes the pending pack for writing; [`Self::mark_written`] or [`Self::mark_lost`] must follow.
    pub(super) fn seal(&mut self) -> Option<Arc<PendingPack>> {
        if self.pending.rows.is_empty() {
            return None;
        }
        self.last_id += 1;
        let next = PendingPack {
            id: self.last_id,
            ..PendingPack::default()
        };
        let sealed = Arc::new(std::mem::replace(&mut self.pending, next));
        self.sealed.insert(sealed.id, Arc::clone(&sealed));
        Some(sealed)
    }

    /// The pack is on the disk. Returns the packs that nothing points to any more.
    pub(super) fn mark_written(&mut self, pending: &PendingPack, file: PackFile) -> Vec<PackFile> {
        self.sealed.remove(&pending.id);
        self.insert(pending.id, file, pending.rows.len());
        self.take_unused()
    }

    /// The pack could not be written. Returns the number of values lost.
    pub(super) fn mark_lost(&mut self, pending: &PendingPack) -> usize {
        self.sealed.remove(&pending.id);
        self.forget(&HashSet::from([pending.id]))
    }

    fn insert(&mut self, id: PackId, file: PackFile, rows: usize) {
        self.bytes += file.bytes;
        let records_start = (HEADER_BYTES + rows * ROW_BYTES) as u64;
        self.packs.insert(
            id,
            Pack {
                file,
                records_start,
            },
        );
    }

    /// Adds a pack found on the disk.
    pub(super) fn add_pack(&mut self, file: PackFile, rows: &[Row]) {
        self.last_id += 1;
        let id = self.last_id;
        let mut offset = 0_u32;
        self.live_records.insert(id, 0);
        for row in rows {
            let location = RecordLocation {
                pack: id,
                offset,
                length: row.length,
                seconds: row.seconds,
            };
            self.set_location(row.hash, location);
            offset = offset.saturating_add(row.length);
        }
        self.insert(id, file, rows.len());
    }

    /// Forgets the packs that nothing points to; returns them.
    pub(super) fn take_unused(&mut self) -> Vec<PackFile> {
        let is_unused = |id: &PackId| {
            self.live_records
                .get(id)
                .is_none_or(|live_records| *live_records == 0)
        };
        let unused: HashSet<_> = self.packs.keys().copied().filter(is_unused).collect();
        self.take(&unused)
    }

    fn take(&mut self, ids: &HashSet<PackId>) -> Vec<PackFile> {
        let packs: Vec<_> = ids
            .iter()
            .filter_map(|id| {
                self.live_records.remove(id);
                self.packs.remove(id)
            })
            .collect();
        self.bytes -= packs.iter().map(|pack| pack.file.bytes).sum::<u64>();
        packs.into_iter().map(|pack| pack.file).collect()
    }

    fn forget(&mut self, ids: &HashSet<PackId>) -> usize {
        let before = self.entries();
        self.locations
            .retain(|_, location| !ids.contains(&location.pack));
        before - self.entries()
    }

    /// Forgets a pack that is damaged or gone. `None` if it was forgotten before.
    pub(super) fn drop_pack(&mut self, id: PackId) -> Option<PackFile> {
        let ids = HashSet::from([id]);
        self.forget(&ids);
        self.take(&ids).pop()
    }

    /// Forgets the oldest packs until at most `to` bytes are left; returns them and the number of
    /// values in them.
    pub(super) fn drop_oldest(&mut self, to: u64) -> (Vec<PackFile>, usize) {
        let mut by_age: Vec<_> = self.packs.iter().collect();
        by_age.sort_by_key(|(id, pack)| (pack.file.written, **id));
        let mut left = self.bytes;
        let mut ids = HashSet::new();
        for (id, pack) in by_age {
            if left <= to {
                break;
            }
            left -= pack.file.bytes;
            ids.insert(*id);
        }
        let entries = self.forget(&ids);
        (self.take(&ids), entries)
    }

    /// The names of the packs on the disk.
    pub(super) fn names(&self) -> HashSet<String> {
        self.packs
            .values()
            .map(|pack| pack.file.name.clone())
            .collect()
    }

    /// Forgets those of the `known` packs that another process removed; returns the listed packs that
    /// are new.
    pub(super) fn sync_with(
        &mut self,
        known: &HashSet<String>,
        listed: &[PackFile],
    ) -> Vec<PackFile> {
        let names: HashSet<_> = listed.iter().map(|pack| &pack.name).collect();
        let is_gone = |name: &String| known.contains(name) && !names.contains(name);
        let gone: HashSet<_> = self
            .packs
            .iter()
            .filter(|(_, pack)| is_gone(&pack.file.name))
            .map(|(id, _)| *id)
            .collect();
        self.forget(&gone);
        self.take(&gone);
        let known = self.names();
        let is_new = |pack: &&PackFile| !known.contains(&pack.name);
        listed.iter().filter(is_new).cloned().collect()
    }

    pub(super) fn find(&self, key: &str) -> Lookup {
        let Some(location) = self.locations.get(&pack::hash(key)) else {
            return Lookup::Missing;
        };
        if location.length == 0 {
            return Lookup::Missing;
        }
        if let Some(pack) = self.packs.get(&location.pack) {
            return Lookup::Disk(StoredRecord {
                pack: location.pack,
                file: pack.file.clone(),
                offset: pack.records_start + u64::from(location.offset),
                length: location.length,
            });
        }
        let pending = match self.sealed.get(&location.pack) {
            Some(sealed) => sealed,
            None => &self.pending,
        };
        slice_record(&pending.body, *location)
            .and_then(|record| match pack::open_record(record, key) {
                Record::Value(start) => Some(Bytes::copy_from_slice(&record[start..])),
                Record::OtherKey | Record::Damaged => None,
            })
            .map_or(Lookup::Missing, Lookup::Memory)
    }

    /// Packs below this size, with the records that are still in use.
    pub(super) fn smaller_than(&self, bytes: u64) -> Vec<SmallPack> {
        let mut small: HashMap<_, _> = self
            .packs
            .iter()
            .filter(|(_, pack)| pack.file.bytes < bytes)
            .map(|(id, pack)| {
                let small = SmallPack {
                    path: pack.file.path.clone(),
                    records_start: usize::try_from(pack.records_start).unwrap_or(usize::MAX),
                    locations: Vec::new(),
                };
                (*id, small)
            })
            .collect();
        for (hash, location) in &self.locations {
            if let Some(small) = small.get_mut(&location.pack) {
                small.locations.push((*hash, *location));
            }
        }
        small.into_values().collect()
    }

    /// Copies the records of a pack that are in use into the pending pack, so that nothing points to
    /// the old one.
    pub(super) fn copy_live_records(&mut self, pack: &SmallPack, whole: &[u8]) {
        let records = whole.get(pack.records_start..).unwrap_or_default();
        for (hash, location) in &pack.locations {
            let Some(record) = slice_record(records, *location) else {
                continue;
            };
            if location.length > 0 && !pack::is_whole(record) {
                continue;
            }
            let offset = self.pending.body.len();
            self.pending.body.extend_from_slice(record);
            let row = Row {
                hash: *hash,
                seconds: location.seconds,
                length: location.length,
            };
            self.add_row(row, offset);
        }
    }

    pub(super) fn entries(&self) -> usize {
        self.locations
            .values()
            .filter(|location| location.length > 0)
            .count()
    }

    /// Bytes on the disk.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }
}

fn slice_record(records: &[u8], location: RecordLocation) -> Option<&[u8]> {
    let start = usize::try_from(location.offset).ok()?;
    let length = usize::try_from(location.length).ok()?;
    records.get(start..start.checked_add(length)?)
}
