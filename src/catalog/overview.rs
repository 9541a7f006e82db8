//! What there is in a collection at all: the values of its facets, and the numbers by which it can be
//! sorted.
//!
//! Remembered for a while, so that it costs a page nothing; `fetch_overview` reads it.

use std::collections::BTreeMap;

use super::facet::Facet;
use super::query::Sort;
use super::resolve::{Resolved, resolve};
use super::results::FacetValue;

/// The facets with so few values that all can be known.
pub(super) const KNOWN: [Facet; 11] = [
    Facet::Framework,
    Facet::Kind,
    Facet::Python,
    Facet::Status,
    Facet::License,
    Facet::Health,
    Facet::Registry,
    Facet::Needs,
    Facet::Provenance,
    Facet::Publisher,
    Facet::Twin,
];
/// The facets with so many values that the frequent ones are known alone.
pub(super) const TYPED: [Facet; 2] = [Facet::Keyword, Facet::Maintainer];
/// Frequent values of each of these.
pub(super) const MOST_FREQUENT: usize = 20;
/// The orders by numbers that packages may lack.
pub(super) const BY_NUMBERS: [Sort; 4] = [Sort::Health, Sort::Downloads, Sort::Stars, Sort::New];
/// May stand before a version of Python.
const PYTHON: &str = "python";

/// What the packages of a collection have.
#[derive(Debug, Clone, Default)]
pub struct Overview {
    pub(super) packages: u64,
    pub(super) values: BTreeMap<Facet, Vec<FacetValue>>,
    /// The most frequent values of facets that have many.
    pub(super) frequent: BTreeMap<Facet, Vec<String>>,
    /// Orders for which at least one package has a number.
    pub(super) sorts: Vec<Sort>,
}

impl Overview {
    /// Whether packages can be put into this order: at least one of them has the number.
    #[must_use]
    pub fn has_order(&self, sort: Sort) -> bool {
        !BY_NUMBERS.contains(&sort) || self.sorts.contains(&sort)
    }

    /// Which values are meant by one that somebody typed.
    #[must_use]
    pub fn resolve(&self, facet: Facet, typed: &str) -> Resolved {
        let python = typed.get(..PYTHON.len());
        let typed = match (facet, python) {
            (Facet::Python, Some(start)) if start.eq_ignore_ascii_case(PYTHON) => {
                typed.get(PYTHON.len()..).unwrap_or_default().trim_start()
            }
            _ => typed,
        };
        match self.values.get(&facet) {
            Some(values) => resolve(values, typed),
            None => Resolved::Known,
        }
    }

    /// The most frequent values of a facet that has many; none of others.
    #[must_use]
    pub fn frequent(&self, facet: Facet) -> &[String] {
        self.frequent.get(&facet).map_or(&[], Vec::as_slice)
    }

    /// Packages without a value of a facet of which each has one at most.
    #[must_use]
    pub fn count_without(&self, facet: Facet) -> u64 {
        let values = self.values.get(&facet).into_iter().flatten();
        let with: u64 = values
            .filter(|one| !one.value.is_empty())
            .map(|one| one.count)
            .sum();
        self.packages.saturating_sub(with)
    }
}
