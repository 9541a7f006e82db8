//! Making, finding and dropping collections.

use std::sync::{Arc, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::{Engine, Named};
use crate::collection::Collection;
use crate::problem::{Answer, Problem};
use crate::schema::{Description, Schema};

impl Engine {
    /// `POST /collections`: makes a collection from its description; with `src_name` one with the
    /// schema of that collection. Answers the description (status 201).
    pub fn create_collection(&self, body: &Value, src_name: Option<&str>) -> Answer<Value> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let count = self.names().collections.len();
        if count >= self.settings.collections() {
            return Err(Problem::unprocessable(format!(
                "There are {count} collections already, as many as a process can keep open that may \
                 open {} files. Delete some, or raise its limit (`ulimit -n`) and start it again.",
                self.settings.open_files
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
        let name = schema.name.clone();
        let (number, collection) = self.catalogue.add_collection(&name, |number| {
            let folder = self.folder.collection(number);
            let made = Collection::create(&folder, schema, &self.settings)?;
            Ok((number, Arc::new(made)))
        })?;
        let described = collection.describe();
        self.change_names(|names| {
            let collection = Ok(collection);
            names.collections.insert(number, Named { name, collection });
        });
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
        let (_, copied) = names.by_name(source).ok_or_else(|| {
            Problem::bad_request(format!("Collection with name `{source}` not found."))
        })?;
        let schema = copied.collection.clone()?.schema();
        Ok(Schema {
            name: name.to_owned(),
            created_at: now(),
            ..Schema::clone(&schema)
        })
    }

    /// The collection of this name, else the one that an alias of this name points to; 404
    /// `Not Found` otherwise.
    pub fn collection(&self, name: &str) -> Answer<Arc<Collection>> {
        match self.names().resolve(name) {
            Some((_, named)) => named.collection.clone(),
            None => Err(Problem::not_found("Not Found")),
        }
    }

    /// All collections, the newest first. [`Collection::describe`] makes the list of the API.
    #[must_use]
    pub fn collections(&self) -> Vec<Arc<Collection>> {
        let names = self.names();
        let collections = names.open().rev();
        collections
            .map(|(_, collection)| Arc::clone(collection))
            .collect()
    }

    /// `DELETE /collections/x`: its last description.
    ///
    /// Through an alias it is the collection behind it that goes; the alias stays.
    pub fn delete_collection(&self, name: &str) -> Answer<Value> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let found = {
            let names = self.names();
            let found = names.resolve(name);
            found.map(|(number, named)| (number, named.clone()))
        };
        let Some((number, named)) = found else {
            return Err(Problem::not_found(format!(
                "No collection with name `{name}` found."
            )));
        };
        let described = match &named.collection {
            Ok(collection) => collection.describe(),
            Err(_) => json!({"name": named.name, "num_documents": 0}),
        };
        self.catalogue.remove_collection(number, &named.name)?;
        self.change_names(|names| {
            names.collections.remove(&number);
        });
        let removed = match &named.collection {
            Ok(collection) => collection.drop_files(),
            Err(_) => crate::store::folder::remove_folder(&self.folder.collection(number)),
        };
        if let Err(problem) = removed {
            tracing::warn!(collection = named.name, %problem, "its files go at the next start");
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
