//! Brings the index up to the store while requests are served.
//!
//! A collection is opened without its index, so that documents can be read and written at once. The
//! first search or write has a thread of its own open the index, feed it what the journal holds
//! beyond it, and take it into use. Searches wait for that, a few of them and not for long. An index that is missing, damaged,
//! or of another format is rebuilt in the same way. Where the disk takes nothing, what it lacks is
//! kept in memory until there is room. The writer lock is held for the last few changes only.

use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use super::build_index::{build, feed_documents, sweep};
use super::errors::collection_dropped;
use super::handle::Collection;
use super::index_progress::{IndexState, WorkGuard};
use super::transaction::Writer;
use super::view::{CollectionView, Searchable};
use crate::error::{EngineError, EngineResult};
use crate::index::{Index, IndexSettings};
use crate::store::DocumentReader;
use crate::store::collection_folders::index_folder;
use crate::store::documents::Counters;
use crate::store::files::remove_folder;

/// How long a search waits for the index.
const PATIENCE: Duration = Duration::from_secs(10);
/// Searches that wait at once; more would keep those of other collections from their turn.
const MOST_WAITING: usize = 4;
/// How long the end of the process waits for an index that was asked for.
const FINISH: Duration = Duration::from_mins(1);
/// Between two looks whether somebody wants the wait to end.
const LOOK: Duration = Duration::from_millis(20);
/// Rows of the journal after which the index may be committed, so that a stop loses little.
const SLICE: u64 = 2_000;
/// Times that what was written meanwhile is indexed next to the writers; then they wait for the rest.
const ROUNDS: u32 = 4;
/// Attempts of a search whose index is lost just then.
const ATTEMPTS: u32 = 3;
/// Bytes that have to fit on a disk before another attempt to write there is worth it.
const ROOM: usize = 1 << 20;

impl Collection {
    /// Begins to bring the index up to the store, unless that is under way.
    pub(crate) fn restore_soon(&self) {
        self.begin(&mut self.progress.state());
    }

    fn begin(&self, state: &mut IndexState) {
        if state.working || self.progress.stopped.load(Ordering::Acquire) {
            return;
        }
        let Some(me) = self.me.upgrade() else {
            return;
        };
        let thread = std::thread::Builder::new().name("index".to_owned());
        let begun = thread.spawn(move || {
            let _at_work = WorkGuard(Arc::clone(&me.progress));
            // Dropped before the end is announced: a waiting thread may reopen the folder.
            let collection = me;
            if let Err(problem) = collection.restore()
                && !collection.progress.stopped.load(Ordering::Acquire)
            {
                tracing::error!(collection = collection.name, %problem, "the index is behind");
            }
        });
        match begun {
            Ok(_) => state.working = true,
            Err(error) => {
                state.failed = true;
                tracing::error!(collection = self.name, %error, "the index is behind");
            }
        }
    }

    /// Whether the index holds everything that is stored.
    pub(super) fn has_index(&self) -> bool {
        self.progress.state().ready
    }

    /// Whether another attempt to write the index to the disk is due.
    pub(crate) fn wants_index(&self) -> bool {
        let is_durable = self.view().index.is_some_and(|index| index.is_durable());
        let state = self.progress.state();
        let is_done = state.ready && is_durable;
        !state.working && !is_done
    }

    /// To be called when an index that holds everything is in use.
    pub(super) fn index_is_ready(&self) {
        let mut state = self.progress.state();
        state.ready = true;
        state.failed = false;
        self.progress.changed.notify_all();
    }

    /// To be called when the index in use has failed: it cannot follow the store any more.
    pub(super) fn index_is_lost(&self, problem: &EngineError) {
        tracing::error!(collection = self.name, %problem, "the index cannot be written");
        let mut state = self.progress.state();
        state.ready = false;
        state.failed = false;
        self.begin(&mut state);
    }

    /// The right to make or replace the index; to be taken before the writer lock.
    pub(super) fn making(&self) -> MutexGuard<'_, ()> {
        let making = self.progress.making.lock();
        making.unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the index holds everything that is stored; not under the writer lock.
    fn await_index(&self) -> EngineResult<()> {
        let mut state = self.progress.state();
        if state.ready {
            return Ok(());
        }
        state.wanted = true;
        if !state.failed {
            self.begin(&mut state);
            if state.waiting < MOST_WAITING {
                state.waiting += 1;
                let changed = &self.progress.changed;
                let behind = |state: &mut IndexState| !state.ready && state.working;
                let waited = changed.wait_timeout_while(state, PATIENCE, behind);
                (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
                state.waiting -= 1;
            }
        }
        match (state.ready, state.failed) {
            (true, _) => Ok(()),
            (false, true) => Err(self.without_index()),
            (false, false) => Err(EngineError::unavailable(format!(
                "The search index of the collection `{}` is being brought up to date; its \
                     documents can be read. Try again in a few seconds.",
                self.name
            ))),
        }
    }

    pub(super) fn without_index(&self) -> EngineError {
        EngineError::unavailable(format!(
            "The search index of the collection `{}` could not be written: see the log and make \
                 room on the disk; within a minute the index is back. Until then its documents can \
                 be read and exported.",
            self.name
        ))
    }

    /// What a search needs, with every write that was answered by now. Not to be called under the
    /// writer lock.
    pub(super) fn searchable(&self) -> EngineResult<Searchable> {
        for _ in 0..ATTEMPTS {
            self.await_index()?;
            if let Some(searchable) = self.searchable_now() {
                return Ok(searchable);
            }
        }
        Err(self.without_index())
    }

    /// How many documents the index holds, once it holds every write that was answered by now.
    pub fn indexed_documents(&self) -> EngineResult<u64> {
        Ok(self.searchable()?.snapshot.documents())
    }

    /// [`Self::searchable`] together with the writer lock, so that nobody writes in between.
    pub(super) fn searchable_and_writer(
        &self,
    ) -> EngineResult<(Searchable, MutexGuard<'_, Writer>)> {
        for _ in 0..ATTEMPTS {
            self.await_index()?;
            let writer = self.writer();
            if let Some(searchable) = self.searchable_now() {
                return Ok((searchable, writer));
            }
        }
        Err(self.without_index())
    }

    /// `None` if the index is not there, or fails just now.
    fn searchable_now(&self) -> Option<Searchable> {
        let mut view = self.view();
        loop {
            let index = view.index.as_ref().filter(|_| self.has_index())?;
            let problem = match index.snapshot() {
                Ok(snapshot) => {
                    return Some(Searchable {
                        schema: Arc::clone(&view.checker.schema),
                        snapshot,
                        words: view.words,
                        candidates: view.candidates,
                    });
                }
                Err(problem) => problem,
            };
            let current = self.view();
            let same = current.index.as_ref();
            if same.is_some_and(|current| Arc::ptr_eq(current, index)) {
                self.index_is_lost(&problem);
                return None;
            }
            // Another one has taken its place meanwhile, and its folder is gone.
            view = current;
        }
    }

    /// Waits until nobody brings the index up to the store; false if `is_over` came first.
    pub(super) fn is_settled(&self, is_over: &dyn Fn() -> bool) -> bool {
        let mut state = self.progress.state();
        while state.working {
            if is_over() {
                return false;
            }
            let waited = self.progress.changed.wait_timeout(state, LOOK);
            (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
        true
    }

    /// Lets what is under way end, where it was asked for, and stops it otherwise. Afterwards no
    /// thread holds the collection until a request begins another.
    pub(super) fn end_restoring(&self, finish: bool) {
        self.stop_restoring(finish);
        self.progress.stopped.store(false, Ordering::Release);
    }

    /// Like [`Self::end_restoring`], but for good.
    pub(super) fn stop_restoring(&self, finish: bool) {
        let progress = &self.progress;
        let mut state = progress.state();
        if finish || state.wanted {
            let waited = progress
                .changed
                .wait_timeout_while(state, FINISH, |state| state.working);
            (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
        progress.stopped.store(true, Ordering::Release);
        let ended = progress.changed.wait_while(state, |state| state.working);
        drop(ended.unwrap_or_else(PoisonError::into_inner));
    }

    fn go_on(&self) -> EngineResult<()> {
        if self.progress.stopped.load(Ordering::Acquire) {
            return Err(EngineError::unavailable("The engine is shutting down."));
        }
        Ok(())
    }

    fn restore(&self) -> EngineResult<()> {
        let _making = self.making();
        let index = self.view().index;
        let is_ready = self.has_index();
        if let Some(index) = &index {
            if is_ready && index.is_durable() {
                return Ok(());
            }
            if !is_ready {
                index.give_up();
            }
        }
        let number = self.writer().counters.index_folder;
        let folder = index_folder(&self.folder, number);
        let Err(problem) = self.restore_on_disk(number) else {
            return Ok(());
        };
        self.go_on()?;
        if let Err(problem) = Index::remove_leftovers(&folder) {
            tracing::debug!(%problem, "an index could not be cleaned up");
        }
        if is_ready {
            return Err(problem);
        }
        let (index, applied) = Index::open_in_memory(&folder, IndexSettings::default())
            .map_err(|_| problem.clone())?;
        if !self.follow(index, applied, number)? {
            return Err(problem);
        }
        tracing::error!(
            collection = self.name,
            %problem,
            "what the index lacks is kept in memory until the disk takes it"
        );
        Ok(())
    }

    fn restore_on_disk(&self, number: u64) -> EngineResult<()> {
        let folder = index_folder(&self.folder, number);
        let reason = match Index::open(&folder, IndexSettings::default()) {
            Ok((index, applied)) => {
                if self.follow(index, applied, number)? {
                    return Ok(());
                }
                "it does not follow the store".to_owned()
            }
            Err(problem) => problem.message,
        };
        tracing::warn!(collection = self.name, reason, "the index is being rebuilt");
        let (schema, counters) = {
            let writer = self.writer();
            (self.schema(), writer.counters)
        };
        let next_number = number + 1;
        let counters = Counters {
            index_folder: next_number,
            ..counters
        };
        let reader = self.take_reader()?;
        let built = build(&self.folder, &reader, &schema, counters, &|| self.go_on());
        drop(reader);
        let followed = built.and_then(|index| self.follow(index, counters.change, next_number));
        match followed {
            Ok(true) => Ok(()),
            followed => {
                // What is half made takes up room.
                let _ = remove_folder(&index_folder(&self.folder, next_number));
                followed?;
                Err(EngineError::internal(
                    "the search index does not hold what is stored",
                ))
            }
        }
    }

    /// Feeds an index what it lacks, and takes it into use; false if it cannot follow the store.
    fn follow(&self, index: Index, mut applied: u64, number: u64) -> EngineResult<bool> {
        let index = Arc::new(index);
        let reader = self.take_reader()?;
        for _ in 0..ROUNDS {
            let change = self.writer().counters.change;
            if applied > change || !reader.journal_follows(applied, change)? {
                return Ok(false);
            }
            if applied == change {
                break;
            }
            while applied < change {
                let until = change.min(applied + SLICE);
                let fed = self.feed_changes(&index, &reader, applied, until);
                if self.go_on().is_err() {
                    // The next process goes on from here.
                    index.commit()?;
                }
                fed?;
                applied = until;
            }
            index.commit()?;
        }
        self.take_into_use(index, &reader, applied, number)
    }

    /// Feeds what the journal holds behind one change up to another.
    fn feed_changes(
        &self,
        index: &Index,
        reader: &DocumentReader,
        after: u64,
        until: u64,
    ) -> EngineResult<()> {
        let schema = self.schema();
        let changed = reader.changed(after, until)?;
        feed_documents(index, reader, &schema, (&changed, after), &|| self.go_on())?;
        index.feed([], until)
    }

    fn take_into_use(
        &self,
        index: Arc<Index>,
        reader: &DocumentReader,
        applied: u64,
        number: u64,
    ) -> EngineResult<bool> {
        let mut writer = self.writer();
        if writer.dropped {
            return Err(collection_dropped());
        }
        let counters = Counters {
            index_folder: number,
            ..writer.counters
        };
        if applied < counters.change {
            if !reader.journal_follows(applied, counters.change)? {
                return Ok(false);
            }
            self.feed_changes(&index, reader, applied, counters.change)?;
        }
        if index.snapshot()?.documents() != counters.count {
            return Ok(false);
        }
        let is_durable = index.is_durable();
        self.put_into_use(
            &mut writer,
            CollectionView::new(self.schema(), Some(index)),
            counters,
        )?;
        if is_durable {
            self.clear_up(&writer);
        }
        Ok(true)
    }

    /// Shows an index that holds everything.
    pub(super) fn put_into_use(
        &self,
        writer: &mut Writer,
        view: CollectionView,
        counters: Counters,
    ) -> EngineResult<()> {
        let schema = &view.checker.schema;
        if counters != writer.counters || **schema != *self.schema() {
            writer.documents.put_meta(schema, counters)?;
        }
        writer.counters = counters;
        writer.uncommitted = 0;
        self.show(view);
        self.index_is_ready();
        Ok(())
    }

    /// Removes what an index on the disk makes superfluous.
    pub(super) fn clear_up(&self, writer: &Writer) {
        let swept = sweep(&self.folder, writer.counters.index_folder);
        let cleared =
            swept.and_then(|()| Ok(writer.documents.cut_journal(writer.counters.change)?));
        if let Err(problem) = cleared {
            tracing::warn!(collection = self.name, %problem, "the old index stays for now");
        }
    }

    /// Whether the disk takes anything.
    pub(super) fn has_room(&self) -> bool {
        use std::io::Write;
        let tried = tempfile::tempfile_in(&self.folder)
            .and_then(|mut file| file.write_all(&vec![0; ROOM]).and_then(|()| file.flush()));
        tried.is_ok()
    }
}
