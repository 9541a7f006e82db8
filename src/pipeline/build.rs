//! From a release to the line of an import: cache or registry, transform, facts.
//!
//! Called by `examine` for what comes first and by `history` for the rest; sends nothing.

use bytes::Bytes;

use super::facts::{self, Facts};
use super::plan::{Frame, Wanted};
use super::run::Run;
use crate::model::{Release, Serial};
use crate::registry::{FetchedRelease, RegistryError};
use crate::store::ledger::DocumentEntry;
use crate::transform;

/// One document, ready for import.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// What the ledger will know it by.
    pub entry: DocumentEntry,
    /// The document as JSON.
    pub json: Bytes,
}

/// Builds a document from a release that was just read.
///
/// The release goes into the cache, so that nobody has to read it again.
pub(super) async fn from_fetched(
    run: &Run,
    frame: &Frame,
    wanted: &Wanted,
    fetched: FetchedRelease,
    facts: &Facts,
) -> Line {
    let said = fetched.vulnerabilities.as_deref();
    let said = said.and_then(|said| facts::advisories(said, run.registry.kind(), run.now));
    let known = match said {
        Some(said) => {
            run.cache
                .learn_advisories(&frame.name, &wanted.version, &said)
                .await;
            Some(said)
        }
        None => run.cache.advisories(&frame.name, &wanted.version).await,
    };
    let mut document = transformed(run, frame, wanted, &fetched.release);
    facts.apply(&mut document);
    if let Some(known) = known {
        facts::add_advisories(&mut document, &known);
    }
    frame.yanked.mend(&mut document);
    run.cache
        .keep_release(&frame.name, &wanted.version, fetched.cached)
        .await;
    line(wanted, &document)
}

/// Builds a document from the disk cache, or else from the registry.
pub(super) async fn from_anywhere(
    run: &Run,
    frame: &Frame,
    wanted: &Wanted,
    facts: &Facts,
) -> Result<Line, RegistryError> {
    if !run.request.force
        && let Some(release) = run
            .cache
            .release(&frame.name, &wanted.version, wanted.fingerprint)
            .await
    {
        let mut document = transformed(run, frame, wanted, &release);
        facts.apply(&mut document);
        if let Some(known) = run.cache.advisories(&frame.name, &wanted.version).await {
            facts::add_advisories(&mut document, &known);
        }
        frame.yanked.mend(&mut document);
        return Ok(line(wanted, &document));
    }
    let fetched = run
        .registry
        .fetch_release(&frame.name, &wanted.version, frame.serial)
        .await?;
    Ok(from_fetched(run, frame, wanted, fetched, facts).await)
}

fn transformed(
    run: &Run,
    frame: &Frame,
    wanted: &Wanted,
    release: &Release,
) -> crate::model::Document {
    let context = transform::Context {
        registry: run.registry.kind(),
        version_scheme: run.registry.version_scheme(),
        serial: i64::try_from(Serial::number(frame.serial)).unwrap_or(i64::MAX),
        is_latest: wanted.is_latest,
        release_count: wanted
            .is_latest
            .then(|| i32::try_from(frame.release_count).unwrap_or(i32::MAX)),
        maintainers: &frame.maintainers,
        keep_text: frame.keeps_text(wanted.is_latest),
    };
    let transformed = transform::document(release, &context);
    let mut document = transformed.document;
    run.note_normalized(&document.id, &transformed.notes);
    // The id must be the one that the ledger knows, whatever the release document calls itself.
    if document.id != wanted.entry.id {
        document.id.clone_from(&wanted.entry.id);
        document.identifier.clone_from(&wanted.entry.id);
        document.name.clone_from(&frame.display_name);
        document.name_sortable.clone_from(&frame.display_name);
        document.version.clone_from(&wanted.version);
    }
    document
}

fn line(wanted: &Wanted, document: &crate::model::Document) -> Line {
    // A document is plain data with text keys: it always has a JSON form.
    let json = serde_json::to_vec(document).unwrap_or_default();
    Line {
        entry: wanted.entry.clone(),
        json: json.into(),
    }
}
