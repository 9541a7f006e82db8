//! Where a run writes: alias, real collection, lock, schema, and a ledger that agrees with it.

use std::collections::HashMap;
use std::path::Path;

use futures::TryStreamExt;
use serde_json::Value;

use super::error::RunError;
use super::request::Versions;
use crate::model::{Document, ProjectName};
use crate::progress::{Progress, Stage};
use crate::search::{self, Collection, NewCollection, schema};
use crate::store::ledger::{
    CollectionId, CollectionIdentity, CollectionRecord, DocumentEntry, Sight, WrittenRecord,
};
use crate::store::lock::{self, Acquired, CollectionLock};
use crate::store::{Ledger, since_file};

/// The real collection behind a target.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub collection: Collection,
    pub is_new: bool,
}

impl Target {
    fn new(collection: Collection) -> Self {
        Self {
            collection,
            is_new: true,
        }
    }
}

/// The collection that `target` means, if there is one.
pub(super) async fn find(
    search: &search::Client,
    target: &str,
) -> Result<Option<Collection>, RunError> {
    Ok(search.fetch_collection(target).await?)
}

/// The collection that `target` means; makes `target-1` and the alias where there is neither.
pub(super) async fn find_or_create(
    search: &search::Client,
    target: &str,
) -> Result<Target, RunError> {
    if let Some(collection) = search.fetch_collection(target).await? {
        return Ok(Target {
            collection,
            is_new: false,
        });
    }
    let name = if let Some(alias) = search.fetch_alias(target).await? {
        // The alias points at nothing: make what it promises.
        alias.collection_name
    } else {
        match free_name(search, target).await? {
            (name, None) => name,
            // A run made it and ended before it could name it.
            (name, Some(unnamed)) => {
                search.set_alias(target, &name).await?;
                return Ok(Target::new(unnamed));
            }
        }
    };
    let collection = search
        .create_collection(&NewCollection::named(&name))
        .await?;
    search.set_alias(target, &name).await?;
    Ok(Target::new(collection))
}

/// The first of `target-1`, `target-2`, … that no collection bears, or an empty one that does.
async fn free_name(
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

/// The collection that a run would make, for one that writes nothing.
pub(super) fn imagined(target: &str) -> Collection {
    Collection {
        name: format!("{target}-1"),
        created_at: 0,
        num_documents: 0,
        fields: Vec::new(),
        default_sorting_field: String::new(),
        enable_nested_fields: true,
        token_separators: Vec::new(),
        other: serde_json::Map::new(),
    }
}

/// Takes the writer's lock of a collection, or says who holds it.
pub(super) async fn lock(
    home: &Path,
    server: &str,
    collection: &str,
    command: &str,
    progress: &dyn Progress,
) -> Result<CollectionLock, RunError> {
    let waiting = |holder: &lock::Holder| {
        progress.note(&format!(
            "waiting for {}, which has `{collection}`",
            holder.description
        ));
    };
    let patience = lock::PATIENCE;
    match lock::acquire(home, server, collection, command, patience, waiting).await? {
        Acquired::Lock(lock) => Ok(lock),
        Acquired::Held(holder) => Err(RunError::Locked {
            collection: collection.to_owned(),
            holder: holder.description,
        }),
    }
}

/// Adds the fields that the collection lacks; refuses one that cannot hold our documents.
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
        "adding {count} fields to the collection ({names}); the server answers nobody meanwhile"
    ));
    search
        .add_fields(&collection.name, &comparison.missing)
        .await?;
    Ok(())
}

/// The collection in the ledger, brought to agree with the server where they may differ.
///
/// They may differ after a run that did not end, after somebody else has written, and when the
/// ledger is new. The collection's own `name`, `version` and `serial` then say what it holds; a
/// project that the ledger does not know is believed up to the mark of the last complete run,
/// because later changes may have been cut short.
pub(super) async fn reconcile(
    search: &search::Client,
    ledger: &Ledger,
    target: &Target,
    since_file: &Path,
    progress: &dyn Progress,
) -> Result<(CollectionId, CollectionRecord), RunError> {
    let identity = CollectionIdentity {
        server: search.identity().to_owned(),
        name: target.collection.name.clone(),
        created_at: target.collection.created_at,
    };
    let (id, sight) = ledger.collection(&identity)?;
    let mut record = ledger.collection_record(id)?;
    let count = target.collection.num_documents;
    if count == 0 && (target.is_new || sight == Sight::Redated) {
        // Made anew: nothing that was known of the former one holds.
        ledger.replace_written(id, Vec::new())?;
        record = CollectionRecord::default();
        ledger.set_collection_record(id, &record)?;
        return Ok((id, record));
    }
    if record.documents == Some(count) {
        return Ok((id, record));
    }
    if count > 0 {
        progress.note(&format!(
            "comparing the ledger with the {count} documents of `{}`",
            target.collection.name
        ));
    }
    progress.stage(Stage::Reconciling, Some(count));
    let mut known: HashMap<ProjectName, WrittenRecord> = HashMap::new();
    ledger.each_written(id, |record| {
        known.insert(record.project.clone(), record);
    })?;
    let mark = since_file::read(since_file, &target.collection.name)?;
    let believed = mark.map_or(0, |mark| mark.serial);
    let held = held(search, &target.collection.name, progress).await?;
    if record.versions.is_none() && holds_latest_only(&held, believed) {
        record.versions = Some(Versions::Latest.as_str().to_owned());
    }
    let only_latest = record.versions.as_deref() == Some(Versions::Latest.as_str());
    let records: Vec<WrittenRecord> = held
        .into_iter()
        .map(|(name, held)| {
            held.reconciled(name.clone(), known.remove(&name), believed, only_latest)
        })
        .collect();
    ledger.replace_written(id, records)?;
    progress.stage_done();
    Ok((id, record))
}

/// Whether the collection is one of newest releases: one document each, though some have more.
///
/// A run that was stopped before it came to the history leaves the same picture, so only what a
/// complete run has written, up to its mark, can tell.
fn holds_latest_only(held: &HashMap<ProjectName, Held>, believed: u64) -> bool {
    held.values().all(|project| {
        project.documents.len() == 1
            && project.latest.len() == 1
            && (1..=believed).contains(&project.serial)
    }) && held
        .values()
        .any(|project| project.release_count.is_some_and(|count| count > 1))
}

/// What the server holds of one project.
#[derive(Debug, Default)]
struct Held {
    documents: Vec<DocumentEntry>,
    display_name: String,
    latest: Vec<String>,
    serial: u64,
    release_count: Option<usize>,
}

async fn held(
    search: &search::Client,
    collection: &str,
    progress: &dyn Progress,
) -> Result<HashMap<ProjectName, Held>, RunError> {
    const FIELDS: [&str; 7] = [
        "id",
        "name",
        "version",
        "serial",
        "is_latest",
        "release_count",
        "registry",
    ];
    let mut held: HashMap<ProjectName, Held> = HashMap::new();
    let lines = search.export(collection, None, &FIELDS);
    let mut lines = std::pin::pin!(lines);
    while let Some(line) = lines.try_next().await? {
        progress.advance(1);
        let stored: serde_json::Map<String, Value> =
            serde_json::from_slice(&line).unwrap_or_default();
        let text = |key| stored.get(key).and_then(Value::as_str).unwrap_or_default();
        // Another registry's documents share a peer's collection: they are not ours to touch.
        if !matches!(text("registry"), "" | "pypi") || text("name").is_empty() {
            continue;
        }
        let project = held.entry(ProjectName::new(text("name"))).or_default();
        project.documents.push(DocumentEntry {
            version: text("version").to_owned(),
            key: 0,
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
                .unwrap_or_default();
            text("name").clone_into(&mut project.display_name);
            project.release_count = stored
                .get("release_count")
                .and_then(Value::as_u64)
                .and_then(|count| usize::try_from(count).ok());
        }
    }
    Ok(held)
}

impl Held {
    /// The row that says what the server holds, with what the ledger knew beyond that.
    ///
    /// `believed` is the highest serial at which documents count as complete without a ledger.
    fn reconciled(
        self,
        project: ProjectName,
        known: Option<WrittenRecord>,
        believed: u64,
        only_latest: bool,
    ) -> WrittenRecord {
        let Held {
            mut documents,
            display_name,
            mut latest,
            serial,
            release_count,
        } = self;
        let count = documents.len();
        let one_latest = latest.len() == 1;
        let latest_version = latest.pop().unwrap_or_default();
        let Some(known) = known else {
            // What an older program wrote under another id has to be looked at again.
            let is_named =
                |entry: &DocumentEntry| entry.id == Document::id_of(&display_name, &entry.version);
            let complete = one_latest
                && (1..=believed).contains(&serial)
                && (only_latest || release_count == Some(count))
                && documents.iter().all(is_named);
            return WrittenRecord {
                project,
                serial: if complete { serial } else { 0 },
                complete,
                latest: latest_version,
                display_name,
                documents: crate::store::ledger::Documents(documents),
            };
        };
        let same = count == known.documents.0.len()
            && one_latest
            && latest_version == known.latest
            && (serial == known.serial || !known.complete)
            && documents
                .iter()
                .all(|entry| known.documents.0.iter().any(|one| one.id == entry.id));
        if same {
            return known;
        }
        // A document with the wrong flag, or of another time, is not what the ledger thinks it is.
        let trusted = one_latest && latest_version == known.latest && serial == known.serial;
        for entry in documents.iter_mut().filter(|_| trusted) {
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

/// The documents of one project, the latest first, then by version downwards: for people who want
/// to look. `target` is an alias or a collection.
///
/// # Errors
///
/// [`RunError::NoCollection`] where there is neither; else what the search server says.
pub async fn documents_of(
    search: &search::Client,
    target: &str,
    name: &ProjectName,
) -> Result<Vec<Document>, RunError> {
    let collection = find(search, target)
        .await?
        .ok_or_else(|| RunError::NoCollection {
            target: target.to_owned(),
        })?;
    let mut documents = Vec::new();
    let filter = search::filter::quote(name.as_str()).map(|quoted| format!("name:={quoted}"));
    let lines = search.export(&collection.name, filter.as_deref(), &[]);
    let mut lines = std::pin::pin!(lines);
    while let Some(line) = lines.try_next().await? {
        if let Ok(mut document) = serde_json::from_slice::<Document>(&line)
            && ProjectName::new(&document.name) == *name
        {
            // An older server's own note, in exports with a filter.
            document.facts.remove(".flat");
            documents.push(document);
        }
    }
    documents.sort_by(|one, other| {
        (other.is_latest, &other.version_order).cmp(&(one.is_latest, &one.version_order))
    });
    Ok(documents)
}
