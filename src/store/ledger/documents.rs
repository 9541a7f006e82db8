//! Which documents of a project a collection holds, in few bytes.

use std::num::NonZeroU64;

use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize};

/// One document that the collection has acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DocumentEntry {
    /// As the registry has it.
    #[serde(rename = "v")]
    pub version: String,
    /// Digest of everything the document was made of; `None` when it is not known, so that the
    /// document is rewritten at the next occasion. Rows have 0 for `None`.
    #[serde(rename = "k", with = "zero_for_none")]
    pub key: Option<NonZeroU64>,
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

    /// Forgets what the document with this id was made of.
    pub fn forget_key(&mut self, id: &str) {
        if let Some(entry) = self.0.iter_mut().find(|entry| entry.id == id) {
            entry.key = None;
        }
    }

    /// Forgets the document with this id.
    pub fn remove(&mut self, id: &str) {
        self.0.retain(|entry| entry.id != id);
    }
}

mod zero_for_none {
    use std::num::NonZeroU64;

    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(
        clippy::trivially_copy_pass_by_ref,
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
