//! The since-file: one line per collection and registry with the high-water mark of the last complete
//! run. Lines of other registries than PyPI end with the registry's name.
//!
//! It is for people and schedulers; the ledger decides what is examined. A missing file or line, or
//! the bare integer that pyf.aggregator wrote, only means that the next run says it is a full one.
//! If the ledger is lost, the pipeline takes from here up to which serial the collection is
//! complete. Called by `pipeline` and `manage`.

use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;

use super::StoreError;
use super::lock::open_file;
use crate::model::RegistryKind;

/// Larger files are not since-files and are ignored.
const MOST_BYTES: u64 = 1 << 20;

/// A high-water mark: the line of one collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The collection's own name; white space and `%` are percent-encoded in the file.
    pub collection: String,
    /// The registry that was read.
    pub registry: RegistryKind,
    /// Everything up to this serial was examined, or is pending retry in the ledger.
    pub serial: u64,
    /// When the run ended, UTC.
    pub time: jiff::Timestamp,
}

/// Reads the mark of `collection` for `registry`; `None` if the file or the line is missing or
/// invalid.
pub fn read(
    path: &Path,
    collection: &str,
    registry: RegistryKind,
) -> Result<Option<Mark>, StoreError> {
    let marks = read_all(path, collection)?.into_iter();
    Ok(marks.into_iter().find(|mark| mark.registry == registry))
}

/// Reads the marks of `collection`, one for each registry.
pub fn read_all(path: &Path, collection: &str) -> Result<Vec<Mark>, StoreError> {
    let marks = read_marks(path)?.into_iter();
    Ok(marks.filter(|mark| mark.collection == collection).collect())
}

/// Reads the newest mark of the versions of a collection, such as `plone-1`, and of `name` itself.
pub fn read_newest(path: &Path, name: &str) -> Result<Option<Mark>, StoreError> {
    let is_version = |mark: &Mark| {
        mark.collection.strip_prefix(name).is_some_and(|rest| {
            let number = rest.strip_prefix('-');
            let is_number = |number: &str| number.bytes().all(|byte| byte.is_ascii_digit());
            rest.is_empty() || number.is_some_and(|number| !number.is_empty() && is_number(number))
        })
    };
    let marks = read_marks(path)?.into_iter();
    Ok(marks.filter(is_version).max_by_key(|mark| mark.time))
}

/// Replaces the mark of one collection and registry and keeps the others, atomically and under a
/// lock.
pub fn write(path: &Path, mark: &Mark) -> Result<(), StoreError> {
    let is_former =
        |other: &Mark| other.collection == mark.collection && other.registry == mark.registry;
    rewrite(path, is_former, Some(mark))
}

/// Removes the marks of a deleted collection, if there are any.
pub fn remove(path: &Path, collection: &str) -> Result<(), StoreError> {
    if read_all(path, collection)?.is_empty() {
        return Ok(());
    }
    rewrite(path, |mark| mark.collection == collection, None)
}

/// Removes the lines that `is_former` selects, and adds `mark`.
fn rewrite(
    path: &Path,
    is_former: impl Fn(&Mark) -> bool,
    mark: Option<&Mark>,
) -> Result<(), StoreError> {
    let at = |cause| StoreError::File {
        path: path.to_owned(),
        cause,
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs_err::create_dir_all(folder).map_err(at)?;
    let mut lock_name = path.as_os_str().to_owned();
    lock_name.push(".lock");
    let lock = open_file(Path::new(&lock_name)).map_err(at)?;
    lock.lock().map_err(at)?;

    let mut marks = read_marks(path)?;
    marks.retain(|other| !is_former(other));
    marks.extend(mark.cloned());
    marks.sort_by(|one, other| {
        (&one.collection, one.registry).cmp(&(&other.collection, other.registry))
    });

    let mut file = tempfile::Builder::new()
        .prefix(".since")
        .tempfile_in(folder)
        .map_err(at)?;
    for mark in &marks {
        let name = encode(&mark.collection);
        let time = mark.time.strftime("%Y-%m-%dT%H:%M:%SZ");
        let registry = match mark.registry {
            RegistryKind::PyPi => String::new(),
            RegistryKind::Npm => format!(" {}", mark.registry),
        };
        writeln!(file, "{name} {} {time}{registry}", mark.serial).map_err(at)?;
    }
    file.as_file().sync_all().map_err(at)?;
    file.persist(path).map_err(|error| at(error.error))?;
    Ok(())
}

fn read_marks(path: &Path) -> Result<Vec<Mark>, StoreError> {
    let at = |cause| StoreError::File {
        path: path.to_owned(),
        cause,
    };
    match fs_err::metadata(path) {
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(cause) => return Err(at(cause)),
        Ok(metadata) if metadata.len() > MOST_BYTES => {
            tracing::warn!(path = %path.display(), "the since-file is too large and is ignored");
            return Ok(Vec::new());
        }
        Ok(_) => {}
    }
    let bytes = fs_err::read(path).map_err(at)?;
    Ok(String::from_utf8_lossy(&bytes)
        .lines()
        .filter_map(parse)
        .collect())
}

fn parse(line: &str) -> Option<Mark> {
    let mut parts = line.split_ascii_whitespace();
    let mark = Mark {
        collection: decode(parts.next()?)?,
        serial: parts.next()?.parse().ok()?,
        time: parts.next()?.parse().ok()?,
        registry: RegistryKind::named(parts.next().unwrap_or_default())?,
    };
    parts.next().is_none().then_some(mark)
}

fn encode(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    for character in name.chars() {
        if character.is_whitespace() || character.is_control() || character == '%' {
            let mut bytes = [0; 4];
            for byte in character.encode_utf8(&mut bytes).bytes() {
                // Writing to a `String` cannot fail.
                let _ = write!(encoded, "%{byte:02X}");
            }
        } else {
            encoded.push(character);
        }
    }
    encoded
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        if *first == b'%' {
            let digits = std::str::from_utf8(tail.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing step fails the test")]
mod tests {
    use super::{Mark, read, remove, write};
    use crate::model::RegistryKind;

    fn mark(collection: &str, serial: u64) -> Mark {
        Mark {
            collection: collection.into(),
            registry: RegistryKind::PyPi,
            serial,
            time: "2026-11-21T10:00:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn lines_of_other_collections_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep").join(".since");
        for (name, serial) in [("plone-1", 5), ("a b%\n", 6), ("plone-1", 7)] {
            write(&path, &mark(name, serial)).unwrap();
        }
        assert_eq!(
            read(&path, "plone-1", RegistryKind::PyPi).unwrap(),
            Some(mark("plone-1", 7))
        );
        assert_eq!(
            read(&path, "a b%\n", RegistryKind::PyPi).unwrap(),
            Some(mark("a b%\n", 6))
        );
        assert_eq!(read(&path, "django-1", RegistryKind::PyPi).unwrap(), None);
        assert_eq!(fs_err::read_to_string(&path).unwrap().lines().count(), 2);
    }

    #[test]
    fn each_registry_has_a_line_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".since");
        let npm = Mark {
            registry: RegistryKind::Npm,
            ..mark("plone-1", 9)
        };
        write(&path, &npm).unwrap();
        write(&path, &mark("plone-1", 5)).unwrap();
        assert_eq!(
            fs_err::read_to_string(&path).unwrap(),
            "plone-1 5 2026-11-21T10:00:00Z\nplone-1 9 2026-11-21T10:00:00Z npm\n"
        );
        let read_npm = || read(&path, "plone-1", RegistryKind::Npm).unwrap();
        assert_eq!(read_npm(), Some(npm));
        remove(&path, "plone-1").unwrap();
        assert_eq!(read_npm(), None);
    }

    #[test]
    fn an_older_format_and_garbage_count_as_missing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".pyaggregator.since");
        for content in [
            &b"1732180000"[..],
            b"\xff\xfe\x00",
            b"",
            b"plone-1 x 2026",
            b"%",
            b"%zz 1 2",
        ] {
            fs_err::write(&path, content).unwrap();
            assert_eq!(read(&path, "plone-1", RegistryKind::PyPi).unwrap(), None);
        }
        write(&path, &mark("plone-1", 9)).unwrap();
        assert_eq!(
            read(&path, "plone-1", RegistryKind::PyPi).unwrap(),
            Some(mark("plone-1", 9))
        );
    }
}
