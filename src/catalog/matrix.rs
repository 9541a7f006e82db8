//! How many packages support which version of the framework on which Python.

use serde::Serialize;

use super::Catalog;
use super::answer::Answer;
use super::facet::Facet;
use super::parameters::{count_values, everything, without_hits};
use super::restrictions::LATEST;
use super::results::FacetValue;
use crate::search::{MOST_SEARCHES, SearchError, filter};

/// Counts of packages by framework version and Python version, the highest versions first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Matrix {
    /// Such as `3.12`.
    pub pythons: Vec<String>,
    pub rows: Vec<MatrixRow>,
}

/// The packages for one version of the framework.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MatrixRow {
    /// Such as `Plone 6.1`.
    pub framework: String,
    /// Packages for this version, on whatever Python.
    pub total: u64,
    /// For each version of Python with packages, how many, the most first.
    pub counts: Vec<FacetValue>,
}

impl Catalog {
    /// Counts the packages for each version of the profile's frameworks on each version of Python.
    ///
    /// # Errors
    ///
    /// As [`Self::search`].
    pub async fn count_matrix(&self) -> Result<Matrix, SearchError> {
        let both = [Facet::Framework, Facet::Python];
        let totals = self
            .multi_search(|fields| {
                let mut search = everything(LATEST.to_owned());
                without_hits(&mut search);
                count_values(&mut search, &both, fields);
                vec![search]
            })
            .await?;
        let Some(all) = totals.into_iter().next().map(Answer::read).transpose()? else {
            return Ok(Matrix::default());
        };
        let values = |facet| -> Vec<String> {
            let counts = all.counts_of(facet, &self.roots).values;
            counts.into_iter().map(|value| value.value).collect()
        };
        let mut frameworks = values(Facet::Framework);
        frameworks.retain(|version| self.is_of_profile(version));
        frameworks.sort_by_cached_key(|version| std::cmp::Reverse(numbers(version)));
        frameworks.truncate(MOST_SEARCHES);
        let mut pythons = values(Facet::Python);
        // `3` says nothing next to `3.12`.
        pythons.retain(|version| version.contains('.'));
        pythons.sort_by_cached_key(|version| std::cmp::Reverse(numbers(version)));
        let quoted: Vec<(String, String)> = frameworks
            .into_iter()
            .filter_map(|version| filter::quote(&version).map(|quoted| (version, quoted)))
            .collect();
        let by_framework = self
            .multi_search(|fields| {
                let searches = quoted.iter().map(|(_, quoted)| {
                    let field = Facet::Framework.field();
                    let mut search = everything(format!("{LATEST} && {field}:={quoted}"));
                    without_hits(&mut search);
                    count_values(&mut search, &[Facet::Python], fields);
                    search
                });
                searches.collect()
            })
            .await?;
        let mut rows = Vec::new();
        for ((framework, _), answer) in quoted.into_iter().zip(by_framework) {
            let answer = Answer::read(answer)?;
            let mut counts = answer.counts_of(Facet::Python, &self.roots).values;
            counts.retain(|count| pythons.contains(&count.value));
            rows.push(MatrixRow {
                framework,
                total: answer.found,
                counts,
            });
        }
        Ok(Matrix { pythons, rows })
    }

    /// Whether a version is one of the profile's frameworks: packages name others, too.
    fn is_of_profile(&self, version: &str) -> bool {
        let Some((framework, _)) = version.rsplit_once(' ') else {
            return false;
        };
        let mut names = self
            .roots
            .iter()
            .filter_map(|root| root.rsplit(" :: ").next());
        self.roots.is_empty() || names.any(|name| name == framework)
    }
}

/// The numbers of a version, so that 3.9 stands below 3.10.
fn numbers(version: &str) -> Vec<u64> {
    version
        .split(|character: char| !character.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
        .collect()
}
