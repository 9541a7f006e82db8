//! All collections of one folder, their aliases, and small objects beside them.
//!
//! Every method blocks. `http` and the program call it; below it are [`crate::collection`] and
//! [`crate::store`].

mod aliases;
mod collections;
#[cfg(test)]
mod folder_tests;
mod folders;
mod housekeeper;
mod named;
mod objects;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use crate::problem::{Answer, Problem};
use crate::settings::Settings;
use crate::store::catalogue::Catalogue;
use crate::store::folder::{Folder, Taken};
use crate::store::shelf::Shelf;

use housekeeper::Housekeeper;
use named::{Library, Named, Names};

pub use objects::ObjectKind;

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
    Broken(#[from] Problem),
}

fn at(address: Option<&str>) -> String {
    address.map_or_else(String::new, |address| format!(" and answers at {address}"))
}

/// See the [module](self).
#[derive(Debug)]
pub struct Engine {
    library: Arc<Library>,
    names: Arc<RwLock<Names>>,
    /// Held while a collection is made or dropped, which takes longer than a look at the names.
    changing: Mutex<()>,
    housekeeper: Mutex<Option<Housekeeper>>,
    /// Last, so that the lock on the folder is given back last.
    folder: Folder,
}

impl Engine {
    /// Opens a folder, which is made if it is not there: takes the lock and reads the catalogue. A
    /// collection is opened by the first request for it, so a start takes as long whatever there
    /// is; what an owner before has left to do is done beside the requests.
    ///
    /// A collection whose files are damaged beyond what can be rebuilt does not keep the others
    /// from opening: it answers every request with the problem.
    pub fn open(folder: &Path, settings: Settings) -> Result<Self, OpenError> {
        let folder = match Folder::take(folder)? {
            Taken::Ours(folder) => folder,
            Taken::Theirs(address) => {
                return Err(OpenError::InUse {
                    folder: folder.to_owned(),
                    address,
                });
            }
        };
        let catalogue = Catalogue::open(&folder.catalogue())?;
        let mut names = Names {
            aliases: catalogue.aliases()?.into_iter().collect(),
            ..Names::default()
        };
        for entry in catalogue.collections()? {
            names.insert(Named::closed(entry));
        }
        let names = Arc::new(RwLock::new(names));
        let unfinished = catalogue.unfinished()?;
        let library = Arc::new(Library {
            catalogue,
            shelf: Shelf::new(folder.collections()),
            settings,
        });
        let unclean = folder.begin_session()?;
        let housekeeper = Housekeeper::start(
            Arc::clone(&library),
            Arc::clone(&names),
            unfinished,
            unclean,
        )?;
        Ok(Self {
            library,
            names,
            changing: Mutex::new(()),
            housekeeper: Mutex::new(Some(housekeeper)),
            folder,
        })
    }

    /// The address of the process that owns a folder, if one does and has told it.
    #[must_use]
    pub fn owner(folder: &Path) -> Option<String> {
        Folder::owner(folder)
    }

    /// The limits that it was opened with.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.library.settings
    }

    /// The folder that it owns.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes down where this process answers, for others that want the folder.
    pub fn announce(&self, address: &str) -> Answer<()> {
        self.folder.announce(address)
    }

    /// Brings the indexes of all collections that were written to or searched up to the store and
    /// commits them, so that the next start has nothing to do. Later requests still work; dropping
    /// the engine does the same.
    pub fn close(&self) {
        let housekeeper = self
            .housekeeper
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let verified = housekeeper.is_some_and(Housekeeper::end);
        let named: Vec<Arc<Named>> = self.names().collections.values().cloned().collect();
        for collection in named.iter().filter_map(|named| named.if_opened()) {
            collection.close();
        }
        if verified {
            self.folder.end_session();
        }
    }

    fn names(&self) -> RwLockReadGuard<'_, Names> {
        self.names.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn change_names(&self, change: impl FnOnce(&mut Names)) {
        change(&mut self.names.write().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.close();
    }
}
