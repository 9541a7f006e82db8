//! Other names for collections.
//!
//! A collection's own name comes first: an alias of the same name is not asked. An alias may point
//! to a name that no collection has, and never to another alias.

use serde_json::{Value, json};

use super::lifecycle::Engine;
use crate::error::{EngineError, EngineResult, ErrorCode};

impl Engine {
    /// `PUT /aliases/x`: points an alias to a name; answers `{"collection_name", "name"}`.
    pub fn put_alias(&self, name: &str, body: &Value) -> EngineResult<Value> {
        let collection = match body.get("collection_name") {
            Some(Value::String(collection)) if !collection.is_empty() => collection,
            None | Some(Value::String(_)) => {
                return Err(EngineError::invalid(
                    "Parameter `collection_name` is required.",
                ));
            }
            Some(_) => return Err(EngineError::invalid("Bad request.")),
        };
        if self.names().by_name(name).is_some() {
            let message = format!("Name `{name}` conflicts with an existing collection name.");
            return Err(EngineError::new(ErrorCode::AliasConflict, message));
        }
        self.storage.catalogue.put_alias(name, collection)?;
        self.change_names(|names| {
            names.aliases.insert(name.to_owned(), collection.clone());
        });
        Ok(describe(name, collection))
    }

    /// `GET /aliases/x`
    pub fn alias(&self, name: &str) -> EngineResult<Value> {
        match self.names().aliases.get(name) {
            Some(collection) => Ok(describe(name, collection)),
            None => Err(EngineError::not_found("Not Found")),
        }
    }

    /// `GET /aliases`: `{"aliases": […]}`, those whose names are to be shown.
    #[must_use]
    pub fn aliases(&self, is_shown: impl Fn(&str) -> bool) -> Value {
        let names = self.names();
        let each = names.aliases.iter().filter(|(name, _)| is_shown(name));
        let aliases: Vec<Value> = each
            .map(|(name, collection)| describe(name, collection))
            .collect();
        json!({"aliases": aliases})
    }

    /// `DELETE /aliases/x`: the alias that was there.
    pub fn delete_alias(&self, name: &str) -> EngineResult<Value> {
        let alias = self.alias(name)?;
        self.storage.catalogue.remove_alias(name)?;
        self.change_names(|names| {
            names.aliases.remove(name);
        });
        Ok(alias)
    }
}

fn describe(name: &str, collection: &str) -> Value {
    json!({"collection_name": collection, "name": name})
}
