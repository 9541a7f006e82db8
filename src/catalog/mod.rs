//! Reads packages out of a collection for people: finds, filters, sorts and counts them.
//!
//! There is one recommended way to search, and it is here: the gallery, `pyfa search`, feeds, exports
//! and suggestions all use [`Catalog`]. It knows the fields of our documents and the requests that a
//! search server understands, old and new, so it works with the embedded engine and with Typesense,
//! and needs no more than a search-only key.
//!
//! Never writes, renders nothing, and reads no settings. Called by `web` and `cli`.

mod facet;
mod package;
mod query;
mod results;

pub use facet::Facet;
pub use query::{Archived, FacetFilter, PackageQuery, Sort, UpdatedWithin};
pub use results::{FacetCounts, FacetValue, Hit, Interpretation, PackageSummary, SearchResults, Spelling};

use crate::search;

/// The packages of one collection.
#[derive(Debug, Clone)]
pub struct Catalog {
    client: search::Client,
    /// Name or alias of the collection.
    collection: String,
    /// The classifiers that select the profile's packages, such as `Framework :: Plone`: what stands
    /// below them is a framework version or a type.
    roots: Vec<String>,
}

impl Catalog {
    /// Packages of the collection with this name or alias; `roots` are the classifiers of its profile.
    #[must_use]
    pub fn new(client: search::Client, collection: String, roots: Vec<String>) -> Self {
        Self {
            client,
            collection,
            roots,
        }
    }
}
