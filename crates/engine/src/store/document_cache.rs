//! Documents that were read before, unpacked, without their long members.
//!
//! A search shows a few hundred documents, and the next one many of the same: to find them in the
//! database and to unpack them costs about as much as to read their JSON. One cache serves all
//! collections of an engine. Every write to a collection makes what was remembered of it worthless,
//! because each document carries the number of writes that its reader had seen. Called by
//! [`crate::collection`].

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;

use super::store_error::StoreError;

/// Bytes that are remembered.
const REMEMBERED: u64 = 32 << 20;
/// How long a document is remembered that no search shows.
const UNUSED: Duration = Duration::from_mins(1);
/// Bytes of an entry besides its texts.
const ENTRY: usize = 160;

/// A document without its long members.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ShortDocument {
    /// Its JSON.
    pub(crate) json: Vec<u8>,
    /// The names of its long members, as a list in JSON.
    pub(crate) long_names: Option<String>,
}

impl ShortDocument {
    fn size(&self) -> usize {
        self.json.len() + self.long_names.as_ref().map_or(0, String::len) + ENTRY
    }
}

/// A state of a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CollectionState {
    /// Tells the open collections of this process apart.
    pub(crate) collection: u64,
    /// Rises after each durable write, before the writer is answered.
    pub(crate) writes: u64,
}

/// See the [module](self).
#[derive(Debug, Clone)]
pub(crate) struct DocumentCache {
    /// By collection and number; with the writes that had been seen.
    documents: Cache<(u64, u64), (u64, Arc<ShortDocument>)>,
}

impl Default for DocumentCache {
    fn default() -> Self {
        let weight = |_: &(u64, u64), (_, document): &(u64, Arc<ShortDocument>)| {
            u32::try_from(document.size()).unwrap_or(u32::MAX)
        };
        Self {
            documents: Cache::builder()
                .max_capacity(REMEMBERED)
                .time_to_idle(UNUSED)
                .weigher(weight)
                .build(),
        }
    }
}

impl DocumentCache {
    /// Frees what no search has shown for a minute. Without this it would be freed by a later search.
    pub(crate) fn forget_unused(&self) {
        self.documents.run_pending_tasks();
    }

    /// The document with this number. `state` has to be that from before the call: what is read may
    /// be newer, never older.
    pub(crate) fn find_or_read(
        &self,
        state: CollectionState,
        seq: u64,
        read: impl FnOnce() -> Result<Option<ShortDocument>, StoreError>,
    ) -> Result<Option<Arc<ShortDocument>>, StoreError> {
        let key = (state.collection, seq);
        if let Some((writes, document)) = self.documents.get(&key)
            && writes == state.writes
        {
            return Ok(Some(document));
        }
        let Some(document) = read()?.map(Arc::new) else {
            return Ok(None);
        };
        self.documents
            .insert(key, (state.writes, Arc::clone(&document)));
        Ok(Some(document))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> ShortDocument {
        ShortDocument {
            json: text.as_bytes().to_vec(),
            long_names: None,
        }
    }

    #[test]
    fn a_document_is_read_once_until_its_collection_is_written() -> Result<(), StoreError> {
        let cache = DocumentCache::default();
        let find = |collection, writes, stored: &str| -> Result<Option<String>, StoreError> {
            let state = CollectionState { collection, writes };
            let found = cache.find_or_read(state, 7, || Ok(Some(document(stored))))?;
            Ok(found.map(|found| String::from_utf8_lossy(&found.json).into_owned()))
        };
        let is = |text: &str| Some(text.to_owned());
        assert_eq!(find(1, 0, "old")?, is("old"));
        assert_eq!(find(1, 0, "new")?, is("old"));
        assert_eq!(find(2, 0, "another")?, is("another"));
        assert_eq!(find(1, 1, "new")?, is("new"));
        // A reader that was slow leaves nothing behind for those that have seen the write.
        assert_eq!(find(1, 0, "old")?, is("old"));
        assert_eq!(find(1, 1, "new")?, is("new"));
        Ok(())
    }

    #[test]
    fn what_is_missing_is_looked_for_again() -> Result<(), StoreError> {
        let cache = DocumentCache::default();
        let state = CollectionState {
            collection: 1,
            writes: 0,
        };
        assert_eq!(cache.find_or_read(state, 7, || Ok(None))?, None);
        let found = cache.find_or_read(state, 7, || Ok(Some(document("{}"))))?;
        assert_eq!(found, Some(Arc::new(document("{}"))));
        Ok(())
    }
}
