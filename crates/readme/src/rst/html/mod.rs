//! Writes the parsed document as HTML.

mod nodes;
mod references;
mod smart_quotes;
mod writer;

pub(super) use nodes::write_document;
