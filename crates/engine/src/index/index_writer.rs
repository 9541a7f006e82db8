//! One index on disk: documents in, snapshots out.
//!
//! Added documents become visible when somebody asks for a [`Snapshot`]: the asker commits what is
//! waiting, so a search sees every write before it, and a long import is not cut into
//! thousands of small commits. The commit carries the number of the last change of the store's
//! journal that it holds; what came later has to be applied again after a crash.
//!
//! Called by `collection` alone, which sees to it that one writer at a time feeds the index.

use super::index_entry::IndexEntry;
use super::layout::{FORMAT, Fields, WORDS};
use super::overlay_directory::OverlayDirectory;
use super::snapshot::Snapshot;
use super::word_stream::WordTokenizer;
use crate::error::EngineResult;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use tantivy::indexer::{LogMergePolicy, NoMergePolicy};
use tantivy::schema::Term;
use tantivy::{IndexReader, IndexWriter, ReloadPolicy, TantivyDocument};

/// How an index uses the machine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IndexSettings {
    /// Threads that index.
    pub(crate) threads: usize,
    /// Bytes that a thread may gather before it writes a segment.
    pub(crate) memory_per_thread: usize,
}

impl Default for IndexSettings {
    fn default() -> Self {
        Self {
            threads: 1,
            memory_per_thread: 64 << 20,
        }
    }
}

/// An index in a folder of its own.
pub(crate) struct Index {
    inner: tantivy::Index,
    fields: Fields,
    settings: IndexSettings,
    /// Whether commits reach the disk.
    is_durable: bool,
    reader: IndexReader,
    pending: Mutex<Pending>,
    /// Whether anything was fed since the last commit; changes under the lock of `pending` only.
    dirty: AtomicBool,
    current: RwLock<Arc<Snapshot>>,
}

/// What was handed to tantivy and not yet committed.
struct Pending {
    /// Made by the first write, given back by [`Index::rest`].
    writer: Option<IndexWriter>,
    /// The last change that was fed, committed or not.
    change: u64,
    /// The last change that is committed.
    committed: u64,
    /// Whether anything failed. What was fed may be lost then, and no later commit would tell: the
    /// index has to be rebuilt.
    broken: bool,
}

impl std::fmt::Debug for Index {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Index").finish_non_exhaustive()
    }
}

impl Index {
    /// Makes an empty index in an empty folder.
    pub(crate) fn create(folder: &Path, settings: IndexSettings) -> EngineResult<Self> {
        fs_err::create_dir_all(folder)?;
        let (schema, fields) = Fields::schema();
        let inner = tantivy::Index::create_in_dir(folder, schema)?;
        let index = Self::with(inner, fields, settings, 0, true)?;
        index.commit_now(&mut index.pending())?;
        Ok(index)
    }

    /// Opens an index, and tells the last change that it holds; fails if it is not of today's format.
    pub(crate) fn open(folder: &Path, settings: IndexSettings) -> EngineResult<(Self, u64)> {
        Self::of(tantivy::Index::open_in_dir(folder)?, folder, settings, true)
    }

    /// Opens an index as [`Self::open`] does, but keeps in memory what is fed to it.
    pub(crate) fn open_in_memory(
        folder: &Path,
        settings: IndexSettings,
    ) -> EngineResult<(Self, u64)> {
        let inner = tantivy::Index::open(OverlayDirectory::open(folder)?)?;
        Self::of(inner, folder, settings, false)
    }

    /// Removes what a writer left behind that could not commit, so that it does not take up the room
    /// that the next one needs.
    pub(crate) fn remove_leftovers(folder: &Path) -> EngineResult<()> {
        let inner = tantivy::Index::open_in_dir(folder)?;
        let writer: IndexWriter<TantivyDocument> =
            inner.writer_with_num_threads(1, IndexSettings::default().memory_per_thread)?;
        writer.garbage_collect_files().wait()?;
        Ok(())
    }

    fn of(
        inner: tantivy::Index,
        folder: &Path,
        settings: IndexSettings,
        is_durable: bool,
    ) -> EngineResult<(Self, u64)> {
        let (_, fields) = Fields::schema();
        let payload = inner.load_metas()?.payload.unwrap_or_default();
        let change = payload
            .split_once(' ')
            .filter(|(format, _)| *format == FORMAT.to_string())
            .and_then(|(_, change)| change.parse().ok())
            .ok_or_else(|| {
                crate::error::EngineError::internal(format!(
                    "the search index in {} has another format than this program's",
                    folder.display()
                ))
            })?;
        let index = Self::with(inner, fields, settings, change, is_durable)?;
        Ok((index, change))
    }

    fn with(
        inner: tantivy::Index,
        fields: Fields,
        settings: IndexSettings,
        change: u64,
        is_durable: bool,
    ) -> EngineResult<Self> {
        inner.tokenizers().register(WORDS, WordTokenizer::default());
        let reader = inner
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()?;
        let current = RwLock::new(Arc::new(Snapshot::new(reader.searcher(), fields)?));
        Ok(Self {
            inner,
            fields,
            settings,
            is_durable,
            reader,
            pending: Mutex::new(Pending {
                writer: None,
                change,
                committed: change,
                broken: false,
            }),
            dirty: AtomicBool::new(false),
            current,
        })
    }

    /// Adds documents that the index does not hold yet, or holds in an older form (`replaced`), and
    /// removes the `removed` ones. `change` is the last change of the journal that this brings.
    pub(crate) fn feed<'a>(
        &self,
        documents: impl IntoIterator<Item = IndexChange<'a>>,
        change: u64,
    ) -> EngineResult<()> {
        let fields = self.fields;
        self.changing(|pending| {
            let writer = self.writer(pending)?;
            for document in documents {
                match document {
                    IndexChange::New(entry) => {
                        writer.add_document(entry.to_document(fields))?;
                    }
                    IndexChange::Replaced(entry) => {
                        writer.delete_term(Term::from_field_u64(fields.seq, entry.seq()));
                        writer.add_document(entry.to_document(fields))?;
                    }
                    IndexChange::Removed(seq) => {
                        writer.delete_term(Term::from_field_u64(fields.seq, seq));
                    }
                }
            }
            self.dirty.store(true, Ordering::Release);
            pending.change = pending.change.max(change);
            Ok(())
        })
    }

    /// Does work under the lock, unless something failed before.
    fn changing<T>(&self, work: impl FnOnce(&mut Pending) -> EngineResult<T>) -> EngineResult<T> {
        let mut pending = self.pending();
        if pending.broken {
            return Err(crate::error::EngineError::internal(
                "the search index could not be written before, and is being rebuilt",
            ));
        }
        let done = work(&mut pending);
        pending.broken = done.is_err();
        done
    }

    /// All that was fed so far, searchable. Waits for nobody unless something was fed.
    pub(crate) fn snapshot(&self) -> EngineResult<Arc<Snapshot>> {
        if self.dirty.load(Ordering::Acquire) {
            self.commit()?;
        }
        let current = self.current.read();
        Ok(Arc::clone(&current.unwrap_or_else(PoisonError::into_inner)))
    }

    /// Makes what was fed durable, and tells the last change that now is.
    pub(crate) fn commit(&self) -> EngineResult<u64> {
        self.changing(|pending| {
            if self.dirty.load(Ordering::Acquire) {
                self.commit_now(pending)?;
            }
            Ok(pending.committed)
        })
    }

    /// Commits and gives the writer's threads and memory back, after merges have ended. Searches go
    /// on meanwhile; who feeds waits.
    pub(crate) fn rest(&self) -> EngineResult<()> {
        self.changing(|pending| {
            if self.dirty.load(Ordering::Acquire) {
                self.commit_now(pending)?;
            }
            if let Some(writer) = pending.writer.take() {
                writer.wait_merging_threads()?;
                self.reload()?;
            }
            Ok(())
        })
    }

    /// Whether what is committed survives the process.
    #[must_use]
    pub(crate) fn is_durable(&self) -> bool {
        self.is_durable
    }

    /// Takes nothing more, and lets another one write in the same folder. Snapshots stay.
    pub(crate) fn give_up(&self) {
        let mut pending = self.pending();
        pending.broken = true;
        pending.writer = None;
    }

    /// Files of the index whose content is not what was written; reads all of them. `None` if it
    /// was stopped before the last one.
    pub(crate) fn damaged_files(
        &self,
        is_over: &dyn Fn() -> bool,
    ) -> EngineResult<Option<Vec<std::path::PathBuf>>> {
        let directory = self.inner.directory();
        let managed = directory.list_managed_files();
        let mut damaged = Vec::new();
        for file in self.inner.load_metas()?.list_segment_files() {
            if is_over() {
                return Ok(None);
            }
            let is_there = managed.contains(&file);
            if is_there
                && !directory
                    .validate_checksum(&file)
                    .map_err(tantivy::TantivyError::from)?
            {
                damaged.push(file);
            }
        }
        damaged.sort();
        Ok(Some(damaged))
    }

    fn commit_now(&self, pending: &mut Pending) -> EngineResult<()> {
        let change = pending.change;
        let writer = self.writer(pending)?;
        let mut commit = writer.prepare_commit()?;
        commit.set_payload(&format!("{FORMAT} {change}"));
        commit.commit()?;
        pending.committed = change;
        self.reload()?;
        // Only now does a search that does not wait see all of it.
        self.dirty.store(false, Ordering::Release);
        Ok(())
    }

    fn reload(&self) -> EngineResult<()> {
        self.reader.reload()?;
        let snapshot = Arc::new(Snapshot::new(self.reader.searcher(), self.fields)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = snapshot;
        Ok(())
    }

    fn writer<'a>(&self, pending: &'a mut Pending) -> EngineResult<&'a mut IndexWriter> {
        if pending.writer.is_none() {
            let writer: IndexWriter<TantivyDocument> = self.inner.writer_with_num_threads(
                self.settings.threads.max(1),
                self.settings.threads.max(1) * self.settings.memory_per_thread,
            )?;
            if self.is_durable {
                let mut policy = LogMergePolicy::default();
                policy.set_del_docs_ratio_before_merge(0.3);
                writer.set_merge_policy(Box::new(policy));
            } else {
                // A merge would copy into memory what is on the disk.
                writer.set_merge_policy(Box::new(NoMergePolicy));
            }
            pending.writer = Some(writer);
        }
        pending.writer.as_mut().ok_or_else(|| {
            crate::error::EngineError::internal("the search index cannot be written")
        })
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One step of [`Index::feed`].
#[derive(Debug)]
pub(crate) enum IndexChange<'a> {
    /// A document that the index does not hold.
    New(&'a IndexEntry),
    /// A document that the index may hold in an older form.
    Replaced(&'a IndexEntry),
    /// The number of a document that is gone.
    Removed(u64),
}
