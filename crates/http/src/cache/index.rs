//! Which key lies where: in memory, without touching the disk.
//!
//! New values gather in a draft. A full draft is sealed, written by somebody else, and then
//! becomes a pack. About 30 bytes are held per key.

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
    sync::Arc,
};

use bytes::Bytes;

use super::{
    files::PackFile,
    pack::{self, HEADER_BYTES, ROW_BYTES, Record, Row},
};

/// A draft of this size is sealed. Creating a file costs as much as writing far more.
pub(super) const PACK_BYTES: usize = 1 << 20;

type PackId = u32;

#[derive(Debug, Clone, Copy)]
struct Place {
    pack: PackId,
    /// From the first record of the pack.
    offset: u32,
    /// 0 if the key was removed.
    length: u32,
    seconds: u32,
}

/// Values on their way to the disk.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) id: PackId,
    pub(super) rows: Vec<Row>,
    pub(super) body: Vec<u8>,
}

#[derive(Debug)]
struct Pack {
    file: PackFile,
    records_start: u64,
}

/// Where a value is.
#[derive(Debug)]
pub(super) enum Found {
    Nothing,
    Memory(Bytes),
    Disk(Piece),
}

/// A part of a pack on the disk.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) pack: PackId,
    pub(super) file: PackFile,
    pub(super) offset: u64,
    pub(super) length: u32,
}

/// A pack that is to be merged with others.
#[derive(Debug)]
pub(super) struct SmallPack {
    pub(super) path: PathBuf,
    records_start: usize,
    places: Vec<(u64, Place)>,
}

#[derive(Debug, Default)]
pub(super) struct Directory {
    places: HashMap<u64, Place>,
    packs: HashMap<PackId, Pack>,
    draft: Draft,
    /// Sealed, and not yet known to be on the disk.
    sealed: HashMap<PackId, Arc<Draft>>,
    /// How many places point into each draft or pack.
    live: HashMap<PackId, u32>,
    last_id: PackId,
    bytes: u64,
}

impl Directory {
    /// Adds a value, or the removal of a key, to the draft.
    pub(super) fn put(&mut self, key: &str, value: Option<&[u8]>, length: u32, seconds: u32) {
        let row = Row {
            hash: pack::hash(key),
            seconds,
            length,
        };
        let offset = self.draft.body.len();
        if let Some(value) = value {
            pack::push_record(&mut self.draft.body, key, value);
        }
        self.draft_row(row, offset);
    }

    fn draft_row(&mut self, row: Row, offset: usize) {
        self.draft.rows.push(row);
        let place = Place {
            pack: self.draft.id,
            // Drafts are sealed long before: only the last record may be large.
            offset: u32::try_from(offset).unwrap_or(u32::MAX),
            length: row.length,
            seconds: row.seconds,
        };
        self.point(row.hash, place);
    }

    /// Lets a key point to its newest place.
    fn point(&mut self, hash: u64, place: Place) {
        if let Some(earlier) = self.places.get(&hash) {
            if earlier.seconds > place.seconds {
                return;
            }
            if let Some(live) = self.live.get_mut(&earlier.pack) {
                *live = live.saturating_sub(1);
            }
        }
        *self.live.entry(place.pack).or_default() += 1;
        self.places.insert(hash, place);
    }

    pub(super) fn is_full(&self) -> bool {
        self.draft.body.len() + self.draft.rows.len() * ROW_BYTES >= PACK_BYTES
    }

    /// Takes the draft for writing; [`Self::written`] must follow.
    pub(super) fn seal(&mut self) -> Option<Arc<Draft>> {
        if self.draft.rows.is_empty() {
            return None;
        }
        self.last_id += 1;
        let next = Draft {
            id: self.last_id,
            ..Draft::default()
        };
        let sealed = Arc::new(std::mem::replace(&mut self.draft, next));
        self.sealed.insert(sealed.id, Arc::clone(&sealed));
        Some(sealed)
    }

    /// The draft is on the disk. Returns the packs that nothing points to any more.
    pub(super) fn written(&mut self, draft: &Draft, file: PackFile) -> Vec<PackFile> {
        self.sealed.remove(&draft.id);
        self.insert(draft.id, file, draft.rows.len());
        self.take_dead()
    }

    /// The draft could not be written. Returns how many values are lost.
    pub(super) fn lost(&mut self, draft: &Draft) -> usize {
        self.sealed.remove(&draft.id);
        self.forget(&HashSet::from([draft.id]))
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

    /// Takes in a pack found on the disk.
    pub(super) fn add(&mut self, file: PackFile, rows: &[Row]) {
        self.last_id += 1;
        let id = self.last_id;
        let mut offset = 0_u32;
        self.live.insert(id, 0);
        for row in rows {
            let place = Place {
                pack: id,
                offset,
                length: row.length,
                seconds: row.seconds,
            };
            self.point(row.hash, place);
            offset = offset.saturating_add(row.length);
        }
        self.insert(id, file, rows.len());
    }

    pub(super) fn take_dead(&mut self) -> Vec<PackFile> {
        let is_dead = |id: &PackId| self.live.get(id).is_none_or(|live| *live == 0);
        let dead: HashSet<_> = self.packs.keys().copied().filter(is_dead).collect();
        self.take(&dead)
    }

    fn take(&mut self, ids: &HashSet<PackId>) -> Vec<PackFile> {
        let packs: Vec<_> = ids
            .iter()
            .filter_map(|id| {
                self.live.remove(id);
                self.packs.remove(id)
            })
            .collect();
        self.bytes -= packs.iter().map(|pack| pack.file.bytes).sum::<u64>();
        packs.into_iter().map(|pack| pack.file).collect()
    }

    fn forget(&mut self, ids: &HashSet<PackId>) -> usize {
        let before = self.entries();
        self.places.retain(|_, place| !ids.contains(&place.pack));
        before - self.entries()
    }

    /// Forgets a pack that is damaged or gone. `None` if somebody did so before.
    pub(super) fn drop_pack(&mut self, id: PackId) -> Option<PackFile> {
        let ids = HashSet::from([id]);
        self.forget(&ids);
        self.take(&ids).pop()
    }

    /// Forgets the oldest packs until the others fit; returns them, and the number of values.
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

    /// Forgets those of the `known` packs that another process took off the list; returns
    /// the listed ones that are new.
    pub(super) fn compare(
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

    pub(super) fn find(&self, key: &str) -> Found {
        let Some(place) = self.places.get(&pack::hash(key)) else {
            return Found::Nothing;
        };
        if place.length == 0 {
            return Found::Nothing;
        }
        if let Some(pack) = self.packs.get(&place.pack) {
            return Found::Disk(Piece {
                pack: place.pack,
                file: pack.file.clone(),
                offset: pack.records_start + u64::from(place.offset),
                length: place.length,
            });
        }
        let draft = match self.sealed.get(&place.pack) {
            Some(sealed) => sealed,
            None => &self.draft,
        };
        record(&draft.body, *place)
            .and_then(|record| match pack::open_record(record, key) {
                Record::Value(start) => Some(Bytes::copy_from_slice(&record[start..])),
                Record::OtherKey | Record::Damaged => None,
            })
            .map_or(Found::Nothing, Found::Memory)
    }

    /// Packs below this size, with what still counts of them.
    pub(super) fn smaller_than(&self, bytes: u64) -> Vec<SmallPack> {
        let mut small: HashMap<_, _> = self
            .packs
            .iter()
            .filter(|(_, pack)| pack.file.bytes < bytes)
            .map(|(id, pack)| {
                let small = SmallPack {
                    path: pack.file.path.clone(),
                    records_start: usize::try_from(pack.records_start).unwrap_or(usize::MAX),
                    places: Vec::new(),
                };
                (*id, small)
            })
            .collect();
        for (hash, place) in &self.places {
            if let Some(small) = small.get_mut(&place.pack) {
                small.places.push((*hash, *place));
            }
        }
        small.into_values().collect()
    }

    /// Copies what still counts of a pack into the draft, so that nothing points to it.
    pub(super) fn redraft(&mut self, pack: &SmallPack, whole: &[u8]) {
        let records = whole.get(pack.records_start..).unwrap_or_default();
        for (hash, place) in &pack.places {
            let Some(record) = record(records, *place) else {
                continue;
            };
            if place.length > 0 && !pack::is_whole(record) {
                continue;
            }
            let offset = self.draft.body.len();
            self.draft.body.extend_from_slice(record);
            let row = Row {
                hash: *hash,
                seconds: place.seconds,
                length: place.length,
            };
            self.draft_row(row, offset);
        }
    }

    pub(super) fn entries(&self) -> usize {
        self.places
            .values()
            .filter(|place| place.length > 0)
            .count()
    }

    /// Bytes on the disk.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }
}

fn record(records: &[u8], place: Place) -> Option<&[u8]> {
    let start = usize::try_from(place.offset).ok()?;
    let length = usize::try_from(place.length).ok()?;
    records.get(start..start.checked_add(length)?)
}
