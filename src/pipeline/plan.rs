//! What has to be written so that a collection reflects a project: a pure comparison.
//!
//! The registry's list of releases on one side, the ledger's list of documents on the other. A
//! document is written only if its key has changed, the digest of everything that it is made of.
//! Called by `examine`; no I/O.

use std::collections::HashSet;
use std::num::NonZeroU64;

use xxhash_rust::xxh3::Xxh3;

use super::request::Versions;
use super::yanked::YankedReleases;
use crate::model::{ProjectName, Serial};
use crate::profile::HistoryText;
use crate::registry::{Project, ProjectStatus, Registry, ReleaseSummary};
use crate::store::ledger::{DocumentEntry, Documents, WrittenRecord};
use crate::transform::{self, TRANSFORM_VERSION};

/// What all documents of a project have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ProjectContext {
    pub name: ProjectName,
    /// The name as the project spells it.
    pub display_name: String,
    pub serial: Option<Serial>,
    pub maintainers: Vec<String>,
    pub release_count: usize,
    /// When the earliest release was uploaded, in Unix seconds.
    pub first_upload: Option<i64>,
    /// What the registry says of the project, where it says something else than active.
    pub status: Option<ProjectStatus>,
    /// The version that the registry calls latest.
    pub latest: String,
    /// Id of its document.
    pub latest_id: String,
    pub history_text: HistoryText,
    pub yanked: YankedReleases,
}

/// A document that has to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PlannedDocument {
    pub version: String,
    /// Digest of the release's files and their yank state.
    pub fingerprint: u64,
    pub is_latest: bool,
    /// What the ledger will know the document by.
    pub entry: DocumentEntry,
}

/// Everything that has to be done for one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    pub context: ProjectContext,
    /// The latest release first, then the former latest, which loses its flag.
    pub first: Vec<PlannedDocument>,
    /// Everything else, newest first.
    pub history: Vec<PlannedDocument>,
    /// Documents of releases that are no longer listed; the registry must confirm that each is
    /// gone.
    pub vanished: Vec<DocumentEntry>,
    /// Ids that go once everything is written: those of former spellings and of an older rule,
    /// duplicates, releases that the collection should not hold.
    pub obsolete: Vec<String>,
    /// Documents that are right as they are.
    pub unchanged: usize,
}

/// How a plan is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlanOptions {
    pub versions: Versions,
    pub history_text: HistoryText,
    /// Write everything, whatever the ledger says.
    pub force: bool,
}

/// Compares a project with what the collection holds of it.
#[must_use]
pub(super) fn plan(
    registry: &dyn Registry,
    project: &Project,
    stored: Option<&WrittenRecord>,
    options: PlanOptions,
) -> Plan {
    let scheme = registry.version_scheme();
    let latest = project.latest.release.version();
    let display_name = project.latest.release.name();
    let mut releases = project.releases.clone();
    if !releases.iter().any(|release| release.version == latest) {
        // The document names a latest release that its own list lacks: the release is there.
        releases.push(ReleaseSummary {
            version: latest.to_owned(),
            fingerprint: project.latest.fingerprint,
            is_yanked: false,
            uploaded: None,
        });
    }
    releases.sort_by_cached_key(|release| {
        std::cmp::Reverse(transform::version_fields(scheme, &release.version).order)
    });
    let context = ProjectContext {
        name: project.name.clone(),
        display_name: display_name.to_owned(),
        serial: project.serial,
        maintainers: project.maintainers.clone(),
        release_count: releases.len(),
        first_upload: releases.iter().filter_map(|one| one.uploaded).min(),
        status: project
            .status
            .filter(|status| *status != ProjectStatus::Active),
        latest_id: registry.document_id(display_name, latest),
        latest: latest.to_owned(),
        history_text: options.history_text,
        yanked: YankedReleases::of(&project.releases, scheme),
    };

    let none = Documents::default();
    let documents = stored.map_or(&none, |record| &record.documents);
    let known: HashSet<&DocumentEntry> = documents.0.iter().collect();
    let former_latest = stored.and_then(|record| record.latest.as_deref());
    let mut plan = Plan {
        context,
        first: Vec::new(),
        history: Vec::new(),
        vanished: Vec::new(),
        obsolete: Vec::new(),
        unchanged: 0,
    };
    let mut kept_ids = HashSet::new();
    for release in releases.iter().filter(|release| {
        options.versions == Versions::All || release.version == plan.context.latest
    }) {
        let is_latest = release.version == plan.context.latest;
        let entry = DocumentEntry {
            version: release.version.clone(),
            key: document_key(&plan.context, release.fingerprint, is_latest, project),
            id: registry.document_id(&plan.context.display_name, &release.version),
        };
        kept_ids.insert(entry.id.clone());
        if known.contains(&entry) && !options.force {
            plan.unchanged += 1;
            continue;
        }
        let planned = PlannedDocument {
            version: release.version.clone(),
            fingerprint: release.fingerprint,
            is_latest,
            entry,
        };
        if is_latest {
            plan.first.insert(0, planned);
        } else if former_latest == Some(planned.version.as_str()) {
            plan.first.push(planned);
        } else {
            plan.history.push(planned);
        }
    }
    let versions: HashSet<&str> = releases
        .iter()
        .map(|release| release.version.as_str())
        .collect();
    for document in documents
        .0
        .iter()
        .filter(|document| !kept_ids.contains(&document.id))
    {
        if options.versions == Versions::Latest || versions.contains(document.version.as_str()) {
            plan.obsolete.push(document.id.clone());
        } else {
            plan.vanished.push(document.clone());
        }
    }
    plan
}

impl ProjectContext {
    /// Whether the document of a release carries its long text.
    #[must_use]
    pub(super) fn keeps_text(&self, is_latest: bool) -> bool {
        is_latest || self.history_text == HistoryText::Full
    }
}

/// Digest of everything that a document is made of.
fn document_key(
    context: &ProjectContext,
    fingerprint: u64,
    is_latest: bool,
    project: &Project,
) -> Option<NonZeroU64> {
    let mut hash = Xxh3::new();
    hash.update(&TRANSFORM_VERSION.to_le_bytes());
    hash.update(&fingerprint.to_le_bytes());
    hash.update(&[u8::from(is_latest), u8::from(context.keeps_text(is_latest))]);
    for text in std::iter::once(&context.display_name).chain(&context.maintainers) {
        hash.update(text.as_bytes());
        hash.update(&[0]);
    }
    context.yanked.update(&mut hash);
    let status = context.status.map_or("", ProjectStatus::as_str);
    hash.update(status.as_bytes());
    if is_latest {
        hash.update(&context.first_upload.unwrap_or_default().to_le_bytes());
        hash.update(&Serial::number(context.serial).to_le_bytes());
        hash.update(&(context.release_count as u64).to_le_bytes());
        for vulnerability in project.latest.vulnerabilities.iter().flatten() {
            hash.update(vulnerability.to_string().as_bytes());
        }
    }
    // The ledger has 0 for "not known".
    NonZeroU64::new(hash.digest().max(1))
}
