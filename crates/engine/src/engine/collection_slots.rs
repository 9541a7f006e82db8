//! Who is called what, and collections that are opened by the first request for them.
//!
//! Opening one collection keeps nobody from the others: names are looked up under a lock that is
//! never held while a file is read.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::collection::Collection;
use crate::error::{EngineError, EngineResult};
use crate::settings::EngineSettings;
use crate::store::DocumentCache;
use crate::store::catalogue::{Catalogue, CollectionRecord};
use crate::store::collection_folders::{CollectionFolders, FolderIdentity};

/// Who is called what.
#[derive(Debug, Default)]
pub(super) struct NameTable {
    /// By number: in the order in which they were made.
    pub(super) collections: BTreeMap<u64, Arc<CollectionSlot>>,
    pub(super) aliases: BTreeMap<String, String>,
}

/// A collection of the catalogue.
#[derive(Debug)]
pub(super) struct CollectionSlot {
    pub(super) entry: CollectionRecord,
    opened: Mutex<Option<Arc<Collection>>>,
}

/// What opening a collection takes, and what was read of all.
#[derive(Debug)]
pub(super) struct EngineStorage {
    pub(super) catalogue: Catalogue,
    pub(super) folders: CollectionFolders,
    pub(super) settings: EngineSettings,
    pub(super) documents: DocumentCache,
}

impl NameTable {
    pub(super) fn by_name(&self, name: &str) -> Option<&Arc<CollectionSlot>> {
        let mut all = self.collections.values();
        all.find(|slot| slot.entry.name == name)
    }

    /// A collection of this name, else the one behind the alias of this name.
    pub(super) fn resolve(&self, name: &str) -> Option<&Arc<CollectionSlot>> {
        let behind = || self.by_name(self.aliases.get(name)?);
        self.by_name(name).or_else(behind)
    }

    pub(super) fn insert(&mut self, slot: CollectionSlot) {
        self.collections.insert(slot.entry.number, Arc::new(slot));
    }
}

impl CollectionSlot {
    /// One that nobody has asked for.
    pub(super) fn closed(entry: CollectionRecord) -> Self {
        Self {
            entry,
            opened: Mutex::default(),
        }
    }

    pub(super) fn opened(entry: CollectionRecord, collection: Arc<Collection>) -> Self {
        Self {
            entry,
            opened: Mutex::new(Some(collection)),
        }
    }

    /// The collection, if somebody has opened it.
    pub(super) fn if_opened(&self) -> Option<Arc<Collection>> {
        self.opened
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The collection, or why it cannot be used.
    pub(super) fn open(&self, storage: &EngineStorage) -> EngineResult<Arc<Collection>> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(collection) = &*opened {
            return Ok(Arc::clone(collection));
        }
        let entry = &self.entry;
        let collection = open(storage, entry).inspect_err(|problem| {
            tracing::error!(collection = entry.name, %problem, "the collection cannot be used");
        })?;
        *opened = Some(Arc::clone(&collection));
        Ok(collection)
    }
}

fn open(storage: &EngineStorage, entry: &CollectionRecord) -> EngineResult<Arc<Collection>> {
    let folder = storage.folders.folder(entry.number);
    let name = &entry.name;
    if !folder.is_dir() {
        return Err(EngineError::internal(format!(
            "the folder {} of the collection `{name}` is missing: restore it from a backup, or \
             delete the collection and import its documents again",
            folder.display()
        )));
    }
    let collection = Collection::open(&folder, &storage.settings)?;
    let schema = collection.schema();
    let origin = FolderIdentity {
        name: schema.name.clone(),
        created_at: schema.created_at,
        documents: collection.count(),
        is_unused: false,
    };
    if !origin.is(entry) {
        return Err(EngineError::internal(format!(
            "the folder {} holds the collection `{}` of {}, not the collection `{name}` of the \
             catalogue, which may be older: restore the catalogue that belongs to the folders, or \
             adopt the folder as what it is",
            folder.display(),
            origin.name,
            origin.created_at,
        )));
    }
    if entry.created_at.is_none() {
        // An older program has made the row.
        let known = CollectionRecord {
            created_at: Some(origin.created_at),
            ..entry.clone()
        };
        if let Err(problem) = storage.catalogue.add_collection(&known) {
            tracing::warn!(%problem, "the catalogue cannot record when a collection was created");
        }
    }
    Ok(collection)
}
