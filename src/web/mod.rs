//! Answers browsers: the gallery's pages, feeds and files.
//!
//! Reads packages through [`catalog`](crate::catalog) alone, never writes, and sends no request to
//! anybody but the search server. Called by `cli`.

pub mod gallery;
