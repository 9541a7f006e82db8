//! Sends searches that name no field which the collection lacks.
//!
//! A key that may only search cannot read the schema: then everything is tried first, and the fields
//! of older versions after that was refused.

use std::sync::Arc;

use serde_json::Value;

use super::Catalog;
use super::fields::Fields;
use crate::search::{SearchError, SearchParameters};

impl Catalog {
    /// Does the searches that `write` makes of the fields that there are.
    pub(super) async fn multi_search(
        &self,
        write: impl Fn(&Fields) -> Vec<SearchParameters>,
    ) -> Result<Vec<Value>, SearchError> {
        let fields = match self.fields.get() {
            Some(fields) => fields,
            None => self.fetch_fields(Fields::All).await?,
        };
        let send = async |fields: &Fields| {
            let searches = write(fields);
            self.client.multi_search(&self.collection, &searches).await
        };
        match send(&fields).await {
            Err(error) if is_about_a_field(&error) => {
                // The collection behind the name may be another one by now.
                let now = self.fetch_fields(Fields::WithoutAdded).await?;
                if now == fields {
                    return Err(error);
                }
                send(&now).await
            }
            answer => answer,
        }
    }

    /// Reads the collection's fields; `else_assumed` where the key may not.
    async fn fetch_fields(&self, else_assumed: Fields) -> Result<Fields, SearchError> {
        let fields = match self.client.fetch_collection(&self.collection).await {
            Ok(Some(collection)) => {
                let names = collection.fields.into_iter().map(|field| field.name);
                Fields::Listed(Arc::new(names.collect()))
            }
            // The search itself will say what is missing.
            Ok(None) => return Ok(Fields::All),
            Err(SearchError::Unauthorized { .. }) => else_assumed,
            Err(error) => return Err(error),
        };
        self.fields.set(fields.clone());
        Ok(fields)
    }
}

/// Whether a search was refused because the collection lacks a field that it names.
fn is_about_a_field(error: &SearchError) -> bool {
    match error {
        SearchError::NotFound { message, .. } => {
            message.starts_with("Could not find a") && message.contains(" field named `")
        }
        _ => false,
    }
}
