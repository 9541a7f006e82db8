//! From the words of a query to documents with their `text_match`.
//!
//! [`parsed_query`] takes the query's text apart, [`query_languages`] knows which fields are in which
//! language. [`relaxation`] decides which terms of the index to try ([`candidates`], [`candidate_choice`],
//! [`typo_automaton`]); [`combination_scorer`] walks their posting lists and scores what it finds
//! ([`proximity`], [`text_match`]). [`phrases`] finds words in a row, [`infix`] looks inside words. Filters
//! come in as sets of documents; sorting and cutting pages is the caller's.
//!
//! Fields in several languages cut the query each in its own way. If that makes as many words in
//! each, they are searched together; else each language by itself, and what one finds is found.

mod candidate_choice;
mod candidates;
mod combination_scorer;
mod find_words;
mod infix;
mod parsed_query;
mod phrases;
mod postings;
mod proximity;
mod query_languages;
mod relaxation;
mod text_match;
pub(super) mod typo_automaton;
#[cfg(test)]
mod words_tests;

pub(crate) use candidates::CandidateCache;
pub(crate) use find_words::find_words;
pub(crate) use text_match::explain;
