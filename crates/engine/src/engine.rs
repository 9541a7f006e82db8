//! All collections of one folder, their aliases, and small objects beside them.
//!
//! Every method blocks. `http` and the program call it; below it are [`crate::collection`] and
//! [`crate::store`].

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use crate::collection::Collection;
use crate::problem::{Answer, Problem};
use crate::settings::Settings;

/// Why a folder could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it.
    #[error("another process uses the folder {folder}{}", at(address.as_deref()))]
    InUse {
        /// The folder.
        folder: PathBuf,
        /// Where that process answers, once it does.
        address: Option<String>,
    },
    /// It cannot be read or written.
    #[error(transparent)]
    Broken(#[from] Problem),
}

fn at(address: Option<&str>) -> String {
    address.map_or_else(String::new, |address| format!(" and answers at {address}"))
}

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

/// See the module.
#[derive(Debug)]
pub struct Engine {
    folder: PathBuf,
    settings: Settings,
}

impl Engine {
    /// Opens a folder, which is made if it is not there, and everything in it: takes the lock,
    /// sweeps what a crash left behind, and catches up indexes that are behind.
    ///
    /// A collection whose files are damaged beyond what can be rebuilt does not keep the others
    /// from opening: it answers every request with the problem.
    pub fn open(folder: &Path, settings: Settings) -> Result<Self, OpenError> {
        Ok(Self {
            folder: folder.to_owned(),
            settings,
        })
    }

    /// The limits that it was opened with.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The folder that it owns.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes down where this process answers, for others that want the folder.
    pub fn announce(&self, address: &str) -> Answer<()> {
        unfinished(address)
    }

    /// Commits all indexes, so that the next start has nothing to catch up. Later requests still
    /// work; dropping the engine does the same.
    pub fn close(&self) {}

    /// `POST /collections`: makes a collection from its description; with `src_name` one with the
    /// schema of that collection. Answers the description (status 201).
    pub fn create_collection(&self, body: &Value, src_name: Option<&str>) -> Answer<Value> {
        unfinished((body, src_name))
    }

    /// The collection of this name, else the one that an alias of this name points to; 404
    /// `Not Found` otherwise.
    pub fn collection(&self, name: &str) -> Answer<Arc<Collection>> {
        unfinished(name)
    }

    /// All collections, the newest first. [`Collection::describe`] makes the list of the API.
    #[must_use]
    pub fn collections(&self) -> Vec<Arc<Collection>> {
        Vec::new()
    }

    /// `DELETE /collections/x`: its last description.
    pub fn delete_collection(&self, name: &str) -> Answer<Value> {
        unfinished(name)
    }

    /// `PUT /aliases/x`: points an alias to a name; answers `{"collection_name", "name"}`.
    pub fn put_alias(&self, name: &str, body: &Value) -> Answer<Value> {
        unfinished((name, body))
    }

    /// `GET /aliases/x`
    pub fn alias(&self, name: &str) -> Answer<Value> {
        unfinished(name)
    }

    /// `GET /aliases`: `{"aliases": […]}`.
    #[must_use]
    pub fn aliases(&self) -> Value {
        Value::Null
    }

    /// `DELETE /aliases/x`: the alias that was there.
    pub fn delete_alias(&self, name: &str) -> Answer<Value> {
        unfinished(name)
    }

    /// Stores a key's JSON and returns its number, which no other key gets.
    pub fn insert_key(&self, key: &Value) -> Answer<u64> {
        unfinished(key)
    }

    /// All keys by number.
    pub fn keys(&self) -> Answer<Vec<(u64, Value)>> {
        unfinished(())
    }

    /// Removes a key; false if there is none of this number.
    pub fn delete_key(&self, number: u64) -> Answer<bool> {
        unfinished(number)
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
        unfinished((kind, scope, name, body))
    }

    /// The object of this name, if there is one.
    pub fn object(&self, kind: ObjectKind, scope: &str, name: &str) -> Answer<Option<Value>> {
        unfinished((kind, scope, name))
    }

    /// All objects of a kind in a scope, by name.
    pub fn objects(&self, kind: ObjectKind, scope: &str) -> Answer<Vec<(String, Value)>> {
        unfinished((kind, scope))
    }

    /// Removes an object; false if it is not there.
    pub fn delete_object(&self, kind: ObjectKind, scope: &str, name: &str) -> Answer<bool> {
        unfinished((kind, scope, name))
    }
}

fn unfinished<A, T>(_: A) -> Answer<T> {
    Err(Problem::fault("this part of the engine is being written"))
}
