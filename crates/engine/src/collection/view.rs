//! What requests see of a collection at one moment.

use std::sync::Arc;

use crate::document::Checker;
use crate::execute::words::CandidateCache;
use crate::index::{Index, Snapshot};
use crate::schema::{FieldTokenizers, Schema};

/// What requests see: always a schema with the index that was made for it, once there is one.
#[derive(Debug, Clone)]
pub(super) struct CollectionView {
    pub(super) checker: Arc<Checker>,
    pub(super) words: Arc<FieldTokenizers>,
    pub(super) index: Option<Arc<Index>>,
    pub(super) candidates: CandidateCache,
}

/// What a search needs; the parts belong together.
#[derive(Debug, Clone)]
pub(super) struct Searchable {
    /// The schema.
    pub(super) schema: Arc<Schema>,
    /// A state of the index that was made for it.
    pub(super) snapshot: Arc<Snapshot>,
    /// How text is cut into words.
    pub(super) words: Arc<FieldTokenizers>,
    /// Words of the index that searches looked up before.
    pub(super) candidates: CandidateCache,
}

impl CollectionView {
    pub(super) fn new(schema: Arc<Schema>, index: Option<Arc<Index>>) -> Self {
        Self {
            words: Arc::new(FieldTokenizers::of(&schema)),
            candidates: CandidateCache::of(&schema),
            checker: Arc::new(Checker::new(schema)),
            index,
        }
    }
}
