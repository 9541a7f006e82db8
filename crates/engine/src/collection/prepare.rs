//! The part of a write that needs no lock: reading, checking, compressing, cutting into words.
//!
//! It is made with the schema of the moment; [`super::transaction`] does it again if the schema has
//! changed by the time it stores the document.

use std::sync::Arc;

use serde_json::Value;

use super::options::WriteOptions;
use super::view::CollectionView;
use crate::document::{
    Action, Checker, DirtyValues, Document, DocumentError, Identity, Presence, parse_document,
    read_identity,
};
use crate::error::EngineResult;
use crate::index::IndexEntry;
use crate::schema::{Field, FieldTokenizers};
use crate::store::document_codec::{self, StoredDocument};

/// A document on its way into the store.
#[derive(Debug)]
pub(super) struct PreparedDocument {
    pub(super) identity: Identity,
    pub(super) document: Document,
    pub(super) checked: CheckOutcome,
    /// The checker that was asked.
    pub(super) checker: Arc<Checker>,
}

/// What came of checking.
#[derive(Debug)]
pub(super) enum CheckOutcome {
    /// It fits; what is stored still depends on what is there, or on the id that it gets.
    Fits,
    /// It fits and will be stored as it is.
    EncodedDocument(EncodedDocument),
    /// It adds fields to the schema, and has to be checked after that.
    Adds(Vec<Field>),
    /// It is refused, unless it is refused for another reason first.
    Refused(DocumentError),
}

/// A document as it will be stored and indexed.
#[derive(Debug)]
pub(super) struct EncodedDocument {
    pub(super) stored: StoredDocument,
    /// Without its number.
    pub(super) entry: IndexEntry,
}

impl EncodedDocument {
    pub(super) fn new(
        document: &Value,
        checker: &Checker,
        words: &FieldTokenizers,
    ) -> EngineResult<Self> {
        Ok(Self {
            stored: document_codec::encode(document)?,
            entry: IndexEntry::new(0, document, &checker.schema, words),
        })
    }
}

impl PreparedDocument {
    /// Reads and checks a document; refuses at once what cannot be read or has no proper id.
    pub(super) fn read(
        text: &[u8],
        view: &CollectionView,
        options: WriteOptions,
    ) -> EngineResult<Self> {
        Self::new(parse_document(text)?, view, options)
    }

    pub(super) fn new(
        mut document: Document,
        view: &CollectionView,
        options: WriteOptions,
    ) -> EngineResult<Self> {
        let identity = read_identity(&document, options.action)?;
        let checker = Arc::clone(&view.checker);
        let mut outcome = check(&mut document, &checker, options);
        let as_it_is = !options.action.merges() && matches!(identity, Identity::Given(_));
        if as_it_is && matches!(outcome, CheckOutcome::Fits) {
            let mut value = Value::Object(document);
            value.sort_all_objects();
            outcome =
                CheckOutcome::EncodedDocument(EncodedDocument::new(&value, &checker, &view.words)?);
            if let Value::Object(members) = value {
                document = members;
            } else {
                document = Document::new();
            }
        }
        Ok(Self {
            identity,
            document,
            checked: outcome,
            checker,
        })
    }
}

/// Checks a document by the schema of the moment.
pub(super) fn check(
    document: &mut Document,
    checker: &Checker,
    options: WriteOptions,
) -> CheckOutcome {
    match checker.new_fields(document) {
        Ok(fields) if fields.is_empty() => {}
        Ok(fields) => return CheckOutcome::Adds(fields),
        Err(problem) => return CheckOutcome::Refused(problem),
    }
    let dirty = options
        .dirty_values
        .unwrap_or_else(|| DirtyValues::parse(None, &checker.schema));
    match checker.check(document, presence(options.action), dirty) {
        Ok(()) => CheckOutcome::Fits,
        Err(problem) => CheckOutcome::Refused(problem),
    }
}

fn presence(action: Action) -> Presence {
    if action.merges() {
        Presence::Part
    } else {
        Presence::Whole
    }
}
