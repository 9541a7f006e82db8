//! One collection: its schema, its documents and their index, under one writer lock.
//!
//! Every method blocks; callers on an async runtime go through its blocking threads. What a
//! method has answered with success is on the disk. Searches read an index that is at least as
//! new as every write that was answered before they began.
//!
//! The store is the truth and the index follows it: after a crash what the index lacks is added
//! when the collection is opened, and an index that is missing, damaged or of another format is
//! built anew.

use std::io::{self, BufRead};
use std::sync::Arc;

use serde_json::Value;

use crate::document::{Action, DirtyValues};
use crate::problem::{Answer, Problem};
use crate::schema::Schema;

/// How documents are written.
#[derive(Debug, Clone, Copy, Default)]
pub struct WriteOptions {
    /// What to do by whether a document of this id is there.
    pub action: Action,
    /// What to do with values of another type; `None` leaves it to the schema.
    pub dirty_values: Option<DirtyValues>,
}

/// How an import is written and answered.
#[derive(Debug, Clone, Copy, Default)]
pub struct ImportOptions {
    /// As for single documents.
    pub write: WriteOptions,
    /// Whether each line of the answer names the document's id.
    pub return_id: bool,
    /// Whether each line of the answer holds the document as stored.
    pub return_doc: bool,
}

/// Which documents an export holds, and what of them.
#[derive(Debug, Clone, Default)]
pub struct ExportOptions {
    /// A filter; empty or absent for all.
    pub filter_by: Option<String>,
    /// Top-level fields to keep; empty for all.
    pub include_fields: Vec<String>,
    /// Top-level fields to leave out; they win.
    pub exclude_fields: Vec<String>,
}

/// How an import went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Imported {
    /// Documents stored.
    pub succeeded: u64,
    /// Lines refused.
    pub failed: u64,
}

/// See the module.
#[derive(Debug)]
pub struct Collection {
    schema: Arc<Schema>,
}

impl Collection {
    /// The collection's own name.
    #[must_use]
    pub fn name(&self) -> String {
        self.schema.name.clone()
    }

    /// The schema as it is now, with the fields that documents added.
    #[must_use]
    pub fn schema(&self) -> Arc<Schema> {
        Arc::clone(&self.schema)
    }

    /// How many documents there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        0
    }

    /// The collection as `GET /collections/x` answers it.
    #[must_use]
    pub fn describe(&self) -> Value {
        Value::Null
    }

    /// `POST /collections/x/documents`: reads the body, writes it, returns the stored document
    /// (status 201).
    pub fn write(&self, body: &[u8], options: WriteOptions) -> Answer<Value> {
        unfinished(body, options)
    }

    /// `PATCH /collections/x/documents/ID`: merges the body into the document, returns it as
    /// stored (status 201). The action of the options is not asked.
    pub fn update(&self, id: &str, body: &[u8], options: WriteOptions) -> Answer<Value> {
        unfinished(id, (body, options))
    }

    /// `GET /collections/x/documents/ID`: the stored document.
    pub fn get(&self, id: &str) -> Answer<Value> {
        unfinished(id, ())
    }

    /// `DELETE /collections/x/documents/ID`: the document that was there.
    ///
    /// With `ignore_not_found` an absent one is answered by `{"id": ID}`.
    pub fn delete(&self, id: &str, ignore_not_found: bool) -> Answer<Value> {
        unfinished(id, ignore_not_found)
    }

    /// `DELETE /collections/x/documents?filter_by=…`: how many were deleted (`num_deleted`); an
    /// empty filter deletes none.
    pub fn delete_by_filter(&self, filter_by: &str) -> Answer<u64> {
        unfinished(filter_by, ())
    }

    /// `PATCH /collections/x/documents?filter_by=…`: how many were changed (`num_updated`).
    pub fn update_by_filter(
        &self,
        filter_by: &str,
        body: &[u8],
        options: WriteOptions,
    ) -> Answer<u64> {
        unfinished(filter_by, (body, options))
    }

    /// `DELETE /collections/x/documents?truncate=true`: how many were deleted.
    pub fn truncate(&self) -> Answer<u64> {
        unfinished((), ())
    }

    /// `POST /collections/x/documents/import`: reads lines of JSON and writes them in batches.
    ///
    /// `answer` gets one line of JSON, without its line feed, for each line that is not blank, in
    /// their order, and only after its batch is on the disk. A refused line is a line of the
    /// answer, not a problem. The import ends early when reading or `answer` fails; what was
    /// answered by then stays.
    pub fn import(
        &self,
        lines: impl BufRead + Send,
        options: ImportOptions,
        answer: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> Answer<Imported> {
        let _ = (lines, answer);
        unfinished(options, ())
    }

    /// `GET /collections/x/documents/export`: the documents as lines of JSON without line feeds,
    /// in the order in which they came, read as the iterator is asked. It shows the collection as
    /// it was when the export began.
    pub fn export(
        &self,
        options: &ExportOptions,
    ) -> Answer<impl Iterator<Item = Answer<Vec<u8>>> + Send + use<>> {
        unfinished::<_, _, std::vec::IntoIter<Answer<Vec<u8>>>>(options, ())
    }

    /// `PATCH /collections/x`: changes the schema, indexes the documents anew, returns what was
    /// asked for as the API echoes it.
    pub fn alter(&self, body: &Value) -> Answer<Value> {
        unfinished(body, ())
    }

    /// The stored documents of these sequence numbers, in this order; one that was deleted
    /// meanwhile is `None`.
    pub fn documents(&self, sequences: &[u64]) -> Answer<Vec<Option<Value>>> {
        unfinished(sequences, ())
    }

    /// Builds the index anew from the store; searches go on with the old one until it is there.
    pub fn rebuild(&self) -> Answer<()> {
        unfinished((), ())
    }
}

fn unfinished<A, B, T>(_: A, _: B) -> Answer<T> {
    Err(Problem::fault("this part of the engine is being written"))
}
