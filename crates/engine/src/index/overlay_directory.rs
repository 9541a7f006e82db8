//! An index whose new files are kept in memory, in addition to those on the disk.
//!
//! For a disk that takes no more: what was committed is read from it, what came later is made again
//! here. Nothing on the disk is changed or removed.

use std::io;
use std::path::Path;
use std::sync::Arc;

use tantivy::Directory;
use tantivy::directory::error::{DeleteError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    FileHandle, MmapDirectory, RamDirectory, WatchCallback, WatchHandle, WritePtr,
};

#[derive(Debug, Clone)]
pub(super) struct OverlayDirectory {
    disk: MmapDirectory,
    memory: RamDirectory,
}

impl OverlayDirectory {
    pub(super) fn open(folder: &Path) -> tantivy::Result<Self> {
        Ok(Self {
            disk: MmapDirectory::open(folder)?,
            memory: RamDirectory::create(),
        })
    }
}

impl Directory for OverlayDirectory {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        if self.memory.exists(path)? {
            self.memory.get_file_handle(path)
        } else {
            self.disk.get_file_handle(path)
        }
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        match self.memory.delete(path) {
            // What is on the disk stays.
            Err(DeleteError::FileDoesNotExist(_)) => Ok(()),
            deleted => deleted,
        }
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        Ok(self.memory.exists(path)? || self.disk.exists(path)?)
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        self.memory.open_write(path)
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        if self.memory.exists(path)? {
            self.memory.atomic_read(path)
        } else {
            self.disk.atomic_read(path)
        }
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        self.memory.atomic_write(path, data)
    }

    fn sync_directory(&self) -> io::Result<()> {
        Ok(())
    }

    fn watch(&self, callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        self.memory.watch(callback)
    }
}
