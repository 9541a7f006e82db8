//! What finds documents: a tantivy index of one fixed layout for every schema.
//!
//! The layout (see [`layout`]) has one field for words, one for whole values and one for columns;
//! a field of a collection is a number inside them. So no change of a schema ever asks for another
//! tantivy schema, and a search works segment by segment on postings and columns.
//!
//! The index is never the truth: it holds no text of documents, and all of it can be made again
//! from the store. `collection` feeds it, `query` and `search` read it.

mod beside;
mod entry;
pub mod layout;
pub mod reader;
#[cfg(test)]
mod tests;
mod words;
mod writer;

pub use entry::{Entry, values_at};
pub use reader::{Segment, Snapshot};
pub use words::VALUE_GAP;
pub use writer::{Fed, Index, IndexSettings};
