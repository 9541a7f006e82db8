//! An archive in a folder: a file of JSON Lines for each week, and a summary with their checksums.
//!
//! The summary decides what counts. Files of weeks are first written under another name, and get their
//! own after the summary names them, so that a kill at any moment leaves either the old week or the new
//! one. A lock keeps two syncs apart. Nothing but files of an archive is ever deleted.

use std::collections::BTreeSet;
use std::fs::{DirBuilder, File, TryLockError};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::error::ArchiveError;
use super::flaw::Flaw;
use super::item::{Item, count};
use super::manifest::{FORMAT, Manifest, WeekFile, digest};
use super::week::Week;

const SUMMARY: &str = "archive.json";
const LOCK: &str = ".lock";
/// Comments of a sync that has not ended.
const COMMENTS: &str = "comments.part";
/// What a file is called until the summary names it.
const NEW: &str = "new";
/// For the owner alone: an archive may have what is private.
const PRIVATE_FOLDER: u32 = 0o700;
const PRIVATE_FILE: u32 = 0o600;

/// An archive in a folder.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Held by the one who writes.
    lock: Option<File>,
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Damage {
    pub file: String,
    pub why: String,
}

/// What a check has found.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct VerifyReport {
    pub weeks: u64,
    pub items: u64,
    pub bytes: u64,
    pub damages: Vec<Damage>,
}

impl VerifyReport {
    /// Whether everything is as it was written.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.damages.is_empty()
    }

    fn add(&mut self, file: &str, why: &Flaw) {
        self.damages.push(Damage {
            file: file.to_owned(),
            why: why.to_string(),
        });
    }
}

impl Folder {
    /// Opens an archive to read it.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            lock: None,
        }
    }

    /// Opens an archive to write it; creates the folder if it is missing.
    ///
    /// # Errors
    ///
    /// [`ArchiveError::Busy`] if another sync writes, [`ArchiveError::NotAnArchive`] if there are other
    /// files.
    pub fn open(path: &Path) -> Result<Self, ArchiveError> {
        create_private(path).map_err(|cause| file_error(path, cause))?;
        let mut folder = Self::at(path);
        if !folder.is_archive()? {
            let folder = path.to_owned();
            return Err(ArchiveError::NotAnArchive { folder });
        }
        let place = path.join(LOCK);
        let mut options = File::options();
        options.write(true).create(true).truncate(false);
        options.mode(PRIVATE_FILE);
        let lock = options
            .open(&place)
            .map_err(|cause| file_error(&place, cause))?;
        match lock.try_lock() {
            Ok(()) => folder.lock = Some(lock),
            Err(TryLockError::WouldBlock) => {
                let folder = path.to_owned();
                return Err(ArchiveError::Busy { folder });
            }
            Err(TryLockError::Error(cause)) => return Err(file_error(&place, cause)),
        }
        folder.finish()?;
        Ok(folder)
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where comments are kept until a sync ends.
    pub(super) fn comments(&self) -> PathBuf {
        self.path.join(COMMENTS)
    }

    /// Reads the summary; `None` if there is no archive.
    ///
    /// # Errors
    ///
    /// [`ArchiveError::Damaged`] if it is not as it was written.
    pub fn read_manifest(&self) -> Result<Option<Manifest>, ArchiveError> {
        let file = self.path.join(SUMMARY);
        let text = match fs_err::read(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(file_error(&file, cause)),
        };
        let parsed = String::from_utf8(text).map_err(|_| Flaw::NoText);
        let manifest = parsed.and_then(|text| Manifest::parse(&text));
        let manifest = manifest.map_err(|why| ArchiveError::Damaged { file, why })?;
        if manifest.format > FORMAT {
            let folder = self.path.clone();
            return Err(ArchiveError::Newer { folder });
        }
        Ok(Some(manifest))
    }

    /// The summary of an archive that there has to be.
    pub fn manifest(&self) -> Result<Manifest, ArchiveError> {
        let found = self.read_manifest()?;
        found.ok_or_else(|| ArchiveError::NoArchive {
            folder: self.path.clone(),
        })
    }

    /// Reads the items of a week.
    ///
    /// # Errors
    ///
    /// [`ArchiveError::Damaged`] if its file is not as it was written.
    pub fn read_week(&self, manifest: &Manifest, week: Week) -> Result<Vec<Item>, ArchiveError> {
        let Some(wanted) = manifest.weeks.get(&week) else {
            return Ok(Vec::new());
        };
        let damaged = |why: Flaw| ArchiveError::Damaged {
            file: self.week_path(week),
            why,
        };
        let bytes = self.read_bytes(week, wanted).map_err(damaged)?;
        let lines = bytes.split(|byte| *byte == b'\n');
        let lines = lines.filter(|line| !line.is_empty());
        lines
            .map(|line| serde_json::from_slice(line).map_err(|error| damaged(error.into())))
            .collect()
    }

    /// Replaces weeks, and the summary.
    pub(super) fn write(
        &self,
        manifest: &mut Manifest,
        weeks: &[(Week, Vec<Item>)],
    ) -> Result<(), ArchiveError> {
        let mut written = Vec::new();
        let mut removed = Vec::new();
        for (week, items) in weeks {
            if items.is_empty() {
                if manifest.weeks.remove(week).is_some() {
                    removed.push(*week);
                }
                continue;
            }
            let mut bytes = Vec::new();
            for item in items {
                serde_json::to_writer(&mut bytes, item)
                    .map_err(|error| file_error(&self.week_path(*week), error.into()))?;
                bytes.push(b'\n');
            }
            let file = WeekFile {
                sha256: digest(&bytes),
                bytes: bytes.len() as u64,
                items: count(items),
            };
            let before = manifest.weeks.insert(*week, file);
            let is_there = before.as_ref() == manifest.weeks.get(week);
            if is_there && self.read_bytes(*week, &before.unwrap_or_default()).is_ok() {
                continue;
            }
            let place = self.new_path(*week);
            if let Some(folder) = place.parent() {
                create_private(folder).map_err(|cause| file_error(folder, cause))?;
            }
            write_synced(&place, &bytes)?;
            written.push(*week);
        }
        // The summary names nothing that a power cut could take.
        let years = written.iter().map(|week| self.week_path(*week));
        let years: BTreeSet<PathBuf> = years
            .filter_map(|place| place.parent().map(Path::to_owned))
            .collect();
        for folder in &years {
            sync_folder(folder);
        }
        if !years.is_empty() {
            sync_folder(&self.path);
        }
        manifest.sum_up();
        self.write_manifest(manifest)?;
        for week in written {
            self.keep_new(week)?;
        }
        for week in removed {
            remove(&self.week_path(week))?;
        }
        Ok(())
    }

    fn write_manifest(&self, manifest: &Manifest) -> Result<(), ArchiveError> {
        let place = self.path.join(SUMMARY);
        let text = manifest.to_text();
        let text = text.map_err(|error| file_error(&place, error.into()))?;
        let new = place.with_extension(NEW);
        write_synced(&new, text.as_bytes())?;
        rename(&new, &place)
    }

    /// Checks every file against its checksum.
    pub fn verify(&self) -> Result<VerifyReport, ArchiveError> {
        let mut report = VerifyReport::default();
        let manifest = match self.manifest() {
            Ok(manifest) => manifest,
            Err(ArchiveError::Damaged { why, .. }) => {
                report.add(SUMMARY, &why);
                return Ok(report);
            }
            Err(error) => return Err(error),
        };
        for (week, file) in &manifest.weeks {
            report.weeks += 1;
            report.items += file.items.values().sum::<u64>();
            report.bytes += file.bytes;
            let found = self.read_week(&manifest, *week);
            match found {
                Ok(items) if count(&items) == file.items => {}
                Ok(_) => report.add(&week_name(*week), &Flaw::Count),
                Err(ArchiveError::Damaged { why, .. }) => report.add(&week_name(*week), &why),
                Err(error) => return Err(error),
            }
        }
        for file in self.list()? {
            let week = week_of(&file);
            if week.is_some_and(|week| !manifest.weeks.contains_key(&week)) {
                report.add(&file, &Flaw::Unnamed);
            }
        }
        Ok(report)
    }

    /// Deletes the archive, and its folder if nothing else is in there.
    pub fn delete(self) -> Result<u64, ArchiveError> {
        let mut deleted = 0;
        for file in self.list()? {
            remove(&self.path.join(&file))?;
            deleted += 1;
        }
        for folder in self.years()? {
            // Other files stay, and their folder with them.
            let _ = fs_err::remove_dir(folder);
        }
        remove(&self.path.join(LOCK))?;
        let _ = fs_err::remove_dir(&self.path);
        Ok(deleted)
    }

    /// Deletes all weeks and the summary, before everything is read again.
    pub(super) fn clear(&self) -> Result<(), ArchiveError> {
        for file in self.list()? {
            remove(&self.path.join(file))?;
        }
        Ok(())
    }

    /// The files of the archive, by their paths in it.
    fn list(&self) -> Result<Vec<String>, ArchiveError> {
        let mut files = Vec::new();
        for name in [
            SUMMARY.to_owned(),
            format!("archive.{NEW}"),
            COMMENTS.to_owned(),
        ] {
            if self.path.join(&name).is_file() {
                files.push(name);
            }
        }
        for folder in self.years()? {
            let year = folder
                .file_name()
                .map(|name| name.to_string_lossy().into_owned());
            for name in names_in(&folder)? {
                let file = format!("{}/{name}", year.as_deref().unwrap_or_default());
                if week_of(&file).is_some() {
                    files.push(file);
                }
            }
        }
        files.sort();
        Ok(files)
    }

    /// The folders of years.
    fn years(&self) -> Result<Vec<PathBuf>, ArchiveError> {
        let names = names_in(&self.path)?.into_iter();
        let is_year =
            |name: &String| name.len() == 4 && name.bytes().all(|one| one.is_ascii_digit());
        let folders = names.filter(is_year).map(|name| self.path.join(name));
        Ok(folders.filter(|folder| folder.is_dir()).collect())
    }

    /// Whether the folder is empty, or holds an archive.
    fn is_archive(&self) -> Result<bool, ArchiveError> {
        let names = names_in(&self.path)?;
        let is_ours = |name: &String| [SUMMARY, COMMENTS, LOCK].contains(&name.as_str());
        Ok(names.is_empty() || names.iter().any(is_ours))
    }

    /// Ends what a kill has interrupted: files that the summary names get their names, others go.
    fn finish(&self) -> Result<(), ArchiveError> {
        let Ok(Some(manifest)) = self.read_manifest() else {
            return Ok(());
        };
        for file in self.list()? {
            let place = self.path.join(&file);
            let Some(week) = week_of(&file) else {
                continue;
            };
            let named = manifest.weeks.get(&week);
            if place.extension().is_some_and(|name| name == NEW) {
                let bytes = fs_err::read(&place).map_err(|cause| file_error(&place, cause))?;
                if named.is_some_and(|named| named.sha256 == digest(&bytes)) {
                    self.keep_new(week)?;
                } else {
                    remove(&place)?;
                }
            } else if named.is_none() {
                remove(&place)?;
            }
        }
        Ok(())
    }

    fn read_bytes(&self, week: Week, wanted: &WeekFile) -> Result<Vec<u8>, Flaw> {
        let mut why = Flaw::Missing;
        for place in [self.week_path(week), self.new_path(week)] {
            match fs_err::read(place) {
                Ok(bytes) if digest(&bytes) == wanted.sha256 => return Ok(bytes),
                Ok(_) => why = Flaw::Checksum,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => why = error.into(),
            }
        }
        Err(why)
    }

    fn keep_new(&self, week: Week) -> Result<(), ArchiveError> {
        rename(&self.new_path(week), &self.week_path(week))
    }

    fn week_path(&self, week: Week) -> PathBuf {
        self.path.join(week_name(week))
    }

    fn new_path(&self, week: Week) -> PathBuf {
        self.week_path(week).with_extension(NEW)
    }
}

fn week_name(week: Week) -> String {
    format!("{:04}/{week}.jsonl", week.year())
}

/// The week that a file of an archive is of.
fn week_of(file: &str) -> Option<Week> {
    let (_, name) = file.split_once('/')?;
    let (week, extension) = name.rsplit_once('.')?;
    let week: Week = week.parse().ok()?;
    let is_ours =
        ["jsonl", NEW].contains(&extension) && file.starts_with(&format!("{:04}/", week.year()));
    is_ours.then_some(week)
}

fn names_in(folder: &Path) -> Result<Vec<String>, ArchiveError> {
    let mut names = Vec::new();
    let entries = match fs_err::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(names),
        Err(cause) => return Err(file_error(folder, cause)),
    };
    for entry in entries {
        let entry = entry.map_err(|cause| file_error(folder, cause))?;
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    Ok(names)
}

/// Writes a file for its owner alone.
pub(super) fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), ArchiveError> {
    let write = || {
        let mut options = File::options();
        options.write(true).create(true).truncate(true);
        let mut file = options.mode(PRIVATE_FILE).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|cause| file_error(path, cause))
}

/// Renames a file, for good.
fn rename(from: &Path, to: &Path) -> Result<(), ArchiveError> {
    fs_err::rename(from, to).map_err(|cause| file_error(to, cause))?;
    if let Some(folder) = to.parent() {
        sync_folder(folder);
    }
    Ok(())
}

/// Writes down which files a folder has. Not every system can.
fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

/// Creates a folder for its owner alone, where there is none; those above it are as usual.
fn create_private(folder: &Path) -> std::io::Result<()> {
    if let Some(above) = folder.parent() {
        fs_err::create_dir_all(above)?;
    }
    match DirBuilder::new().mode(PRIVATE_FOLDER).create(folder) {
        Err(_) if folder.is_dir() => Ok(()),
        made => made,
    }
}

fn remove(path: &Path) -> Result<(), ArchiveError> {
    match fs_err::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(file_error(path, error)),
        _ => Ok(()),
    }
}

pub(super) fn file_error(path: &Path, cause: std::io::Error) -> ArchiveError {
    ArchiveError::File {
        path: path.to_owned(),
        cause,
    }
}
