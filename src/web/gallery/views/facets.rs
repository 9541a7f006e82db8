//! The facets of a list: their values, counts and labels.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::catalog::{Facet, FacetCounts, Overview, PackageQuery};

use super::format::grouped;
use super::release::framework_order;

/// Values of a facet that are shown before the rest is folded.
const SHOWN_VALUES: usize = 10;
/// Values of a facet that a page holds.
const MOST_VALUES: usize = 60;

/// A facet with its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FacetView {
    /// Name of the parameter.
    pub name: &'static str,
    pub label: &'static str,
    /// What its values do not say; may be empty.
    pub hint: String,
    pub values: Vec<ValueView>,
    /// Values that are folded.
    pub more: Vec<ValueView>,
    pub is_open: bool,
}

impl FacetView {
    /// Whether there is something to choose. Where all packages come from one registry, there is not.
    #[must_use]
    pub fn is_worth_showing(&self) -> bool {
        let is_chosen = self.values.iter().any(|value| value.is_chosen);
        let has_values = if self.name == Facet::Registry.name() {
            is_chosen || self.values.len() > 1
        } else {
            !self.values.is_empty()
        };
        has_values || !self.hint.is_empty()
    }
}

/// A value of a facet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ValueView {
    pub value: String,
    pub label: String,
    pub count: String,
    pub is_chosen: bool,
}

/// The heading of a facet.
#[must_use]
pub fn facet_label(facet: Facet) -> &'static str {
    match facet {
        Facet::Framework => "Framework",
        Facet::Kind => "Type",
        Facet::Python => "Python",
        Facet::Status => "Status",
        Facet::License => "License",
        Facet::Health => "Health",
        Facet::Keyword => "Keyword",
        Facet::Maintainer => "Maintainer",
        Facet::Requires => "Requires",
        Facet::Registry => "Registry",
        Facet::Needs => "Needs",
        Facet::Provenance => "Provenance",
        Facet::Publisher => "Trusted publisher",
        Facet::Twin => "Also on another registry",
    }
}

/// What a value of a facet is, within a sentence.
#[must_use]
pub fn facet_noun(facet: Facet) -> &'static str {
    match facet {
        Facet::Framework => "framework",
        Facet::Kind => "type",
        Facet::Python => "Python version",
        Facet::Status => "status",
        Facet::License => "license",
        Facet::Health => "health",
        Facet::Keyword => "keyword",
        Facet::Maintainer => "maintainer",
        Facet::Requires => "requirement",
        Facet::Registry => "registry",
        Facet::Needs => "need",
        Facet::Provenance => "provenance",
        Facet::Publisher => "trusted publisher",
        Facet::Twin => "package on another registry",
    }
}

/// A facet with its counts; chosen values come first.
#[must_use]
pub fn facet_view(counts: &FacetCounts, query: &PackageQuery, overview: &Overview) -> FacetView {
    let facet = counts.facet;
    let is_chosen = |value: &str| {
        query.filters.iter().any(|filter| {
            filter.facet == facet && !filter.excluded && filter.value.eq_ignore_ascii_case(value)
        })
    };
    let mut values: Vec<(String, u64)> = counts
        .values
        .iter()
        .filter(|one| !one.value.is_empty())
        .take(MOST_VALUES)
        .map(|one| (one.value.clone(), one.count))
        .collect();
    // A chosen value stays there to be taken back, even if nothing has it.
    for filter in query
        .filters
        .iter()
        .filter(|filter| filter.facet == facet && !filter.excluded)
    {
        if values
            .iter()
            .all(|(value, _)| !value.eq_ignore_ascii_case(&filter.value))
        {
            values.push((filter.value.clone(), 0));
        }
    }
    match facet {
        Facet::Framework | Facet::Python | Facet::Needs => order_versions(&mut values),
        Facet::Health => values.sort_by_cached_key(|(value, _)| {
            std::cmp::Reverse(
                value
                    .split('-')
                    .next()
                    .and_then(|low| low.parse::<u32>().ok()),
            )
        }),
        _ => {}
    }
    let mut views: Vec<ValueView> = values
        .into_iter()
        .map(|(value, count)| ValueView {
            label: value_label(facet, &value),
            count: grouped(i64::try_from(count).unwrap_or(i64::MAX)),
            is_chosen: is_chosen(&value),
            value,
        })
        .collect();
    // Chosen values are never folded away.
    let (chosen, others): (Vec<ValueView>, Vec<ValueView>) =
        views.drain(..).partition(|value| value.is_chosen);
    let is_open = !chosen.is_empty()
        || matches!(
            facet,
            Facet::Framework | Facet::Kind | Facet::Python | Facet::Registry | Facet::Needs
        );
    let mut values = chosen;
    values.extend(others);
    let more = values.split_off(values.len().min(SHOWN_VALUES));
    FacetView {
        name: facet.name(),
        label: facet_label(facet),
        hint: hint(facet, overview),
        values,
        more,
        is_open,
    }
}

fn hint(facet: Facet, overview: &Overview) -> String {
    let without = if facet == Facet::License {
        overview.count_without(facet)
    } else {
        0
    };
    match without {
        0 => String::new(),
        1 => "1 package states no license that can be told.".to_owned(),
        count => format!(
            "{} packages state no license that can be told.",
            grouped(i64::try_from(count).unwrap_or(i64::MAX))
        ),
    }
}

/// The highest version first, and the family that most packages support before others.
fn order_versions(values: &mut [(String, u64)]) {
    let mut families: BTreeMap<String, u64> = BTreeMap::new();
    for (value, count) in values.iter() {
        *families.entry(framework_order(value).0).or_default() += count;
    }
    values.sort_by_cached_key(|(value, _)| {
        let (family, numbers) = framework_order(value);
        let count = families.get(&family).copied().unwrap_or_default();
        (std::cmp::Reverse(count), family, std::cmp::Reverse(numbers))
    });
}

fn value_label(facet: Facet, value: &str) -> String {
    match (facet, value) {
        (Facet::Health, "80-100") => "80–100, very good".to_owned(),
        (Facet::Health, "60-79") => "60–79, good".to_owned(),
        (Facet::Health, "40-59") => "40–59, fair".to_owned(),
        (Facet::Health, "20-39") => "20–39, weak".to_owned(),
        (Facet::Health, "0-19") => "0–19, poor".to_owned(),
        (Facet::Status, status) => {
            let mut letters = status.chars();
            match letters.next() {
                Some(first) => first.to_uppercase().chain(letters).collect(),
                None => String::new(),
            }
        }
        (Facet::Registry, "pypi") => "PyPI".to_owned(),
        (Facet::Publisher, "github") => "GitHub".to_owned(),
        (Facet::Publisher, "gitlab") => "GitLab".to_owned(),
        (Facet::Provenance, _) => "Attested".to_owned(),
        (Facet::Twin, _) => "Yes".to_owned(),
        (Facet::Needs, value) => needs_label(value),
        (_, value) => value.to_owned(),
    }
}

/// `@plone/volto ≥ 18`, of `@plone/volto 18`.
#[must_use]
pub fn needs_label(value: &str) -> String {
    match value.rsplit_once(' ') {
        Some((name, major)) => format!("{name} ≥ {major}"),
        None => value.to_owned(),
    }
}
