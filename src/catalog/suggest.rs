//! Packages to offer while a query is typed.

use super::Catalog;
use super::answer::Answer;
use super::candidates;
use super::question::Question;
use super::ranking::{Ranked, rank};
use super::restrictions::LATEST;
use super::results::PackageSummary;
use crate::search::SearchError;

/// Suggestions that can be asked for.
const MOST_SUGGESTIONS: u32 = 50;
/// Candidates for each suggestion.
const CANDIDATES: u32 = 5;

impl Catalog {
    /// Finds packages that may be meant by what has been typed so far: those with the words in their
    /// names first. Nothing typed suggests nothing.
    ///
    /// # Errors
    ///
    /// As [`Self::search`].
    pub async fn suggest(
        &self,
        words: &str,
        limit: u32,
    ) -> Result<Vec<PackageSummary>, SearchError> {
        let question = Question::new(words, false, &self.roots);
        let limit = limit.min(MOST_SUGGESTIONS);
        if question.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        let most = limit * CANDIDATES;
        let answers = self
            .multi_search(|fields| candidates::name_searches(&question, LATEST, fields, most))
            .await?;
        let answers = answers
            .into_iter()
            .map(Answer::read)
            .collect::<Result<Vec<Answer>, SearchError>>()?;
        let mut ranked = rank(&question, candidates::merge(answers, &[])?);
        // With every word that is typed there is less to choose from.
        let most = ranked.iter().map(|ranked| ranked.standing.words).max();
        ranked.retain(|ranked| Some(ranked.standing.words) == most);
        let is_literal = |ranked: &Ranked| ranked.guessed(&question).is_empty();
        if ranked.iter().any(is_literal) {
            ranked.retain(is_literal);
        }
        let (named, others): (Vec<Ranked>, Vec<Ranked>) =
            ranked.into_iter().partition(|ranked| ranked.is_named);
        let packages = named.into_iter().chain(others).map(|ranked| ranked.package);
        Ok(packages.take(limit as usize).collect())
    }
}
