//! The files of releases: the digest that tells whether they have changed, and those that a document
//! shows.
//!
//! Lists of files are read one file at a time, so that a list costs what is kept of it.

use std::cell::Cell;
use std::fmt;

use jiff::Timestamp;
use serde::de::{DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};
use serde_json::Value;
use xxhash_rust::xxh3::Xxh3;

use crate::model::{ReleaseFile, upload_time};
use crate::registry::bounded::Bounded;

/// Files of one release. Wheels for every platform come to some hundred.
const MOST_OF_A_RELEASE: usize = 20_000;
/// Files of a project. The largest real ones have some ten thousand.
const MOST_OF_A_PROJECT: usize = 400_000;
/// Files of a release that are kept whole; documents show no more.
const MOST_KEPT: usize = 2_000;
/// Bytes that a file may take as a tree. Those of the registry take four thousand.
const COST_OF_A_FILE: usize = 1 << 20;
/// Bytes that the files of a release which are kept may take together.
const COST_OF_A_RELEASE: usize = 8 << 20;

/// What is read of every file of a project: what a digest of files is made of, and its age.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FilePart {
    pub(super) filename: String,
    sha256: String,
    /// `""` where no reason was given; `None` where it is not yanked.
    yanked: Option<String>,
    /// In Unix seconds; no part of the digest.
    uploaded: Option<i64>,
}

impl FilePart {
    pub(super) fn of(file: &ReleaseFile) -> Self {
        let text =
            |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        let digests = file.get("digests").or_else(|| file.get("hashes"));
        Self {
            filename: text(file.get("filename")),
            sha256: text(digests.and_then(|digests| digests.get("sha256"))),
            // The JSON API has a flag and a separate reason, the Simple API one value for both.
            yanked: match file.get("yanked") {
                Some(Value::Bool(true)) => Some(text(file.get("yanked_reason"))),
                Some(Value::String(reason)) => Some(reason.clone()),
                _ => None,
            },
            uploaded: upload_time(file).map(Timestamp::as_second),
        }
    }
}

/// Digest of the files of a release and their yank state: while it stays, so does everything
/// that a document takes from the release.
#[cfg(test)]
pub(super) fn fingerprint(files: &[ReleaseFile]) -> u64 {
    digest(files.iter().map(FilePart::of).collect())
}

pub(super) fn digest(mut parts: Vec<FilePart>) -> u64 {
    // The project document, the release document and the Simple API each have an order.
    parts.sort_unstable();
    let mut hash = Xxh3::new();
    for part in &parts {
        let yanked = part.yanked.as_deref();
        for text in [&part.filename, &part.sha256, yanked.unwrap_or("-")] {
            hash.update(&(text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        }
        hash.update(&[u8::from(yanked.is_some())]);
    }
    hash.digest()
}

/// Whether there are files and all of them are yanked, which is what a yanked release is.
pub(super) fn are_yanked(parts: &[FilePart]) -> bool {
    !parts.is_empty() && parts.iter().all(|part| part.yanked.is_some())
}

/// When the earliest was uploaded, in Unix seconds.
pub(super) fn earliest_upload(parts: &[FilePart]) -> Option<i64> {
    parts.iter().filter_map(|part| part.uploaded).min()
}

/// What digests need of the files in `text`. What is not a list of objects, or far too long a one,
/// costs the files, not the release.
pub(super) fn parts_of(text: &str) -> Vec<FilePart> {
    let mut parts = Vec::new();
    let read = each(text, |file, _| {
        parts.push(FilePart::of(&file));
        parts.len() <= MOST_OF_A_RELEASE
    });
    if read.is_ok() { parts } else { Vec::new() }
}

/// The files in `text` that a document may show, and the digest of them all.
pub(super) fn kept_of(text: &str) -> (Vec<ReleaseFile>, u64) {
    let (mut kept, mut parts, mut cost) = (Vec::new(), Vec::new(), 0);
    let read = each(text, |file, spent| {
        parts.push(FilePart::of(&file));
        cost += spent;
        if kept.len() < MOST_KEPT && cost <= COST_OF_A_RELEASE {
            kept.push(file);
        }
        parts.len() <= MOST_OF_A_RELEASE
    });
    match read {
        Ok(()) => (kept, digest(parts)),
        Err(_) => (Vec::new(), digest(Vec::new())),
    }
}

/// What digests need of all files of a project.
pub(super) fn parts<'de, D: Deserializer<'de>>(source: D) -> Result<Vec<FilePart>, D::Error> {
    let mut parts = Vec::new();
    let work = |file: ReleaseFile, _| {
        parts.push(FilePart::of(&file));
        parts.len() <= MOST_OF_A_PROJECT
    };
    Each(work).deserialize(source)?;
    Ok(parts)
}

/// Calls `work` with each file of a list and what it costs, until it answers that there are too
/// many.
fn each(text: &str, work: impl FnMut(ReleaseFile, usize) -> bool) -> serde_json::Result<()> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    Each(work).deserialize(&mut deserializer)?;
    deserializer.end()
}

struct Each<W>(W);

impl<'de, W: FnMut(ReleaseFile, usize) -> bool> DeserializeSeed<'de> for Each<W> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_seq(self)
    }
}

impl<'de, W: FnMut(ReleaseFile, usize) -> bool> Visitor<'de> for Each<W> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of files")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut files: A) -> Result<(), A::Error> {
        loop {
            let left = Cell::new(COST_OF_A_FILE);
            match files.next_element_seed(Bounded(&left))? {
                None => return Ok(()),
                Some(Value::Object(file)) => {
                    if !(self.0)(file, COST_OF_A_FILE - left.get()) {
                        return Err(A::Error::custom("it lists too many files"));
                    }
                }
                Some(_) => return Err(A::Error::custom("a file is not an object")),
            }
        }
    }
}
