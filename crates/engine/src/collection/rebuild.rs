//! Building the index from the store, and keeping it in order.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::Value;

use super::writer::Writer;
use super::{Collection, View};
use crate::index::{Entry, Fed, Index, IndexSettings};
use crate::problem::{Answer, Problem};
use crate::schema::Schema;
use crate::store::documents::Counters;
use crate::store::folder::remove_folder;
use crate::store::reader::Reader;
use crate::store::shelf::{index_folder, index_folders};
use crate::store::sync_folder;
use crate::text::Tokenizers;

/// Documents and bytes that are read at once.
const PAGE: (usize, usize) = (1_000, 4 << 20);

impl Collection {
    /// Builds the index anew from the store; searches go on with the old one until it is there.
    pub fn rebuild(&self) -> Answer<()> {
        let _making = self.making();
        let mut writer = self.writer();
        if writer.dropped {
            return Err(Problem::not_found("Not Found"));
        }
        self.switch_to(&mut writer, self.schema())
    }

    /// Builds the index for a schema and takes both into use in one step. The caller has the right
    /// to make an index.
    pub(super) fn switch_to(&self, writer: &mut Writer, schema: Arc<Schema>) -> Answer<()> {
        let counters = Counters {
            index_folder: writer.counters.index_folder + 1,
            ..writer.counters
        };
        let reader = self.take_reader()?;
        let built = build(&self.folder, &reader, &schema, counters, &|| Ok(()));
        self.give_back(reader);
        let index = built?;
        self.put_into_use(writer, View::new(schema, Some(Arc::new(index))), counters)?;
        self.clear_up(writer);
        Ok(())
    }

    /// How many writes there have been since the collection was opened.
    pub(crate) fn writes(&self) -> u64 {
        self.writes.load(Ordering::Relaxed)
    }

    /// What the housekeeper does when nobody has written for a while: commits the index, or brings
    /// it to the disk where that failed before; with `rest` its memory is given back as well.
    pub(crate) fn tidy(&self, rest: bool) {
        if self.wants_index() {
            if self.has_room() {
                self.restore_soon();
            }
            return;
        }
        let mut writer = self.writer();
        if writer.dropped {
            return;
        }
        if let Err(problem) = self.commit_index(&mut writer, rest) {
            tracing::error!(collection = self.name, %problem, "the index is behind");
        }
    }

    pub(super) fn commit_index(&self, writer: &mut Writer, rest: bool) -> Answer<()> {
        let Some(index) = self.view().index.filter(|_| self.has_index()) else {
            return Ok(());
        };
        let committed = index.commit().and_then(|change| {
            if rest {
                index.rest()?;
            }
            Ok(change)
        });
        let change = committed.inspect_err(|problem| self.index_is_lost(problem))?;
        writer.uncommitted = 0;
        if index.is_durable() {
            writer.documents.cut_journal(change)?;
        }
        Ok(())
    }

    /// Commits everything, for a quick start the next time.
    pub(crate) fn close(&self) {
        self.end_restoring(self.writes() > 0);
        let committed = {
            let mut writer = self.writer();
            if writer.dropped {
                return;
            }
            self.commit_index(&mut writer, true)
        };
        if let Err(problem) = committed {
            tracing::warn!(collection = self.name, %problem, "the next start has to catch up");
            self.end_restoring(false);
        }
    }

    /// Reads the whole index and builds it anew if a file is not what was written. False if
    /// `is_over` came first, or there is no index on the disk to look at.
    pub(crate) fn verify(&self, is_over: &dyn Fn() -> bool) -> Answer<bool> {
        if self.wants_index() {
            self.restore_soon();
        }
        if !self.is_settled(is_over) || self.wants_index() {
            return Ok(false);
        }
        let Some(index) = self.view().index else {
            return Ok(false);
        };
        let Some(damaged) = index.damaged_files(is_over)? else {
            return Ok(false);
        };
        if !damaged.is_empty() {
            tracing::warn!(
                collection = self.name,
                ?damaged,
                "the index is damaged and built anew"
            );
            self.rebuild()?;
        }
        Ok(true)
    }
}

/// Removes all indexes but one.
pub(super) fn sweep(folder: &Path, kept: u64) -> Answer<()> {
    for (number, index) in index_folders(folder)? {
        if number != kept {
            remove_folder(&index)?;
        }
    }
    Ok(())
}

/// Makes an empty index in a new folder.
pub(super) fn empty(folder: &Path, number: u64) -> Answer<Index> {
    let path = index_folder(folder, number);
    remove_folder(&path)?;
    let index = Index::create(&path, IndexSettings::default())?;
    sync_folder(folder)?;
    Ok(index)
}

/// Makes an index of all stored documents in a new folder; `go_on` may end it.
pub(super) fn build(
    folder: &Path,
    reader: &Reader,
    schema: &Schema,
    counters: Counters,
    go_on: &dyn Fn() -> Answer<()>,
) -> Answer<Index> {
    let index = empty(folder, counters.index_folder)?;
    let words = Tokenizers::of(schema);
    each_page(reader, |documents| {
        go_on()?;
        let entries: Vec<Entry> = documents
            .iter()
            .map(|(seq, document)| Entry::new(*seq, document, schema, &words))
            .collect();
        index.feed(entries.iter().map(Fed::New), counters.change)
    })?;
    index.feed([], counters.change)?;
    index.commit()?;
    Ok(index)
}

/// Reads all documents, some at a time, in the order of their numbers.
pub(super) fn each_page(
    reader: &Reader,
    mut work: impl FnMut(&[(u64, Value)]) -> Answer<()>,
) -> Answer<()> {
    let mut from = 0;
    loop {
        let page = reader.page(from, PAGE.0, PAGE.1)?;
        let Some((last, _)) = page.last() else {
            return Ok(());
        };
        from = last + 1;
        let parse = |(seq, json): &(u64, Vec<u8>)| match serde_json::from_slice(json) {
            Ok(document) => Ok((*seq, document)),
            Err(error) => Err(Problem::fault(format!(
                "document number {seq} cannot be read: {error}"
            ))),
        };
        let documents: Vec<(u64, Value)> = page.iter().map(parse).collect::<Answer<_>>()?;
        work(&documents)?;
    }
}

/// Feeds the documents of these numbers as they are stored now to an index that holds the changes up
/// to `applied`; `go_on` may end it.
pub(super) fn feed_documents(
    index: &Index,
    reader: &Reader,
    schema: &Schema,
    (changed, applied): (&[u64], u64),
    go_on: &dyn Fn() -> Answer<()>,
) -> Answer<()> {
    let words = Tokenizers::of(schema);
    for some in changed.chunks(PAGE.0) {
        go_on()?;
        let mut entries = Vec::new();
        let mut removed = Vec::new();
        for seq in some {
            match reader.document(*seq)? {
                Some(document) => entries.push(Entry::new(*seq, &document, schema, &words)),
                None => removed.push(*seq),
            }
        }
        let fed = entries.iter().map(Fed::Replaced);
        index.feed(fed.chain(removed.into_iter().map(Fed::Removed)), applied)?;
    }
    if !changed.is_empty() {
        tracing::info!(documents = changed.len(), "the index has caught up");
    }
    Ok(())
}
