//! Which documents of a project a collection holds, in few bytes.

use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize};

/// One document that the collection has acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DocumentEntry {
    /// As the registry has it.
    #[serde(rename = "v")]
    pub version: String,
    /// Digest of everything the document was made of; 0 when it is not known, so that it is
    /// written anew at the next occasion.
    #[serde(rename = "k")]
    pub key: u64,
    /// Id of the document.
    #[serde(rename = "i")]
    pub id: String,
}

/// The documents of one project, in no particular order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Documents(pub Vec<DocumentEntry>);

impl Documents {
    /// The entry of this version, if there is one.
    #[must_use]
    pub fn get(&self, version: &str) -> Option<&DocumentEntry> {
        self.0.iter().find(|entry| entry.version == version)
    }

    /// Puts `entry` in the place of the one with its id.
    pub fn set(&mut self, entry: DocumentEntry) {
        match self.0.iter_mut().find(|known| known.id == entry.id) {
            Some(known) => *known = entry,
            None => self.0.push(entry),
        }
    }

    /// Forgets the document with this id.
    pub fn remove(&mut self, id: &str) {
        self.0.retain(|entry| entry.id != id);
    }
}

impl ToSql for Documents {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        serde_json::to_vec(&self.0)
            .map(ToSqlOutput::from)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
    }
}

impl FromSql for Documents {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_slice(value.as_blob()?)
            .map(Self)
            .map_err(|error| FromSqlError::Other(error.into()))
    }
}
