//! All collections of one folder, their aliases, and small objects that belong to them.
//!
//! Every method blocks. `http` and the program call it; below it are [`crate::collection`] and
//! [`crate::store`].

mod alias_table;
mod collection_registry;
mod collection_slots;
#[cfg(test)]
mod engine_tests;
#[cfg(test)]
mod folder_tests;
mod lifecycle;
mod maintenance;
mod search_collection;
mod stored_objects;
mod unknown_folders;

pub use lifecycle::{Engine, OpenError};
pub use stored_objects::ObjectKind;
