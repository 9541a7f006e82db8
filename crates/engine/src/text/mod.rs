//! Text as the engine sees it: words, and the order of strings.
//!
//! Pure functions. The index cuts documents with them, queries, filters and highlights what was
//! asked and what is shown, always with the same rules.

pub mod fold;
pub mod tokenizer;

pub use fold::sort_key;
pub use tokenizer::{Token, Tokenizer};
