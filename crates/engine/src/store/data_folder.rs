//! The folder and its lock: one process owns it, others find that one's address.
//!
//! The lock is the system's own on an open file, so it goes with its process however that ends.
//! The address is written into the same file; it counts only while somebody holds the lock.

use std::io::{ErrorKind, Read, Seek, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use fs_err::os::unix::fs::OpenOptionsExt as _;
use rustix::fs::OFlags;

use super::files::sync_folder;
use super::store_error::StoreError;
use crate::private_file::{self, PrivateFileError};

const LONGEST_ADDRESS: u64 = 1_024;
/// Refuses to open a symbolic link.
const NO_LINK: i32 = OFlags::NOFOLLOW.bits().cast_signed();

/// A folder that this process owns.
#[derive(Debug)]
pub(crate) struct DataFolder {
    path: PathBuf,
    lock: Mutex<std::fs::File>,
}

/// What taking a folder came to.
#[derive(Debug)]
pub(crate) enum FolderLock {
    /// It is ours as long as the value lives.
    Acquired(DataFolder),
    /// Another process has it, and answers at this address once it has told one.
    HeldElsewhere(Option<String>),
}

impl DataFolder {
    /// Takes a folder, which is made if it is not there, readable by its owner alone.
    pub(crate) fn take(path: &Path) -> Result<FolderLock, StoreError> {
        let made = std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path);
        made.map_err(|error| cannot_use(path, error))?;
        let mut lock = open_private(path, "lock")?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                return Ok(FolderLock::HeldElsewhere(read_address(&mut lock)));
            }
            Err(std::fs::TryLockError::Error(error)) => return Err(cannot_use(path, error)),
        }
        // What an owner before us wrote. The file keeps its length: a full disk would not give it
        // back.
        write_over(&mut lock, "")?;
        let collections = path.join("collections");
        if let Err(error) = fs_err::create_dir(&collections)
            && error.kind() != ErrorKind::AlreadyExists
        {
            return Err(cannot_use(path, error));
        }
        sync_folder(path)?;
        Ok(FolderLock::Acquired(Self {
            path: path.to_owned(),
            lock: Mutex::new(lock),
        }))
    }

    /// The address of the process that owns a folder, if one does and has told it.
    #[must_use]
    pub(crate) fn owner(path: &Path) -> Option<String> {
        let opened = fs_err::OpenOptions::new()
            .read(true)
            .custom_flags(NO_LINK)
            .open(path.join("lock"));
        let mut lock = opened.ok()?.into_file();
        match lock.try_lock_shared() {
            Err(std::fs::TryLockError::WouldBlock) => read_address(&mut lock),
            _ => None,
        }
    }

    /// Writes down where this process answers.
    pub(crate) fn announce(&self, address: &str) -> Result<(), StoreError> {
        let mut lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        // One write with its line feed: a reader takes a line without one for unfinished.
        write_over(&mut lock, &format!("{address}\n"))
    }

    /// Notes that the folder is in use; true if the process before did not end properly.
    pub(crate) fn begin_session(&self) -> Result<bool, StoreError> {
        let unclean = self.path.join("in-use").exists();
        match self.note_session() {
            Ok(()) => {}
            // On a full disk; what is stored can be read all the same.
            Err(problem) if !self.path.join("in-use").is_symlink() => {
                tracing::warn!(%problem, "a crash of this process will not be noticed");
            }
            Err(problem) => return Err(problem),
        }
        Ok(unclean)
    }

    fn note_session(&self) -> Result<(), StoreError> {
        open_private(&self.path, "in-use")?;
        sync_folder(&self.path)
    }

    /// Notes that everything is in order for the next process.
    pub(crate) fn end_session(&self) {
        // What stays only makes the next start look more closely.
        let _ = fs_err::remove_file(self.path.join("in-use"));
    }

    /// The folder itself.
    #[must_use]
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The catalogue's file.
    #[must_use]
    pub(crate) fn catalogue(&self) -> PathBuf {
        self.path.join("catalogue.sqlite")
    }

    /// Where the folders of collections lie.
    #[must_use]
    pub(crate) fn collections(&self) -> PathBuf {
        self.path.join("collections")
    }
}

/// Opens a file of the folder, which is created if it does not exist.
fn open_private(folder: &Path, name: &str) -> Result<std::fs::File, StoreError> {
    match private_file::open_or_create(&folder.join(name)) {
        Ok(file) => Ok(file),
        Err(PrivateFileError::Io(error)) => Err(cannot_use(folder, error)),
        Err(PrivateFileError::NotAFile { path, .. }) => Err(StoreError::SymbolicLink { path }),
    }
}

/// Replaces the content of a file by a text, and what is left of it by spaces.
fn write_over(file: &mut std::fs::File, text: &str) -> Result<(), StoreError> {
    let length = usize::try_from(file.metadata()?.len().min(LONGEST_ADDRESS)).unwrap_or(0);
    file.rewind()?;
    file.write_all(format!("{text:length$}").as_bytes())?;
    Ok(())
}

fn read_address(lock: &mut std::fs::File) -> Option<String> {
    let mut text = String::new();
    lock.rewind().ok()?;
    lock.take(LONGEST_ADDRESS).read_to_string(&mut text).ok()?;
    let (address, _) = text.split_once('\n')?;
    (!address.is_empty()).then(|| address.to_owned())
}

fn cannot_use(path: &Path, source: std::io::Error) -> StoreError {
    StoreError::UnusableFolder {
        path: path.to_owned(),
        source,
    }
}
