//! One page of packages with the counts of facets.

use super::Catalog;
use super::answer::Answer;
use super::answering::{Answering, rank_literal, sort_answers};
use super::candidates;
use super::chosen::ChosenValues;
use super::facet::Facet;
use super::fields::Fields;
use super::interpretation::interpret;
use super::parameters::{
    count_values, everything, include_activity, literal_words, sort_expression, with_hits,
    without_hits,
};
use super::query::{HitContent, PackageQuery, Sort};
use super::question::Question;
use super::ranking::{Candidate, Ranked, judge};
use super::restrictions::{LATEST, Restriction, Restrictions};
use super::results::{Hit, Interpretation, SearchResults};
use crate::search::{SearchError, SearchParameters};

/// Hits of a page that a server gives.
pub(super) const LARGEST_PAGE: u32 = 250;
/// Hits up to which a server lets pages be asked for.
const FURTHEST_HIT: u64 = 100_000;

impl Catalog {
    /// Searches for packages. By relevance only the best few hundred can be paged to; `found` may be
    /// more.
    ///
    /// # Errors
    ///
    /// [`SearchError::NotFound`] if there is no collection; otherwise the server's error.
    pub async fn search(&self, query: &PackageQuery) -> Result<SearchResults, SearchError> {
        let query = &*self.conceal_query(query).await;
        if query.earlier {
            return self.search_earlier(query).await;
        }
        let question = self.question(query);
        if question.is_empty() {
            return self.browse(query, &question).await;
        }
        let answering = self.find_answering(query, &question).await?;
        if answering.is_whole {
            return Ok(self.page_of(query, &question, &answering));
        }
        let is_ranked = query.effective_sort() == Sort::Relevance;
        if !is_ranked {
            return self.browse(query, &question).await;
        }
        self.search_many(query, &question, answering).await
    }

    /// The page of packages that have all been read.
    fn page_of(
        &self,
        query: &PackageQuery,
        question: &Question,
        answering: &Answering,
    ) -> SearchResults {
        let chosen = ChosenValues::of(query, &self.roots);
        let mut found = answering.passing(&chosen, None);
        sort_answers(&mut found, query.effective_sort());
        let facets = query.facets.iter();
        SearchResults {
            facets: facets
                .map(|facet| answering.counts_of(*facet, &chosen, &self.roots))
                .collect(),
            total: answering.total,
            page: query.page.max(1),
            pages: pages(found.len() as u64, query.per_page),
            found: found.len() as u64,
            hits: hits_of(question, page(&found, query)),
            interpretation: interpret(question, &found),
        }
    }

    /// The page of the best packages among more than can be read; the server counts and filters.
    async fn search_many(
        &self,
        query: &PackageQuery,
        question: &Question,
        answering: Answering,
    ) -> Result<SearchResults, SearchError> {
        let question = question.literal();
        let is_narrowed = query.filters.iter().any(|filter| !filter.excluded);
        let (mut results, answers) = self
            .count(query, &question, |restrictions, fields| {
                if is_narrowed {
                    candidates::literal_searches(&question, &restrictions.filter_by(), fields)
                } else {
                    Vec::new()
                }
            })
            .await?;
        let ranked = if is_narrowed {
            rank_literal(&question, answers, &[])?
        } else {
            answering.ranked
        };
        let ranked: Vec<&Ranked> = ranked.iter().collect();
        results.found = results.found.max(ranked.len() as u64);
        results.pages = pages(ranked.len() as u64, query.per_page);
        results.hits = hits_of(&question, page(&ranked, query));
        Ok(results)
    }

    /// The page that the server sorts, of what has all words as they are.
    async fn browse(
        &self,
        query: &PackageQuery,
        question: &Question,
    ) -> Result<SearchResults, SearchError> {
        let question = question.literal();
        let (mut results, answers) = self
            .count(query, &question, |restrictions, fields| {
                let mut hits = literal_words(&question, restrictions.filter_by());
                let sort_by = sort_expression(query.effective_sort(), fields);
                let per_page = query.per_page.min(LARGEST_PAGE);
                with_hits(&mut hits, sort_by, query.page.max(1), per_page);
                if question.reads_activity {
                    include_activity(&mut hits);
                }
                vec![hits]
            })
            .await?;
        let mut ranked = Vec::new();
        for hit in answers.into_iter().flat_map(|answer| answer.hits) {
            let candidate = Candidate {
                has_all_words: true,
                package: hit.into_summary()?,
                ..Candidate::default()
            };
            ranked.push(judge(&question, candidate));
        }
        let ranked: Vec<&Ranked> = ranked.iter().collect();
        results.pages = pages(results.found, query.per_page);
        results.hits = hits_of(&question, &ranked);
        Ok(results)
    }

    /// Counts what the server finds, and the values of facets, in one request with other searches,
    /// whose answers are given, too.
    async fn count(
        &self,
        query: &PackageQuery,
        question: &Question,
        others: impl Fn(&Restrictions, &Fields) -> Vec<SearchParameters>,
    ) -> Result<(SearchResults, Vec<Answer>), SearchError> {
        let (filtered, unfiltered): (Vec<Facet>, Vec<Facet>) = query
            .facets
            .iter()
            .partition(|facet| is_chosen(query, **facet));
        let answers = self
            .multi_search(|fields| {
                let restrictions = self.restrictions(query, fields);
                let mut total = everything(LATEST.to_owned());
                without_hits(&mut total);
                let counted = count(question, &unfiltered, restrictions.filter_by(), fields);
                let mut searches = vec![total, counted];
                searches.extend(filtered.iter().map(|facet| {
                    let others = restrictions.filter_without(Restriction::Facet(*facet));
                    count(question, &[*facet], others, fields)
                }));
                searches.extend(others(&restrictions, fields));
                searches
            })
            .await?;
        let mut answers = answers
            .into_iter()
            .map(Answer::read)
            .collect::<Result<Vec<Answer>, SearchError>>()?;
        let others = answers.split_off((2 + filtered.len()).min(answers.len()));
        let [total, counted, chosen @ ..] = &answers[..] else {
            return Ok((SearchResults::default(), others));
        };
        let facets = query.facets.iter().map(|facet| {
            let own = filtered.iter().position(|other| other == facet);
            own.and_then(|place| chosen.get(place))
                .unwrap_or(counted)
                .counts_of(*facet, &self.roots)
        });
        let results = SearchResults {
            facets: facets.collect(),
            total: total.found,
            page: query.page.max(1),
            found: counted.found,
            interpretation: Interpretation::default(),
            ..SearchResults::default()
        };
        Ok((results, others))
    }

    pub(super) fn restrictions(&self, query: &PackageQuery, fields: &Fields) -> Restrictions {
        Restrictions::of(query, &self.roots, fields, (self.now)())
            .narrowed(self.condition.as_deref())
    }

    pub(super) fn question(&self, query: &PackageQuery) -> Question {
        let words = if query.has_words() { &query.words } else { "" };
        Question {
            reads_activity: query.content == HitContent::WithActivity,
            ..Question::new(words, query.exact_spelling, &self.roots)
        }
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
    let mut search = literal_words(question, filter);
    without_hits(&mut search);
    count_values(&mut search, facets, fields);
    search
}

/// Pages that can be asked for.
pub(super) fn pages(hits: u64, per_page: u32) -> u32 {
    let per_page = per_page.min(LARGEST_PAGE);
    if per_page == 0 {
        return 0;
    }
    let pages = hits.min(FURTHEST_HIT).div_ceil(u64::from(per_page));
    u32::try_from(pages).unwrap_or(u32::MAX)
}

/// Those of the page that was asked for.
fn page<'a, 'r>(ranked: &'a [&'r Ranked], query: &PackageQuery) -> &'a [&'r Ranked] {
    let per_page = query.per_page.min(LARGEST_PAGE) as usize;
    let before = (query.page.max(1) as usize - 1).saturating_mul(per_page);
    let rest = ranked.get(before..).unwrap_or_default();
    rest.get(..per_page).unwrap_or(rest)
}

fn hits_of(question: &Question, ranked: &[&Ranked]) -> Vec<Hit> {
    let hit = |ranked: &&Ranked| {
        let guessed = ranked.guessed(question);
        Hit {
            name_matches: question.marks_in(&ranked.package.name, &guessed),
            summary_matches: question.marks_in(&ranked.package.summary, &guessed),
            is_exact: ranked.standing.is_exact,
            needs: ranked
                .package
                .peer_versions
                .iter()
                .filter_map(|value| Facet::Needs.shown_value(value, &question.roots))
                .collect(),
            earlier: None,
            package: ranked.package.clone(),
        }
    };
    ranked.iter().map(hit).collect()
}
