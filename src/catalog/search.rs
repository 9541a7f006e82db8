//! One page of packages with the counts of facets, in one request.

use super::Catalog;
use super::answer::Answer;
use super::candidates;
use super::facet::Facet;
use super::fields::Fields;
use super::interpretation::interpret;
use super::parameters::{
    count_values, everything, sort_by, with_hits, without_hits, words_or_everything,
};
use super::query::{PackageQuery, Sort};
use super::question::Question;
use super::ranking::{Candidate, Ranked, rank};
use super::restrictions::{LATEST, Restriction, Restrictions};
use super::results::{Hit, Interpretation, SearchResults};
use crate::search::{SearchError, SearchParameters};

/// Hits of a page that a server gives.
const LARGEST_PAGE: u32 = 250;
/// Hits up to which a server lets pages be asked for.
const FURTHEST_HIT: u64 = 100_000;

/// The hits of a search before they are shown.
struct FoundHits {
    hits: Vec<Hit>,
    found: u64,
    /// Hits that can be paged to.
    reachable: u64,
    interpretation: Interpretation,
}

impl Catalog {
    /// Searches for packages. By relevance only the best few hundred can be paged to; `found` may be
    /// more. Facets count the packages that have all words.
    ///
    /// # Errors
    ///
    /// [`SearchError::NotFound`] if there is no collection; otherwise the server's error.
    pub async fn search(&self, query: &PackageQuery) -> Result<SearchResults, SearchError> {
        let per_page = query.per_page.min(LARGEST_PAGE);
        let page = query.page.max(1);
        let question = self.question(query);
        let (filtered, unfiltered): (Vec<Facet>, Vec<Facet>) = query
            .facets
            .iter()
            .partition(|facet| is_chosen(query, **facet));
        let is_ranked = query.effective_sort() == Sort::Relevance && !question.is_empty();
        let answers = self
            .multi_search(|fields| {
                let restrictions = self.restrictions(query, fields);
                let filter = restrictions.filter_by();
                let mut total = everything(LATEST.to_owned());
                without_hits(&mut total);
                let mut searches = vec![total];
                searches.push(count(&question, &unfiltered, filter.clone(), fields));
                searches.extend(filtered.iter().map(|facet| {
                    let others = restrictions.filter_without(Restriction::Facet(*facet));
                    count(&question, &[*facet], others, fields)
                }));
                if is_ranked {
                    searches.extend(candidates::searches(&question, &filter, fields));
                } else {
                    let mut hits = words_or_everything(&question, filter);
                    let sort_by = sort_by(query.effective_sort(), fields);
                    with_hits(&mut hits, sort_by, page, per_page);
                    searches.push(hits);
                }
                searches
            })
            .await?;
        let mut answers = answers
            .into_iter()
            .map(Answer::read)
            .collect::<Result<Vec<Answer>, SearchError>>()?;
        let hits = answers.split_off(2 + filtered.len());
        let [total, counted, chosen @ ..] = &answers[..] else {
            return Ok(SearchResults::default());
        };
        let found = if is_ranked {
            ranked_page(&question, hits, page, per_page)?
        } else {
            sorted_page(&question, hits)?
        };
        let facets = query.facets.iter().map(|facet| {
            let own = filtered.iter().position(|other| other == facet);
            own.and_then(|place| chosen.get(place))
                .unwrap_or(counted)
                .counts_of(*facet, &self.roots)
        });
        Ok(SearchResults {
            facets: facets.collect(),
            total: total.found,
            page,
            pages: pages(found.reachable, per_page),
            found: found.found,
            hits: found.hits,
            interpretation: found.interpretation,
        })
    }

    pub(super) fn restrictions(&self, query: &PackageQuery, fields: &Fields) -> Restrictions {
        Restrictions::of(query, &self.roots, fields, (self.now)())
            .narrowed(self.condition.as_deref())
    }

    pub(super) fn question(&self, query: &PackageQuery) -> Question {
        let words = if query.has_words() { &query.words } else { "" };
        Question::new(words, query.exact_spelling, &self.roots)
    }
}

/// Whether packages have to have a value of the facet.
fn is_chosen(query: &PackageQuery, facet: Facet) -> bool {
    let mut filters = query.filters.iter();
    filters.any(|filter| filter.facet == facet && !filter.excluded)
}

/// A search that only counts.
fn count(
    question: &Question,
    facets: &[Facet],
    filter: String,
    fields: &Fields,
) -> SearchParameters {
    let mut search = words_or_everything(question, filter);
    without_hits(&mut search);
    count_values(&mut search, facets, fields);
    search
}

/// Pages that can be asked for.
fn pages(hits: u64, per_page: u32) -> u32 {
    if per_page == 0 {
        return 0;
    }
    let pages = hits.min(FURTHEST_HIT).div_ceil(u64::from(per_page));
    u32::try_from(pages).unwrap_or(u32::MAX)
}

/// The page of the candidates by relevance.
fn ranked_page(
    question: &Question,
    answers: Vec<Answer>,
    page: u32,
    per_page: u32,
) -> Result<FoundHits, SearchError> {
    let with_all_words = answers.first().map_or(0, |answer| answer.found);
    let ranked = rank(question, candidates::merge(answers)?);
    let interpretation = interpret(question, &ranked);
    let reachable = ranked.len() as u64;
    let before = (u64::from(page) - 1).saturating_mul(u64::from(per_page));
    let hits = ranked
        .into_iter()
        .skip(usize::try_from(before).unwrap_or(usize::MAX))
        .take(per_page as usize)
        .map(|ranked| hit(question, ranked));
    Ok(FoundHits {
        hits: hits.collect(),
        found: reachable.max(with_all_words),
        reachable,
        interpretation,
    })
}

/// The page that the server has sorted.
fn sorted_page(question: &Question, answers: Vec<Answer>) -> Result<FoundHits, SearchError> {
    let found = answers.first().map_or(0, |answer| answer.found);
    let hits = answers.into_iter().flat_map(|answer| answer.hits);
    let hits = hits
        .map(|hit| {
            Ok(Candidate {
                has_all_words: hit.words_found() >= question.asked.len(),
                package: hit.into_summary()?,
                is_early: false,
            })
        })
        .collect::<Result<Vec<Candidate>, SearchError>>()?;
    let judged: Vec<Ranked> = hits
        .into_iter()
        .map(|candidate| super::ranking::judge(question, candidate))
        .collect();
    Ok(FoundHits {
        interpretation: interpret(question, &judged),
        hits: judged
            .into_iter()
            .map(|ranked| hit(question, ranked))
            .collect(),
        found,
        reachable: found,
    })
}

fn hit(question: &Question, ranked: Ranked) -> Hit {
    let guessed = ranked.guessed(question);
    Hit {
        name_matches: question.marks_in(&ranked.package.name, &guessed),
        summary_matches: question.marks_in(&ranked.package.summary, &guessed),
        is_exact: ranked.standing.is_exact,
        package: ranked.package,
    }
}
