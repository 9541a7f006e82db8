//! Carrying out a [`crate::plan::SearchPlan`] on a snapshot of the index, segment by segment.
//!
//! [`filter_evaluation`] turns filters into sets of documents, [`words`] finds and scores what the query
//! asks for, [`ordering`], [`grouping`] and [`facets`] sort, group and count it; [`executor`] runs them
//! in turn. Yields numbers and values, never JSON; reads no stored document. Called by
//! [`crate::collection`].

pub(crate) mod deadline;
mod doc_bitset;
mod executor;
mod facet_query;
mod facets;
mod filter_evaluation;
#[cfg(test)]
mod filter_evaluation_tests;
mod geo;
mod grouping;
mod matches;
mod number_text;
mod ordering;
mod pinned_hits;
mod prefix_filter;
#[cfg(test)]
pub(crate) mod test_index;
mod value_hashes;
pub(crate) mod words;

pub(crate) use deadline::Deadline;
pub(crate) use doc_bitset::DocBitSet;
#[cfg(test)]
pub(crate) use executor::WordFinder;
pub(crate) use executor::{Executor, ResultPage, SearchResults};
pub(crate) use facet_query::FacetQuery;
pub(crate) use facets::FacetCounts;
pub(crate) use filter_evaluation::{FilterCache, SearchContext};
pub(crate) use matches::{Hit, MatchedWord, Matches};
pub(crate) use ordering::{PointColumns, RankedHit};
pub(crate) use pinned_hits::PageEntry;
pub(crate) use value_hashes::ValueCache;
