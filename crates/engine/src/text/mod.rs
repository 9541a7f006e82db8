//! Text as the engine sees it: words, languages, and the order of strings.
//!
//! Pure functions; knows nothing of fields or documents. The index, queries, filters and highlights
//! all cut text with the same rules.

mod breaks;
pub(crate) mod fold;
mod language;
mod tokenizer;
#[cfg(test)]
mod tokenizer_tests;

pub(crate) use fold::sort_key;
pub(crate) use language::Language;
pub(crate) use tokenizer::Tokenizer;
