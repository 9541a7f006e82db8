//! One collection: its schema, its documents and their index, under one writer lock.
//!
//! Every method blocks; callers on an async runtime go through its blocking threads. What a
//! method has answered with success is on the disk. Searches read an index that is at least as
//! new as every write that was answered before they began.
//!
//! The store is the truth and the index follows it: see [`restore`].

mod alter;
mod export;
mod import;
mod open;
mod options;
mod prepare;
mod rebuild;
mod restore;
mod select;
#[cfg(test)]
mod tests;
mod write;
mod writer;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};

use serde_json::Value;

use crate::document::Checker;
use crate::index::{Index, Snapshot};
use crate::problem::{Answer, Problem};
use crate::query::Deadline;
use crate::query::filter::FilterCache;
use crate::query::matching::CandidateCache;
use crate::schema::Schema;
use crate::search::{Budget, weight};
use crate::settings::Settings;
use crate::store::body::some_members;
use crate::store::reader::Reader;
use crate::text::Tokenizers;

pub use options::{ExportOptions, ImportOptions, Imported, WriteOptions};

use restore::Progress;
use writer::Writer;

/// See the [module](self).
#[derive(Debug)]
pub struct Collection {
    /// For the thread that brings the index up to the store.
    me: Weak<Self>,
    name: String,
    folder: PathBuf,
    settings: Settings,
    writer: Mutex<Writer>,
    view: RwLock<View>,
    count: AtomicU64,
    /// Rises with every write: the housekeeper sees by it whether anybody writes.
    writes: AtomicU64,
    readers: Mutex<Vec<Reader>>,
    filters: FilterCache,
    progress: Progress,
}

/// What requests see: always a schema with the index that was made for it, once there is one.
#[derive(Debug, Clone)]
struct View {
    checker: Arc<Checker>,
    words: Arc<Tokenizers>,
    index: Option<Arc<Index>>,
    candidates: CandidateCache,
}

/// What a search needs; the parts belong together.
#[derive(Debug, Clone)]
pub struct Searchable {
    /// The schema.
    pub schema: Arc<Schema>,
    /// A state of the index that was made for it.
    pub snapshot: Arc<Snapshot>,
    /// How text is cut into words.
    pub words: Arc<Tokenizers>,
    /// Words of the index that searches looked up before.
    pub candidates: CandidateCache,
}

impl View {
    fn new(schema: Arc<Schema>, index: Option<Arc<Index>>) -> Self {
        Self {
            words: Arc::new(Tokenizers::of(&schema)),
            candidates: CandidateCache::of(&schema),
            checker: Arc::new(Checker::new(schema)),
            index,
        }
    }
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

    /// What filters have found before; of use to every search in the collection.
    #[must_use]
    pub fn filter_cache(&self) -> &FilterCache {
        &self.filters
    }

    /// `GET /collections/x/documents/ID`: the stored document.
    pub fn get(&self, id: &str) -> Answer<Value> {
        let found = self.read(|reader| reader.find(id))?;
        found
            .map(|(_, document)| document)
            .ok_or_else(|| absent(id))
    }

    /// The number of the document with this id, by which the index knows it.
    pub fn number(&self, id: &str) -> Answer<Option<u64>> {
        self.read(|reader| reader.number(id))
    }

    /// The stored documents of these numbers, in this order, with those of their members that
    /// are wanted; one that was deleted meanwhile is `None`, and so are those for which there is no
    /// time. Refused if the answer's bytes do not suffice.
    pub fn documents(
        &self,
        numbers: &[u64],
        wanted: &dyn Fn(&str) -> bool,
        (budget, deadline): (&Budget, &Deadline),
    ) -> Answer<Vec<Option<Value>>> {
        self.read(|reader| {
            let each = numbers.iter().map(|number| {
                if deadline.is_over() {
                    return Ok(None);
                }
                let Some(json) = reader.json(*number)? else {
                    return Ok(None);
                };
                let document = some_members(&json, wanted).map_err(|error| {
                    Problem::fault(format!("a stored document cannot be read: {error}"))
                })?;
                budget.take(weight(&document))?;
                Ok(Some(document))
            });
            each.collect()
        })
    }

    fn view(&self) -> View {
        self.view
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn show(&self, view: View) {
        *self.view.write().unwrap_or_else(PoisonError::into_inner) = view;
    }

    /// Reads with one of the readers, which waits for the next read afterwards.
    fn read<T>(&self, work: impl FnOnce(&Reader) -> Answer<T>) -> Answer<T> {
        let reader = self.take_reader()?;
        let done = work(&reader);
        self.give_back(reader);
        done
    }

    fn take_reader(&self) -> Answer<Reader> {
        let idle = self
            .readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        match idle {
            Some(reader) => Ok(reader),
            None => Reader::open(&self.folder),
        }
    }

    fn give_back(&self, reader: Reader) {
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < self.settings.idle_readers() {
            readers.push(reader);
        }
    }
}

fn absent(id: &str) -> Problem {
    Problem::not_found(format!("Could not find a document with id: {id}"))
}
