//! Keys and small objects: the engine only keeps them.

use serde_json::Value;

use super::Engine;
use crate::problem::Answer;

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
    pub fn insert_key(&self, key: &Value) -> Answer<u64> {
        self.library.catalogue.insert_key(key)
    }

    /// All keys by number.
    pub fn keys(&self) -> Answer<Vec<(u64, Value)>> {
        self.library.catalogue.keys()
    }

    /// Removes a key; false if there is none of this number.
    pub fn delete_key(&self, number: u64) -> Answer<bool> {
        self.library.catalogue.remove_key(number)
    }

    /// Stores an object of a kind under its name; `scope` is the collection's own name, or empty
    /// for kinds that belong to none. The objects of a collection go with it.
    pub fn put_object(
        &self,
        kind: ObjectKind,
        scope: &str,
        name: &str,
        body: &Value,
    ) -> Answer<()> {
        self.library
            .catalogue
            .put_object(kind.name(), scope, name, body)
    }

    /// The object of this name, if there is one.
    pub fn object(&self, kind: ObjectKind, scope: &str, name: &str) -> Answer<Option<Value>> {
        self.library.catalogue.object(kind.name(), scope, name)
    }

    /// All objects of a kind in a scope, by name.
    pub fn objects(&self, kind: ObjectKind, scope: &str) -> Answer<Vec<(String, Value)>> {
        self.library.catalogue.objects(kind.name(), scope)
    }

    /// Removes an object; false if it is not there.
    pub fn delete_object(&self, kind: ObjectKind, scope: &str, name: &str) -> Answer<bool> {
        self.library
            .catalogue
            .remove_object(kind.name(), scope, name)
    }
}
