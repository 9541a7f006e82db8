//! Files that only their user may read or change, such as the lock and the keys of a folder.
//!
//! Symbolic links are never followed: an attacker could use one to choose what is read or overwritten.
//! Called by [`crate::store`] for the lock, and by the program for the folder's key.

use std::fs::File;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use fs_err::os::unix::fs::OpenOptionsExt as _;
use rustix::fs::OFlags;

/// The permissions of everybody but the user.
const OTHERS: u32 = 0o077;

/// Why a private file cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum PrivateFileError {
    /// A symbolic link, a folder or something else is in its place.
    #[error(
        "{} is {kind}, which this program never creates: find out what created it, and remove it",
        path.display()
    )]
    NotAFile {
        /// Where the file should be.
        path: PathBuf,
        /// What is there instead.
        kind: &'static str,
    },
    /// The system refuses it.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A private file that was opened to be read.
#[derive(Debug)]
pub struct PrivateFile {
    /// The file itself.
    pub file: File,
    /// Other users could read or change it until now.
    pub was_exposed: bool,
}

/// Opens a file to read and write it, and creates it if it does not exist.
pub fn open_or_create(path: &Path) -> Result<File, PrivateFileError> {
    let file = fs_err::OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(flags(OFlags::NOFOLLOW))
        .open(path);
    Ok(file.map_err(|error| explain(path, error))?.into_file())
}

/// Opens a file to read it, and takes its permissions from other users; `None` if there is none.
pub fn open(path: &Path) -> Result<Option<PrivateFile>, PrivateFileError> {
    let opened = fs_err::OpenOptions::new()
        .read(true)
        // A pipe in its place would wait for a writer.
        .custom_flags(flags(OFlags::NOFOLLOW | OFlags::NONBLOCK))
        .open(path);
    let file = match opened {
        Ok(file) => file.into_file(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(explain(path, error)),
    };
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(PrivateFileError::NotAFile {
            path: path.to_owned(),
            kind: "not a regular file",
        });
    }
    let mode = found.permissions().mode();
    let was_exposed = mode & OTHERS != 0;
    if was_exposed {
        file.set_permissions(std::fs::Permissions::from_mode(mode & 0o700))?;
    }
    Ok(Some(PrivateFile { file, was_exposed }))
}

fn flags(flags: OFlags) -> i32 {
    flags.bits().cast_signed()
}

fn explain(path: &Path, error: io::Error) -> PrivateFileError {
    if path.is_symlink() {
        return PrivateFileError::NotAFile {
            path: path.to_owned(),
            kind: "a symbolic link",
        };
    }
    PrivateFileError::Io(error)
}
