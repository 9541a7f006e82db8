//! Packages like another one.

use std::collections::HashMap;

use super::Catalog;
use super::answer::Answer;
use super::facet::Facet;
use super::parameters::{
    BESIDE_NAMES, also_include, everything, sort_expression, with_hits, words_in,
};
use super::query::Sort;
use super::question::Question;
use super::restrictions::LATEST;
use super::results::PackageSummary;
use crate::model::{Document, PackageKey};
use crate::search::{SearchError, SearchParameters, filter};

/// Keywords that others may share.
const MOST_KEYWORDS: usize = 8;
/// Packages that are looked at for each of them.
const CANDIDATES: u32 = 60;
/// How much more a package of the same kind counts.
const SAME_KIND: f64 = 1.25;
/// The share of health.
const BY_HEALTH: f64 = 0.5;

impl Catalog {
    /// Finds packages that share keywords with `document` or have the last word of its name: what few
    /// share counts more than what many do, and those of its kind and the healthier ones stand first.
    ///
    /// # Errors
    ///
    /// As [`Self::search`].
    pub async fn find_similar(
        &self,
        document: &Document,
        limit: u32,
    ) -> Result<Vec<PackageSummary>, SearchError> {
        let traits = self.traits_of(document);
        if traits.is_empty() {
            return Ok(Vec::new());
        }
        let answers = self
            .multi_search(|fields| {
                let searches = traits.iter().cloned();
                let with_hits = searches.map(|mut search| {
                    with_hits(
                        &mut search,
                        sort_expression(Sort::Health, fields),
                        1,
                        CANDIDATES,
                    );
                    also_include(&mut search, "classifiers");
                    search
                });
                with_hits.collect()
            })
            .await?;
        let own = PackageKey::of_document(&document.name, &document.registry);
        let kinds = self.kinds_of(&document.classifiers);
        let mut similar: HashMap<String, (f64, PackageSummary)> = HashMap::new();
        for answer in answers {
            let answer = Answer::read(answer)?;
            // What everybody has makes nobody alike.
            let weight = 1.0 / (2.0 + answer.found as f64).log2();
            for hit in answer.hits {
                let is_same_kind = self
                    .kinds_of(&hit.texts("classifiers"))
                    .iter()
                    .any(|kind| kinds.contains(kind));
                let package = hit.into_summary()?;
                if package.key() == own {
                    continue;
                }
                let worth = if is_same_kind {
                    weight * SAME_KIND
                } else {
                    weight
                };
                let entry = similar
                    .entry(package.full_name().into_owned())
                    .or_insert((0.0, package));
                entry.0 += worth;
            }
        }
        let mut similar: Vec<(f64, PackageSummary)> = similar
            .into_values()
            .map(|(worth, package)| (worth * health_factor(&package), package))
            .collect();
        similar.sort_by(|(worth, package), (other_worth, other)| {
            let by_worth = other_worth.total_cmp(worth);
            by_worth.then_with(|| package.name.cmp(&other.name))
        });
        let packages = similar.into_iter().map(|(_, package)| package);
        Ok(packages.take(limit as usize).collect())
    }

    /// Searches for packages with one of its keywords, or the last word of its name.
    fn traits_of(&self, document: &Document) -> Vec<SearchParameters> {
        let is_general = |word: &str| Question::new(word, true, &self.roots).is_general();
        let keywords = document
            .keywords
            .iter()
            .filter(|keyword| !is_general(keyword))
            .filter_map(|keyword| filter::quote(keyword))
            .map(|keyword| everything(format!("{LATEST} && keywords:={keyword}")));
        let name = Question::new(&document.name, true, &self.roots);
        // What stands before it is often a name space.
        let last = name.asked.last().filter(|word| !is_general(word));
        let word = last.map(|word| words_in(BESIDE_NAMES, word, false, LATEST));
        keywords.take(MOST_KEYWORDS).chain(word).collect()
    }

    fn kinds_of(&self, classifiers: &[String]) -> Vec<String> {
        let kinds = classifiers.iter();
        kinds
            .filter_map(|classifier| Facet::Kind.shown_value(classifier, &self.roots))
            .collect()
    }
}

/// An unknown health counts as an average one.
fn health_factor(package: &PackageSummary) -> f64 {
    let health = package.health_score.unwrap_or(50).clamp(0, 100) as f64;
    1.0 - BY_HEALTH + BY_HEALTH * health / 100.0
}
