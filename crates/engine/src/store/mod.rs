//! The truth on disk: who owns the folder, what is in it, and the documents.
//!
//! ```text
//! lock                               held by the owner; its address, for others
//! catalogue.sqlite                   collections by number, aliases, keys, objects; what was begun
//! collections/NUMBER/documents.sqlite    schema, documents, journal of one collection
//! collections/NUMBER/index-N/            belongs to `index`; can be made again
//! ```
//!
//! No name out of a request is part of a path. A transaction that has been committed survives the
//! loss of power. This module knows nothing of the index; [`crate::engine`] and
//! [`crate::collection`] call it.

pub(crate) mod catalogue;
pub(crate) mod collection_folders;
pub(crate) mod data_folder;
mod document_cache;
pub(crate) mod document_codec;
mod document_reader;
pub(crate) mod documents;
pub(crate) mod files;
mod sqlite;
mod store_error;

pub(crate) use document_cache::{CollectionState, DocumentCache};
pub(crate) use document_reader::DocumentReader;
pub(crate) use store_error::StoreError;
