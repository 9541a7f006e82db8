//! What a request says, before anything is checked against a schema.
//!
//! [`RawParameters`] merges the texts of the places that parameters come from; [`SearchParameters`] are
//! the typed values; [`filter_grammar`] and [`sort_grammar`] take expressions apart. Pure: no I/O, and
//! no field is looked up, which is for [`crate::plan`].

pub(crate) mod filter_grammar;
mod matching_options;
mod raw_parameters;
mod request_error;
mod search_parameters;
#[cfg(test)]
mod search_parameters_tests;
pub(crate) mod sort_grammar;

pub(crate) use matching_options::{Infix, MatchingOptions, SplitJoin, TextMatchType};
pub(crate) use raw_parameters::{FILTER_BY, RawParameters};
pub(crate) use request_error::RequestError;
pub(crate) use search_parameters::{HighlightParameters, SearchParameters};
