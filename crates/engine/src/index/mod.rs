//! What finds documents: a tantivy index of one fixed layout for every schema.
//!
//! The layout (see [`layout`]) has one field for words, one for whole values and one for columns;
//! a field of a collection is a number inside them. So no change of a schema ever asks for another
//! tantivy schema, and a search works segment by segment on postings and columns.
//!
//! The index is never the truth: it holds no text of documents, and all of it can be made again
//! from the store. `collection` feeds it, `execute` reads it.

mod index_entry;
#[cfg(test)]
mod index_tests;
mod index_writer;
pub(crate) mod layout;
mod overlay_directory;
mod snapshot;
mod word_stream;

pub(crate) use index_entry::IndexEntry;
pub(crate) use index_writer::{Index, IndexChange, IndexSettings};
pub(crate) use snapshot::{Segment, Snapshot, term_prefix};
pub(crate) use word_stream::VALUE_GAP;
