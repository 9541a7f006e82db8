//! Synonyms and overrides: what an owner has taught a collection, one rule at a time.
//!
//! Up to version 29 they belong to the collection, and go with it. From 30 they are sets of
//! their own that a collection names in its schema; these calls then find nothing.

use reqwest::Method;
use serde_json::{Map, Value};

use super::call::{Call, segment};
use super::collections::path;
use super::error::optional;
use super::{Client, SearchError};

/// The kinds of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Curation {
    /// Words that mean the same.
    Synonyms,
    /// Hits that are pinned or hidden.
    Overrides,
}

impl Curation {
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
    pub async fn rules(
        &self,
        collection: &str,
        kind: Curation,
    ) -> Result<Vec<Map<String, Value>>, SearchError> {
        let name = kind.name();
        let doing = format!("read the {name} of the collection `{collection}`");
        let path = format!("{}/{name}", path(collection, &doing)?);
        let call = Call::new(Method::GET, path, doing.clone());
        let answer: Option<Map<String, Value>> = optional(self.nodes.read(call).await)?;
        let Some(mut answer) = answer else {
            return Ok(Vec::new());
        };
        let rules = answer.remove(name).unwrap_or_default();
        serde_json::from_value(rules).map_err(|error| SearchError::Broken {
            doing,
            why: error.to_string(),
        })
    }

    /// Adds or replaces one rule.
    pub async fn set_rule(
        &self,
        collection: &str,
        kind: Curation,
        id: &str,
        rule: &Map<String, Value>,
    ) -> Result<(), SearchError> {
        let name = kind.name();
        let doing = format!("write `{id}` to the {name} of the collection `{collection}`");
        let path = format!(
            "{}/{name}/{}",
            path(collection, &doing)?,
            segment(id, &doing)?
        );
        let call = Call::new(Method::PUT, path, doing).json(rule)?;
        self.nodes.send(&call).await?;
        Ok(())
    }
}
