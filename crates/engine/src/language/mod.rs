//! What a search says, read from text into plain data; no I/O, and no document is touched.
//!
//! `http` hands over strings, [`crate::search`] gets typed values; every error has Typesense's
//! status and message.

pub mod words;
