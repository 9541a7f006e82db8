//! The part of a write that needs no lock: reading, checking, compressing, cutting into words.
//!
//! It is made with the schema of the moment; [`super::writer`] does it again if the schema has
//! changed by the time it stores the document.

use std::sync::Arc;

use serde_json::Value;

use super::{View, WriteOptions};
use crate::document::{
    Action, Checker, DirtyValues, Document, Identity, Presence, identity, read_document,
};
use crate::index::Entry;
use crate::problem::{Answer, Problem};
use crate::schema::Field;
use crate::store::body;
use crate::text::Tokenizers;

/// A document on its way into the store.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) identity: Identity,
    pub(super) document: Document,
    pub(super) checked: Checked,
    /// The checker that was asked.
    pub(super) checker: Arc<Checker>,
}

/// What came of checking.
#[derive(Debug)]
pub(super) enum Checked {
    /// It fits; what is stored still depends on what is there, or on the id that it gets.
    Fits,
    /// It fits and will be stored as it is.
    Ready(Ready),
    /// It adds fields to the schema, and has to be checked after that.
    Adds(Vec<Field>),
    /// It is refused, unless it is refused for another reason first.
    Refused(Problem),
}

/// A document as it will be stored and indexed.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) body: Vec<u8>,
    /// Without its number.
    pub(super) entry: Entry,
}

impl Ready {
    pub(super) fn new(document: &Value, checker: &Checker, words: &Tokenizers) -> Answer<Self> {
        Ok(Self {
            body: body::encode(document)?,
            entry: Entry::new(0, document, &checker.schema, words),
        })
    }
}

impl Prepared {
    /// Reads and checks a document; refuses at once what cannot be read or has no proper id.
    pub(super) fn read(text: &[u8], view: &View, options: WriteOptions) -> Answer<Self> {
        Self::new(read_document(text)?, view, options)
    }

    pub(super) fn new(mut document: Document, view: &View, options: WriteOptions) -> Answer<Self> {
        let identity = identity(&document, options.action)?;
        let checker = Arc::clone(&view.checker);
        let mut outcome = check(&mut document, &checker, options);
        let as_it_is = !options.action.merges() && matches!(identity, Identity::Given(_));
        if as_it_is && matches!(outcome, Checked::Fits) {
            let mut value = Value::Object(document);
            value.sort_all_objects();
            outcome = Checked::Ready(Ready::new(&value, &checker, &view.words)?);
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
pub(super) fn check(document: &mut Document, checker: &Checker, options: WriteOptions) -> Checked {
    match checker.new_fields(document) {
        Ok(fields) if fields.is_empty() => {}
        Ok(fields) => return Checked::Adds(fields),
        Err(problem) => return Checked::Refused(problem),
    }
    let dirty = options
        .dirty_values
        .unwrap_or_else(|| DirtyValues::parse(None, &checker.schema));
    match checker.check(document, presence(options.action), dirty) {
        Ok(()) => Checked::Fits,
        Err(problem) => Checked::Refused(problem),
    }
}

fn presence(action: Action) -> Presence {
    if action.merges() {
        Presence::Part
    } else {
        Presence::Whole
    }
}
