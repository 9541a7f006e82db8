//! What to ask instead of a query that finds nothing.

use super::Catalog;
use super::answer::Answer;
use super::candidates;
use super::parameters::{without_hits, words_or_everything};
use super::query::{Archived, PackageQuery};
use super::ranking::rank;
use super::restrictions::Restriction;
use crate::search::SearchError;

/// Alternatives that are counted.
const MOST_ALTERNATIVES: usize = 30;

/// A query with fewer conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternative {
    /// What differs, such as `without framework Plone 6.1`.
    pub label: String,
    pub query: PackageQuery,
    /// Packages that it finds.
    pub found: u64,
}

impl Catalog {
    /// Counts what a query would find without each of its filters, without all of them, and without
    /// its words: whether the words or the filters are to blame for an empty page, and where to go.
    ///
    /// # Errors
    ///
    /// As [`Self::search`].
    pub async fn count_alternatives(
        &self,
        query: &PackageQuery,
    ) -> Result<Vec<Alternative>, SearchError> {
        let mut alternatives = alternatives(query);
        alternatives.truncate(MOST_ALTERNATIVES);
        // What the words find by themselves is ranked as on a page, and not only counted.
        let question = self.question(query);
        let is_words_alone = |alternative: &Alternative| {
            !question.is_empty()
                && alternative.query.has_words()
                && Restriction::all_of(&alternative.query).is_empty()
        };
        let answers = self
            .multi_search(|fields| {
                let filter = |query| self.restrictions(query, fields).filter_by();
                let counts = alternatives.iter().map(|alternative| {
                    let question = self.question(&alternative.query);
                    let mut search = words_or_everything(&question, filter(&alternative.query));
                    search.push(("drop_tokens_threshold", "0".to_owned()));
                    without_hits(&mut search);
                    search
                });
                let mut searches: Vec<_> = counts.collect();
                if let Some(words) = alternatives.iter().find(|one| is_words_alone(one)) {
                    let filter = filter(&words.query);
                    searches.extend(candidates::searches(&question, &filter, fields));
                }
                searches
            })
            .await?;
        let mut answers = answers
            .into_iter()
            .map(Answer::read)
            .collect::<Result<Vec<Answer>, SearchError>>()?;
        let words = answers.split_off(alternatives.len().min(answers.len()));
        let ranked = rank(&question, candidates::merge(words)?).len() as u64;
        for (alternative, answer) in alternatives.iter_mut().zip(answers) {
            alternative.found = if is_words_alone(alternative) {
                answer.found.max(ranked)
            } else {
                answer.found
            };
        }
        Ok(alternatives)
    }
}

fn alternatives(query: &PackageQuery) -> Vec<Alternative> {
    let alternative = |label: String, query: PackageQuery| Alternative {
        label,
        query: PackageQuery { page: 1, ..query },
        found: 0,
    };
    let restrictions = Restriction::all_of(query);
    let mut all: Vec<Alternative> = restrictions
        .iter()
        .map(|restriction| alternative(label(query, *restriction), without(query, *restriction)))
        .collect();
    if restrictions.len() > 1 {
        let bare = restrictions
            .iter()
            .fold(query.clone(), |query, restriction| {
                without(&query, *restriction)
            });
        all.push(alternative("without all filters".to_owned(), bare));
    }
    if query.has_words() && !restrictions.is_empty() {
        let silent = PackageQuery {
            words: String::new(),
            ..query.clone()
        };
        all.push(alternative("without the words".to_owned(), silent));
    }
    all
}

fn without(query: &PackageQuery, restriction: Restriction) -> PackageQuery {
    let mut query = query.clone();
    match restriction {
        Restriction::Facet(facet) => query
            .filters
            .retain(|filter| filter.facet != facet || filter.excluded),
        Restriction::Excluded(facet) => query
            .filters
            .retain(|filter| filter.facet != facet || !filter.excluded),
        Restriction::Updated => query.updated = None,
        Restriction::Secure => query.secure = false,
        Restriction::Archived => query.archived = Archived::Included,
    }
    query
}

fn label(query: &PackageQuery, restriction: Restriction) -> String {
    let values = |facet, excluded| {
        let filters = query.filters.iter();
        let values: Vec<&str> = filters
            .filter(|filter| filter.facet == facet && filter.excluded == excluded)
            .map(|filter| filter.value.as_str())
            .collect();
        values.join(", ")
    };
    match restriction {
        Restriction::Facet(facet) => format!("without {} {}", facet.name(), values(facet, false)),
        Restriction::Excluded(facet) => format!("with {} {}", facet.name(), values(facet, true)),
        Restriction::Updated => "of any age".to_owned(),
        Restriction::Secure => "with known vulnerabilities".to_owned(),
        Restriction::Archived if query.archived == Archived::Only => {
            "not only archived ones".to_owned()
        }
        Restriction::Archived => "with archived ones".to_owned(),
    }
}
