//! Making, finding and dropping collections.

use std::sync::{Arc, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::collection_slots::CollectionSlot;
use super::lifecycle::Engine;
use crate::collection::Collection;
use crate::error::{EngineError, EngineResult};
use crate::schema::{Schema, SchemaRequest};
use crate::store::catalogue::{CollectionRecord, UnfinishedStep};
use crate::store::collection_folders::FolderIdentity;

impl Engine {
    /// `POST /collections`: makes a collection from its description; with `src_name` one with the
    /// schema of that collection. Answers the description (status 201).
    pub fn create_collection(&self, body: &Value, src_name: Option<&str>) -> EngineResult<Value> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let count = self.names().collections.len();
        if count >= self.settings().collections() {
            return Err(EngineError::out_of_range(format!(
                "There are {count} collections already, the most that a process can keep open that may \
                 open {} files. Delete some, or raise the limit (`ulimit -n`) and restart it.",
                self.settings().open_files
            )));
        }
        let schema = match src_name {
            Some(source) if !source.is_empty() => self.copied_schema(source, body)?,
            _ => {
                let description = SchemaRequest::read(body)?;
                if self.names().by_name(description.name).is_some() {
                    return Err(EngineError::conflict(format!(
                        "A collection with name `{}` already exists.",
                        description.name
                    )));
                }
                description.into_schema(seconds_since_1970())?
            }
        };
        let storage = &self.storage;
        let last = storage.catalogue.last_number()?;
        let entry = CollectionRecord {
            number: storage.folders.free_number(last)?,
            name: schema.name.clone(),
            created_at: Some(schema.created_at),
        };
        storage.catalogue.begin_making(&entry)?;
        let folder = storage
            .folders
            .make(entry.number)
            .inspect_err(|_| storage.forget_unfinished(entry.number))?;
        let made = Collection::create(&folder, schema, &storage.settings).and_then(|made| {
            storage.catalogue.add_collection(&entry)?;
            Ok(made)
        });
        let collection = match made {
            Ok(collection) => collection,
            Err(problem) => {
                storage.finish(&[(entry, UnfinishedStep::Making)]);
                return Err(problem);
            }
        };
        let described = collection.describe();
        self.change_names(|names| names.insert(CollectionSlot::opened(entry, collection)));
        Ok(described)
    }

    fn copied_schema(&self, source: &str, body: &Value) -> EngineResult<Schema> {
        let name = body.get("name").and_then(Value::as_str);
        let name = name
            .filter(|name| !name.is_empty())
            .ok_or_else(|| EngineError::invalid("Collection name must be provided."))?;
        let names = self.names();
        if names.by_name(name).is_some() {
            return Err(EngineError::invalid(format!(
                "Collection with name `{name}` already exists."
            )));
        }
        let copied = names.by_name(source).cloned().ok_or_else(|| {
            EngineError::invalid(format!("Collection with name `{source}` not found."))
        })?;
        drop(names);
        let schema = copied.open(&self.storage)?.schema();
        Ok(Schema {
            name: name.to_owned(),
            created_at: seconds_since_1970(),
            ..Schema::clone(&schema)
        })
    }

    /// The collection of this name, else the one that an alias of this name points to; 404
    /// `Not Found` otherwise.
    pub fn collection(&self, name: &str) -> EngineResult<Arc<Collection>> {
        let found = self.names().resolve(name).cloned();
        match found {
            Some(slot) => slot.open(&self.storage),
            None => Err(EngineError::not_found("Not Found")),
        }
    }

    /// All collections, the newest first. [`Collection::describe`] makes the list of the API.
    #[must_use]
    pub fn collections(&self) -> Vec<Arc<Collection>> {
        let slot: Vec<Arc<CollectionSlot>> = self.names().collections.values().cloned().collect();
        let collections = slot.iter().rev();
        collections
            .filter_map(|slot| slot.open(&self.storage).ok())
            .collect()
    }

    /// `DELETE /collections/x`: its last description.
    ///
    /// Through an alias it is the collection behind it that goes; the alias stays.
    pub fn delete_collection(&self, name: &str) -> EngineResult<Value> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(slot) = self.names().resolve(name).cloned() else {
            return Err(EngineError::not_found(format!(
                "No collection with name `{name}` found."
            )));
        };
        let (storage, entry) = (&self.storage, &slot.entry);
        let opened = slot.open(storage);
        let described = match &opened {
            Ok(collection) => collection.describe(),
            Err(_) => json!({"name": entry.name, "num_documents": 0}),
        };
        // Where the folder of its number holds another collection, that one stays.
        let origin = || FolderIdentity::read(&storage.folders.folder(entry.number));
        let is_own = opened.is_ok() || !matches!(origin(), Ok(Some(other)) if !other.is(entry));
        if is_own {
            storage.catalogue.remove_collection(entry)?;
        } else {
            storage.catalogue.forget_collection(entry)?;
        }
        self.change_names(|names| {
            names.collections.remove(&entry.number);
        });
        if let Ok(collection) = &opened {
            collection.drop_out();
        }
        let removed = if is_own {
            let folder_removed = storage.folders.remove(entry.number);
            folder_removed.and_then(|()| storage.catalogue.end_removal(entry.number))
        } else {
            Ok(())
        };
        if let Err(problem) = removed {
            tracing::warn!(collection = entry.name, %problem, "its files are removed at the next start");
        }
        Ok(described)
    }
}

/// Seconds since 1970.
fn seconds_since_1970() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH);
    elapsed.map_or(0, |elapsed| {
        i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX)
    })
}
