//! The folders of collections as they lie on the disk, whatever the catalogue says of them.
//!
//! A folder says by itself which collection it holds: the [`FolderIdentity`] is part of its schema. So a
//! catalogue that is lost, or older than the folders, is noticed, and nothing is mixed. Nothing here
//! removes a folder unless its caller names it and what it must hold.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::catalogue::{CollectionRecord, UnfinishedStep};
use super::documents::Documents;
use super::files::{remove_file, remove_folder, sync_folder};
use super::store_error::StoreError;

/// Numbers beyond are not ours.
const GREATEST: u64 = 1 << 48;

/// Where the folders lie.
#[derive(Debug, Clone)]
pub(crate) struct CollectionFolders(PathBuf);

/// Which collection a folder holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FolderIdentity {
    /// The collection's name.
    pub(crate) name: String,
    /// Seconds since 1970.
    pub(crate) created_at: i64,
    /// How many documents it holds.
    pub(crate) documents: u64,
    /// Whether a document was ever written.
    pub(crate) is_unused: bool,
}

impl FolderIdentity {
    /// Reads what a collection's folder says; `None` if there is no file of documents, or an empty
    /// one.
    pub(crate) fn read(folder: &Path) -> Result<Option<Self>, StoreError> {
        if !Documents::path_in(folder).exists() {
            return Ok(None);
        }
        let Some(documents) = Documents::open_to_look(folder)? else {
            return Ok(None);
        };
        let (schema, counters) = documents.meta()?;
        Ok(Some(Self {
            name: schema.name,
            created_at: schema.created_at,
            documents: counters.count,
            is_unused: counters.next_seq == 0,
        }))
    }

    /// Whether it is the collection of this row of the catalogue.
    #[must_use]
    pub(crate) fn is(&self, entry: &CollectionRecord) -> bool {
        let same_time = entry.created_at.is_none_or(|at| at == self.created_at);
        self.name == entry.name && same_time
    }
}

impl CollectionFolders {
    /// The folders below `path`.
    #[must_use]
    pub(crate) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Where they lie.
    #[must_use]
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The folder of a number.
    #[must_use]
    pub(crate) fn folder(&self, number: u64) -> PathBuf {
        self.0.join(number.to_string())
    }

    /// Everything that lies here by name, with the number of what may be a collection's folder.
    pub(crate) fn names(&self) -> Result<Vec<(String, Option<u64>)>, StoreError> {
        let mut names = Vec::new();
        for entry in fs_err::read_dir(&self.0)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let number = name.parse().ok().filter(|number: &u64| {
                *number <= GREATEST && number.to_string() == name && entry.path().is_dir()
            });
            names.push((name, number));
        }
        names.sort();
        Ok(names)
    }

    /// A number that no folder has, and that is greater than `last`.
    pub(crate) fn free_number(&self, last: u64) -> Result<u64, StoreError> {
        let names = self.names()?;
        let taken = names.iter().filter_map(|(_, number)| *number).max();
        Ok(taken.unwrap_or(0).max(last) + 1)
    }

    /// Makes the folder of a new collection, which must not be there.
    pub(crate) fn make(&self, number: u64) -> Result<PathBuf, StoreError> {
        let folder = self.folder(number);
        match fs_err::create_dir(&folder) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                Err(StoreError::FolderExists { path: folder })
            }
            made => {
                made?;
                Ok(folder)
            }
        }
    }

    /// Ends what had begun to happen to a folder. False if the folder is not what was meant: it
    /// stays.
    pub(crate) fn finish(
        &self,
        entry: &CollectionRecord,
        step: UnfinishedStep,
    ) -> Result<bool, StoreError> {
        let folder = self.folder(entry.number);
        // One that cannot be read is not known to be what was meant.
        let Ok(origin) = FolderIdentity::read(&folder) else {
            return Ok(false);
        };
        let meant = origin.is_none_or(|origin| {
            origin.is(entry) && (step == UnfinishedStep::Removing || origin.is_unused)
        });
        if meant {
            self.remove(entry.number)?;
        }
        Ok(meant)
    }

    /// Removes what makes a collection's folder, and the folder if nothing else is in it.
    pub(crate) fn remove(&self, number: u64) -> Result<(), StoreError> {
        let folder = self.folder(number);
        // First what says that there are documents: what is left after a crash is worth nothing.
        let file = Documents::path_in(&folder);
        remove_file(&file)?;
        for suffix in ["-wal", "-shm", "-journal"] {
            let mut companion = file.clone().into_os_string();
            companion.push(suffix);
            remove_file(Path::new(&companion))?;
        }
        for (_, index) in index_folders(&folder)? {
            remove_folder(&index)?;
        }
        match fs_err::remove_dir(&folder) {
            Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => {
                tracing::warn!(folder = %folder.display(), "files that the engine does not know are kept");
            }
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        sync_folder(&self.0)
    }
}

/// The folder of an index.
#[must_use]
pub(crate) fn index_folder(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("index-{number}"))
}

/// The folders of indexes in a collection's folder, with their numbers.
pub(crate) fn index_folders(folder: &Path) -> Result<Vec<(u64, PathBuf)>, StoreError> {
    let mut folders = Vec::new();
    let entries = match fs_err::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(folders),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let number = name.and_then(|name| name.strip_prefix("index-")?.parse().ok());
        if let Some(number) = number
            && path == index_folder(folder, number)
        {
            folders.push((number, path));
        }
    }
    Ok(folders)
}
