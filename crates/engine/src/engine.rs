//! All collections of one folder, their aliases, and small objects beside them.
//!
//! Every method blocks. `http` and the program call it; below it are [`crate::collection`] and
//! [`crate::store`].

mod aliases;
mod collections;
mod housekeeper;
mod objects;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use crate::collection::Collection;
use crate::problem::{Answer, Problem};
use crate::settings::Settings;
use crate::store::catalogue::Catalogue;
use crate::store::folder::{Folder, Taken};

use housekeeper::Housekeeper;

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
    settings: Settings,
    catalogue: Catalogue,
    names: Arc<RwLock<Names>>,
    /// Held while a collection is made or dropped, which takes longer than a look at the names.
    changing: Mutex<()>,
    housekeeper: Mutex<Option<Housekeeper>>,
    /// Last, so that the lock on the folder is given back last.
    folder: Folder,
}

/// Who is called what.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// By number: in the order in which they were made.
    collections: BTreeMap<u64, Named>,
    aliases: BTreeMap<String, String>,
}

/// A collection, or why it cannot be used.
#[derive(Debug, Clone)]
struct Named {
    name: String,
    collection: Answer<Arc<Collection>>,
}

impl Names {
    fn by_name(&self, name: &str) -> Option<(u64, &Named)> {
        let mut all = self.collections.iter();
        let (number, named) = all.find(|(_, named)| named.name == name)?;
        Some((*number, named))
    }

    /// A collection of this name, else the one behind the alias of this name.
    fn resolve(&self, name: &str) -> Option<(u64, &Named)> {
        let behind = || self.by_name(self.aliases.get(name)?);
        self.by_name(name).or_else(behind)
    }

    fn open(&self) -> impl DoubleEndedIterator<Item = (u64, &Arc<Collection>)> {
        let all = self.collections.iter();
        all.filter_map(|(number, named)| Some((*number, named.collection.as_ref().ok()?)))
    }
}

impl Engine {
    /// Opens a folder, which is made if it is not there, and everything in it: takes the lock,
    /// sweeps what a crash left behind, and catches up indexes that are behind.
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
        let known = catalogue.collections()?;
        let numbers: Vec<u64> = known.iter().map(|(number, _)| *number).collect();
        folder.sweep(&numbers)?;
        let mut names = Names {
            aliases: catalogue.aliases()?.into_iter().collect(),
            ..Names::default()
        };
        for (number, name) in known {
            let opened = Collection::open(&folder.collection(number), &settings);
            if let Err(problem) = &opened {
                tracing::error!(collection = name, %problem, "the collection cannot be used");
            }
            let collection = opened.map(Arc::new);
            names.collections.insert(number, Named { name, collection });
        }
        let names = Arc::new(RwLock::new(names));
        let unclean = folder.begin_session()?;
        let housekeeper = Housekeeper::start(Arc::clone(&names), unclean)?;
        Ok(Self {
            settings,
            catalogue,
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
        &self.settings
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

    /// Commits all indexes, so that the next start has nothing to catch up. Later requests still
    /// work; dropping the engine does the same.
    pub fn close(&self) {
        let housekeeper = self
            .housekeeper
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        drop(housekeeper);
        for collection in self.collections() {
            collection.close();
        }
        self.folder.end_session();
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
