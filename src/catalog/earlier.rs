//! Packages that pass the filters with an earlier release only: what worked with an older version of a
//! framework, and does so no more.
//!
//! Releases are counted by the names of their packages, as values of a facet, because older servers
//! count groups from one page of hits alone.

use std::collections::BTreeMap;

use super::Catalog;
use super::answer::{Answer, AnswerHit};
use super::fields::Fields;
use super::parameters::{everything, include_activity, literal_words, with_hits, without_hits};
use super::query::PackageQuery;
use super::question::Question;
use super::restrictions::LATEST;
use super::results::{EarlierRelease, Hit, PackageSummary, SearchResults};
use super::search::{LARGEST_PAGE, pages};
use crate::model::ProjectName;
use crate::search::{SearchError, SearchParameters, filter};

/// All releases but the latest.
const EARLIER: &str = "is_latest:=false";
/// The field that names packages and can be counted.
const NAMES: &str = "name_sortable";
/// Names that are read of each kind.
const MOST_NAMES: usize = 5_000;
/// Packages whose releases are asked for at once.
const AT_ONCE: usize = 24;
/// Releases of a package that are looked at; packages with similar names are among them.
const LOOKED_AT: u32 = 20;

/// How many packages pass with an earlier release only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Earlier {
    pub found: u64,
    /// Whether there are more than could be counted.
    pub is_cut: bool,
}

/// Their names, by which they are in order, and the number of all packages.
pub(super) struct EarlierNames {
    pub(super) names: Vec<String>,
    is_cut: bool,
    total: u64,
}

impl Catalog {
    /// Counts the packages that pass the filters with an earlier release, and not with their latest.
    ///
    /// # Errors
    ///
    /// As [`Self::search`].
    pub async fn count_earlier(&self, query: &PackageQuery) -> Result<Earlier, SearchError> {
        let query = &*self.conceal_query(query).await;
        let found = self
            .find_earlier_names(query, &self.question(query))
            .await?;
        Ok(Earlier {
            found: found.names.len() as u64,
            is_cut: found.is_cut,
        })
    }

    /// A page of these packages in order of their names, each with the last release that passes.
    pub(super) async fn search_earlier(
        &self,
        query: &PackageQuery,
    ) -> Result<SearchResults, SearchError> {
        let question = self.question(query).literal();
        let found = self.find_earlier_names(query, &question).await?;
        let per_page = query.per_page.min(LARGEST_PAGE);
        let before = (query.page.max(1) as usize - 1).saturating_mul(per_page as usize);
        let rest = found.names.get(before..).unwrap_or_default();
        let page = rest.get(..per_page as usize).unwrap_or(rest);
        let mut hits = Vec::new();
        for names in page.chunks(AT_ONCE) {
            hits.append(&mut self.fetch_earlier(query, &question, names).await?);
        }
        Ok(SearchResults {
            hits,
            found: found.names.len() as u64,
            total: found.total,
            page: query.page.max(1),
            pages: pages(found.names.len() as u64, per_page),
            ..SearchResults::default()
        })
    }

    pub(super) async fn find_earlier_names(
        &self,
        query: &PackageQuery,
        question: &Question,
    ) -> Result<EarlierNames, SearchError> {
        let answers = self
            .multi_search(|fields| {
                let mut total = everything(LATEST.to_owned());
                without_hits(&mut total);
                let names = |base: &str| {
                    let restrictions = self.restrictions(query, fields);
                    let mut search = literal_words(question, restrictions.filter_instead(base));
                    without_hits(&mut search);
                    search.push(("facet_by", NAMES.to_owned()));
                    search.push(("max_facet_values", MOST_NAMES.to_string()));
                    search
                };
                vec![total, names(EARLIER), names(LATEST)]
            })
            .await?;
        let mut answers = answers.into_iter().map(Answer::read);
        let mut next = || answers.next().transpose().map(Option::unwrap_or_default);
        let (total, earlier, latest) = (next()?, next()?, next()?);
        let (earlier, latest) = (earlier.values(NAMES), latest.values(NAMES));
        let is_cut = earlier.len() >= MOST_NAMES || latest.len() >= MOST_NAMES;
        let mut names: BTreeMap<ProjectName, String> = earlier
            .into_iter()
            .map(|name| (ProjectName::new(&name), name))
            .collect();
        for name in latest {
            names.remove(&ProjectName::new(&name));
        }
        Ok(EarlierNames {
            names: names.into_values().collect(),
            is_cut,
            total: total.found,
        })
    }

    /// Fetches packages by their names, in this order, with the last release of each that passes.
    async fn fetch_earlier(
        &self,
        query: &PackageQuery,
        question: &Question,
        names: &[String],
    ) -> Result<Vec<Hit>, SearchError> {
        let quoted: Vec<(&str, String)> = names
            .iter()
            .filter_map(|name| Some((name.as_str(), filter::quote(name)?)))
            .collect();
        if quoted.is_empty() {
            return Ok(Vec::new());
        }
        let answers = self
            .multi_search(|fields| {
                let latest: Vec<&str> = quoted.iter().map(|(_, quoted)| quoted.as_str()).collect();
                let filter = format!("{LATEST} && name:=[{}]", latest.join(","));
                let mut latest = everything(filter);
                with_hits(&mut latest, "name_sortable:asc".to_owned(), 1, LARGEST_PAGE);
                if question.reads_activity {
                    include_activity(&mut latest);
                }
                let releases = quoted
                    .iter()
                    .map(|(_, quoted)| self.releases_of(query, question, quoted, fields));
                std::iter::once(latest).chain(releases).collect()
            })
            .await?;
        let mut answers = answers.into_iter().map(read_packages);
        let latest = answers.next().transpose()?.unwrap_or_default();
        let mut hits = Vec::new();
        for ((name, _), releases) in quoted.iter().zip(answers) {
            let wanted = ProjectName::new(name);
            let is_wanted = |package: &&PackageSummary| ProjectName::new(&package.name) == wanted;
            let releases = releases?;
            let mut passing = releases.iter().filter(is_wanted);
            let first = passing.clone().next();
            let Some(release) = passing.find(|release| !release.yanked).or(first) else {
                continue;
            };
            // A package of the same name may come from another registry.
            let is_same = |package: &&PackageSummary| package.key() == release.key();
            let package = latest.iter().find(is_same).unwrap_or(release);
            hits.push(Hit {
                name_matches: question.marks_in(&package.name, &[]),
                summary_matches: question.marks_in(&package.summary, &[]),
                is_exact: false,
                needs: Vec::new(),
                earlier: Some(EarlierRelease {
                    version: release.version.clone(),
                    upload_timestamp: release.upload_timestamp,
                }),
                package: package.clone(),
            });
        }
        Ok(hits)
    }

    /// A search for the earlier releases of a package that pass, the highest version first.
    fn releases_of(
        &self,
        query: &PackageQuery,
        question: &Question,
        quoted: &str,
        fields: &Fields,
    ) -> SearchParameters {
        let restrictions = self.restrictions(query, fields);
        let filter = restrictions.filter_instead(EARLIER);
        let mut search = literal_words(question, format!("{filter} && name:={quoted}"));
        let sort_by = if fields.has("version_order") {
            "version_order:desc"
        } else {
            "upload_timestamp:desc"
        };
        with_hits(&mut search, sort_by.to_owned(), 1, LOOKED_AT);
        search
    }
}

fn read_packages(answer: serde_json::Value) -> Result<Vec<PackageSummary>, SearchError> {
    let hits = Answer::read(answer)?.hits;
    hits.into_iter().map(AnswerHit::into_summary).collect()
}
