//! Synonyms and overrides: the rules that an owner has added to a collection.
//!
//! Up to version 29 they belong to the collection, and go with it. From 30 they are sets of
//! their own that a collection names in its schema; these calls then find nothing.

use serde_json::{Map, Value};

use super::error::none_if_not_found;
use super::request::{ApiRequest, collection_path, path_segment};
use super::{Client, SearchError};

/// The kinds of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CurationKind {
    /// Words that mean the same.
    Synonyms,
    /// Hits that are pinned or hidden.
    Overrides,
}

impl CurationKind {
    /// All kinds.
    pub const ALL: [Self; 2] = [Self::Synonyms, Self::Overrides];

    /// As people and the server call them.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Synonyms => "synonyms",
            Self::Overrides => "overrides",
        }
    }
}

impl Client {
    /// The rules of a collection, each with its `id`.
    pub async fn list_rules(
        &self,
        collection: &str,
        kind: CurationKind,
    ) -> Result<Vec<Map<String, Value>>, SearchError> {
        let name = kind.name();
        let operation = format!("read the {name} of the collection `{collection}`");
        let path = format!("{}/{name}", collection_path(collection, &operation)?);
        let request = ApiRequest::get(path, operation.clone());
        let answer: Option<Map<String, Value>> = none_if_not_found(self.api.fetch(request).await)?;
        let Some(mut answer) = answer else {
            return Ok(Vec::new());
        };
        let rules = answer.remove(name).unwrap_or_default();
        serde_json::from_value(rules).map_err(|error| SearchError::InvalidResponse {
            operation,
            why: error.to_string(),
        })
    }

    /// Adds or replaces one rule.
    pub async fn set_rule(
        &self,
        collection: &str,
        kind: CurationKind,
        id: &str,
        rule: &Map<String, Value>,
    ) -> Result<(), SearchError> {
        let name = kind.name();
        let operation = format!("write `{id}` to the {name} of the collection `{collection}`");
        let path = format!(
            "{}/{name}/{}",
            collection_path(collection, &operation)?,
            path_segment(id, &operation)?
        );
        let request = ApiRequest::put(path, operation).json(rule)?;
        self.api.send(&request).await?;
        Ok(())
    }
}
