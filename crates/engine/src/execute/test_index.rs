//! A small index for tests: a few packages in two segments, one of them deleted.

use serde_json::{Value, json};
use tempfile::TempDir;

use super::deadline::Deadline;
use super::filter_evaluation::{FilterCache, SearchContext};
use crate::error::EngineResult;
use crate::index::{Index, IndexChange, IndexEntry, IndexSettings, Snapshot};
use crate::plan::test_schema::test_schema;
use crate::schema::{FieldTokenizers, Schema};
use std::sync::Arc;

pub(crate) struct TestIndex {
    pub(crate) schema: Schema,
    pub(crate) tokenizers: FieldTokenizers,
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) cache: FilterCache,
    pub(crate) stored: Vec<Value>,
    _index: Index,
    _folder: TempDir,
}

impl TestIndex {
    pub(crate) fn new() -> EngineResult<Self> {
        Self::of(vec![
            json!({"id": "a", "name": "plone.restapi", "tags": ["Framework :: Plone", "Framework :: Plone :: 6.0", "Python :: 3"], "stars": 5, "health": 1.5, "yanked": true, "place": [48.1, 11.5], "small": [1, 2, 3], "author": {"name": "Jane"}, "summary": "plone.restapi is a RESTful hypermedia API for Plone."}),
            json!({"id": "b", "name": "Plone.api", "tags": ["Framework :: Plone", "Python :: 3"], "stars": -7, "health": -2.25, "yanked": false, "place": [50.0, 11.5], "small": [4], "summary": "A Plone API."}),
            json!({"id": "c", "name": "requests", "tags": ["Python :: 3", "License :: OSI Approved"], "stars": 0, "health": 0.0, "yanked": false}),
            json!({"id": "d", "name": "", "tags": []}),
            json!({"id": "e f", "name": "~zz", "tags": ["x,y", "a:b"], "stars": 5, "health": 67.8}),
            json!({"id": "gone", "name": "plone gone", "stars": 5}),
            json!({"id": "h", "name": "Zope", "tags": ["python 3"], "stars": 7, "health": 1.5, "author": {"name": "jane"}}),
        ])
    }

    pub(crate) fn of(stored: Vec<Value>) -> EngineResult<Self> {
        let schema = test_schema();
        let tokenizers = FieldTokenizers::of(&schema);
        let folder = tempfile::tempdir()?;
        let index = Index::create(&folder.path().join("index"), IndexSettings::default())?;
        let entries: Vec<IndexEntry> = (0..)
            .zip(&stored)
            .map(|(seq, document)| IndexEntry::new(seq, document, &schema, &tokenizers))
            .collect();
        let half = entries.len() / 2;
        index.feed(entries.iter().take(half).map(IndexChange::New), 1)?;
        index.commit()?;
        index.feed(entries.iter().skip(half).map(IndexChange::New), 2)?;
        for (seq, document) in (0..).zip(&stored) {
            if document["id"] == "gone" {
                index.feed([IndexChange::Removed(seq)], 3)?;
            }
        }
        let snapshot = index.snapshot()?;
        Ok(Self {
            schema,
            tokenizers,
            snapshot,
            cache: FilterCache::default(),
            stored,
            _index: index,
            _folder: folder,
        })
    }

    /// The number of the document with an id; the one that was removed has none.
    pub(crate) fn seq(&self, id: &str) -> Option<u64> {
        if id == "gone" {
            return None;
        }
        let position = self.stored.iter().position(|document| document["id"] == id);
        position.and_then(|position| u64::try_from(position).ok())
    }

    /// Forgets what filters have found.
    pub(crate) fn forget(&mut self) {
        self.cache = FilterCache::default();
    }

    pub(crate) fn with_context<T>(
        &self,
        use_it: impl FnOnce(SearchContext<'_>) -> EngineResult<T>,
    ) -> EngineResult<T> {
        use_it(SearchContext {
            snapshot: &self.snapshot,
            tokenizers: &self.tokenizers,
            cache: &self.cache,
            ids: &|id| Ok(self.seq(id)),
            deadline: &Deadline::never(),
        })
    }
}
