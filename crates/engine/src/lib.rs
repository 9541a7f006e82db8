//! A search engine in a folder that speaks the Typesense HTTP API.
//!
//! In the order in which a request passes: [`schema`] and [`language`] are what a request may say,
//! [`text`] is how words are cut, [`store`] is the truth on disk, [`index`] finds what is in it.
//!
//! The engine never talks to another host, and no name out of a request becomes a path.

pub mod collection;
pub mod document;
pub mod engine;
pub mod http;
pub mod index;
mod keys;
pub mod language;
pub mod open_files;
pub mod private_file;
pub mod problem;
pub mod query;
pub mod room;
pub mod schema;
pub mod search;
pub mod settings;
pub mod store;
pub mod text;

pub use engine::{Engine, OpenError};
pub use http::{AdminKey, listen, routes, serve};
pub use keys::random_key;
pub use problem::{Answer, Problem};
pub use settings::Settings;
