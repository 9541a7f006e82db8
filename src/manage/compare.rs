//! Compares the documents of two collections, by a sum of digests that does not depend on their
//! order.
//!
//! Computing the sums needs constant memory; only if they differ are the digests of single
//! documents compared. Never writes.

use std::collections::{HashMap, HashSet};
use std::pin::pin;

use futures::TryStreamExt;
use serde_json::{Map, Value};
use xxhash_rust::xxh3::xxh3_128;

use super::conform::TargetSchema;
use super::{ManageError, Manager};
use crate::search::SearchError;

/// A digest of all documents of a collection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct CollectionDigest {
    pub(super) documents: u64,
    /// The wrapping sum of the documents' digests.
    pub(super) digests: u128,
    /// How many values were dropped, or lost their fraction, to fit the schema.
    pub(super) dropped: u64,
}

/// The digest of a document's id.
pub(super) type IdDigest = u128;

/// What has to be done to make a copy equal to its source.
#[derive(Default)]
pub(super) struct Differences {
    /// Documents that the copy lacks or has with other content.
    pub(super) missing: HashSet<IdDigest>,
    /// How many of `missing` the copy has with other content.
    pub(super) replaced: u64,
    /// Ids of documents that only the copy has.
    pub(super) surplus: Vec<String>,
}

/// One stored document, with its values converted to the target's schema.
pub(super) struct StoredDocument {
    pub(super) id: String,
    pub(super) document: Map<String, Value>,
    /// Values that do not fit the schema.
    pub(super) dropped: Vec<String>,
}

impl StoredDocument {
    /// Parses an exported line.
    pub(super) fn parse(line: &[u8], schema: &TargetSchema) -> Result<Self, UnfitDocument> {
        let mut document: Map<String, Value> = serde_json::from_slice(line)
            .map_err(|error| UnfitDocument::new("a document", &error.to_string()))?;
        let id = document
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        match schema.conform(&mut document) {
            Ok(dropped) => Ok(Self {
                id,
                document,
                dropped,
            }),
            Err(misfit) => Err(UnfitDocument::new(&format!("`{id}`"), &misfit.to_string())),
        }
    }

    pub(super) fn id_digest(&self) -> IdDigest {
        xxh3_128(self.id.as_bytes())
    }

    /// A digest of the whole document; its keys are sorted.
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
    /// Exports a collection and sums up its documents, converted to `schema`.
    pub(super) async fn digest_collection(
        &self,
        collection: &str,
        schema: &TargetSchema,
    ) -> Result<CollectionDigest, ManageError> {
        let mut digest = CollectionDigest::default();
        let mut lines = pin!(self.workspace.search.export(collection, None, &[]));
        while let Some(line) = lines.try_next().await? {
            let stored = parse_line(&line, schema, collection)?;
            digest.documents += 1;
            digest.dropped += stored.dropped.len() as u64;
            digest.digests = digest.digests.wrapping_add(stored.digest());
            self.workspace.progress.advance(1);
        }
        Ok(digest)
    }

    /// Exports both collections and finds the documents to write to `target` and to delete there,
    /// to make it equal to `source` on the server of `from`. Needs about fifty bytes of memory per
    /// document.
    pub(super) async fn find_differences(
        &self,
        from: &Self,
        source: &str,
        target: &str,
        schema: &TargetSchema,
    ) -> Result<Differences, ManageError> {
        let mut source_digests: HashMap<IdDigest, u128> = HashMap::new();
        let mut lines = pin!(from.workspace.search.export(source, None, &[]));
        while let Some(line) = lines.try_next().await? {
            let stored = parse_line(&line, schema, source)?;
            source_digests.insert(stored.id_digest(), stored.digest());
        }
        let mut differences = Differences::default();
        let mut lines = pin!(self.workspace.search.export(target, None, &[]));
        while let Some(line) = lines.try_next().await? {
            let stored = parse_line(&line, schema, target)?;
            match source_digests.get(&stored.id_digest()) {
                None => differences.surplus.push(stored.id),
                Some(digest) if *digest == stored.digest() => {
                    source_digests.remove(&stored.id_digest());
                }
                Some(_) => differences.replaced += 1,
            }
        }
        differences.missing = source_digests.into_keys().collect();
        Ok(differences)
    }
}

fn parse_line(
    line: &[u8],
    schema: &TargetSchema,
    collection: &str,
) -> Result<StoredDocument, ManageError> {
    StoredDocument::parse(line, schema).map_err(|UnfitDocument(why)| {
        SearchError::InvalidResponse {
            operation: format!("compare the collection `{collection}`"),
            why,
        }
        .into()
    })
}
