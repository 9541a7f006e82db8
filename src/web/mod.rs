//! Answers browsers: the gallery's pages, feeds and files.
//!
//! Reads packages through [`catalog`](crate::catalog), and people and repositories through the
//! database; never writes to a collection, and sends no request to anybody but the search server and
//! the database. Called by `cli`.

pub mod gallery;
pub mod metrics;
pub mod people;
