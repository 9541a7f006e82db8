//! What a registry says about one project, in the same shape for every registry.

use bytes::Bytes;
use serde_json::Value;

use crate::model::{ProjectName, Release, Serial};

/// The little that decides whether a project is of interest, read without the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectHead {
    /// The serial of the answer.
    pub serial: Option<Serial>,
    /// Classifiers of the latest release; keywords where a registry has no classifiers.
    pub classifiers: Vec<String>,
}

/// A project document of which only the head has been parsed. Most candidates of a large scan end
/// here.
#[derive(Debug, Clone)]
pub struct UnreadProject {
    /// The name that was asked for, which the answer confirms.
    pub name: ProjectName,
    /// What has been parsed of it.
    pub head: ProjectHead,
    /// The document as served.
    pub(super) body: Bytes,
}

/// A project with its latest release and the list of all its releases.
#[derive(Debug, Clone)]
pub struct Project {
    /// Normalised; the spelling is in `latest`.
    pub name: ProjectName,
    /// The serial of this answer.
    pub serial: Option<Serial>,
    /// The release that the registry calls latest, with its vulnerabilities.
    pub latest: FetchedRelease,
    /// The registry's users who own or maintain the project, in its order, each once.
    pub maintainers: Vec<String>,
    /// What the registry says of the project; `None` where the answers that were read do not tell.
    pub status: Option<ProjectStatus>,
    /// Every release.
    pub releases: Vec<ReleaseSummary>,
    /// Other releases than the latest that came with the document.
    pub further: FurtherReleases,
}

/// Releases that came along with a document, in the form that the disk cache keeps. They may take as
/// much memory as the document.
#[derive(Debug, Clone, Default)]
pub struct FurtherReleases {
    /// All of them in one piece. Of many small ones, the allocator would keep the memory for the
    /// thread that made them.
    text: Vec<u8>,
    /// The version of each, and where it ends in `text`.
    ends: Vec<(String, usize)>,
    /// While it is held, the client reads no other large one.
    _document: Bytes,
}

impl FurtherReleases {
    /// None yet of those in `document`.
    pub(super) fn of(document: Bytes) -> Self {
        Self {
            text: Vec::with_capacity(document.len()),
            ends: Vec::new(),
            _document: document,
        }
    }

    pub(super) fn add(&mut self, version: &str, cached: &[u8]) {
        self.text.extend_from_slice(cached);
        self.ends.push((version.to_owned(), self.text.len()));
    }

    /// The same without the document, to be held for long.
    pub(super) fn without_document(self) -> Self {
        Self {
            _document: Bytes::new(),
            ..self
        }
    }

    /// The releases, each with its version as in [`ReleaseSummary`].
    pub fn all(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|(_, end)| *end));
        let ranges = starts.zip(&self.ends);
        ranges.map(|(start, (version, end))| (version.as_str(), &self.text[start..*end]))
    }
}

/// What a registry says of a project (PEP 792).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProjectStatus {
    /// Also stands for an absent or unknown status.
    Active,
    /// No further releases are to be expected; served as before.
    Archived,
    /// Another project should be used; served as before.
    Deprecated,
    /// Withheld for the time being; it may come back.
    Quarantined,
}

impl ProjectStatus {
    /// As the registry writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Archived => "archived",
            Self::Deprecated => "deprecated",
            Self::Quarantined => "quarantined",
        }
    }
}

/// One release in the list of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseSummary {
    /// As the registry has it.
    pub version: String,
    /// Digest of everything of a release that may still change after it was published: its files
    /// and their yank state.
    pub fingerprint: u64,
    /// Whether its author has withdrawn it.
    pub is_yanked: bool,
    /// When its earliest file was uploaded, in Unix seconds.
    pub uploaded: Option<i64>,
}

/// A release as it was just read.
#[derive(Debug, Clone)]
pub struct FetchedRelease {
    /// Metadata and files.
    pub release: Release,
    /// As in [`ReleaseSummary`].
    pub fingerprint: u64,
    /// Advisories that the registry knows for it today, in the form of OSV; `None` where it does
    /// not say, which is not the same as none.
    pub vulnerabilities: Option<Vec<Value>>,
    /// The release in the form that the disk cache keeps, for
    /// [`read_cached_release`](super::Registry::read_cached_release).
    pub cached: Vec<u8>,
}

/// Why a registry serves no document for a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// The registry does not know the project.
    Gone,
    /// The project was taken back, and what the registry serves in its place says why: a few words
    /// such as `was unpublished`. Counts as gone.
    Withdrawn(&'static str),
    /// It exists and is withheld for the time being; it may come back.
    Quarantined,
    /// It exists and has no release.
    WithoutReleases,
    /// It exists and has releases, so its document should be there. That will pass.
    Inconsistent,
}
