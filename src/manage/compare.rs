//! Whether two collections hold the same: a sum over all documents, the same in any order.
//!
//! The sum needs no memory; only when it differs are the documents told apart, by their digests.

use std::collections::{HashMap, HashSet};
use std::pin::pin;

use futures::TryStreamExt;
use serde_json::{Map, Value};
use xxhash_rust::xxh3::xxh3_128;

use super::conform::TargetSchema;
use super::{ManageError, Manager};
use crate::search::SearchError;

/// What a collection holds, in few bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct CollectionDigest {
    pub(super) documents: u64,
    pub(super) digests: u128,
    /// Values that do not fit the shape, or not whole.
    pub(super) dropped: u64,
}

/// Ids stand for themselves by their digest.
pub(super) type IdDigest = u128;

/// What has to be done to make a copy equal.
#[derive(Default)]
pub(super) struct Differences {
    /// Missing in the copy, or other there.
    pub(super) missing: HashSet<IdDigest>,
    /// How many of these are other there.
    pub(super) replaced: u64,
    /// Ids of documents that only the copy has.
    pub(super) surplus: Vec<String>,
}

/// One stored document, with values as the shape wants them.
pub(super) struct StoredDocument {
    pub(super) id: String,
    pub(super) document: Map<String, Value>,
    /// Values that do not fit the schema.
    pub(super) dropped: Vec<String>,
}

impl StoredDocument {
    /// Reads an exported line.
    pub(super) fn read(line: &[u8], shape: &TargetSchema) -> Result<Self, UnfitDocument> {
        let mut document: Map<String, Value> = serde_json::from_slice(line)
            .map_err(|error| UnfitDocument::new("a document", &error.to_string()))?;
        let id = document
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        match shape.conform(&mut document) {
            Ok(dropped) => Ok(Self {
                id,
                document,
                dropped,
            }),
            Err(why) => Err(UnfitDocument::new(&format!("`{id}`"), &why)),
        }
    }

    pub(super) fn key(&self) -> IdDigest {
        xxh3_128(self.id.as_bytes())
    }

    /// Over the whole document; keys are sorted.
    fn digest(&self) -> u128 {
        serde_json::to_vec(&self.document).map_or(0, |bytes| xxh3_128(&bytes))
    }
}

/// A document that the other collection cannot hold.
#[derive(Debug)]
pub(super) struct UnfitDocument(pub(super) String);

impl UnfitDocument {
    fn new(id: &str, why: &str) -> Self {
        Self(format!("{id}: {why}"))
    }
}

impl Manager {
    /// The sum of a collection's documents as `shape` wants them.
    pub(super) async fn digest_collection(
        &self,
        collection: &str,
        shape: &TargetSchema,
    ) -> Result<CollectionDigest, ManageError> {
        let mut sum = CollectionDigest::default();
        let mut lines = pin!(self.workspace.search.export(collection, None, &[]));
        while let Some(line) = lines.try_next().await? {
            let stored = stored(&line, shape, collection)?;
            sum.documents += 1;
            sum.dropped += stored.dropped.len() as u64;
            sum.digests = sum.digests.wrapping_add(stored.digest());
            self.workspace.progress.advance(1);
        }
        Ok(sum)
    }

    /// What to write to `target`, and what to delete there, to make it equal to `source`, which is
    /// where `from` is. Some fifty bytes a document are held meanwhile.
    pub(super) async fn differences(
        &self,
        from: &Self,
        source: &str,
        target: &str,
        shape: &TargetSchema,
    ) -> Result<Differences, ManageError> {
        let mut wanted: HashMap<IdDigest, u128> = HashMap::new();
        let mut lines = pin!(from.workspace.search.export(source, None, &[]));
        while let Some(line) = lines.try_next().await? {
            let stored = stored(&line, shape, source)?;
            wanted.insert(stored.key(), stored.digest());
        }
        let mut differences = Differences::default();
        let mut lines = pin!(self.workspace.search.export(target, None, &[]));
        while let Some(line) = lines.try_next().await? {
            let stored = stored(&line, shape, target)?;
            match wanted.get(&stored.key()) {
                None => differences.surplus.push(stored.id),
                Some(digest) if *digest == stored.digest() => {
                    wanted.remove(&stored.key());
                }
                Some(_) => differences.replaced += 1,
            }
        }
        differences.missing = wanted.into_keys().collect();
        Ok(differences)
    }
}

fn stored(
    line: &[u8],
    shape: &TargetSchema,
    collection: &str,
) -> Result<StoredDocument, ManageError> {
    StoredDocument::read(line, shape).map_err(|UnfitDocument(why)| {
        SearchError::InvalidResponse {
            operation: format!("compare the collection `{collection}`"),
            why,
        }
        .into()
    })
}
