//! Collections: read, count, create, extend, delete.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::aliases::check_leads_to;
use super::counts::{count_matches, fetch_stated_count};
use super::error::none_if_not_found;
use super::request::{ApiRequest, collection_path, path_segment};
use super::{Client, SearchError};

/// How often a collection is read whose name is neither the one that was asked for nor where an
/// alias of it leads.
const READS: u32 = 4;
/// Between two reads, longer each time.
const PAUSE: Duration = Duration::from_millis(200);

/// A collection as the server describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Collection {
    /// The real name, also when it was asked for by an alias.
    pub name: String,
    /// Unix seconds; tells a collection from an earlier one of the same name.
    #[serde(default)]
    pub created_at: i64,
    /// How many documents it holds now. Every server says so: silence must not look like "none".
    pub num_documents: u64,
    /// A field of type `auto` appears a second time once a document has fixed its type.
    #[serde(default, deserialize_with = "null_as_default")]
    pub fields: Vec<Field>,
    /// Empty when there is none.
    #[serde(default, deserialize_with = "null_as_default")]
    pub default_sorting_field: String,
    /// Whether objects within documents may be declared.
    #[serde(default)]
    pub enable_nested_fields: bool,
    /// Characters that separate words, in addition to spaces.
    #[serde(default, deserialize_with = "null_as_default")]
    pub token_separators: Vec<String>,
    /// What else the server says of it.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// One field of a schema, in the server's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the server's own flags")]
pub struct Field {
    /// Unique within the collection, but see [`Collection::fields`].
    pub name: String,
    /// `string`, `int64[]`, `auto` and so on; newer servers know more than we do.
    #[serde(rename = "type")]
    pub kind: String,
    /// Values can be counted.
    #[serde(default)]
    pub facet: bool,
    /// Can be searched and filtered; else it is stored only.
    #[serde(default = "default_true")]
    pub index: bool,
    /// Documents may lack it.
    #[serde(default)]
    pub optional: bool,
    /// Results can be sorted by it.
    #[serde(default)]
    pub sort: bool,
    /// What else the server knows of it: locale, infix search, stemming.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// What a collection is created from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewCollection {
    /// The real name; no collection and no alias may have it.
    pub name: String,
    /// What is declared; everything else in documents is stored only.
    pub fields: Vec<Field>,
    /// Empty for none; else a required, sortable field.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub default_sorting_field: String,
    /// As in [`Collection`].
    pub enable_nested_fields: bool,
    /// Single characters.
    pub token_separators: Vec<String>,
    /// Further properties, in the server's words.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Client {
    /// Fetches the collection of this name, or the one that an alias of this name points to.
    pub async fn fetch_collection(&self, name: &str) -> Result<Option<Collection>, SearchError> {
        let operation = format!("read the collection `{name}`");
        for attempt in 0..READS {
            let request = ApiRequest::get(collection_path(name, &operation)?, operation.clone());
            let found: Option<Collection> = none_if_not_found(self.api.fetch(request).await)?;
            let Some(collection) = found else {
                return Ok(None);
            };
            if check_leads_to(&self.api, name, &collection.name).await? {
                return Ok(Some(collection));
            }
            // The alias may have been moved between the two questions.
            tokio::time::sleep(PAUSE * attempt).await;
        }
        Err(SearchError::InvalidResponse {
            operation,
            why: "the server answers with another collection, and no alias leads there".to_owned(),
        })
    }

    /// Counts the documents that match a filter.
    pub async fn count_filtered(&self, name: &str, filter: &str) -> Result<u64, SearchError> {
        count_matches(&self.api, name, filter).await
    }

    /// Counts the documents that a search for everything finds.
    pub async fn count_by_search(&self, name: &str) -> Result<u64, SearchError> {
        count_matches(&self.api, name, "").await
    }

    /// Fetches the number of documents that a collection says it holds: in a cluster, the number of
    /// the node that has most.
    pub async fn count_documents(&self, name: &str) -> Result<u64, SearchError> {
        fetch_stated_count(&self.api, name).await
    }

    /// Lists all collections, newest first, also those that only some nodes of a cluster know of yet;
    /// each as the node describes it that has most of its documents.
    pub async fn list_collections(&self) -> Result<Vec<Collection>, SearchError> {
        let operation = "list the collections".to_owned();
        let request = ApiRequest::get("/collections".to_owned(), operation);
        let mut collections: Vec<Collection> = Vec::new();
        for list in self.api.fetch_from_all::<Vec<Collection>>(&request).await? {
            for collection in list {
                let known = collections
                    .iter_mut()
                    .find(|known| known.name == collection.name);
                match known {
                    None => collections.push(collection),
                    Some(known) if known.num_documents < collection.num_documents => {
                        *known = collection;
                    }
                    Some(_) => {}
                }
            }
        }
        Ok(collections)
    }

    /// Creates an empty collection.
    ///
    /// # Errors
    ///
    /// [`SearchError::Refused`] where a collection has the name already, and where an alias has
    /// it: the server would accept that, and the alias would be out of reach from then on.
    pub async fn create_collection(
        &self,
        collection: &NewCollection,
    ) -> Result<Collection, SearchError> {
        let operation = format!("create the collection `{}`", collection.name);
        path_segment(&collection.name, &operation)?;
        if let Some(alias) = self.fetch_alias(&collection.name).await? {
            return Err(SearchError::Refused {
                operation,
                status: None,
                message: format!(
                    "an alias of this name points to `{}`",
                    alias.collection_name
                ),
            });
        }
        let request = ApiRequest::post("/collections".to_owned(), operation);
        self.api
            .fetch(request.json(collection)?.long_timeout())
            .await
    }

    /// Adds fields to a collection in one step. The server reads all stored documents again for
    /// it and, up to version 0.25, answers nobody meanwhile.
    ///
    /// # Errors
    ///
    /// [`SearchError::Refused`] where a field exists, is required, or where stored values have
    /// another type; no field is added then.
    pub async fn add_fields(&self, name: &str, fields: &[Field]) -> Result<(), SearchError> {
        let operation = format!("add {} fields to the collection `{name}`", fields.len());
        let request = ApiRequest::patch(collection_path(name, &operation)?, operation)
            .json(&serde_json::json!({ "fields": fields }))?
            .long_timeout();
        self.api.send(&request).await?;
        Ok(())
    }

    /// Deletes a collection and all its documents; false where there was none.
    ///
    /// # Errors
    ///
    /// [`SearchError::Refused`] where `name` is an alias: the server would delete the collection
    /// behind it.
    pub async fn delete_collection(&self, name: &str) -> Result<bool, SearchError> {
        let operation = format!("delete the collection `{name}`");
        let Some(collection) = self.fetch_collection(name).await? else {
            return Ok(false);
        };
        if collection.name != name {
            return Err(SearchError::Refused {
                operation,
                status: None,
                message: format!(
                    "it is an alias of `{}`; name the collection itself",
                    collection.name
                ),
            });
        }
        let request =
            ApiRequest::delete(collection_path(name, &operation)?, operation).long_timeout();
        Ok(none_if_not_found(self.api.send(&request).await)?.is_some())
    }
}

fn default_true() -> bool {
    true
}

fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::Collection;

    #[test]
    fn collections_of_other_versions_are_read() {
        let collection: Collection = serde_json::from_str(
            r#"{"name":"a","created_at":5,"num_documents":7,"fields":null,"metadata":{"x":1},
                "default_sorting_field":null,"synonym_sets":[]}"#,
        )
        .unwrap();
        assert_eq!(collection.num_documents, 7);
        assert!(collection.fields.is_empty() && collection.token_separators.is_empty());

        let collection: Collection = serde_json::from_str(
            r#"{"name":"a","num_documents":0,
                "fields":[{"name":"x","type":"geopolygon","store":true}]}"#,
        )
        .unwrap();
        assert!(
            collection
                .fields
                .iter()
                .all(|field| field.index && !field.optional)
        );
    }
}
