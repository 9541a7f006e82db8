//! Where a run writes: alias, real collection, lock, schema, and a ledger that agrees with it.
//!
//! Called by `prepare`, and by `explain` and `cli` to look at a collection.

use std::collections::HashMap;
use std::path::Path;

use futures::TryStreamExt;
use serde_json::Value;

use super::error::RunError;
use super::own_documents::OwnDocuments;
use super::request::Versions;
use crate::model::{Document, Owner, ProjectName, RegistryKind, Serial};
use crate::progress::{Progress, Stage};
use crate::registry::Registry;
use crate::search::{self, Collection, NewCollection, schema};
use crate::store::ledger::{
    CollectionId, CollectionIdentity, CollectionMatch, CollectionRecord, DocumentEntry,
    WrittenRecord,
};
use crate::store::{Ledger, since_file};
use crate::workspace::WorkspaceError;

/// The collection that a run writes to.
#[derive(Debug, Clone)]
pub(super) enum Target {
    Existing(Collection),
    /// This run has made it.
    Created(Collection),
    /// A dry run does not make it. It would get this name.
    Imagined {
        name: String,
    },
}

impl Target {
    /// The real name of the collection.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Existing(collection) | Self::Created(collection) => &collection.name,
            Self::Imagined { name } => name,
        }
    }

    /// The collection; `None` where it does not exist.
    pub(super) fn collection(&self) -> Option<&Collection> {
        match self {
            Self::Existing(collection) | Self::Created(collection) => Some(collection),
            Self::Imagined { .. } => None,
        }
    }

    /// Whether this run has made it.
    pub(super) fn is_new(&self) -> bool {
        matches!(self, Self::Created(_))
    }
}

/// A collection, and whether it was just made.
pub(super) struct FoundCollection {
    pub(super) collection: Collection,
    pub(super) is_new: bool,
}

/// Finds the collection that `target` means; makes `target-1` and the alias where there is neither.
pub(super) async fn find_or_create(
    search: &search::Client,
    target: &str,
) -> Result<FoundCollection, RunError> {
    if let Some(collection) = search.fetch_collection(target).await? {
        return Ok(FoundCollection {
            collection,
            is_new: false,
        });
    }
    let name = if let Some(alias) = search.fetch_alias(target).await? {
        // The alias points at nothing: make what it promises.
        alias.collection_name
    } else {
        match find_free_name(search, target).await? {
            (name, None) => name,
            // A run made it and ended before it could name it.
            (name, Some(unnamed)) => {
                search.set_alias(target, &name).await?;
                return Ok(FoundCollection {
                    collection: unnamed,
                    is_new: true,
                });
            }
        }
    };
    let collection = search
        .create_collection(&NewCollection::named(&name))
        .await?;
    search.set_alias(target, &name).await?;
    Ok(FoundCollection {
        collection,
        is_new: true,
    })
}

/// Finds the first of `target-1`, `target-2`, … that no collection has, or an empty one that has it.
async fn find_free_name(
    search: &search::Client,
    target: &str,
) -> Result<(String, Option<Collection>), RunError> {
    let mut number = 1;
    loop {
        let name = format!("{target}-{number}");
        match search.fetch_collection(&name).await? {
            Some(collection) if collection.num_documents > 0 => number += 1,
            other => return Ok((name, other)),
        }
    }
}

/// Adds the fields that the collection lacks; refuses a collection that cannot hold our documents.
pub(super) async fn complete_schema(
    search: &search::Client,
    collection: &Collection,
    dry_run: bool,
    progress: &dyn Progress,
) -> Result<(), RunError> {
    let comparison = schema::compare(collection);
    if !comparison.conflicts.is_empty() {
        let conflicts: Vec<String> = comparison
            .conflicts
            .iter()
            .map(ToString::to_string)
            .collect();
        return Err(RunError::Schema {
            collection: collection.name.clone(),
            conflicts: conflicts.join(", "),
        });
    }
    if comparison.missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = comparison
        .missing
        .iter()
        .map(|field| field.name.as_str())
        .collect();
    let (count, names) = (names.len(), names.join(", "));
    if dry_run {
        progress.note(&format!(
            "{count} fields would be added to the collection: {names}"
        ));
        return Ok(());
    }
    progress.note(&format!(
        "adding {count} fields to the collection ({names}); meanwhile the server answers no requests"
    ));
    search
        .add_fields(&collection.name, &comparison.missing)
        .await?;
    Ok(())
}

/// What a run knows of the collection before it looks into the ledger.
#[derive(Debug, Clone, Copy)]
pub(super) struct KnownCollection {
    pub(super) is_new: bool,
    pub(super) is_dry_run: bool,
    /// How many fetches of the registry by all hosts there were with this one; `None` if hosts do not
    /// share the collection.
    pub(super) fetches: Option<i64>,
}

impl KnownCollection {
    /// Whether the ledger knows what the collection holds: its last fetch has ended, and nothing was
    /// fetched into the collection since, by another host either. One that hosts share may have as
    /// many documents as before, and other ones.
    fn is_known_by(self, record: &CollectionRecord, documents: u64) -> bool {
        let former = self.fetches.map(|count| count - 1);
        record.documents == Some(documents) && (self.is_dry_run || record.fetches == former)
    }
}

/// Makes the ledger agree with the collection where they may differ.
///
/// They may differ after a run that did not end, after another program or host has written, and when
/// the ledger is new. The collection's own `name`, `version` and `serial` then say what it holds; a
/// project that the ledger does not know is trusted up to the mark of the last complete run, because
/// later changes may have been cut short.
pub(super) async fn reconcile(
    search: &search::Client,
    ledger: &Ledger,
    registry: &dyn Registry,
    collection: &Collection,
    seen: KnownCollection,
    since_file: &Path,
    progress: &dyn Progress,
) -> Result<(CollectionId, CollectionRecord), RunError> {
    let identity = CollectionIdentity {
        server: search.identity().to_owned(),
        name: collection.name.clone(),
        registry: registry.kind(),
        created_at: collection.created_at,
    };
    let (id, sight) = ledger.find_or_add_collection(&identity).await?;
    let mut record = ledger.read_collection_record(id).await?;
    let own = OwnDocuments {
        search,
        ledger,
        collection: &collection.name,
        registry: registry.kind(),
    };
    let count = own.count(collection.num_documents).await?;
    if count == 0 && (seen.is_new || sight == CollectionMatch::Redated) {
        // A new collection: what was known of the former one is no longer true.
        ledger.replace_written(id, Vec::new()).await?;
        record = CollectionRecord::default();
        ledger.set_collection_record(id, &record).await?;
        return Ok((id, record));
    }
    if seen.is_known_by(&record, count) {
        return Ok((id, record));
    }
    if count > 0 {
        progress.note(&format!(
            "comparing the ledger with the {count} documents of `{}`{}",
            collection.name,
            match registry.kind() {
                RegistryKind::PyPi => "",
                RegistryKind::Npm => " from npm",
            }
        ));
    }
    progress.stage(Stage::Reconciling, Some(count));
    let mut known = ledger.read_all_written(id).await?;
    let mark = since_file::read(since_file, &collection.name, registry.kind())?;
    // Serials of single projects cannot be held against a mark of the whole registry.
    let trusted = mark.filter(|_| registry.has_complete_index());
    let trusted = trusted.and_then(|mark| Serial::new(mark.serial));
    let stored = export_stored_projects(search, registry, &own, progress).await?;
    if record.versions.is_none() && holds_latest_only(&stored, trusted) {
        record.versions = Some(Versions::Latest.as_str().to_owned());
    }
    let only_latest = record.versions.as_deref() == Some(Versions::Latest.as_str());
    let records: Vec<WrittenRecord> = stored
        .into_iter()
        .map(|(name, project)| {
            let former = known.remove(&name);
            project.reconciled(registry, name, former, trusted, only_latest)
        })
        .collect();
    ledger.replace_written(id, records).await?;
    progress.stage_done();
    Ok((id, record))
}

/// Whether the collection is one of newest releases: one document each, though some have more.
///
/// A run that was stopped before it came to the history leaves the same picture, so only what a
/// complete run has written, up to its mark, can tell.
fn holds_latest_only(
    stored: &HashMap<ProjectName, StoredProject>,
    trusted: Option<Serial>,
) -> bool {
    stored.values().all(|project| {
        project.documents.len() == 1
            && project.latest.len() == 1
            && is_trusted(project.serial, trusted)
    }) && stored
        .values()
        .any(|project| project.release_count.is_some_and(|count| count > 1))
}

/// Whether documents of this serial may be taken for complete without a ledger.
fn is_trusted(serial: Option<Serial>, trusted: Option<Serial>) -> bool {
    serial.is_some() && serial <= trusted
}

/// What the server holds of one project.
#[derive(Debug, Default)]
struct StoredProject {
    documents: Vec<DocumentEntry>,
    display_name: String,
    /// Versions of the documents that bear `is_latest`.
    latest: Vec<String>,
    serial: Option<Serial>,
    release_count: Option<usize>,
}

/// Exports what the server holds of each project.
async fn export_stored_projects(
    search: &search::Client,
    registry: &dyn Registry,
    own: &OwnDocuments<'_>,
    progress: &dyn Progress,
) -> Result<HashMap<ProjectName, StoredProject>, RunError> {
    const FIELDS: [&str; 7] = [
        "id",
        "name",
        "version",
        "serial",
        "is_latest",
        "release_count",
        "registry",
    ];
    let mut projects: HashMap<ProjectName, StoredProject> = HashMap::new();
    let filter = own.filter();
    let lines = search.export(own.collection, filter.as_deref(), &FIELDS);
    let mut lines = std::pin::pin!(lines);
    while let Some(line) = lines.try_next().await? {
        progress.advance(1);
        let stored: serde_json::Map<String, Value> =
            serde_json::from_slice(&line).unwrap_or_default();
        let text = |key| stored.get(key).and_then(Value::as_str).unwrap_or_default();
        // Another registry's documents share a peer's collection: they are not ours to touch.
        if !registry.kind().is_named_by(text("registry")) || text("name").is_empty() {
            continue;
        }
        let project = projects
            .entry(registry.kind().project_name(text("name")))
            .or_default();
        project.documents.push(DocumentEntry {
            version: text("version").to_owned(),
            key: None,
            id: text("id").to_owned(),
        });
        if project.display_name.is_empty() {
            text("name").clone_into(&mut project.display_name);
        }
        if stored.get("is_latest").and_then(Value::as_bool) == Some(true) {
            project.latest.push(text("version").to_owned());
            project.serial = stored
                .get("serial")
                .and_then(Value::as_u64)
                .and_then(Serial::new);
            text("name").clone_into(&mut project.display_name);
            project.release_count = stored
                .get("release_count")
                .and_then(Value::as_u64)
                .and_then(|count| usize::try_from(count).ok());
        }
    }
    Ok(projects)
}

impl StoredProject {
    /// The row that says what the server holds, with what the ledger knew beyond that.
    ///
    /// `trusted` is the highest serial at which documents count as complete without a ledger.
    fn reconciled(
        self,
        registry: &dyn Registry,
        project: ProjectName,
        known: Option<WrittenRecord>,
        trusted: Option<Serial>,
        only_latest: bool,
    ) -> WrittenRecord {
        let StoredProject {
            mut documents,
            display_name,
            mut latest,
            serial,
            release_count,
        } = self;
        let count = documents.len();
        let has_one_latest = latest.len() == 1;
        let latest_version = latest.pop();
        let Some(known) = known else {
            // What an older program wrote under another id has to be looked at again.
            let is_named = |entry: &DocumentEntry| {
                entry.id == registry.document_id(&display_name, &entry.version)
            };
            let complete = has_one_latest
                && is_trusted(serial, trusted)
                && (only_latest || release_count == Some(count))
                && documents.iter().all(is_named);
            return WrittenRecord {
                project,
                serial: serial.filter(|_| complete),
                complete,
                latest: latest_version,
                display_name,
                documents: crate::store::ledger::Documents(documents),
            };
        };
        let same = count == known.documents.0.len()
            && has_one_latest
            && latest_version == known.latest
            && (serial == known.serial || !known.complete)
            && documents
                .iter()
                .all(|entry| known.documents.0.iter().any(|one| one.id == entry.id));
        if same {
            return known;
        }
        // A document with the wrong flag, or of another time, is not what the ledger thinks it is.
        let is_as_known =
            has_one_latest && latest_version == known.latest && serial == known.serial;
        for entry in documents.iter_mut().filter(|_| is_as_known) {
            if let Some(one) = known.documents.0.iter().find(|one| one.id == entry.id) {
                entry.clone_from(one);
            }
        }
        WrittenRecord {
            complete: false,
            latest: latest_version,
            documents: crate::store::ledger::Documents(documents),
            ..known
        }
    }
}

/// Fetches the documents of one project of `registry` to show them, the latest first, then by version downwards.
/// `target` is an alias or a collection.
///
/// # Errors
///
/// [`WorkspaceError::NoCollection`] where there is neither; else what the search server says.
pub async fn fetch_documents(
    search: &search::Client,
    target: &str,
    registry: RegistryKind,
    name: &ProjectName,
) -> Result<Vec<Document>, RunError> {
    let collection =
        search
            .fetch_collection(target)
            .await?
            .ok_or_else(|| WorkspaceError::NoCollection {
                name: target.to_owned(),
            })?;
    let mut documents = Vec::new();
    let filter = search::filter::quote(name.as_str()).map(|quoted| format!("name:={quoted}"));
    let lines = search.export(&collection.name, filter.as_deref(), &[]);
    let mut lines = std::pin::pin!(lines);
    while let Some(line) = lines.try_next().await? {
        if let Ok(mut document) = serde_json::from_slice::<Document>(&line)
            && Owner::new(&document.name, &document.registry).is_project(registry, name)
        {
            // Older servers add it to exports with a filter.
            document.facts.remove(".flat");
            documents.push(document);
        }
    }
    documents.sort_by(|one, other| {
        (other.is_latest, &other.version_order).cmp(&(one.is_latest, &one.version_order))
    });
    Ok(documents)
}
