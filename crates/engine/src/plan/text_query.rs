//! The part of a plan that is about words: what to look for, in which fields, how loosely.

use crate::request::{Infix, MatchingOptions};
use crate::schema::FieldNumber;

/// A text and how to look for it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TextQuery {
    /// `q` as it was sent.
    pub(crate) text: String,
    /// In the order of `query_by`, objects replaced by their text fields.
    pub(crate) fields: Vec<QueryField>,
    /// How loosely.
    pub(crate) matching: MatchingOptions,
}

/// One field to look in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QueryField {
    /// The field's number in the index.
    pub(crate) number: FieldNumber,
    /// Its weight, 0 to 255; more is better.
    pub(crate) weight: u8,
    /// Whether the last word may be the beginning of one.
    pub(crate) prefix: bool,
    /// How many typos a word may have here, at most 2.
    pub(crate) typos: u8,
    /// Whether the query may be in the middle of a word.
    pub(crate) infix: Infix,
}
