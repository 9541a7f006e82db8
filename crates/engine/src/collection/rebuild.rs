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
use crate::store::documents::{Counters, Documents};
use crate::store::folder::remove_folder;
use crate::store::reader::Reader;
use crate::store::sync_folder;
use crate::text::Tokenizers;

/// Documents and bytes that are read at once.
const PAGE: (usize, usize) = (1_000, 4 << 20);

impl Collection {
    /// Builds the index anew from the store; searches go on with the old one until it is there.
    pub fn rebuild(&self) -> Answer<()> {
        let mut writer = self.writer();
        self.rebuild_with(&mut writer)
    }

    pub(super) fn rebuild_with(&self, writer: &mut Writer) -> Answer<()> {
        if writer.dropped {
            return Err(Problem::not_found("Not Found"));
        }
        self.switch_to(writer, self.schema())
    }

    /// Builds the index for a schema and takes both into use in one step.
    pub(super) fn switch_to(&self, writer: &mut Writer, schema: Arc<Schema>) -> Answer<()> {
        let counters = Counters {
            index_folder: writer.counters.index_folder + 1,
            ..writer.counters
        };
        let reader = self.take_reader()?;
        let built = build(&self.folder, &reader, &schema, counters);
        self.give_back(reader);
        let index = built?;
        writer.documents.put_meta(&schema, counters)?;
        writer.counters = counters;
        writer.uncommitted = 0;
        self.show(View::new(schema, Arc::new(index)));
        self.index_failed.store(false, Ordering::Release);
        // What is left of the old index is swept at the next start if this fails.
        let swept = sweep(&self.folder, counters.index_folder);
        if let Err(problem) = swept.and_then(|()| writer.documents.cut_journal(counters.change)) {
            tracing::warn!(collection = self.name, %problem, "the old index stays for now");
        }
        Ok(())
    }

    /// How many writes there have been since the collection was opened.
    pub(crate) fn writes(&self) -> u64 {
        self.writes.load(Ordering::Relaxed)
    }

    /// Whether the index has to be built anew before anybody can search.
    pub(crate) fn lacks_index(&self) -> bool {
        self.index_failed.load(Ordering::Acquire)
    }

    /// What the housekeeper does when nobody has written for a while: commits the index, or builds
    /// it where that failed before; with `rest` its memory is given back as well.
    pub(crate) fn tidy(&self, rest: bool) {
        let mut writer = self.writer();
        if writer.dropped {
            return;
        }
        let tidied = if self.lacks_index() {
            self.rebuild_with(&mut writer)
        } else {
            self.commit_index(&mut writer, rest)
        };
        if let Err(problem) = tidied {
            tracing::error!(collection = self.name, %problem, "the index is behind");
        }
    }

    pub(super) fn commit_index(&self, writer: &mut Writer, rest: bool) -> Answer<()> {
        let index = self.view().index;
        let committed = index.commit().and_then(|change| {
            if rest {
                index.rest()?;
            }
            Ok(change)
        });
        let change = committed.inspect_err(|_| self.index_failed.store(true, Ordering::Release))?;
        writer.uncommitted = 0;
        writer.documents.cut_journal(change)
    }

    /// Commits everything, for a quick start the next time.
    pub(crate) fn close(&self) {
        let mut writer = self.writer();
        if writer.dropped {
            return;
        }
        if let Err(problem) = self.commit_index(&mut writer, true) {
            tracing::warn!(collection = self.name, %problem, "the next start has to catch up");
        }
    }

    /// Reads the whole index and builds it anew if a file is not what was written.
    pub(crate) fn verify(&self) -> Answer<()> {
        let damaged = self.view().index.damaged_files()?;
        if damaged.is_empty() {
            return Ok(());
        }
        tracing::warn!(
            collection = self.name,
            ?damaged,
            "the index is damaged and built anew"
        );
        self.rebuild()
    }
}

/// The folder of an index.
pub(super) fn index_folder(folder: &Path, number: u64) -> std::path::PathBuf {
    folder.join(format!("index-{number}"))
}

/// Removes all indexes but one.
pub(super) fn sweep(folder: &Path, kept: u64) -> Answer<()> {
    let kept = index_folder(folder, kept);
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        let is_index = entry
            .file_name()
            .to_str()
            .is_some_and(|name| name.starts_with("index-"));
        if is_index && entry.path() != kept {
            remove_folder(&entry.path())?;
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

/// Makes an index of all stored documents in a new folder.
pub(super) fn build(
    folder: &Path,
    reader: &Reader,
    schema: &Schema,
    counters: Counters,
) -> Answer<Index> {
    let index = empty(folder, counters.index_folder)?;
    let words = Tokenizers::of(schema);
    each_page(reader, |documents| {
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

/// Adds to an index what changed in the store since its last commit; false if the journal does
/// not reach back so far, so that the index has to be built anew.
pub(super) fn catch_up(
    index: &Index,
    applied: u64,
    documents: &Documents,
    reader: &Reader,
    view: &View,
    counters: Counters,
) -> Answer<bool> {
    if applied > counters.change || !documents.journal_follows(applied, counters.change)? {
        return Ok(false);
    }
    let changed = documents.changed_since(applied)?;
    for some in changed.chunks(PAGE.0) {
        let mut entries = Vec::new();
        let mut removed = Vec::new();
        for seq in some {
            match reader.document(*seq)? {
                Some(document) => entries.push(Entry::new(
                    *seq,
                    &document,
                    &view.checker.schema,
                    &view.words,
                )),
                None => removed.push(*seq),
            }
        }
        let fed = entries.iter().map(Fed::Replaced);
        index.feed(fed.chain(removed.into_iter().map(Fed::Removed)), applied)?;
    }
    if !changed.is_empty() {
        tracing::info!(documents = changed.len(), "the index has caught up");
    }
    if applied < counters.change {
        index.feed([], counters.change)?;
    }
    Ok(index.snapshot()?.documents() == counters.count)
}
