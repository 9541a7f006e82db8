//! The documents of one project that a collection holds, stored as compact JSON.

use std::num::NonZeroU64;

use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize};

/// One document that the search server has acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DocumentEntry {
    /// The version, as the registry spells it.
    #[serde(rename = "v")]
    pub version: String,
    /// Digest of everything the document was made of; `None` if unknown, so that the next run
    /// that examines the project rewrites it. Stored as 0.
    #[serde(rename = "k", with = "zero_for_none")]
    pub key: Option<NonZeroU64>,
    /// The document's id.
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

    /// Inserts `entry`, or replaces the one with its id.
    pub fn set(&mut self, entry: DocumentEntry) {
        match self.0.iter_mut().find(|old| old.id == entry.id) {
            Some(old) => *old = entry,
            None => self.0.push(entry),
        }
    }

    /// Clears the digest of the document with this id, so that it counts as changed.
    pub fn forget_key(&mut self, id: &str) {
        if let Some(entry) = self.0.iter_mut().find(|entry| entry.id == id) {
            entry.key = None;
        }
    }

    /// Removes the entry with this id.
    pub fn remove(&mut self, id: &str) {
        self.0.retain(|entry| entry.id != id);
    }
}

mod zero_for_none {
    use std::num::NonZeroU64;

    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        clippy::ref_option,
        reason = "serde asks for this form"
    )]
    pub(super) fn serialize<S: Serializer>(
        key: &Option<NonZeroU64>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(key.map_or(0, NonZeroU64::get))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<NonZeroU64>, D::Error> {
        u64::deserialize(deserializer).map(NonZeroU64::new)
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
