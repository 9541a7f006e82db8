//! Text as the engine sees it: words, and the order of strings.
//!
//! Pure functions. The index cuts documents with them, queries, filters and highlights what was
//! asked and what is shown, always with the same rules.

mod breaks;
pub mod fold;
pub mod language;
pub mod tokenizer;
pub mod tokenizers;

pub use fold::sort_key;
pub use language::Language;
pub use tokenizer::{Token, Tokenizer};
pub use tokenizers::Tokenizers;
