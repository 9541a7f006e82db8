//! What narrows a search, as a filter in the server's words.

use super::facet::Facet;
use super::fields::Fields;
use super::query::{Archived, PackageQuery};
use super::words::{typed_words, unwanted_words};
use crate::search::filter;

/// One document per package, the release that the registry calls latest.
pub(super) const LATEST: &str = "is_latest:=true";
/// What no document passes.
const NOTHING: &str = "is_latest:=true && is_latest:=false";

/// One thing that narrows a search, and that can be left out to find more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restriction {
    /// Only packages with one of some values.
    Facet(Facet),
    /// No packages with certain values.
    Excluded(Facet),
    Updated,
    Secure,
    Archived,
}

impl Restriction {
    /// What narrows a query.
    #[must_use]
    pub fn all_of(query: &PackageQuery) -> Vec<Self> {
        let has = |facet, excluded| {
            let mut filters = query.filters.iter();
            filters.any(|filter| filter.facet == facet && filter.excluded == excluded)
        };
        let mut all = Vec::new();
        for facet in Facet::ALL {
            all.extend(has(facet, false).then_some(Self::Facet(facet)));
            all.extend(has(facet, true).then_some(Self::Excluded(facet)));
        }
        all.extend(query.updated.map(|_| Self::Updated));
        all.extend(query.secure.then_some(Self::Secure));
        all.extend((query.archived != Archived::Included).then_some(Self::Archived));
        all
    }
}

/// All that narrows a search, in the server's words.
#[derive(Debug, Clone)]
pub(super) struct Restrictions {
    /// What every package that is found passes, whatever is left out.
    base: String,
    conditions: Vec<(Restriction, String)>,
}

impl Restrictions {
    /// Those of a query. A field that the collection lacks counts as one without a value in every
    /// document; `now` is in Unix seconds.
    pub(super) fn of(query: &PackageQuery, roots: &[String], fields: &Fields, now: i64) -> Self {
        let condition = |restriction: &Restriction| match *restriction {
            Restriction::Facet(facet) => facet_condition(query, facet, false, roots, fields),
            Restriction::Excluded(facet) => facet_condition(query, facet, true, roots, fields),
            Restriction::Updated => query.updated.map(|within| {
                let earliest = now.saturating_sub(within.days() * 86_400);
                format!("upload_timestamp:>={earliest}")
            }),
            // What is not known to be vulnerable or archived passes.
            Restriction::Secure => fields
                .has("has_vulnerabilities")
                .then(|| "has_vulnerabilities:!=true".to_owned()),
            Restriction::Archived => {
                let is_known = fields.has("github_archived");
                match query.archived {
                    Archived::Only if is_known => Some("github_archived:=true".to_owned()),
                    Archived::Only => Some(NOTHING.to_owned()),
                    _ => is_known.then(|| "github_archived:!=true".to_owned()),
                }
            }
        };
        Self {
            // Nothing can have words of neither letters nor digits.
            base: if query.has_words()
                && typed_words(&query.words).is_empty()
                && unwanted_words(&query.words).is_empty()
            {
                NOTHING.to_owned()
            } else {
                LATEST.to_owned()
            },
            conditions: Restriction::all_of(query)
                .into_iter()
                .filter_map(|restriction| Some((restriction, condition(&restriction)?)))
                .collect(),
        }
    }

    /// The same with a condition in the server's words that nothing leaves out.
    pub(super) fn narrowed(mut self, condition: Option<&str>) -> Self {
        if let Some(condition) = condition {
            self.base = format!("{} && ({condition})", self.base);
        }
        self
    }

    /// The filter of all of them.
    pub(super) fn filter_by(&self) -> String {
        self.filter_where(|_| true)
    }

    /// The filter without one of them.
    pub(super) fn filter_without(&self, left_out: Restriction) -> String {
        self.filter_where(|restriction| restriction != left_out)
    }

    /// The filter without those by values of facets.
    pub(super) fn filter_without_facets(&self) -> String {
        self.filter_where(|restriction| !matches!(restriction, Restriction::Facet(_)))
    }

    /// The filter of all of them with another base than the latest releases.
    pub(super) fn filter_instead(&self, base: &str) -> String {
        let all = self.filter_by();
        match all.strip_prefix(LATEST) {
            Some(rest) if self.base.starts_with(LATEST) && !self.base.starts_with(NOTHING) => {
                format!("{base}{rest}")
            }
            _ => all,
        }
    }

    /// The filter of some of them.
    fn filter_where(&self, is_meant: impl Fn(Restriction) -> bool) -> String {
        let mut filter = self.base.clone();
        for (restriction, condition) in &self.conditions {
            if is_meant(*restriction) {
                filter.push_str(" && ");
                filter.push_str(condition);
            }
        }
        filter
    }
}

/// One of the values that a query names, or none of them; nothing if that is no condition.
fn facet_condition(
    query: &PackageQuery,
    facet: Facet,
    excluded: bool,
    roots: &[String],
    fields: &Fields,
) -> Option<String> {
    let is_switch = facet.is_switch();
    let quoted: Vec<String> = query
        .filters
        .iter()
        .filter(|filter| filter.facet == facet && filter.excluded == excluded)
        .flat_map(|filter| facet.stored_values(&filter.value, roots))
        .filter_map(|value| {
            if is_switch {
                Some(value)
            } else {
                filter::quote(&value)
            }
        })
        .filter(|_| fields.has(facet.field()))
        .collect();
    match (quoted.is_empty(), excluded) {
        (true, true) => None,
        // Nobody has a value that cannot be written.
        (true, false) => Some(NOTHING.to_owned()),
        // All of its values are the same.
        (false, _) if is_switch => Some(format!(
            "{}:{}true",
            facet.field(),
            if excluded { "!=" } else { "=" },
        )),
        (false, _) => Some(format!(
            "{}:{}[{}]",
            facet.field(),
            if excluded { "!=" } else { "=" },
            quoted.join(",")
        )),
    }
}
