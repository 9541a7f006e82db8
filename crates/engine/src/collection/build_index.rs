//! Making an index from stored documents; used when it is rebuilt, restored, or its schema changes.

use std::path::Path;

use serde_json::Value;

use crate::error::{EngineError, EngineResult};
use crate::index::{Index, IndexChange, IndexEntry, IndexSettings};
use crate::schema::{FieldTokenizers, Schema};
use crate::store::DocumentReader;
use crate::store::collection_folders::{index_folder, index_folders};
use crate::store::documents::Counters;
use crate::store::files::{remove_folder, sync_folder};

/// Documents and bytes that are read at once.
const PAGE: (usize, usize) = (1_000, 4 << 20);

/// Removes all indexes but one.
pub(super) fn sweep(folder: &Path, kept: u64) -> EngineResult<()> {
    for (number, index) in index_folders(folder)? {
        if number != kept {
            remove_folder(&index)?;
        }
    }
    Ok(())
}

/// Makes an empty index in a new folder.
pub(super) fn empty(folder: &Path, number: u64) -> EngineResult<Index> {
    let path = index_folder(folder, number);
    remove_folder(&path)?;
    let index = Index::create(&path, IndexSettings::default())?;
    sync_folder(folder)?;
    Ok(index)
}

/// Makes an index of all stored documents in a new folder; `go_on` may end it.
pub(super) fn build(
    folder: &Path,
    reader: &DocumentReader,
    schema: &Schema,
    counters: Counters,
    go_on: &dyn Fn() -> EngineResult<()>,
) -> EngineResult<Index> {
    let index = empty(folder, counters.index_folder)?;
    let words = FieldTokenizers::of(schema);
    each_page(reader, |documents| {
        go_on()?;
        let entries: Vec<IndexEntry> = documents
            .iter()
            .map(|(seq, document)| IndexEntry::new(*seq, document, schema, &words))
            .collect();
        index.feed(entries.iter().map(IndexChange::New), counters.change)
    })?;
    index.feed([], counters.change)?;
    index.commit()?;
    Ok(index)
}

/// Reads all documents, some at a time, in the order of their numbers.
pub(super) fn each_page(
    reader: &DocumentReader,
    mut work: impl FnMut(&[(u64, Value)]) -> EngineResult<()>,
) -> EngineResult<()> {
    let mut from = 0;
    loop {
        let page = reader.page(from, PAGE.0, PAGE.1)?;
        let Some((last, _)) = page.last() else {
            return Ok(());
        };
        from = last + 1;
        let parse = |(seq, json): &(u64, Vec<u8>)| match serde_json::from_slice(json) {
            Ok(document) => Ok((*seq, document)),
            Err(error) => Err(EngineError::internal(format!(
                "document number {seq} cannot be read: {error}"
            ))),
        };
        let documents: Vec<(u64, Value)> = page.iter().map(parse).collect::<EngineResult<_>>()?;
        work(&documents)?;
    }
}

/// Feeds the documents of these numbers as they are stored now to an index that holds the changes up
/// to `applied`; `go_on` may end it.
pub(super) fn feed_documents(
    index: &Index,
    reader: &DocumentReader,
    schema: &Schema,
    (changed, applied): (&[u64], u64),
    go_on: &dyn Fn() -> EngineResult<()>,
) -> EngineResult<()> {
    let words = FieldTokenizers::of(schema);
    for some in changed.chunks(PAGE.0) {
        go_on()?;
        let mut entries = Vec::new();
        let mut removed = Vec::new();
        for seq in some {
            match reader.document(*seq)? {
                Some(document) => entries.push(IndexEntry::new(*seq, &document, schema, &words)),
                None => removed.push(*seq),
            }
        }
        let fed = entries.iter().map(IndexChange::Replaced);
        index.feed(
            fed.chain(removed.into_iter().map(IndexChange::Removed)),
            applied,
        )?;
    }
    if !changed.is_empty() {
        tracing::info!(documents = changed.len(), "the index has caught up");
    }
    Ok(())
}
