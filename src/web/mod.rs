//! Answers browsers and programs: the gallery's pages, feeds and files, and the API.
//!
//! Reads packages through [`catalog`](crate::catalog) and rows through [`records`](crate::records), and
//! sends no request to anybody but the search server and the database. Called by `cli`.

pub mod api;
pub mod door;
pub mod gallery;
mod origin;
mod places;
