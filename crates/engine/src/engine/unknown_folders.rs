//! Folders of collections that the catalogue does not know: reported, kept, and adopted on request.

use std::sync::PoisonError;

use serde_json::{Value, json};

use super::collection_slots::{CollectionSlot, EngineStorage};
use super::lifecycle::Engine;
use crate::error::{EngineError, EngineResult};
use crate::store::catalogue::{CollectionRecord, UnfinishedStep};
use crate::store::collection_folders::FolderIdentity;
use crate::store::documents::Documents;

/// A folder that belongs to no collection of the catalogue.
#[derive(Debug)]
struct UnknownFolder {
    name: String,
    number: Option<u64>,
    origin: EngineResult<Option<FolderIdentity>>,
}

impl UnknownFolder {
    fn describe(&self) -> Value {
        match &self.origin {
            Ok(Some(origin)) => json!({
                "folder": self.name,
                "collection": origin.name,
                "created_at": origin.created_at,
                "num_documents": origin.documents,
            }),
            Ok(None) => json!({"folder": self.name}),
            Err(problem) => json!({"folder": self.name, "problem": problem.message}),
        }
    }
}

impl EngineStorage {
    /// Ends what a process before this one had begun and recorded.
    pub(super) fn finish(&self, unfinished: &[(CollectionRecord, UnfinishedStep)]) {
        for (entry, step) in unfinished {
            match self.folders.finish(entry, *step) {
                Ok(true) => {}
                Ok(false) => tracing::warn!(
                    folder = entry.number,
                    collection = entry.name,
                    "a folder that was to be removed holds something else: it is kept"
                ),
                Err(problem) => {
                    let collection = &entry.name;
                    tracing::warn!(collection, %problem, "its files are removed at the next start");
                    continue;
                }
            }
            self.forget_unfinished(entry.number);
        }
    }

    /// Notes that nothing more is to happen to a folder.
    pub(super) fn forget_unfinished(&self, number: u64) {
        if let Err(problem) = self.catalogue.end_removal(number) {
            tracing::warn!(folder = number, %problem, "it is checked again at the next start");
        }
    }

    /// Logs what the catalogue does not know, once.
    pub(super) fn name_unknown(&self) {
        let unknown = match self.unknown(false) {
            Ok(unknown) => unknown,
            Err(problem) => {
                tracing::error!(%problem, "the folders of the collections cannot be listed");
                return;
            }
        };
        let mut collections = 0_u32;
        for one in &unknown {
            let path = self.folders.path().join(&one.name);
            let folder = path.display();
            match &one.origin {
                Ok(Some(origin)) => {
                    collections += 1;
                    tracing::error!(
                        "the folder {folder} holds the collection `{}` with {} documents, which \
                         the catalogue does not know: it is kept; `pyfa engine adopt {}` restores \
                         it",
                        origin.name,
                        origin.documents,
                        one.name
                    );
                }
                Ok(None) => {
                    tracing::warn!("{folder} is not the folder of a collection: it is kept");
                }
                Err(problem) => tracing::error!(
                    "the catalogue does not know the folder {folder}, and it cannot be read: it \
                     is kept ({problem})"
                ),
            }
        }
        if self.catalogue.is_new() && collections > 0 {
            tracing::error!(
                "the catalogue next to these folders was missing or empty: the aliases and keys \
                 that it held are gone with it, unless you restore it from a backup"
            );
        }
    }

    /// What the catalogue does not know; with `closely` also the folders of known numbers that
    /// hold another collection.
    fn unknown(&self, closely: bool) -> EngineResult<Vec<UnknownFolder>> {
        let known = self.catalogue.collections()?;
        let unfinished = self.catalogue.unfinished()?;
        let mut unknown = Vec::new();
        for (name, number) in self.folders.names()? {
            if unfinished.iter().any(|(one, _)| Some(one.number) == number) {
                continue;
            }
            let entry = known.iter().find(|one| Some(one.number) == number);
            if entry.is_some() && !closely {
                continue;
            }
            let origin = number.map_or(Ok(None), |number| {
                let folder = self.folders.folder(number);
                FolderIdentity::read(&folder).map_err(EngineError::from)
            });
            let is_known = entry.is_some_and(|entry| match &origin {
                Ok(Some(origin)) => origin.is(entry),
                // Opening it says what is wrong.
                _ => true,
            });
            if !is_known {
                unknown.push(UnknownFolder {
                    name,
                    number,
                    origin,
                });
            }
        }
        Ok(unknown)
    }
}

impl Engine {
    /// `GET /operations/folders`: what lies among the folders of the collections and belongs to
    /// none that the catalogue knows.
    pub fn unknown_folders(&self) -> EngineResult<Value> {
        let unknown = self.storage.unknown(true)?;
        Ok(unknown.iter().map(UnknownFolder::describe).collect())
    }

    /// `POST /operations/folders/adopt`: takes the collection in an unknown folder into the
    /// catalogue, under its old name or another one; answers its description.
    pub fn adopt_folder(&self, folder: &str, name: Option<&str>) -> EngineResult<Value> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let unknown = self.storage.unknown(true)?;
        let found = unknown.into_iter().find(|one| one.name == folder);
        let Some(UnknownFolder {
            number: Some(number),
            origin,
            ..
        }) = found
        else {
            return Err(EngineError::not_found(format!(
                "There is no folder `{folder}` that the catalogue does not know; folders of \
                 collections have numbers for names."
            )));
        };
        let origin = origin?.ok_or_else(|| {
            EngineError::invalid(format!("The folder `{folder}` holds no collection."))
        })?;
        let name = name.unwrap_or(&origin.name);
        if name.is_empty() {
            return Err(EngineError::invalid("A collection's name cannot be empty."));
        }
        {
            let names = self.names();
            let other = names.by_name(name);
            let taken = other.is_some_and(|other| other.entry.number != number);
            if taken || names.aliases.contains_key(name) {
                return Err(EngineError::conflict(format!(
                    "The name `{name}` is taken: adopt the folder `{folder}` under a different name."
                )));
            }
        }
        if name != origin.name {
            Documents::open(&self.storage.folders.folder(number))?.rename(name)?;
        }
        let entry = CollectionRecord {
            number,
            name: name.to_owned(),
            created_at: Some(origin.created_at),
        };
        self.storage.catalogue.add_collection(&entry)?;
        self.change_names(|names| names.insert(CollectionSlot::closed(entry)));
        Ok(self.collection(name)?.describe())
    }
}
