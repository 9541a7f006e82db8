//! The values of facets that packages must have, compared with those of a package as servers do: by
//! their words.

use std::collections::BTreeMap;

use super::facet::Facet;
use super::query::PackageQuery;
use super::words::words;
use crate::search::filter;

/// The values of a package, by facet, as they are stored.
pub(super) type StoredValues = BTreeMap<Facet, Vec<String>>;

/// For each facet that is filtered, the values of which a package must have one.
#[derive(Debug, Clone, Default)]
pub(super) struct ChosenValues(BTreeMap<Facet, Vec<Vec<String>>>);

impl ChosenValues {
    pub(super) fn of(query: &PackageQuery, roots: &[String]) -> Self {
        let mut chosen: BTreeMap<Facet, Vec<Vec<String>>> = BTreeMap::new();
        for filter in query.filters.iter().filter(|filter| !filter.excluded) {
            let stored = filter.facet.stored_values(&filter.value, roots);
            // Nobody has a value that cannot be written in a filter.
            let writable = stored.iter().filter(|value| filter::quote(value).is_some());
            let values = chosen.entry(filter.facet).or_default();
            values.extend(writable.map(|value| words_of(value)));
        }
        Self(chosen)
    }

    /// Whether a package with these values passes, whatever it has of the facet that is left out.
    pub(super) fn are_in(&self, values: &StoredValues, left_out: Option<Facet>) -> bool {
        let mut facets = self.0.iter().filter(|(facet, _)| Some(**facet) != left_out);
        facets.all(|(facet, chosen)| {
            let mut stored = values.get(facet).into_iter().flatten();
            stored.any(|value| chosen.contains(&words_of(value)))
        })
    }
}

fn words_of(value: &str) -> Vec<String> {
    words(value).into_iter().map(|word| word.text).collect()
}
