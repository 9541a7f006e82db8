//! From what a search says to the documents that it finds, segment by segment.
//!
//! [`bits`] holds the set of documents of a segment; [`Matches`] is what the words of a search
//! found. Nothing here sorts, counts or cuts pages; [`crate::search`] does, and is the only caller.

pub mod bits;
pub mod deadline;
pub mod filter;
#[cfg(test)]
mod filter_tests;
pub(crate) mod geo;
pub mod matching;
mod phrase;
#[cfg(test)]
pub(crate) mod test_index;

pub use bits::Bits;
pub use deadline::Deadline;
pub use filter::{FilterCache, Ground};

/// What the words of one search found.
#[derive(Debug, Clone, Default)]
pub struct Matches {
    /// One list per segment in the snapshot's order, each ascending by document.
    pub segments: Vec<Vec<Hit>>,
    /// The words that hits point at with [`Hit::combination`].
    pub combinations: Vec<Vec<MatchedWord>>,
    /// The words of phrases, to be marked in every document.
    pub phrases: Vec<MatchedWord>,
}

/// One document that the words found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// The document's number in its segment.
    pub doc: u32,
    /// The answer's `text_match`.
    pub score: u64,
    /// An index into [`Matches::combinations`]: what to mark in this document.
    pub combination: u32,
}

/// A word of the index that stands for a word of the query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchedWord {
    /// As it is in the index.
    pub token: String,
    /// How many characters of it were typed: all of them unless the query's word only begins it.
    pub typed: usize,
}
