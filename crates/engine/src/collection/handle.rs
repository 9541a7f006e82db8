//! The collection as requests hold it: its parts, and reading from it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};

use serde_json::Value;

use crate::error::EngineResult;
use crate::execute::{Deadline, FilterCache};
use crate::memory::json_size;
use crate::schema::Schema;
use crate::settings::EngineSettings;
use crate::store::{CollectionState, DocumentReader};

use super::errors::document_not_found;
use super::index_progress::IndexProgress;
use super::search_resources::SearchResources;
use super::transaction::Writer;
use super::view::CollectionView;

/// See the [module](self).
#[derive(Debug)]
pub struct Collection {
    /// For the thread that brings the index up to the store.
    pub(super) me: Weak<Self>,
    /// No other collection that this process opens has it.
    pub(super) identity: u64,
    pub(super) name: String,
    pub(super) folder: PathBuf,
    pub(super) settings: EngineSettings,
    pub(super) writer: Mutex<Writer>,
    pub(super) view: RwLock<CollectionView>,
    pub(super) count: AtomicU64,
    /// Rises with every durable write, before the writer is answered: it tells the housekeeper whether
    /// anybody writes, and readers whether what they remember is still true.
    pub(super) writes: AtomicU64,
    pub(super) readers: Mutex<Vec<DocumentReader>>,
    pub(super) filters: FilterCache,
    pub(super) progress: Arc<IndexProgress>,
}

impl Collection {
    /// The collection's own name.
    #[must_use]
    pub fn name(&self) -> String {
        self.name.clone()
    }

    /// The schema as it is now, with the fields that documents added.
    #[must_use]
    pub fn schema(&self) -> Arc<Schema> {
        Arc::clone(&self.view().checker.schema)
    }

    /// How many documents there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    /// The collection as `GET /collections/x` answers it.
    #[must_use]
    pub fn describe(&self) -> Value {
        self.view().checker.schema.describe(self.count())
    }

    /// `GET /collections/x/documents/ID`: the stored document.
    pub fn get(&self, id: &str) -> EngineResult<Value> {
        let found = self.read(|reader| Ok(reader.find(id)?))?;
        found
            .map(|(_, document)| document)
            .ok_or_else(|| document_not_found(id))
    }

    /// The number of the document with this id, by which the index knows it.
    pub(super) fn number(&self, id: &str) -> EngineResult<Option<u64>> {
        self.read(|reader| Ok(reader.number(id)?))
    }

    /// The stored documents of these numbers, in this order, with those of their members that
    /// are wanted; one that was deleted meanwhile is `None`, and so are those for which there is no
    /// time. Refused if the answer's bytes do not suffice.
    pub(super) fn documents(
        &self,
        numbers: &[u64],
        wanted: &dyn Fn(&str) -> bool,
        deadline: &Deadline,
        resources: &SearchResources<'_>,
    ) -> EngineResult<Vec<Option<Value>>> {
        let state = CollectionState {
            collection: self.identity,
            writes: self.writes.load(Ordering::Acquire),
        };
        self.read(|reader| {
            let each = numbers.iter().map(|number| {
                if deadline.is_over() {
                    return Ok(None);
                }
                let read = || reader.short(*number);
                let Some(short) = resources.documents.find_or_read(state, *number, read)? else {
                    return Ok(None);
                };
                let Some(document) = reader.some_members(*number, &short, wanted)? else {
                    return Ok(None);
                };
                resources.budget.take(json_size(&document))?;
                Ok(Some(document))
            });
            each.collect()
        })
    }

    pub(super) fn view(&self) -> CollectionView {
        self.view
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn show(&self, view: CollectionView) {
        *self.view.write().unwrap_or_else(PoisonError::into_inner) = view;
    }

    /// Reads with one of the readers, which waits for the next read afterwards.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&DocumentReader) -> EngineResult<T>,
    ) -> EngineResult<T> {
        let reader = self.take_reader()?;
        let done = work(&reader);
        self.give_back(reader);
        done
    }

    pub(super) fn take_reader(&self) -> EngineResult<DocumentReader> {
        let idle = self
            .readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        match idle {
            Some(reader) => Ok(reader),
            None => Ok(DocumentReader::open(&self.folder)?),
        }
    }

    pub(super) fn give_back(&self, reader: DocumentReader) {
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < self.settings.idle_readers() {
            readers.push(reader);
        }
    }

    /// The writer lock. A thread that failed inside left the store as it was before.
    pub(super) fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// To be called with every transaction that is durable.
    pub(super) fn note_write(&self, count: u64) {
        self.count.store(count, Ordering::Release);
        self.writes.fetch_add(1, Ordering::Release);
    }
}
