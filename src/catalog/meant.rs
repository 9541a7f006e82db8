//! Filters as they are meant: a value that was typed nearly right becomes the one that packages have.

use super::overview::Overview;
use super::query::{FacetFilter, PackageQuery};
use super::resolve::Resolved;

/// A query, and what is not clear about it.
#[derive(Debug, Clone)]
pub struct ResolvedQuery {
    pub query: PackageQuery,
    pub doubts: Vec<AmbiguousFilter>,
}

/// A filter by a value that no package has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AmbiguousFilter {
    pub filter: FacetFilter,
    /// Values that may be meant.
    pub choices: Vec<String>,
}

/// Reads the filters of a query against what there is.
#[must_use]
pub fn understand(query: &PackageQuery, overview: &Overview) -> ResolvedQuery {
    let mut meant = query.clone();
    let mut doubts = Vec::new();
    for filter in &mut meant.filters {
        match overview.resolve(filter.facet, &filter.value) {
            Resolved::Known => {}
            Resolved::Is(value) => filter.value = value,
            Resolved::OneOf(choices) => doubts.push(AmbiguousFilter {
                filter: filter.clone(),
                choices,
            }),
        }
    }
    if meant.filters != query.filters {
        meant.order_filters();
    }
    ResolvedQuery {
        query: meant,
        doubts,
    }
}
