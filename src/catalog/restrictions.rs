//! What narrows a search, as a filter in the server's words.

use super::facet::Facet;
use super::fields::Fields;
use super::query::{Archived, PackageQuery};
use super::words::typed_words;
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

/// All that narrows a search.
#[derive(Debug, Clone)]
pub(super) struct Restrictions {
    /// What every package that is found passes, whatever is left out.
    base: &'static str,
    conditions: Vec<(Restriction, String)>,
}

impl Restrictions {
    /// Those of a query. A field that the collection lacks counts as one without a value in every
    /// document; `now` is in Unix seconds.
    pub(super) fn of(query: &PackageQuery, roots: &[String], fields: &Fields, now: i64) -> Self {
        let mut all = Vec::new();
        for facet in Facet::ALL {
            for excluded in [false, true] {
                let values: Vec<&str> = query
                    .filters
                    .iter()
                    .filter(|filter| filter.facet == facet && filter.excluded == excluded)
                    .map(|filter| filter.value.as_str())
                    .collect();
                if values.is_empty() {
                    continue;
                }
                let condition = condition(facet, &values, excluded, roots, fields);
                all.push(if excluded {
                    (Restriction::Excluded(facet), condition)
                } else {
                    (Restriction::Facet(facet), condition)
                });
            }
        }
        if let Some(within) = query.updated {
            let earliest = now.saturating_sub(within.days() * 86_400);
            let condition = format!("upload_timestamp:>={earliest}");
            all.push((Restriction::Updated, condition));
        }
        // What is not known to be vulnerable or archived passes.
        if query.secure && fields.has("has_vulnerabilities") {
            let condition = "has_vulnerabilities:!=true".to_owned();
            all.push((Restriction::Secure, condition));
        }
        let archived = match query.archived {
            Archived::Included => None,
            Archived::Hidden => fields
                .has("github_archived")
                .then_some("github_archived:!=true"),
            Archived::Only if fields.has("github_archived") => Some("github_archived:=true"),
            Archived::Only => Some(NOTHING),
        };
        all.extend(archived.map(|condition| (Restriction::Archived, condition.to_owned())));
        all.retain(|(_, condition)| !condition.is_empty());
        Self {
            // Nothing can have words of neither letters nor digits.
            base: if query.has_words() && typed_words(&query.words).is_empty() {
                NOTHING
            } else {
                LATEST
            },
            conditions: all,
        }
    }

    /// The filter of all of them.
    pub(super) fn filter_by(&self) -> String {
        self.filter_where(|_| true)
    }

    /// The filter without one of them.
    pub(super) fn filter_without(&self, left_out: Restriction) -> String {
        self.filter_where(|restriction| restriction != left_out)
    }

    /// The filter of some of them.
    fn filter_where(&self, is_meant: impl Fn(Restriction) -> bool) -> String {
        let mut filter = self.base.to_owned();
        for (restriction, condition) in &self.conditions {
            if is_meant(*restriction) {
                filter.push_str(" && ");
                filter.push_str(condition);
            }
        }
        filter
    }
}

/// One of the values, or none of them; empty if that is no condition.
fn condition(
    facet: Facet,
    values: &[&str],
    excluded: bool,
    roots: &[String],
    fields: &Fields,
) -> String {
    let quoted: Vec<String> = values
        .iter()
        .flat_map(|value| facet.stored_values(value, roots))
        .filter_map(|value| filter::quote(&value))
        .filter(|_| fields.has(facet.field()))
        .collect();
    match (quoted.is_empty(), excluded) {
        (true, true) => String::new(),
        // Nobody has a value that cannot be written.
        (true, false) => NOTHING.to_owned(),
        (false, _) => format!(
            "{}:{}[{}]",
            facet.field(),
            if excluded { "!=" } else { "=" },
            quoted.join(",")
        ),
    }
}
