//! The answer of a search as JSON, its keys as clients of the API know them.
//!
//! [`answer`] writes the whole answer; [`hits`] one document, [`highlight`] the marks in it. Reads stored
//! documents through its caller; finds and orders nothing. Called by [`crate::collection`].

mod answer;
mod facet_counts;
mod highlight;
mod hits;
mod marker;
mod query_terms;
mod snippet;

pub(crate) use answer::{DocumentFetcher, Renderer};
