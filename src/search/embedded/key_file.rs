//! The key of a folder, which all commands of the folder use: a file for its user's eyes only.
//!
//! The first process that asks creates it. Never replaces a file that is there.

use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use fs_err as fs;
use pyfa_engine::private_file::{self, PrivateFileError};
use secrecy::SecretString;
use thiserror::Error;

const NAME: &str = "admin.key";
const SHORTEST_KEY: usize = 32;

/// Why a folder has no key.
#[derive(Debug, Error)]
pub(super) enum KeyFileError {
    #[error("{} holds no key; delete the file, and a new one is created", .0.display())]
    NoKey(PathBuf),
    #[error("{} cannot be read", .0.display())]
    Vanished(PathBuf),
    #[error(transparent)]
    File(#[from] PrivateFileError),
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Random(#[from] pyfa_engine::EngineError),
}

/// Reads the key of a folder, or creates folder and key.
pub(super) fn read_or_create(folder: &Path) -> Result<SecretString, KeyFileError> {
    fs::create_dir_all(folder)?;
    let path = folder.join(NAME);
    for _ in 0..2 {
        if let Some(key) = read(&path)? {
            return Ok(key);
        }
        // Another process may be first; its key is read then.
        create(&path, folder)?;
    }
    Err(KeyFileError::Vanished(path))
}

fn read(path: &Path) -> Result<Option<SecretString>, KeyFileError> {
    let Some(mut opened) = private_file::open(path)? else {
        return Ok(None);
    };
    if opened.was_exposed {
        tracing::error!(
            "{} could be read or changed by others until now: delete it, and a new key is created",
            path.display()
        );
    }
    let mut text = String::new();
    opened.file.read_to_string(&mut text)?;
    let key = text.trim();
    if key.len() < SHORTEST_KEY {
        return Err(KeyFileError::NoKey(path.to_owned()));
    }
    Ok(Some(key.into()))
}

/// Writes a new key under another name first, so that nobody reads half of it.
fn create(path: &Path, folder: &Path) -> Result<(), KeyFileError> {
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    let key = pyfa_engine::random_key()?;
    writeln!(file, "{key}")?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error.error.into()),
    }
}
