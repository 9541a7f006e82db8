//! Where an export goes: written next to its place, and moved there in one step when it is whole.
//!
//! A folder `.NAME.export` next to the place holds everything that is not ready. It belongs to one
//! export at a time, by a lock that ends with its process, so a killed export leaves the old one as
//! it was, and the next one clears up. What is at the place and was not made by an export is never
//! replaced. Called by `export`.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::ExportError;
use super::error::at;

/// What the working folder may hold, and all that is removed from it.
const RESULT: &str = "result";
const DOCUMENTS: &str = "documents.sqlite";
const ENGINE: &str = "engine";
/// The former site, on file systems that cannot exchange it for the new one in one step.
const OLD: &str = "old";
const LOCK: &str = "lock";

/// Everybody may read an export: it holds nothing but what registries publish.
const FILE_MODE: u32 = 0o644;
const FOLDER_MODE: u32 = 0o755;

/// The place of an export, and the folder in which it is made.
pub(super) struct Target {
    /// Without symbolic links.
    place: PathBuf,
    work: PathBuf,
    /// Held until the export is made or given up.
    _lock: File,
}

impl Target {
    /// Takes the place. `is_ours` says whether what is there now is an export that may be replaced;
    /// `what` is what such an export is called.
    ///
    /// # Errors
    ///
    /// [`ExportError`] if something else is there, another export is being made, or nothing can be
    /// written.
    pub(super) fn take(
        output: &Path,
        what: &'static str,
        is_ours: impl FnOnce(&Path) -> io::Result<bool>,
    ) -> Result<Self, ExportError> {
        let place = resolved(output)?;
        match fs_err::symlink_metadata(&place) {
            Ok(_) if is_ours(&place).map_err(at(&place))? => {}
            Ok(_) => {
                return Err(ExportError::NotOurs {
                    path: output.to_owned(),
                    what,
                });
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(at(&place)(error)),
        }
        let mut name = OsString::from(".");
        name.push(place.file_name().unwrap_or_default());
        name.push(".export");
        let work = place.with_file_name(name);
        match fs_err::create_dir(&work) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(at(&work)(error));
            }
            _ => {}
        }
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(work.join(LOCK))
            .map_err(at(&work))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                return Err(ExportError::Busy(output.to_owned()));
            }
            Err(std::fs::TryLockError::Error(error)) => return Err(at(&work)(error)),
        }
        let target = Self {
            place,
            work,
            _lock: lock,
        };
        target.bring_back().map_err(at(&target.place))?;
        target.clear().map_err(at(&target.work))?;
        Ok(target)
    }

    /// Where the result is made.
    pub(super) fn result(&self) -> PathBuf {
        self.work.join(RESULT)
    }

    /// Where the documents are kept meanwhile.
    pub(super) fn documents(&self) -> PathBuf {
        self.work.join(DOCUMENTS)
    }

    /// Where a search engine of the export's own is kept meanwhile.
    pub(super) fn engine(&self) -> PathBuf {
        self.work.join(ENGINE)
    }

    /// What the export replaces, if there is one.
    pub(super) fn previous(&self) -> Option<&Path> {
        self.place.exists().then_some(self.place.as_path())
    }

    /// Moves the finished result to its place.
    ///
    /// # Errors
    ///
    /// [`ExportError::Write`]; the old export is at its place then.
    pub(super) fn publish(self) -> Result<(), ExportError> {
        let result = self.result();
        let failed = at(&self.place);
        if result.is_dir() {
            replace_folder(&result, &self.place).map_err(failed)?;
        } else {
            replace_file(&result, &self.place).map_err(failed)?;
        }
        Ok(())
    }

    /// Puts the old export back, if one was killed between moving it away and putting the new one in
    /// its place.
    fn bring_back(&self) -> io::Result<()> {
        let old = self.work.join(OLD);
        if !self.place.exists() && old.exists() {
            std::fs::rename(&old, &self.place)?;
        }
        Ok(())
    }

    /// Removes what an export has left in the working folder, and nothing else.
    fn clear(&self) -> io::Result<()> {
        for name in [RESULT, OLD, ENGINE, DOCUMENTS] {
            let path = self.work.join(name);
            let removed = if path.is_dir() {
                std::fs::remove_dir_all(&path)
            } else {
                std::fs::remove_file(&path)
            };
            match removed {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        // What stays is cleared by the next export.
        if self.clear().is_ok() {
            let _ = std::fs::remove_file(self.work.join(LOCK));
            let _ = std::fs::remove_dir(&self.work);
        }
    }
}

/// The place itself: a symbolic link leads to it, and its folder has to be there.
fn resolved(output: &Path) -> Result<PathBuf, ExportError> {
    if output.exists() {
        return fs_err::canonicalize(output).map_err(at(output));
    }
    let (Some(name), parent) = (output.file_name(), output.parent()) else {
        return Err(ExportError::NoFolder(output.to_owned()));
    };
    let parent = parent.filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    match fs_err::canonicalize(parent) {
        Ok(parent) if parent.is_dir() => Ok(parent.join(name)),
        _ => Err(ExportError::NoFolder(output.to_owned())),
    }
}

fn replace_file(result: &Path, place: &Path) -> io::Result<()> {
    let file = File::open(result)?;
    file.set_permissions(std::fs::Permissions::from_mode(FILE_MODE))?;
    file.sync_all()?;
    std::fs::rename(result, place)?;
    sync_folder_of(place)
}

fn replace_folder(result: &Path, place: &Path) -> io::Result<()> {
    open_to_all(result)?;
    if place.exists() {
        let exchanged = renameat_with(CWD, result, CWD, place, RenameFlags::EXCHANGE);
        if exchanged.is_err() {
            // Not every file system can do that; then there is no site for a moment.
            let old = result.with_file_name(OLD);
            std::fs::rename(place, &old)?;
            if let Err(error) = std::fs::rename(result, place) {
                std::fs::rename(&old, place)?;
                return Err(error);
            }
        }
    } else {
        std::fs::rename(result, place)?;
    }
    sync_folder_of(place)
}

/// Lets everybody read the files of a folder, whatever this process does otherwise, and asks for
/// all of them to be on disk.
fn open_to_all(folder: &Path) -> io::Result<()> {
    let mode = std::fs::Permissions::from_mode;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            open_to_all(&path)?;
        } else {
            let file = File::open(&path)?;
            file.set_permissions(mode(FILE_MODE))?;
        }
    }
    std::fs::set_permissions(folder, mode(FOLDER_MODE))
}

fn sync_folder_of(place: &Path) -> io::Result<()> {
    match place.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing step fails the test")]
mod tests {
    use super::{ExportError, Target};

    #[test]
    fn two_exports_to_one_place_do_not_meet() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a.csv");
        let first = Target::take(&place, "a table", |_| Ok(true)).unwrap();
        fs_err::write(first.result(), "1").unwrap();
        let second = Target::take(&place, "a table", |_| Ok(true));
        assert!(matches!(second, Err(ExportError::Busy(_))));
        first.publish().unwrap();
        assert_eq!(fs_err::read_to_string(&place).unwrap(), "1");
        let names: Vec<_> = fs_err::read_dir(folder.path()).unwrap().collect();
        assert_eq!(names.len(), 1, "{names:?}");
    }

    #[test]
    fn what_a_dead_export_left_is_cleared_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let work = folder.path().join(".site.export");
        fs_err::create_dir_all(work.join("result/deep")).unwrap();
        fs_err::write(work.join("result/deep/page"), "half").unwrap();
        fs_err::write(work.join("mine.txt"), "somebody's").unwrap();
        let place = folder.path().join("site");
        let target = Target::take(&place, "a site", |_| Ok(true)).unwrap();
        assert!(!target.result().exists());
        fs_err::create_dir_all(target.result()).unwrap();
        fs_err::write(target.result().join("index.html"), "new").unwrap();
        target.publish().unwrap();
        assert_eq!(
            fs_err::read_to_string(place.join("index.html")).unwrap(),
            "new"
        );
        assert!(work.join("mine.txt").exists());
    }

    #[test]
    fn a_folder_replaces_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("site");
        fs_err::create_dir_all(place.join("old")).unwrap();
        let refused = Target::take(&place, "a site", |_| Ok(false));
        assert!(matches!(refused, Err(ExportError::NotOurs { .. })));
        let target = Target::take(&place, "a site", |_| Ok(true)).unwrap();
        fs_err::create_dir_all(target.result().join("new")).unwrap();
        target.publish().unwrap();
        assert!(place.join("new").exists() && !place.join("old").exists());
    }

    #[test]
    fn what_a_dead_export_moved_away_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let old = folder.path().join(".site.export/old");
        fs_err::create_dir_all(&old).unwrap();
        fs_err::write(old.join("page"), "old").unwrap();
        let place = folder.path().join("site");
        drop(Target::take(&place, "a site", |_| Ok(true)).unwrap());
        assert_eq!(fs_err::read_to_string(place.join("page")).unwrap(), "old");
        assert!(!folder.path().join(".site.export").exists());
    }

    #[test]
    fn a_place_without_a_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("deep/a.csv");
        let refused = Target::take(&place, "a table", |_| Ok(true));
        assert!(matches!(refused, Err(ExportError::NoFolder(_))));
    }
}
