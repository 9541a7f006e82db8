//! Builds the document of a release: cache or registry, transform, facts.
//!
//! Called by `examine` for what comes first and by `history` for the rest. Sends nothing to the
//! search server.

use bytes::Bytes;
use serde_json::{Map, Value};

use super::plan::{PlannedDocument, ProjectContext};
use super::project_facts::{self, ProjectFacts};
use super::run::Run;
use crate::model::{Document, Release, Serial};
use crate::registry::{FetchedRelease, ProjectStatus, RegistryError};
use crate::store::ledger::DocumentEntry;
use crate::transform;

/// One document, ready for import.
#[derive(Debug, Clone)]
pub(super) struct BuiltDocument {
    /// What the ledger will know it by.
    pub entry: DocumentEntry,
    /// The document as JSON, on one line.
    pub json: Bytes,
}

/// Builds a document from a release that was just read, and keeps the release in the cache, so that
/// it need not be read again.
pub(super) async fn build_from_fetched(
    run: &Run,
    context: &ProjectContext,
    planned: &PlannedDocument,
    fetched: FetchedRelease,
    facts: &ProjectFacts,
) -> BuiltDocument {
    let stated = fetched
        .vulnerabilities
        .as_deref()
        .and_then(|entries| project_facts::advisory_facts(entries, run.registry.kind(), run.now));
    let advisories = match stated {
        Some(stated) => {
            run.cache
                .keep_advisories(&context.name, &planned.version, &stated)
                .await;
            Some(stated)
        }
        None => {
            run.cache
                .read_advisories(&context.name, &planned.version)
                .await
        }
    };
    let built = build(run, context, planned, &fetched.release, facts, advisories);
    run.cache
        .keep_release(&context.name, &planned.version, fetched.cached)
        .await;
    built
}

/// Builds a document from the disk cache, or else from the registry.
pub(super) async fn build_from_cache_or_registry(
    run: &Run,
    context: &ProjectContext,
    planned: &PlannedDocument,
    facts: &ProjectFacts,
) -> Result<BuiltDocument, RegistryError> {
    if !run.request.force
        && let Some(release) = run
            .cache
            .read_release(&context.name, &planned.version, planned.fingerprint)
            .await
    {
        let advisories = run
            .cache
            .read_advisories(&context.name, &planned.version)
            .await;
        return Ok(build(run, context, planned, &release, facts, advisories));
    }
    let fetched = run
        .registry
        .fetch_release(&context.name, &planned.version, context.serial)
        .await?;
    Ok(build_from_fetched(run, context, planned, fetched, facts).await)
}

fn build(
    run: &Run,
    context: &ProjectContext,
    planned: &PlannedDocument,
    release: &Release,
    facts: &ProjectFacts,
    advisories: Option<Map<String, Value>>,
) -> BuiltDocument {
    let mut document = transform_release(run, context, planned, release);
    facts.apply(&mut document);
    if let Some(advisories) = advisories {
        project_facts::merge_advisories(&mut document, &advisories);
    }
    context.yanked.replace_yanked_fixes(&mut document);
    // A document is plain data with text keys: it always has a JSON form.
    let json = serde_json::to_vec(&document).unwrap_or_default();
    BuiltDocument {
        entry: planned.entry.clone(),
        json: json.into(),
    }
}

fn transform_release(
    run: &Run,
    context: &ProjectContext,
    planned: &PlannedDocument,
    release: &Release,
) -> Document {
    let transformed = transform::document(
        release,
        &transform::Context {
            registry: run.registry.kind(),
            version_scheme: run.registry.version_scheme(),
            serial: i64::try_from(Serial::number(context.serial)).unwrap_or(i64::MAX),
            is_latest: planned.is_latest,
            release_count: planned
                .is_latest
                .then(|| i32::try_from(context.release_count).unwrap_or(i32::MAX)),
            first_upload: context.first_upload,
            project_status: context.status.map(ProjectStatus::as_str),
            maintainers: &context.maintainers,
            keep_text: context.keeps_text(planned.is_latest),
        },
    );
    let mut document = transformed.document;
    for note in &transformed.notes {
        run.record_normalized(&document.id, note.field, &note.reason);
    }
    // The id must be the one that the ledger knows, whatever the release document calls itself.
    if document.id != planned.entry.id {
        document.id.clone_from(&planned.entry.id);
        document.identifier.clone_from(&planned.entry.id);
        document.name.clone_from(&context.display_name);
        document.name_sortable.clone_from(&context.display_name);
        document.version.clone_from(&planned.version);
    }
    document
}
