//! Answers browsers and programs: the gallery's pages, feeds and files, the API, the shapes of another
//! program, and metrics.
//!
//! Reads packages through [`catalog`](crate::catalog), rows through [`records`](crate::records), and
//! what pages show of people from the database. Sends no request to anybody but the search server and
//! the database; for members of the archive, to GitHub and Open Humans too. Called by `cli`.

pub mod api;
pub mod archive;
mod base_path;
mod concurrency;
pub mod door;
pub mod gallery;
pub mod github;
pub mod metrics;
mod origin;
pub mod people;

pub use base_path::{BasePath, below};
