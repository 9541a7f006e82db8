//! Which packages answer the words of a query: the same ones whatever they are filtered and sorted by.
//!
//! Candidates are read before the filters by values of facets, and ranked once. So a filter only ever
//! leaves packages out, the number next to a value is that of the packages that the filter shows, and
//! every order holds the same packages. Too many packages with all words cannot be read: then the
//! server filters, counts and sorts, and nothing but what has all words as they are is shown.

use super::Catalog;
use super::answer::Answer;
use super::candidates::{self, LITERAL_SEARCHES};
use super::chosen::ChosenValues;
use super::facet::Facet;
use super::parameters::{everything, without_hits};
use super::query::{PackageQuery, Sort};
use super::question::Question;
use super::ranking::{Ranked, rank};
use super::restrictions::LATEST;
use super::results::FacetCounts;
use crate::search::SearchError;

/// Packages with all words, from which on those with fewer are left out.
const ENOUGH: usize = 10;

/// The packages that answer some words.
#[derive(Debug)]
pub(super) struct Answering {
    /// The best first.
    pub(super) ranked: Vec<Ranked>,
    /// Whether these are all of them; else they are the best of those with all words.
    pub(super) is_whole: bool,
    /// Packages in the collection.
    pub(super) total: u64,
}

impl Catalog {
    /// Finds the packages that answer the words of a query and pass its filters, but for those by
    /// values of facets.
    pub(super) async fn find_answering(
        &self,
        query: &PackageQuery,
        question: &Question,
    ) -> Result<Answering, SearchError> {
        let facets = read_facets(query);
        let answers = self
            .multi_search(|fields| {
                let filter = self.restrictions(query, fields).filter_without_facets();
                let mut total = everything(LATEST.to_owned());
                without_hits(&mut total);
                let mut searches = vec![total];
                searches.extend(candidates::searches(question, &filter, fields, &facets));
                searches
            })
            .await?;
        let mut answers = answers.into_iter().map(Answer::read);
        let total = answers.next().transpose()?.map_or(0, |total| total.found);
        let mut answers = answers.collect::<Result<Vec<Answer>, SearchError>>()?;
        let is_whole = answers.first().is_none_or(Answer::has_all_hits);
        let ranked = if is_whole {
            let mut ranked = rank(question, candidates::merge(answers, &facets)?);
            let complete = ranked.iter().filter(|one| one.is_complete()).count();
            if complete >= ENOUGH {
                ranked.retain(Ranked::is_complete);
            }
            ranked
        } else {
            answers.truncate(LITERAL_SEARCHES);
            rank_literal(question, answers, &facets)?
        };
        Ok(Answering {
            ranked,
            is_whole,
            total,
        })
    }
}

/// Ranks the packages that have all words as they are.
pub(super) fn rank_literal(
    question: &Question,
    answers: Vec<Answer>,
    facets: &[Facet],
) -> Result<Vec<Ranked>, SearchError> {
    let mut ranked = rank(&question.literal(), candidates::merge(answers, facets)?);
    ranked.retain(Ranked::is_complete);
    Ok(ranked)
}

impl Answering {
    /// Those that pass the filters by values, but for that of one facet.
    pub(super) fn passing(&self, chosen: &ChosenValues, left_out: Option<Facet>) -> Vec<&Ranked> {
        let passing = self.ranked.iter();
        passing
            .filter(|ranked| chosen.are_in(&ranked.values, left_out))
            .collect()
    }

    /// The counts of a facet, as if it were not filtered.
    pub(super) fn counts_of(
        &self,
        facet: Facet,
        chosen: &ChosenValues,
        roots: &[String],
    ) -> FacetCounts {
        let mut shown: Vec<String> = Vec::new();
        for ranked in self.passing(chosen, Some(facet)) {
            let stored = ranked.values.get(&facet).into_iter().flatten();
            let mut own: Vec<String> = stored
                .filter_map(|value| facet.shown_value(value, roots))
                .collect();
            own.sort_unstable();
            own.dedup();
            shown.append(&mut own);
        }
        FacetCounts::new(facet, shown.into_iter().map(|value| (value, 1)), false)
    }
}

/// The facets whose values have to be read.
fn read_facets(query: &PackageQuery) -> Vec<Facet> {
    let chosen = query.filters.iter().map(|filter| filter.facet);
    let mut facets: Vec<Facet> = query.facets.iter().copied().chain(chosen).collect();
    facets.sort_unstable();
    facets.dedup();
    facets
}

/// Puts packages into the order that was chosen: what was typed still stands before what was guessed,
/// and before what has fewer of the words.
pub(super) fn sort_answers(ranked: &mut [&Ranked], sort: Sort) {
    let value = |ranked: &Ranked| {
        let package = &ranked.package;
        match sort {
            Sort::Relevance | Sort::Name => None,
            Sort::Health => package.health_score,
            Sort::Downloads => package.download_last_month,
            Sort::Stars => package.github_stars,
            Sort::Updated => Some(package.upload_timestamp),
            Sort::New => package.first_upload,
        }
    };
    if sort == Sort::Relevance {
        return;
    }
    ranked.sort_by_cached_key(|ranked| {
        (
            std::cmp::Reverse(ranked.standing.words),
            ranked.has_guess(),
            std::cmp::Reverse(value(ranked)),
            ranked.package.name.to_lowercase(),
            ranked.package.name.clone(),
        )
    });
}
