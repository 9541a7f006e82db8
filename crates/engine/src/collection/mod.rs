//! One collection: its schema, its documents and their index, under one writer lock.
//!
//! Every method blocks; callers on an async runtime go through its blocking threads. What a
//! method has answered with success is on the disk. Searches read an index that is at least as
//! new as every write that was answered before they began.
//!
//! The store is the truth and the index follows it: see [`restore`].

mod alter_schema;
mod build_index;
#[cfg(test)]
mod deadline_tests;
mod document_writes;
mod errors;
mod export;
mod handle;
mod import;
mod index_progress;
mod open_collection;
mod options;
mod prepare;
mod rebuild;
mod restore;
mod search;
mod search_resources;
#[cfg(test)]
mod search_tests;
mod select_by_filter;
#[cfg(test)]
mod tests;
mod transaction;
mod view;
mod write_and_index;

pub use handle::Collection;
pub use import::ImportedLine;
pub use options::{ExportOptions, ImportOptions, ImportSummary, WriteOptions};
pub(crate) use search_resources::SearchResources;
pub use transaction::StoredDocument;
