//! Reads package registries and tells their answers apart.
//!
//! A registry that does not answer is never the same as a registry that says "there is no such
//! project": [`RegistryError`] keeps the two apart, because only the second may ever delete.
//! Nothing here decides, stores or writes. Called by `pipeline`.

mod error;
pub mod pypi;
pub mod sample;

pub use error::RegistryError;
