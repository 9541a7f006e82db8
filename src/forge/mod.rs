//! Asks software forges about repositories and tells their answers apart.
//!
//! A forge that does not answer is never the same as one that says "there is no such repository",
//! and one that says "later" has not failed: [`ForgeError`] and the answers of each client keep
//! these apart. Nothing here decides, stores or writes. Called by `enrich`.

mod error;
pub mod github;

pub use error::ForgeError;
