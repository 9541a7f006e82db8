//! What the registry does not know of a package: where it is developed, how well it is kept, what
//! is known against it.
//!
//! The parts below are pure functions from plain data to the fields of a document; the runs that
//! ask the network and write to the collection call them.

pub mod advisories;
pub mod all;
pub mod downloads;
pub mod github;
pub mod health;
mod packages;
mod run;
mod update;

pub use run::{EnrichError, Selection, Services};
pub use update::Updated;
