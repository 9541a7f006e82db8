//! What callers may choose, and what they learn.

use crate::document::{Action, DirtyValues};

/// How documents are written.
#[derive(Debug, Clone, Copy, Default)]
pub struct WriteOptions {
    /// What to do by whether a document of this id is there.
    pub action: Action,
    /// What to do with values of another type; `None` leaves it to the schema.
    pub dirty_values: Option<DirtyValues>,
}

/// How an import is written and answered.
#[derive(Debug, Clone, Copy, Default)]
pub struct ImportOptions {
    /// As for single documents.
    pub write: WriteOptions,
    /// Whether each line of the answer names the document's id.
    pub return_id: bool,
    /// Whether each line of the answer holds the document as stored.
    pub return_doc: bool,
}

/// Which documents an export holds, and what of them.
#[derive(Debug, Clone, Default)]
pub struct ExportOptions {
    /// A filter; empty or absent for all.
    pub filter_by: Option<String>,
    /// Top-level fields to keep; empty for all.
    pub include_fields: Vec<String>,
    /// Top-level fields to leave out; they win.
    pub exclude_fields: Vec<String>,
}

/// How an import went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportSummary {
    /// Documents stored.
    pub succeeded: u64,
    /// Lines refused.
    pub failed: u64,
}
