//! `GET /NAME`: a package with all its releases.
//!
//! The document may have forty megabytes, and any of its values may have any type. So it is taken
//! apart into texts of JSON first, and each release is parsed, translated and freed by itself. A bad
//! value costs that value, a bad release that release.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use xxhash_rust::xxh3::xxh3_64;

use super::values::{non_empty, text};
use crate::model::{ProjectName, SemanticVersion, Serial, VersionScheme, one_line};
use crate::registry::bounded::parse_within;
use crate::registry::project::ProjectHead;

/// Bytes of a manifest. The largest real ones have some ten thousand.
const LONGEST_MANIFEST: usize = 4 << 20;
/// Bytes that a manifest may take as a tree.
const COST_OF_MANIFEST: usize = 16 << 20;
/// Bytes that a small value of the document, such as the list of tags, may take as a tree.
const COST_OF_VALUE: usize = 16 << 20;
/// Description of what npm puts in the place of a malicious package.
const PLACEHOLDER: &str = "security holding package";

/// The document, not parsed yet.
#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(borrow)]
    name: Option<&'a RawValue>,
    #[serde(borrow, rename = "_id")]
    id: Option<&'a RawValue>,
    #[serde(borrow, rename = "_rev")]
    revision: Option<&'a RawValue>,
    #[serde(borrow, rename = "dist-tags")]
    tags: Option<&'a RawValue>,
    #[serde(borrow)]
    versions: Option<&'a RawValue>,
    #[serde(borrow)]
    time: Option<&'a RawValue>,
    #[serde(borrow)]
    readme: Option<&'a RawValue>,
    #[serde(borrow, rename = "readmeFilename")]
    readme_file: Option<&'a RawValue>,
    #[serde(borrow)]
    maintainers: Option<&'a RawValue>,
    #[serde(borrow)]
    keywords: Option<&'a RawValue>,
}

/// A package, with its releases as texts of JSON.
pub(super) struct Packument<'a> {
    raw: Raw<'a>,
    serial: Option<Serial>,
    /// Tag and version, sorted by tag.
    tags: BTreeMap<String, String>,
    versions: BTreeMap<String, &'a RawValue>,
}

/// Why an answer cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum PackumentError {
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error("it is about the package `{0}`")]
    OtherPackage(String),
    /// The package was taken back, and its document says so.
    #[error("the package {}", .0.as_str())]
    Withdrawn(Withdrawal),
    /// No release can be read, and nothing says why: the document may have been cut.
    #[error("it has no releases, and does not say that the package was unpublished")]
    WithoutReleases,
}

/// How a package was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Withdrawal {
    Unpublished,
    SecurityPlaceholder,
}

impl Withdrawal {
    /// What has happened, behind the package's name.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Unpublished => "was unpublished",
            Self::SecurityPlaceholder => {
                "was malicious, or its name was taken without right; npm now holds the name"
            }
        }
    }
}

impl<'a> Packument<'a> {
    /// Takes the document of `name` apart.
    pub(super) fn read(body: &'a [u8], name: &ProjectName) -> Result<Self, PackumentError> {
        let raw: Raw<'a> = serde_json::from_slice(body)?;
        let stated = string(raw.name).or_else(|| string(raw.id));
        if stated.as_deref() != Some(name.as_str()) {
            const LONGEST: usize = 80;
            let shown = one_line(&stated.unwrap_or_default(), LONGEST);
            return Err(PackumentError::OtherPackage(shown));
        }
        let versions: BTreeMap<String, &'a RawValue> = raw
            .versions
            .and_then(|raw| serde_json::from_str(raw.get()).ok())
            .unwrap_or_default();
        if versions.is_empty() {
            let is_unpublished = object(raw.time)
                .get("unpublished")
                .is_some_and(Value::is_object);
            return Err(if is_unpublished {
                PackumentError::Withdrawn(Withdrawal::Unpublished)
            } else {
                PackumentError::WithoutReleases
            });
        }
        let tags = object(raw.tags).into_iter();
        let tags = tags.filter_map(|(tag, version)| Some((tag, version.as_str()?.to_owned())));
        let packument = Self {
            serial: serial(string(raw.revision).as_deref(), body),
            tags: tags.collect(),
            versions,
            raw,
        };
        if packument.is_placeholder() {
            return Err(PackumentError::Withdrawn(Withdrawal::SecurityPlaceholder));
        }
        Ok(packument)
    }

    /// What decides whether the package is of interest.
    pub(super) fn head(&self) -> ProjectHead {
        let manifest = self.manifest(self.latest());
        let keywords = match manifest.get("keywords") {
            Some(keywords) => keyword_list(keywords),
            None => value(self.raw.keywords).map_or_else(Vec::new, |value| keyword_list(&value)),
        };
        ProjectHead {
            serial: self.serial,
            classifiers: keywords,
        }
    }

    /// The version that `npm install` gives.
    pub(super) fn latest(&self) -> &str {
        let tagged = self.tags.get("latest");
        if let Some(tagged) = tagged.filter(|version| self.versions.contains_key(*version)) {
            return tagged;
        }
        let scheme = VersionScheme::Semantic;
        let best = self.versions.keys().max_by_key(|version| {
            let is_deprecated = deprecation(&self.manifest(version)).is_some();
            let is_offered = scheme.is_stable(version) && !is_deprecated;
            (is_offered, SemanticVersion::parse(version))
        });
        best.map_or("", String::as_str)
    }

    /// Versions, newest first.
    pub(super) fn versions(&self) -> Vec<&str> {
        let mut versions: Vec<&str> = self.versions.keys().map(String::as_str).collect();
        versions.sort_by_key(|version| Reverse(SemanticVersion::parse(version)));
        versions
    }

    /// The manifest of a version, empty if it is no object or holds far more than any valid one.
    pub(super) fn manifest(&self, version: &str) -> Map<String, Value> {
        let raw = self.versions.get(version);
        let text = raw
            .map(|raw| raw.get())
            .filter(|text| text.len() <= LONGEST_MANIFEST);
        match text.map(|text| parse_within(text, COST_OF_MANIFEST)) {
            Some(Ok(Value::Object(manifest))) => manifest,
            _ => Map::new(),
        }
    }

    /// When each version was published.
    pub(super) fn times(&self) -> Map<String, Value> {
        object(self.raw.time)
    }

    /// The tags that lead to a version.
    pub(super) fn tags_of<'p>(&'p self, version: &'p str) -> impl Iterator<Item = &'p str> {
        let tags = self
            .tags
            .iter()
            .filter(move |(_, tagged)| *tagged == version);
        tags.map(|(tag, _)| tag.as_str())
    }

    /// The README of the latest release and the name of its file; `None` where the document has none,
    /// or the tag `latest` leads nowhere.
    pub(super) fn readme_of(&self, version: &str) -> Option<(String, String)> {
        let is_latest = self
            .tags
            .get("latest")
            .is_some_and(|latest| latest == version);
        let readme = string(self.raw.readme).filter(|_| is_latest)?;
        Some((readme, string(self.raw.readme_file).unwrap_or_default()))
    }

    /// The document's own list of maintainers, under its key.
    pub(super) fn maintainers(&self) -> Map<String, Value> {
        let maintainers = value(self.raw.maintainers).unwrap_or_default();
        Map::from_iter([("maintainers".to_owned(), maintainers)])
    }

    fn is_placeholder(&self) -> bool {
        let latest = self.latest();
        let version = SemanticVersion::parse(latest);
        let has_mark = version.is_some_and(|version| version.pre_release == "security");
        has_mark && text(&self.manifest(latest), "description") == Some(PLACEHOLDER)
    }
}

/// The text of a deprecation, empty if none is given; `None` if a version is not deprecated. An empty
/// text takes a deprecation back.
pub(super) fn deprecation(manifest: &Map<String, Value>) -> Option<&str> {
    match manifest.get("deprecated")? {
        Value::String(text) => non_empty(text),
        Value::Bool(true) => Some(""),
        _ => None,
    }
}

/// The number in front of the dash of a revision, which counts the changes of the document. Where
/// there is none, a digest of the document: serials of one package are only compared for equality.
fn serial(revision: Option<&str>, body: &[u8]) -> Option<Serial> {
    let counted = revision
        .and_then(|revision| revision.split('-').next()?.parse().ok())
        .filter(|number| u32::try_from(*number).is_ok());
    Serial::new(counted.unwrap_or_else(|| xxh3_64(body) >> 1))
}

/// Keywords in lower case, from a list or from a text.
fn keyword_list(keywords: &Value) -> Vec<String> {
    let words: Vec<&str> = match keywords {
        Value::Array(members) => members.iter().filter_map(Value::as_str).collect(),
        Value::String(text) if text.contains(',') => text.split(',').collect(),
        Value::String(text) => text.split_whitespace().collect(),
        _ => Vec::new(),
    };
    let words = words.into_iter().filter_map(non_empty);
    words.map(str::to_lowercase).collect()
}

fn value(raw: Option<&RawValue>) -> Option<Value> {
    parse_within(raw?.get(), COST_OF_VALUE).ok()
}

fn object(raw: Option<&RawValue>) -> Map<String, Value> {
    match value(raw) {
        Some(Value::Object(object)) => object,
        _ => Map::new(),
    }
}

fn string(raw: Option<&RawValue>) -> Option<String> {
    serde_json::from_str(raw?.get()).ok()
}
