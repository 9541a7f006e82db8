//! What a search that finds nothing would find with fewer conditions.

use super::Catalog;
use super::answer::Answer;
use super::candidates;
use super::parameters::{everything, without_hits, words_or_everything};
use super::query::PackageQuery;
use super::ranking::rank;
use super::restrictions::{Restriction, Restrictions};
use crate::search::SearchError;

/// Conditions that are left out, each by itself.
const MOST_LEFT_OUT: usize = 30;

/// How many packages fewer conditions find.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CountsWithout {
    /// Packages that have the words, whatever else was asked for.
    pub all_filters: u64,
    /// Packages that pass all conditions but this one, in the order of the conditions.
    pub each: Vec<(Restriction, u64)>,
}

impl Catalog {
    /// Counts what the words of a query find without its filters, and what it finds without each of
    /// them: whether the words or the filters are to blame for an empty page.
    ///
    /// # Errors
    ///
    /// As [`Self::search`].
    pub async fn count_without(&self, query: &PackageQuery) -> Result<CountsWithout, SearchError> {
        let question = self.question(query);
        let now = (self.now)();
        let unfiltered = PackageQuery {
            words: query.words.clone(),
            exact_spelling: query.exact_spelling,
            ..PackageQuery::default()
        };
        let mut restrictions = Restriction::all_of(query);
        restrictions.truncate(MOST_LEFT_OUT);
        let answers = self
            .multi_search(|fields| {
                let conditions = Restrictions::of(query, &self.roots, fields, now);
                let nothing = Restrictions::of(&unfiltered, &self.roots, fields, now).filter_by();
                let counts = restrictions.iter().map(|restriction| {
                    let filter = conditions.filter_without(*restriction);
                    let mut search = words_or_everything(&question, filter);
                    search.push(("drop_tokens_threshold", "0".to_owned()));
                    without_hits(&mut search);
                    search
                });
                let mut searches: Vec<_> = counts.collect();
                if question.is_empty() {
                    let mut all = everything(nothing);
                    without_hits(&mut all);
                    searches.push(all);
                } else {
                    searches.extend(candidates::searches(&question, &nothing, fields));
                }
                searches
            })
            .await?;
        let mut answers = answers
            .into_iter()
            .map(Answer::read)
            .collect::<Result<Vec<Answer>, SearchError>>()?;
        let words = answers.split_off(restrictions.len().min(answers.len()));
        let with_all_words = words.first().map_or(0, |answer| answer.found);
        let ranked = rank(&question, candidates::merge(words)?).len() as u64;
        let counts = answers.iter().map(|answer| answer.found);
        Ok(CountsWithout {
            all_filters: ranked.max(with_all_words),
            each: restrictions.into_iter().zip(counts).collect(),
        })
    }
}
