//! Reads packages out of a collection for people: finds, filters, sorts and counts them.
//!
//! There is one recommended way to search, and it is here: the gallery, `pyfa search`, feeds, exports
//! and suggestions all use [`Catalog`]. It knows the fields of our documents and the requests that a
//! search server understands, old and new, so it works with the embedded engine and with Typesense,
//! and needs no more than a search-only key.
//!
//! Never writes, renders nothing, and reads no settings. Called by `web` and `cli`.

mod ages;
mod alternatives;
mod answer;
mod answering;
mod candidates;
mod chosen;
mod conceal;
mod discretion;
mod earlier;
mod facet;
mod fetch_overview;
mod fields;
mod interpretation;
mod look_up;
mod matching;
mod matrix;
mod meant;
mod newest;
mod operators;
mod overview;
mod package;
mod parameters;
mod people;
mod query;
mod question;
mod ranking;
mod requests;
mod resolve;
mod restrictions;
mod results;
mod search;
mod similar;
mod state;
mod suggest;
mod timed_cache;
mod words;

use std::sync::Arc;

pub use ages::DataAge;
pub use alternatives::Alternative;
pub use discretion::Discretion;
pub use earlier::Earlier;
pub use facet::Facet;
pub use matrix::{Matrix, MatrixRow};
pub use meant::{AmbiguousFilter, ResolvedQuery, understand};
pub use operators::{apply_operators, explain_unknown, join_arguments};
pub use overview::Overview;
pub use package::{MOST_COMPARED, RELEASES_PER_PAGE, Releases};
pub use people::{MOST_SUMMARIES, Part, PeopleIndex, Role, repository_of};
pub use query::{Archived, FacetFilter, HitContent, PackageQuery, Sort, UpdatedWithin, requiring};
pub use ranking::RankingWeights;
pub use resolve::Resolved;
pub use restrictions::Restriction;
pub use results::{
    EarlierRelease, FacetCounts, FacetValue, Hit, Interpretation, PackageSummary, SearchResults,
    Spelling,
};
pub use state::CollectionState;
pub use words::{is_unwanted, split_parts, unwanted_parts};

use fields::Fields;
use timed_cache::TimedCache;

use crate::search::Client;

/// The packages of one collection.
#[derive(Debug, Clone)]
pub struct Catalog {
    client: Client,
    /// Name or alias of the collection.
    collection: String,
    /// The classifiers that select the profile's packages, such as `Framework :: Plone`: what stands
    /// below them is a framework version or a type.
    roots: Vec<String>,
    /// A condition in the server's words that packages have to pass.
    condition: Option<String>,
    /// The time in Unix seconds.
    now: fn() -> i64,
    fields: Arc<TimedCache<Fields>>,
    overview: Arc<TimedCache<Arc<Overview>>>,
    discretion: Option<Arc<dyn Discretion>>,
}

impl Catalog {
    /// Packages of the collection with this name or alias; `roots` are the classifiers of its profile.
    #[must_use]
    pub fn new(client: Client, collection: String, roots: Vec<String>) -> Self {
        Self {
            client,
            collection,
            roots,
            condition: None,
            now: || jiff::Timestamp::now().as_second(),
            fields: Arc::default(),
            overview: Arc::default(),
            discretion: None,
        }
    }

    /// The same without the packages that do not pass a filter in the server's words.
    #[must_use]
    pub fn narrowed(self, filter: String) -> Self {
        Self {
            condition: Some(filter),
            overview: Arc::default(),
            ..self
        }
    }

    /// The same with another clock, in Unix seconds.
    #[must_use]
    pub fn with_clock(self, now: fn() -> i64) -> Self {
        Self { now, ..self }
    }
}
