//! Opening and closing the folder of an engine.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use crate::error::{EngineError, EngineResult};
use crate::execute::ValueCache;
use crate::settings::EngineSettings;
use crate::store::catalogue::Catalogue;
use crate::store::collection_folders::CollectionFolders;
use crate::store::data_folder::{DataFolder, FolderLock};
use crate::store::{DocumentCache, StoreError};

use super::collection_slots::{CollectionSlot, EngineStorage, NameTable};
use super::maintenance::Maintenance;

/// Why a folder could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it.
    #[error("another process uses the folder {folder}{}", at(address.as_deref()))]
    InUse {
        /// The folder.
        folder: PathBuf,
        /// Where that process answers, once it does.
        address: Option<String>,
    },
    /// It cannot be read or written.
    #[error(transparent)]
    Broken(#[from] EngineError),
}

impl From<StoreError> for OpenError {
    fn from(error: StoreError) -> Self {
        Self::Broken(error.into())
    }
}

fn at(address: Option<&str>) -> String {
    address.map_or_else(String::new, |address| format!(" and answers at {address}"))
}

/// See the [module](self).
#[derive(Debug)]
pub struct Engine {
    pub(super) storage: Arc<EngineStorage>,
    names: Arc<RwLock<NameTable>>,
    /// Held while a collection is made or dropped, which takes longer than a look at the names.
    pub(super) changing: Mutex<()>,
    maintenance: Mutex<Option<Maintenance>>,
    /// What searches remember of facet values; segments of an index never change.
    pub(super) facet_values: ValueCache,
    /// Last, so that the lock on the folder is given back last.
    folder: DataFolder,
}

impl Engine {
    /// Opens a folder, which is made if it is not there: takes the lock and reads the catalogue. A
    /// collection is opened by the first request for it, so a start takes as long whatever there
    /// is; what a former owner has left to do is done while requests are served.
    ///
    /// A collection whose files are damaged beyond what can be rebuilt does not keep the others
    /// from opening: it answers every request with the problem.
    pub fn open(path: &Path, settings: EngineSettings) -> Result<Self, OpenError> {
        let folder = match DataFolder::take(path)? {
            FolderLock::Acquired(folder) => folder,
            FolderLock::HeldElsewhere(address) => {
                return Err(OpenError::InUse {
                    folder: path.to_owned(),
                    address,
                });
            }
        };
        let catalogue = Catalogue::open(&folder.catalogue())?;
        let mut table = NameTable {
            aliases: catalogue.aliases()?.into_iter().collect(),
            ..NameTable::default()
        };
        for entry in catalogue.collections()? {
            table.insert(CollectionSlot::closed(entry));
        }
        let names = Arc::new(RwLock::new(table));
        let unfinished = catalogue.unfinished()?;
        let storage = Arc::new(EngineStorage {
            catalogue,
            folders: CollectionFolders::new(folder.collections()),
            settings,
            documents: DocumentCache::default(),
        });
        let unclean = folder.begin_session()?;
        let maintenance = Maintenance::start(
            Arc::clone(&storage),
            Arc::clone(&names),
            unfinished,
            unclean,
        )?;
        Ok(Self {
            storage,
            names,
            changing: Mutex::new(()),
            maintenance: Mutex::new(Some(maintenance)),
            facet_values: ValueCache::default(),
            folder,
        })
    }

    /// The address of the process that owns a folder, if one does and has told it.
    #[must_use]
    pub fn owner(folder: &Path) -> Option<String> {
        DataFolder::owner(folder)
    }

    /// The limits that it was opened with.
    #[must_use]
    pub fn settings(&self) -> &EngineSettings {
        &self.storage.settings
    }

    /// The folder that it owns.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes down where this process answers, for others that want the folder.
    pub fn announce(&self, address: &str) -> EngineResult<()> {
        Ok(self.folder.announce(address)?)
    }

    /// Brings the indexes of all collections that were written to or searched up to the store and
    /// commits them, so that the next start has nothing to do. Later requests still work; dropping
    /// the engine does the same.
    pub fn close(&self) {
        let maintenance = self
            .maintenance
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let verified = maintenance.is_some_and(Maintenance::end);
        let slot: Vec<Arc<CollectionSlot>> = self.names().collections.values().cloned().collect();
        for collection in slot.iter().filter_map(|slot| slot.if_opened()) {
            collection.close();
        }
        if verified {
            self.folder.end_session();
        }
    }

    pub(super) fn names(&self) -> RwLockReadGuard<'_, NameTable> {
        self.names.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn change_names(&self, change: impl FnOnce(&mut NameTable)) {
        change(&mut self.names.write().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.close();
    }
}
