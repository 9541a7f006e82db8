//! One search, from its parameters to its answer.
//!
//! [`run()`] calls the rest: the words' matching and filters ([`crate::query`]) say which documents
//! are found, [`sort`] and [`group`] which of them are answered, [`facets`] counts values,
//! [`highlight`] marks words, and [`answer`] writes JSON. Nothing here writes to the store or the
//! index. Called by `http`.

mod answer;
mod budget;
#[cfg(test)]
mod deadline_tests;
mod facets;
mod group;
mod highlight;
mod project;
mod run;
mod snippet;
mod sort;
#[cfg(test)]
mod tests;
mod typed;
mod typos;
mod values;

pub use budget::Budget;
pub(crate) use budget::weight;
pub(crate) use project::Projection;
pub use run::{Finder, Reader, Search, run};
pub use values::ValueCache;
