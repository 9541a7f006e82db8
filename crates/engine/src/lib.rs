//! A search engine in a folder that speaks the Typesense HTTP API.
//!
//! A search is read ([`request`]), checked against the schema ([`plan`]), carried out ([`execute`])
//! and written as JSON ([`render`]). Every folder here is a room; a file uses rooms further down this
//! list only, and no two files use each other:
//!
//! 1. [`http`]: reads requests, calls, writes replies; the one place that knows HTTP
//! 2. [`keys`]: who may do what
//! 3. [`engine`]: all collections of one folder, their names, and what runs in the background
//! 4. [`collection`]: one collection: writes, searches, and the index that follows the store
//! 5. [`render`]: the answer of a search as JSON
//! 6. [`execute`]: matching, filters, facets, groups and order on a snapshot of the index
//! 7. [`plan`]: a search that fits its schema
//! 8. [`request`]: what a search says, in texts and typed values
//! 9. [`index`]: finds what is in the store; can be made again from it
//! 10. [`document`]: documents read, checked, made to fit
//! 11. [`store`]: the truth on disk
//! 12. [`schema`]: fields and their types
//! 13. [`text`]: how words are cut
//! 14. [`memory`], [`settings`], [`open_files`], [`error`]: limits and errors
//!
//! The engine never talks to another host, and no name from a request becomes a path.

pub mod collection;
pub mod document;
pub mod engine;
pub mod error;
mod execute;
pub mod http;
mod index;
mod keys;
mod memory;
pub mod open_files;
pub mod plan;
pub mod private_file;
mod render;
mod request;
pub mod schema;
pub mod settings;
mod store;
mod text;

pub use engine::{Engine, OpenError};
pub use error::{EngineError, EngineResult, ErrorCode};
pub use http::{
    AdminKey, Connection, VISITORS_HEADER, http_status, is_api_path, is_api_segment, listen,
    needs_key, routes, serve, write_import_line,
};
pub use keys::random_key;
pub use settings::EngineSettings;
