//! What the pipeline needs from any registry.

use std::collections::BTreeSet;

use futures::FutureExt;
use futures::future::BoxFuture;

use super::error::RegistryError;
use super::index::{Index, Sought};
use super::project::{Absence, FetchedRelease, Project, UnreadProject};
use crate::model::{ProjectName, RegistryKind, Release, Serial, VersionScheme, document_id};

/// A client of one registry: its requests, and its rules for names, versions and documents.
///
/// The pipeline knows registries by this trait alone. An implementation translates what its registry
/// serves into the types of this module and [`Release`], and checks that each answer is about the
/// project and version that was asked for. It decides nothing, and keeps nothing but what saves it a
/// request. Calls cost a request each, so they return boxed futures: the box does not show next to
/// the network, and the pipeline needs no type parameter.
///
/// # Adding a registry
///
/// Implement this trait in a folder of its own next to `pypi/`, and list it in
/// [`connect`](super::connect()) under its [`RegistryKind`], by which profiles select it.
/// `CONTRIBUTING.md` has the other places.
///
/// # How the two registries fit
///
/// | here | PyPI | npm |
/// |---|---|---|
/// | index | every project with its serial | what searches and organisations name, and what is known: each project has to be asked |
/// | serial of a project | `last_serial` | the number in front of the dash of `_rev`, which counts the revisions of the document |
/// | has it changed? | its serial in the index | one conditional request |
/// | project document | latest release and a list | the packument, which holds all releases |
/// | latest release | the one that the document holds | `dist-tags.latest` if that version exists, else the highest stable one that is not deprecated |
/// | fingerprint | digest of the files and their yank state | digest of everything that a release is made of |
/// | is it really gone? | 404 for document and page | 404 in the registry's own form; an unpublished document; a security placeholder |
/// | names | PEP 503 | as written, with an optional scope (`@plone/volto`) |
/// | versions | PEP 440 | semantic versions |
/// | classifiers | as uploaded | keywords in lower case, and `organisation NAME` |
/// | yanked | as the registry says | `deprecated` with a text, or `true` |
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

    /// Whether the index lists every project with its serial. Otherwise it names projects that have
    /// to be asked, each whether it has changed and whether it is still there.
    fn has_complete_index(&self) -> bool {
        true
    }

    /// Normalises a name as the registry compares names; `None` for text that cannot be a name.
    fn project_name(&self, text: &str) -> Option<ProjectName> {
        self.kind().read_project_name(text)
    }

    /// How versions are read and ordered.
    fn version_scheme(&self) -> VersionScheme;

    /// What of the settings decides how documents are made; empty for the default. Where it changes,
    /// every project is read again.
    fn settings_of_documents(&self) -> String {
        String::new()
    }

    /// The id of a release's document. No two registries may give the same id.
    fn document_id(&self, display_name: &str, version: &str) -> String {
        document_id(self.kind(), display_name, version)
    }

    /// Reads a release back from the disk cache; `None` if it is unreadable or its fingerprint has
    /// changed.
    fn read_cached_release(&self, bytes: &[u8], fingerprint: u64) -> Option<Release>;

    /// Every project with its serial; where the index is not complete, at least what is known of
    /// what is sought.
    fn fetch_index<'a>(&'a self, sought: &'a Sought)
    -> BoxFuture<'a, Result<Index, RegistryError>>;

    /// The document of a project, no older than the serial that the index has `announced`.
    ///
    /// `NotFound` is no proof that the project is gone: see [`fetch_absence`](Self::fetch_absence).
    fn fetch_project<'a>(
        &'a self,
        name: &'a ProjectName,
        announced: Option<Serial>,
    ) -> BoxFuture<'a, Result<UnreadProject, RegistryError>>;

    /// The document of a project, unless it is still the one that was read at the serial `known`.
    fn fetch_changed_project<'a>(
        &'a self,
        name: &'a ProjectName,
        announced: Option<Serial>,
        known: Option<Serial>,
    ) -> BoxFuture<'a, Result<Option<UnreadProject>, RegistryError>> {
        // An index with serials has told the difference already.
        let _ = known;
        let project = self.fetch_project(name, announced);
        async move { project.await.map(Some) }.boxed()
    }

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
