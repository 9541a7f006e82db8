//! The one who writes: documents into the store, then their entries into the index.
//!
//! A [`Session`] is one transaction. Until it is committed nothing outside can be seen of it, and
//! if it fails nothing is left of it. The caller holds the collection's writer lock from before
//! the session until the index has been fed, so both see changes in the same order.

use std::sync::Arc;

use serde_json::Value;

use super::prepare::{Checked, Prepared, Ready, check};
use super::{Collection, View, WriteOptions, absent};
use crate::document::{Action, Checker, Document, Identity, merge};
use crate::index::{Entry, Fed};
use crate::problem::{Answer, Problem};
use crate::schema::{Field, Schema};
use crate::store::documents::{Batch, Counters, Documents};
use crate::text::Tokenizers;

/// Bytes of entries after which the index is committed, so that little has to be indexed again
/// after a crash.
const COMMIT_AFTER: usize = 128 << 20;

/// What the writer lock guards.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) documents: Documents,
    pub(super) counters: Counters,
    /// Bytes fed to the index since its last commit.
    pub(super) uncommitted: usize,
    /// Whether the collection was dropped: nothing is written any more.
    pub(super) dropped: bool,
}

/// A document that was stored.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) id: String,
    /// As stored, its members sorted.
    pub(super) document: Value,
}

/// One transaction.
pub(super) struct Session<'a> {
    batch: Batch<'a>,
    counters: Counters,
    checker: Arc<Checker>,
    words: Arc<Tokenizers>,
    schema_changed: bool,
    fed: Vec<Change>,
}

/// What a transaction left behind.
struct Written {
    counters: Counters,
    /// Where documents have changed the schema.
    changed: Option<(Arc<Checker>, Arc<Tokenizers>)>,
    fed: Vec<Change>,
}

/// What the index has to learn.
pub(super) enum Change {
    New(Entry),
    Replaced(Entry),
    Removed(u64),
}

impl Change {
    pub(super) fn fed(&self) -> Fed<'_> {
        match self {
            Self::New(entry) => Fed::New(entry),
            Self::Replaced(entry) => Fed::Replaced(entry),
            Self::Removed(seq) => Fed::Removed(*seq),
        }
    }
}

/// A refusal of one document, or a fault that ends the whole session.
type Refused<T> = Result<Answer<T>, Problem>;

impl Session<'_> {
    /// Stores a document. The outer problem is a fault of the store.
    pub(super) fn put(&mut self, prepared: Prepared, options: WriteOptions) -> Refused<Stored> {
        let Prepared {
            identity,
            mut document,
            mut checked,
            checker,
        } = prepared;
        let existing = match &identity {
            Identity::Given(id) => self.batch.find(id)?,
            Identity::Generated => None,
        };
        if let Identity::Given(id) = &identity {
            match (options.action, existing) {
                (Action::Create, Some(_)) => {
                    return Ok(Err(Problem::conflict(format!(
                        "A document with id {id} already exists."
                    ))));
                }
                (Action::Update, None) => return Ok(Err(absent(id))),
                _ => {}
            }
        }
        if !Arc::ptr_eq(&checker, &self.checker) {
            checked = check(&mut document, &self.checker, options);
        }
        let settled = self.settle(&mut document, checked, options);
        let id = match (&identity, existing) {
            (Identity::Given(id), _) => id.clone(),
            (Identity::Generated, _) => self.free_id()?,
        };
        // A new document takes its number even when it is refused.
        let seq = existing.unwrap_or(self.counters.next_seq);
        if existing.is_none() {
            self.counters.next_seq += 1;
        }
        let ready = match settled {
            Ok(ready) => ready,
            Err(problem) => return Ok(Err(problem)),
        };
        if options.action.merges() {
            let mut merged = match existing {
                Some(seq) => self.stored(seq)?,
                None => Document::new(),
            };
            merge(&mut merged, document);
            document = merged;
        }
        document.insert("id".to_owned(), Value::String(id.clone()));
        let mut document = Value::Object(document);
        document.sort_all_objects();
        let ready = match ready {
            Some(ready) => ready,
            None => Ready::new(&document, &self.checker, &self.words)?,
        };
        self.keep(seq, &id, ready, existing.is_some())?;
        Ok(Ok(Stored { id, document }))
    }

    /// Checks a change that will be merged into several documents.
    pub(super) fn check_change(
        &mut self,
        change: &mut Document,
        options: WriteOptions,
    ) -> Answer<()> {
        let checked = check(change, &self.checker, options);
        self.settle(change, checked, options).map(drop)
    }

    /// Ends what checking began: fields that the document adds join the schema, and stay there
    /// even when the document is then refused.
    fn settle(
        &mut self,
        document: &mut Document,
        checked: Checked,
        options: WriteOptions,
    ) -> Answer<Option<Ready>> {
        let checked = match checked {
            Checked::Adds(fields) => {
                self.add_fields(fields)?;
                check(document, &self.checker, options)
            }
            checked => checked,
        };
        match checked {
            Checked::Ready(ready) => Ok(Some(ready)),
            Checked::Fits => Ok(None),
            Checked::Refused(problem) => Err(problem),
            Checked::Adds(_) => Err(Problem::fault(
                "the document adds fields to the schema without end",
            )),
        }
    }

    /// Merges a checked change into the document of a number.
    pub(super) fn change(&mut self, seq: u64, change: Document) -> Answer<()> {
        let mut document = self.stored(seq)?;
        merge(&mut document, change);
        let mut document = Value::Object(document);
        document.sort_all_objects();
        let ready = Ready::new(&document, &self.checker, &self.words)?;
        self.keep(seq, "", ready, true)
    }

    /// The document of this id and its number.
    pub(super) fn find(&self, id: &str) -> Answer<Option<(u64, Value)>> {
        let Some(seq) = self.batch.find(id)? else {
            return Ok(None);
        };
        Ok(self.batch.document(seq)?.map(|document| (seq, document)))
    }

    /// Removes the document of a number; false if there is none.
    pub(super) fn remove(&mut self, seq: u64) -> Answer<bool> {
        let removed = self.batch.remove(seq, &mut self.counters.change)?;
        if removed {
            self.counters.count -= 1;
            self.fed.push(Change::Removed(seq));
        }
        Ok(removed)
    }

    fn keep(&mut self, seq: u64, id: &str, ready: Ready, existing: bool) -> Answer<()> {
        let change = &mut self.counters.change;
        let entry = ready.entry.numbered(seq);
        if existing {
            self.batch.replace(seq, &ready.body, change)?;
            self.fed.push(Change::Replaced(entry));
        } else {
            self.batch.insert(seq, id, &ready.body, change)?;
            self.counters.count += 1;
            self.fed.push(Change::New(entry));
        }
        Ok(())
    }

    fn stored(&self, seq: u64) -> Answer<Document> {
        match self.batch.document(seq)? {
            Some(Value::Object(document)) => Ok(document),
            _ => Err(Problem::fault(format!(
                "document number {seq} is gone while it is being changed"
            ))),
        }
    }

    /// The next number whose text is no document's id; numbers on the way are used up.
    fn free_id(&mut self) -> Answer<String> {
        loop {
            let id = self.counters.next_seq.to_string();
            if self.batch.find(&id)?.is_none() {
                return Ok(id);
            }
            self.counters.next_seq += 1;
        }
    }

    fn commit(mut self) -> Answer<Written> {
        let changed = self.schema_changed.then_some((self.checker, self.words));
        if let Some((checker, _)) = &changed {
            self.batch.put_schema(&checker.schema)?;
        }
        if changed.is_some() || !self.fed.is_empty() {
            self.batch.commit(self.counters)?;
        }
        Ok(Written {
            counters: self.counters,
            changed,
            fed: self.fed,
        })
    }

    fn add_fields(&mut self, fields: Vec<Field>) -> Answer<()> {
        let mut schema = Schema::clone(&self.checker.schema);
        schema.add(fields)?;
        self.words = Arc::new(Tokenizers::of(&schema));
        self.checker = Arc::new(Checker::new(Arc::new(schema)));
        self.schema_changed = true;
        Ok(())
    }
}

impl Collection {
    /// Does work in one transaction, makes it durable and feeds it to the index.
    ///
    /// The caller has taken the writer lock. If the work or the store fails, nothing of it is
    /// left; if the index fails, the documents are stored and the index is built anew.
    pub(super) fn session<T>(
        &self,
        writer: &mut Writer,
        work: impl FnOnce(&mut Session<'_>) -> Answer<T>,
    ) -> Answer<T> {
        if writer.dropped {
            return Err(Problem::not_found("Not Found"));
        }
        let view = self.view();
        let mut session = Session {
            batch: writer.documents.begin()?,
            counters: writer.counters,
            checker: Arc::clone(&view.checker),
            words: Arc::clone(&view.words),
            schema_changed: false,
            fed: Vec::new(),
        };
        let done = work(&mut session)?;
        let written = session.commit()?;
        // Refused documents have used numbers up as well.
        writer.counters = written.counters;
        if let Some((checker, words)) = written.changed {
            self.show(View {
                checker,
                words,
                ..view.clone()
            });
        }
        if !written.fed.is_empty() {
            self.note_write(written.counters.count);
            self.feed(writer, &view, &written.fed);
        }
        Ok(done)
    }

    fn feed(&self, writer: &mut Writer, view: &View, fed: &[Change]) {
        let Some(index) = view.index.as_ref().filter(|_| self.has_index()) else {
            // The journal holds what it will have to learn.
            self.restore_soon();
            return;
        };
        let size = |change: &Change| match change {
            Change::New(entry) | Change::Replaced(entry) => entry.size(),
            Change::Removed(_) => 8,
        };
        let changes = fed.iter().map(Change::fed);
        writer.uncommitted += fed.iter().map(size).sum::<usize>();
        let taken = index.feed(changes, writer.counters.change);
        if let Err(problem) = taken {
            self.index_is_lost(&problem);
        } else if writer.uncommitted >= COMMIT_AFTER
            && let Err(problem) = self.commit_index(writer, false)
        {
            tracing::warn!(collection = self.name, %problem, "the index is behind");
        }
    }
}
