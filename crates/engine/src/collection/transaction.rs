//! The one who writes: documents into the store, then their entries into the index.
//!
//! A [`WriteTransaction`] is one transaction. Until it is committed nothing outside can be seen of it, and
//! if it fails nothing is left of it. The caller holds the collection's writer lock from before
//! the transaction until the index has been fed, so both see changes in the same order.

use std::sync::Arc;

use serde_json::Value;

use super::errors::document_not_found;
use super::options::WriteOptions;
use super::prepare::{CheckOutcome, EncodedDocument, PreparedDocument, check};
use super::view::CollectionView;
use crate::document::{Action, Checker, Document, Identity, merge};
use crate::error::{EngineError, EngineResult};
use crate::index::{IndexChange, IndexEntry};
use crate::schema::{Field, FieldTokenizers, Schema};
use crate::store::documents::{Batch, Counters, Documents};

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
pub struct StoredDocument {
    /// Its id.
    pub id: String,
    /// As stored, its members sorted.
    pub document: Value,
}

/// One transaction.
pub(super) struct WriteTransaction<'a> {
    batch: Batch<'a>,
    counters: Counters,
    checker: Arc<Checker>,
    words: Arc<FieldTokenizers>,
    schema_changed: bool,
    fed: Vec<PendingChange>,
}

/// What a transaction left behind.
pub(super) struct CommittedChanges {
    pub(super) counters: Counters,
    /// Where documents have changed the schema.
    pub(super) changed: Option<(Arc<Checker>, Arc<FieldTokenizers>)>,
    pub(super) fed: Vec<PendingChange>,
}

/// What the index has to learn.
pub(super) enum PendingChange {
    New(IndexEntry),
    Replaced(IndexEntry),
    Removed(u64),
}

impl PendingChange {
    pub(super) fn fed(&self) -> IndexChange<'_> {
        match self {
            Self::New(entry) => IndexChange::New(entry),
            Self::Replaced(entry) => IndexChange::Replaced(entry),
            Self::Removed(seq) => IndexChange::Removed(*seq),
        }
    }
}

/// A refusal of one document, or a fault that ends the whole transaction.
type Refused<T> = Result<EngineResult<T>, EngineError>;

impl<'a> WriteTransaction<'a> {
    /// Begins to write, from the state of the moment.
    pub(super) fn begin(writer: &'a mut Writer, view: &CollectionView) -> EngineResult<Self> {
        Ok(Self {
            batch: writer.documents.begin()?,
            counters: writer.counters,
            checker: Arc::clone(&view.checker),
            words: Arc::clone(&view.words),
            schema_changed: false,
            fed: Vec::new(),
        })
    }

    /// Stores a document. The outer problem is a fault of the store.
    pub(super) fn put(
        &mut self,
        prepared: PreparedDocument,
        options: WriteOptions,
    ) -> Refused<StoredDocument> {
        let PreparedDocument {
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
                    return Ok(Err(EngineError::conflict(format!(
                        "A document with id {id} already exists."
                    ))));
                }
                (Action::Update, None) => return Ok(Err(document_not_found(id))),
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
            None => EncodedDocument::new(&document, &self.checker, &self.words)?,
        };
        self.keep(seq, &id, ready, existing.is_some())?;
        Ok(Ok(StoredDocument { id, document }))
    }

    /// Checks a change that will be merged into several documents.
    pub(super) fn check_change(
        &mut self,
        change: &mut Document,
        options: WriteOptions,
    ) -> EngineResult<()> {
        let checked = check(change, &self.checker, options);
        self.settle(change, checked, options).map(drop)
    }

    /// Ends what checking began: fields that the document adds join the schema, and stay there
    /// even when the document is then refused.
    fn settle(
        &mut self,
        document: &mut Document,
        checked: CheckOutcome,
        options: WriteOptions,
    ) -> EngineResult<Option<EncodedDocument>> {
        let checked = match checked {
            CheckOutcome::Adds(fields) => {
                self.add_fields(fields)?;
                check(document, &self.checker, options)
            }
            checked => checked,
        };
        match checked {
            CheckOutcome::EncodedDocument(ready) => Ok(Some(ready)),
            CheckOutcome::Fits => Ok(None),
            CheckOutcome::Refused(error) => Err(error.into()),
            CheckOutcome::Adds(_) => Err(EngineError::internal(
                "the document keeps adding fields to the schema",
            )),
        }
    }

    /// Merges a checked change into the document of a number.
    pub(super) fn change(&mut self, seq: u64, change: Document) -> EngineResult<()> {
        let mut members = self.stored(seq)?;
        merge(&mut members, change);
        let mut document = Value::Object(members);
        document.sort_all_objects();
        let ready = EncodedDocument::new(&document, &self.checker, &self.words)?;
        self.keep(seq, "", ready, true)
    }

    /// The document of this id and its number.
    pub(super) fn find(&self, id: &str) -> EngineResult<Option<(u64, Value)>> {
        let Some(seq) = self.batch.find(id)? else {
            return Ok(None);
        };
        Ok(self.batch.document(seq)?.map(|document| (seq, document)))
    }

    /// Removes the document of a number; false if there is none.
    pub(super) fn remove(&mut self, seq: u64) -> EngineResult<bool> {
        let removed = self.batch.remove(seq, &mut self.counters.change)?;
        if removed {
            self.counters.count -= 1;
            self.fed.push(PendingChange::Removed(seq));
        }
        Ok(removed)
    }

    fn keep(
        &mut self,
        seq: u64,
        id: &str,
        ready: EncodedDocument,
        existing: bool,
    ) -> EngineResult<()> {
        let change = &mut self.counters.change;
        let entry = ready.entry.numbered(seq);
        if existing {
            self.batch.replace(seq, &ready.stored, change)?;
            self.fed.push(PendingChange::Replaced(entry));
        } else {
            self.batch.insert(seq, id, &ready.stored, change)?;
            self.counters.count += 1;
            self.fed.push(PendingChange::New(entry));
        }
        Ok(())
    }

    fn stored(&self, seq: u64) -> EngineResult<Document> {
        match self.batch.document(seq)? {
            Some(Value::Object(document)) => Ok(document),
            _ => Err(EngineError::internal(format!(
                "document number {seq} is gone while it is being changed"
            ))),
        }
    }

    /// The next number whose text is no document's id; numbers on the way are used up.
    fn free_id(&mut self) -> EngineResult<String> {
        loop {
            let id = self.counters.next_seq.to_string();
            if self.batch.find(&id)?.is_none() {
                return Ok(id);
            }
            self.counters.next_seq += 1;
        }
    }

    pub(super) fn commit(mut self) -> EngineResult<CommittedChanges> {
        let changed = self.schema_changed.then_some((self.checker, self.words));
        if let Some((checker, _)) = &changed {
            self.batch.put_schema(&checker.schema)?;
        }
        if changed.is_some() || !self.fed.is_empty() {
            self.batch.commit(self.counters)?;
        }
        Ok(CommittedChanges {
            counters: self.counters,
            changed,
            fed: self.fed,
        })
    }

    fn add_fields(&mut self, fields: Vec<Field>) -> EngineResult<()> {
        let mut schema = Schema::clone(&self.checker.schema);
        schema.add(fields)?;
        self.words = Arc::new(FieldTokenizers::of(&schema));
        self.checker = Arc::new(Checker::new(Arc::new(schema)));
        self.schema_changed = true;
        Ok(())
    }
}
