//! What the pipeline needs from any registry.

use std::collections::BTreeSet;

use futures::FutureExt;
use futures::future::BoxFuture;

use super::error::RegistryError;
use super::index::Index;
use super::project::{Absence, FetchedRelease, Project, UnreadProject};
use crate::model::{Document, ProjectName, RegistryKind, Release, Serial, VersionScheme};

/// A client of one registry: its requests, and its rules for names, versions and documents.
///
/// The pipeline knows registries by this trait alone. An implementation translates what its registry
/// serves into the types of this module and [`Release`], and checks that each answer is about the
/// project and version that was asked for. It decides nothing, and keeps nothing but what saves it a
/// request. Calls cost a request each, so they return boxed futures: the box does not show beside
/// the network, and the pipeline needs no type parameter.
///
/// # Adding a registry
///
/// Implement this trait in a folder of its own beside `pypi/`, and list it in
/// [`connect`](super::connect()) under its [`RegistryKind`], by which profiles select it.
/// `CONTRIBUTING.md` has the other places.
///
/// # How npm will fit
///
/// | here | npm |
/// |---|---|
/// | serial of the index | `last_seq` of the replication feed `_changes` |
/// | serial of a project | `seq` of its last change in the feed; for a project that is read without the feed, the number in front of the dash of `_rev`, which counts the revisions of that document |
/// | index | the feed, folded to the last `seq` per name and resumed at `last_seq`; a `seq` that jumps back means that the feed was reset: start over |
/// | project document | the packument, which holds all releases in one answer: `read_project` lists them, and `fetch_release` takes them from the last packuments that the adapter holds, so a project costs one request |
/// | latest release | `dist-tags.latest` if that version exists, else the highest stable one that is not deprecated |
/// | fingerprint | digest of `dist.integrity` and `deprecated`; nothing else of a version changes |
/// | is it really gone? | `Gone` on 404, and on 200 with `time.unpublished` and without `versions`, and for a security placeholder; a version is gone when `versions` lacks it |
/// | names | case-sensitive, with an optional scope (`@plone/volto`): normalising changes nothing |
/// | versions | a semver scheme in [`VersionScheme`], whose sort key `transform` makes |
/// | classifiers | `keywords`; the search `keywords:NAME` answers which projects carry one |
/// | document ids | unscoped names get a prefix (`npm:sigstore-3.0.0`), because PyPI has projects of the same name |
/// | yanked | `deprecated` with a non-empty text, or `true` |
pub trait Registry: Send + Sync {
    /// The name of the registry in profiles and documents.
    fn kind(&self) -> RegistryKind;

    /// What the ledger and the cache keep this registry's data under: its address without
    /// credentials, or a fixed name. Serials of one identity mean nothing under another.
    fn identity(&self) -> &str;

    /// How many requests may be in flight.
    fn max_concurrency(&self) -> usize;

    /// Requests, retries and bytes so far.
    fn statistics(&self) -> pyfa_http::HttpStatistics;

    /// Normalises a name as the registry compares names; `None` for text that cannot be a name.
    fn project_name(&self, text: &str) -> Option<ProjectName>;

    /// How versions are read and ordered.
    fn version_scheme(&self) -> VersionScheme;

    /// The id of a release's document. No two registries may give the same id.
    fn document_id(&self, display_name: &str, version: &str) -> String {
        Document::id_of(display_name, version)
    }

    /// Reads a release back from the disk cache; `None` if it is unreadable or its fingerprint has
    /// changed.
    fn read_cached_release(&self, bytes: &[u8], fingerprint: u64) -> Option<Release>;

    /// Every project with its serial.
    fn fetch_index(&self) -> BoxFuture<'_, Result<Index, RegistryError>>;

    /// The document of a project, no older than the serial that the index has `announced`.
    ///
    /// `NotFound` is no proof that the project is gone: see [`fetch_absence`](Self::fetch_absence).
    fn fetch_project<'a>(
        &'a self,
        name: &'a ProjectName,
        announced: Option<Serial>,
    ) -> BoxFuture<'a, Result<UnreadProject, RegistryError>>;

    /// Parses the rest of a project document, frees its text, and asks for the list of releases
    /// where the document has none.
    fn read_project(&self, unread: UnreadProject) -> BoxFuture<'_, Result<Project, RegistryError>>;

    /// Why the registry serves no document for a project: asked after `fetch_project` has answered
    /// `NotFound`. Only [`Absence::Gone`] may delete anything.
    fn fetch_absence<'a>(
        &'a self,
        name: &'a ProjectName,
        announced: Option<Serial>,
    ) -> BoxFuture<'a, Result<Absence, RegistryError>>;

    /// One release, no older than the serial that the index has `announced`.
    fn fetch_release<'a>(
        &'a self,
        name: &'a ProjectName,
        version: &'a str,
        announced: Option<Serial>,
    ) -> BoxFuture<'a, Result<FetchedRelease, RegistryError>>;

    /// Asks whether a release that its project no longer lists is really gone.
    fn confirm_release_gone<'a>(
        &'a self,
        name: &'a ProjectName,
        version: &'a str,
        announced: Option<Serial>,
    ) -> BoxFuture<'a, Result<bool, RegistryError>> {
        self.fetch_release(name, version, announced)
            .map(RegistryError::denies)
            .boxed()
    }

    /// The projects of which some release carries exactly this classifier. The answer may be
    /// incomplete or out of date: each project's own document decides.
    fn fetch_projects_by_classifier<'a>(
        &'a self,
        classifier: &'a str,
    ) -> BoxFuture<'a, Result<BTreeSet<ProjectName>, RegistryError>>;
}
