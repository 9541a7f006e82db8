//! Filters as they are meant: a value that was typed nearly right becomes the one that packages have.

use crate::catalog::{FacetFilter, Overview, PackageQuery, Resolved};

use super::parameters::{read_query, write_query};

/// A query, and what is not clear about it.
#[derive(Debug, Clone)]
pub(super) struct Meant {
    pub(super) query: PackageQuery,
    pub(super) doubts: Vec<Doubt>,
}

/// A filter by a value that no package has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Doubt {
    pub(super) filter: FacetFilter,
    /// Values that may be meant.
    pub(super) choices: Vec<String>,
}

/// Reads the filters of a query against what there is.
pub(super) fn understand(query: &PackageQuery, overview: &Overview) -> Meant {
    let mut meant = query.clone();
    let mut doubts = Vec::new();
    for filter in &mut meant.filters {
        match overview.resolve(filter.facet, &filter.value) {
            Resolved::Known => {}
            Resolved::Is(value) => filter.value = value,
            Resolved::OneOf(choices) => doubts.push(Doubt {
                filter: filter.clone(),
                choices,
            }),
        }
    }
    if meant.filters != query.filters {
        // In their order, and none twice.
        if let Ok(read) = read_query(&write_query(&meant)) {
            meant.filters = read.query.filters;
        }
    }
    Meant {
        query: meant,
        doubts,
    }
}
