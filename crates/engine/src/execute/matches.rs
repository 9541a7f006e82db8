//! What the words of a search found: hits, and the index terms that matched.

/// What the words of one search found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Matches {
    /// One list per segment in the snapshot's order, each ascending by document.
    pub(crate) segments: Vec<Vec<Hit>>,
    /// The words that hits point at with [`Hit::combination`].
    pub(crate) combinations: Vec<Vec<MatchedWord>>,
    /// The words of phrases, to be marked in every document.
    pub(crate) phrases: Vec<MatchedWord>,
}

/// One document that the words found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hit {
    /// The document's number in its segment.
    pub(crate) doc: u32,
    /// The answer's `text_match`.
    pub(crate) score: u64,
    /// An index into [`Matches::combinations`]: what to mark in this document.
    pub(crate) combination: u32,
}

/// A word of the index that stands for a word of the query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MatchedWord {
    /// As it is in the index.
    pub(crate) token: String,
    /// How many characters of it were typed: all of them unless the query's word only begins it.
    pub(crate) typed: usize,
}
