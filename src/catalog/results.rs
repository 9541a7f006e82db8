//! What a search found.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Facet;
use crate::model::{ActivityFacts, PackageKey, PackageName};

/// A page of packages.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct SearchResults {
    pub hits: Vec<Hit>,
    /// Packages on all pages.
    pub found: u64,
    /// Packages in the collection.
    pub total: u64,
    /// The page shown, from 1.
    pub page: u32,
    /// How many pages can be asked for.
    pub pages: u32,
    /// Counts of the facets that were asked for, in that order, among the packages on all pages.
    /// Values of a facet that is filtered are counted as if it were not, so that another one can be
    /// chosen.
    pub facets: Vec<FacetCounts>,
    /// How the words were understood, where not as typed.
    pub interpretation: Interpretation,
}

/// One package among the results.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Hit {
    pub package: PackageSummary,
    /// Byte ranges of the name that match, in order, without overlap.
    pub name_matches: Vec<(usize, usize)>,
    /// The same of the summary.
    pub summary_matches: Vec<(usize, usize)>,
    /// Whether its name is what was typed, in any spelling.
    pub is_exact: bool,
    /// Those of its peer dependencies that belong to the profile's frameworks, as `name major`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// The last release that passes the filters, if the latest does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub earlier: Option<EarlierRelease>,
}

/// A release that is not the latest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EarlierRelease {
    pub version: String,
    /// Unix seconds; 0 if unknown.
    pub upload_timestamp: i64,
}

/// What a list says about a package: fields of its latest release's document.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PackageSummary {
    pub name: String,
    /// Empty where an older program wrote the document.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub registry: String,
    pub version: String,
    pub summary: String,
    /// Unix seconds; 0 if unknown.
    pub upload_timestamp: i64,
    pub framework_versions: Vec<String>,
    pub python_versions: Vec<String>,
    pub keywords: Vec<String>,
    pub license_spdx: String,
    pub yanked: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_upload: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_vulnerabilities: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub github_archived: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub github_stars: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub download_last_month: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_score: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dependents: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search_rank: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_malicious: Option<bool>,
    // How its repository is looked after; read only where a query asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity_first_response: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity_last_human_response: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity_open_issues_growth: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity_merge_rate: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity_contributors: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity_new_contributors: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity_bus_factor: Option<i64>,
    /// The lowest major version of each peer dependency, as `name major`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub peer_versions: Vec<String>,
    /// Packages of other registries from the same place, as `registry:name`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub twins: Vec<String>,
}

impl PackageSummary {
    /// The name that no package of another registry has: `plone.api`, `npm:sigstore`.
    #[must_use]
    pub fn full_name(&self) -> Cow<'_, str> {
        PackageName::full(&self.name, &self.registry)
    }

    /// How its repository is looked after; nothing unless the query asked for it.
    #[must_use]
    pub fn activity(&self) -> ActivityFacts {
        ActivityFacts {
            first_response: self.activity_first_response,
            last_human_response: self.activity_last_human_response,
            open_issues_growth: self.activity_open_issues_growth,
            merge_rate: self.activity_merge_rate,
            contributors: self.activity_contributors,
            new_contributors: self.activity_new_contributors,
            bus_factor: self.activity_bus_factor,
            checked: None,
        }
    }

    /// The package; `None` for one of a registry that is not known.
    #[must_use]
    pub fn key(&self) -> Option<PackageKey> {
        PackageKey::of_document(&self.name, &self.registry)
    }
}

/// The values of one facet, the most frequent first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FacetCounts {
    #[serde(serialize_with = "facet_name")]
    pub facet: Facet,
    pub values: Vec<FacetValue>,
    /// Whether there are more values than these.
    pub is_cut: bool,
}

/// A value and how many packages have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FacetValue {
    pub value: String,
    pub count: u64,
}

/// What differs between the words typed and those of the packages on all pages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Interpretation {
    /// Words for which similar ones were taken.
    pub guessed: Vec<Spelling>,
    /// Words that were left out, because none of the packages was found by them.
    pub missing: Vec<String>,
    /// Packages that were found by some of the words only.
    pub partial: u64,
}

/// A word and what was found in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Spelling {
    pub typed: String,
    pub found: String,
    /// Whether none of the packages was found by what was typed.
    pub instead: bool,
}

impl Interpretation {
    /// Whether the words were found as typed.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        self.guessed.is_empty() && self.missing.is_empty() && self.partial == 0
    }
}

/// Values of a facet that are given.
const MOST_VALUES: usize = 100;

impl FacetCounts {
    /// Adds up how often each value was counted; `is_cut` says that others were not.
    pub(super) fn new(
        facet: Facet,
        counted: impl IntoIterator<Item = (String, u64)>,
        is_cut: bool,
    ) -> Self {
        let mut values = add_up(counted);
        let is_cut = is_cut || values.len() > MOST_VALUES;
        values.truncate(MOST_VALUES);
        Self {
            facet,
            values,
            is_cut,
        }
    }
}

/// The sum for each value, the highest first; equal ones stand by their values.
pub(super) fn add_up(counted: impl IntoIterator<Item = (String, u64)>) -> Vec<FacetValue> {
    let mut sums: BTreeMap<String, u64> = BTreeMap::new();
    for (value, count) in counted {
        *sums.entry(value).or_default() += count;
    }
    let values = sums.into_iter();
    let mut values: Vec<FacetValue> = values
        .map(|(value, count)| FacetValue { value, count })
        .collect();
    values.sort_by_key(|value| std::cmp::Reverse(value.count));
    values
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn facet_name<S: serde::Serializer>(facet: &Facet, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(facet.name())
}
