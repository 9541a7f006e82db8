//! What to ask instead of a query that finds nothing.

use std::borrow::Cow;

use super::Catalog;
use super::answer::Answer;
use super::answering::Answering;
use super::chosen::ChosenValues;
use super::parameters::{literal_words, without_hits};
use super::query::{Archived, FacetFilter, PackageQuery};
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
        let mut alternatives = list_alternatives(query);
        if let Cow::Owned(concealed) = self.conceal_query(query).await {
            // Nothing is counted by the name of somebody who may not be named.
            let names = |filters: &[FacetFilter]| {
                filters.iter().any(|one| !concealed.filters.contains(one))
            };
            alternatives.retain(|alternative| !names(&alternative.query.filters));
        }
        alternatives.truncate(MOST_ALTERNATIVES);
        let has_words = |query: &PackageQuery| !self.question(query).is_empty();
        let (with_words, others): (Vec<&mut Alternative>, Vec<&mut Alternative>) = alternatives
            .iter_mut()
            .partition(|alternative| has_words(&alternative.query));
        let answers = self
            .multi_search(|fields| {
                let counts = others.iter().map(|alternative| {
                    let question = self.question(&alternative.query);
                    let restrictions = self.restrictions(&alternative.query, fields);
                    let mut search = literal_words(&question, restrictions.filter_by());
                    without_hits(&mut search);
                    search
                });
                counts.collect()
            })
            .await?;
        for (alternative, answer) in others.into_iter().zip(answers) {
            alternative.found = Answer::read(answer)?.found;
        }
        // Most differ in the values of facets alone, by which what was read once is filtered.
        let mut read: Vec<(PackageQuery, Answering)> = Vec::new();
        for alternative in with_words {
            alternative.found = self
                .count_answering(query, &alternative.query, &mut read)
                .await?;
        }
        Ok(alternatives)
    }

    /// Counts what a query with words finds, which has no other facets than `original`.
    async fn count_answering(
        &self,
        original: &PackageQuery,
        query: &PackageQuery,
        read: &mut Vec<(PackageQuery, Answering)>,
    ) -> Result<u64, SearchError> {
        let mut bare = query.clone();
        bare.filters.retain(|filter| filter.excluded);
        bare.facets = original.filters.iter().map(|filter| filter.facet).collect();
        let known = read.iter().position(|(other, _)| *other == bare);
        let place = if let Some(place) = known {
            place
        } else {
            let question = self.question(&bare);
            let answering = self.find_answering(&bare, &question).await?;
            read.push((bare, answering));
            read.len() - 1
        };
        match read.get(place) {
            Some((_, answering)) if answering.is_whole => {
                let chosen = ChosenValues::of(query, &self.roots);
                Ok(answering.passing(&chosen, None).len() as u64)
            }
            _ => {
                let counted = PackageQuery {
                    per_page: 0,
                    facets: Vec::new(),
                    ..query.clone()
                };
                Ok(self.search(&counted).await?.found)
            }
        }
    }
}

fn list_alternatives(query: &PackageQuery) -> Vec<Alternative> {
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
