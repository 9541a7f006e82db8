//! Keys and small objects: the engine only keeps them.

use serde_json::Value;

use super::lifecycle::Engine;
use crate::error::EngineResult;

/// A kind of small objects that the API stores and gives back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ObjectKind {
    /// `/presets`
    Preset,
    /// `/collections/x/synonyms`
    Synonym,
    /// `/collections/x/overrides`
    Override,
}

impl ObjectKind {
    /// As the catalogue calls it; never to be changed.
    fn name(self) -> &'static str {
        match self {
            Self::Preset => "preset",
            Self::Synonym => "synonym",
            Self::Override => "override",
        }
    }
}

impl Engine {
    /// Stores a key's JSON and returns its number, which no other key gets.
    pub fn insert_key(&self, key: &Value) -> EngineResult<u64> {
        Ok(self.storage.catalogue.insert_key(key)?)
    }

    /// All keys by number.
    pub fn keys(&self) -> EngineResult<Vec<(u64, Value)>> {
        Ok(self.storage.catalogue.keys()?)
    }

    /// Removes a key; false if there is none of this number.
    pub fn delete_key(&self, number: u64) -> EngineResult<bool> {
        Ok(self.storage.catalogue.remove_key(number)?)
    }

    /// Stores an object of a kind under its name; `scope` is the collection's own name, or empty
    /// for kinds that belong to none. The objects of a collection go with it.
    pub fn put_object(
        &self,
        kind: ObjectKind,
        scope: &str,
        name: &str,
        body: &Value,
    ) -> EngineResult<()> {
        Ok(self
            .storage
            .catalogue
            .put_object(kind.name(), scope, name, body)?)
    }

    /// The object of this name, if there is one.
    pub fn object(&self, kind: ObjectKind, scope: &str, name: &str) -> EngineResult<Option<Value>> {
        Ok(self.storage.catalogue.object(kind.name(), scope, name)?)
    }

    /// All objects of a kind in a scope, by name.
    pub fn objects(&self, kind: ObjectKind, scope: &str) -> EngineResult<Vec<(String, Value)>> {
        Ok(self.storage.catalogue.objects(kind.name(), scope)?)
    }

    /// Removes an object; false if it is not there.
    pub fn delete_object(&self, kind: ObjectKind, scope: &str, name: &str) -> EngineResult<bool> {
        Ok(self
            .storage
            .catalogue
            .remove_object(kind.name(), scope, name)?)
    }
}
