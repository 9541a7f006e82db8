//! Who is called what, and collections that are opened by the first request for them.
//!
//! Opening one collection keeps nobody from the others: names are looked up under a lock that is
//! never held while a file is read.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::collection::Collection;
use crate::problem::{Answer, Problem};
use crate::settings::Settings;
use crate::store::catalogue::{Catalogue, Entry};
use crate::store::shelf::{Origin, Shelf};

/// Who is called what.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// By number: in the order in which they were made.
    pub(super) collections: BTreeMap<u64, Arc<Named>>,
    pub(super) aliases: BTreeMap<String, String>,
}

/// A collection of the catalogue.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) entry: Entry,
    opened: Mutex<Option<Arc<Collection>>>,
}

/// What opening a collection takes.
#[derive(Debug)]
pub(super) struct Library {
    pub(super) catalogue: Catalogue,
    pub(super) shelf: Shelf,
    pub(super) settings: Settings,
}

impl Names {
    pub(super) fn by_name(&self, name: &str) -> Option<&Arc<Named>> {
        let mut all = self.collections.values();
        all.find(|named| named.entry.name == name)
    }

    /// A collection of this name, else the one behind the alias of this name.
    pub(super) fn resolve(&self, name: &str) -> Option<&Arc<Named>> {
        let behind = || self.by_name(self.aliases.get(name)?);
        self.by_name(name).or_else(behind)
    }

    pub(super) fn insert(&mut self, named: Named) {
        self.collections.insert(named.entry.number, Arc::new(named));
    }
}

impl Named {
    /// One that nobody has asked for.
    pub(super) fn closed(entry: Entry) -> Self {
        Self {
            entry,
            opened: Mutex::default(),
        }
    }

    pub(super) fn opened(entry: Entry, collection: Arc<Collection>) -> Self {
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
    pub(super) fn open(&self, library: &Library) -> Answer<Arc<Collection>> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(collection) = &*opened {
            return Ok(Arc::clone(collection));
        }
        let entry = &self.entry;
        let collection = open(library, entry).inspect_err(|problem| {
            tracing::error!(collection = entry.name, %problem, "the collection cannot be used");
        })?;
        *opened = Some(Arc::clone(&collection));
        Ok(collection)
    }
}

fn open(library: &Library, entry: &Entry) -> Answer<Arc<Collection>> {
    let folder = library.shelf.folder(entry.number);
    let name = &entry.name;
    if !folder.is_dir() {
        return Err(Problem::fault(format!(
            "the folder {} of the collection `{name}` is not there: restore it from a backup, or \
             delete the collection and import its documents again",
            folder.display()
        )));
    }
    let collection = Collection::open(&folder, &library.settings)?;
    let schema = collection.schema();
    let origin = Origin {
        name: schema.name.clone(),
        created_at: schema.created_at,
        documents: collection.count(),
        is_unused: false,
    };
    if !origin.is(entry) {
        return Err(Problem::fault(format!(
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
        let known = Entry {
            created_at: Some(origin.created_at),
            ..entry.clone()
        };
        if let Err(problem) = library.catalogue.add_collection(&known) {
            tracing::warn!(%problem, "the catalogue lacks when a collection was made");
        }
    }
    Ok(collection)
}
