//! The projects that documents belong to, checked before a document is overwritten or deleted.

use std::collections::HashMap;

use futures::TryStreamExt;
use serde_json::Value;

use super::documents::LONGEST_ID_LIST;
use super::{Client, SearchError, filter};
use crate::model::Owner;

impl Client {
    /// Fetches the owners of the documents with these ids; an id without a document has none. Sends
    /// nothing if there is no id.
    ///
    /// An id that a list of documents lacks is asked for by itself: a list may be short.
    pub async fn fetch_owners(
        &self,
        collection: &str,
        ids: &[&str],
    ) -> Result<HashMap<String, Owner>, SearchError> {
        let (batches, mut alone) = filter::id_batches(ids, LONGEST_ID_LIST);
        let mut owners = HashMap::new();
        for batch in batches {
            let Some(filter) = filter::id_filter(&batch) else {
                continue;
            };
            let found = self.export_fields(collection, Some(&filter), Owner::FIELDS);
            let mut found = std::pin::pin!(found);
            while let Some(document) = found.try_next().await? {
                if let Some(id) = document.get("id").and_then(Value::as_str) {
                    owners.insert(id.to_owned(), Owner::of(&document));
                }
            }
            alone.extend(batch.into_iter().filter(|id| !owners.contains_key(*id)));
        }
        for id in alone {
            if let Some(document) = self.fetch_document(collection, id).await? {
                owners.insert(id.to_owned(), Owner::of(&document));
            }
        }
        Ok(owners)
    }
}
