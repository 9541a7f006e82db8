//! Making, finding and dropping collections.

use std::sync::{Arc, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::Engine;
use super::named::Named;
use crate::collection::Collection;
use crate::problem::{Answer, Problem};
use crate::schema::{Description, Schema};
use crate::store::catalogue::{Entry, Step};
use crate::store::shelf::Origin;

impl Engine {
    /// `POST /collections`: makes a collection from its description; with `src_name` one with the
    /// schema of that collection. Answers the description (status 201).
    pub fn create_collection(&self, body: &Value, src_name: Option<&str>) -> Answer<Value> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let count = self.names().collections.len();
        if count >= self.settings().collections() {
            return Err(Problem::unprocessable(format!(
                "There are {count} collections already, as many as a process can keep open that may \
                 open {} files. Delete some, or raise its limit (`ulimit -n`) and start it again.",
                self.settings().open_files
            )));
        }
        let schema = match src_name {
            Some(source) if !source.is_empty() => self.copied_schema(source, body)?,
            _ => {
                let description = Description::read(body)?;
                if self.names().by_name(description.name).is_some() {
                    return Err(Problem::conflict(format!(
                        "A collection with name `{}` already exists.",
                        description.name
                    )));
                }
                description.into_schema(now())?
            }
        };
        let library = &self.library;
        let last = library.catalogue.last_number()?;
        let entry = Entry {
            number: library.shelf.free_number(last)?,
            name: schema.name.clone(),
            created_at: Some(schema.created_at),
        };
        library.catalogue.begin_making(&entry)?;
        let folder = library.shelf.make(entry.number);
        let folder = folder.inspect_err(|_| library.forget_unfinished(entry.number))?;
        let made = Collection::create(&folder, schema, &library.settings)
            .and_then(|made| library.catalogue.add_collection(&entry).map(|()| made));
        let collection = match made {
            Ok(collection) => collection,
            Err(problem) => {
                library.finish(&[(entry, Step::Making)]);
                return Err(problem);
            }
        };
        let described = collection.describe();
        self.change_names(|names| names.insert(Named::opened(entry, collection)));
        Ok(described)
    }

    fn copied_schema(&self, source: &str, body: &Value) -> Answer<Schema> {
        let name = body.get("name").and_then(Value::as_str);
        let name = name
            .filter(|name| !name.is_empty())
            .ok_or_else(|| Problem::bad_request("Collection name must be provided."))?;
        let names = self.names();
        if names.by_name(name).is_some() {
            return Err(Problem::bad_request(format!(
                "Collection with name `{name}` already exists."
            )));
        }
        let copied = names.by_name(source).cloned().ok_or_else(|| {
            Problem::bad_request(format!("Collection with name `{source}` not found."))
        })?;
        drop(names);
        let schema = copied.open(&self.library)?.schema();
        Ok(Schema {
            name: name.to_owned(),
            created_at: now(),
            ..Schema::clone(&schema)
        })
    }

    /// The collection of this name, else the one that an alias of this name points to; 404
    /// `Not Found` otherwise.
    pub fn collection(&self, name: &str) -> Answer<Arc<Collection>> {
        let found = self.names().resolve(name).cloned();
        match found {
            Some(named) => named.open(&self.library),
            None => Err(Problem::not_found("Not Found")),
        }
    }

    /// All collections, the newest first. [`Collection::describe`] makes the list of the API.
    #[must_use]
    pub fn collections(&self) -> Vec<Arc<Collection>> {
        let named: Vec<Arc<Named>> = self.names().collections.values().cloned().collect();
        let collections = named.iter().rev();
        collections
            .filter_map(|named| named.open(&self.library).ok())
            .collect()
    }

    /// `DELETE /collections/x`: its last description.
    ///
    /// Through an alias it is the collection behind it that goes; the alias stays.
    pub fn delete_collection(&self, name: &str) -> Answer<Value> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(named) = self.names().resolve(name).cloned() else {
            return Err(Problem::not_found(format!(
                "No collection with name `{name}` found."
            )));
        };
        let (library, entry) = (&self.library, &named.entry);
        let opened = named.open(library);
        let described = match &opened {
            Ok(collection) => collection.describe(),
            Err(_) => json!({"name": entry.name, "num_documents": 0}),
        };
        // Where the folder of its number holds another collection, that one stays.
        let origin = || Origin::read(&library.shelf.folder(entry.number));
        let is_own = opened.is_ok() || !matches!(origin(), Ok(Some(other)) if !other.is(entry));
        if is_own {
            library.catalogue.remove_collection(entry)?;
        } else {
            library.catalogue.forget_collection(entry)?;
        }
        self.change_names(|names| {
            names.collections.remove(&entry.number);
        });
        if let Ok(collection) = &opened {
            collection.drop_out();
        }
        let removed = if is_own {
            let removed = library.shelf.remove(entry.number);
            removed.and_then(|()| library.catalogue.end_removal(entry.number))
        } else {
            Ok(())
        };
        if let Err(problem) = removed {
            tracing::warn!(collection = entry.name, %problem, "its files go at the next start");
        }
        Ok(described)
    }
}

/// Seconds since 1970.
fn now() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH);
    elapsed.map_or(0, |elapsed| {
        i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX)
    })
}
