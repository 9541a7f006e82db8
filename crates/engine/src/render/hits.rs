//! One hit as JSON.

use std::cell::RefCell;
use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::highlight::Highlighter;
use crate::document::Projection;
use crate::error::EngineResult;
use crate::execute::words::explain;
use crate::execute::{Deadline, Matches, PointColumns, RankedHit};
use crate::memory::AnswerBudget;
use crate::plan::SearchPlan;
use crate::request::TextMatchType;

/// Bytes of what stands around a document in an answer.
const HIT: usize = 2_500;

/// What the hits of one search are written with.
pub(super) struct HitRenderer<'a> {
    pub(super) plan: &'a SearchPlan,
    pub(super) projection: Projection<'a>,
    pub(super) highlighter: Highlighter<'a>,
    /// What the words have found.
    pub(super) matches: &'a Matches,
    /// After it nothing is shown any more.
    pub(super) deadline: &'a Deadline,
    pub(super) budget: &'a AnswerBudget,
    /// For each place that is sorted by: its field's name, and the segments' columns.
    pub(super) distances: Vec<(String, Vec<PointColumns<'a>>)>,
    /// Whether members of the first documents were wanted; those of the others have the same names.
    pub(super) wanted: RefCell<HashMap<String, bool>>,
}

/// Names that are remembered.
const MOST_NAMES: usize = 1_000;

impl HitRenderer<'_> {
    /// Whether a member of a document is shown, or needed for what is.
    pub(super) fn wants(&self, name: &str) -> bool {
        let mut wanted = self.wanted.borrow_mut();
        if let Some(is_wanted) = wanted.get(name) {
            return *is_wanted;
        }
        let is_wanted = self.projection.wants(name) || self.highlighter.wants(name);
        if wanted.len() < MOST_NAMES {
            wanted.insert(name.to_owned(), is_wanted);
        }
        is_wanted
    }

    /// Whether there is time for another document.
    pub(super) fn in_time(&self) -> bool {
        !self.deadline.is_over()
    }

    /// A document that was found.
    pub(super) fn render(&self, ranked: &RankedHit, document: Value) -> EngineResult<Value> {
        let at = usize::try_from(ranked.hit.combination).unwrap_or(usize::MAX);
        let words = self
            .matches
            .combinations
            .get(at)
            .filter(|_| self.plan.is_scored);
        let mark = |document: &Value| match words {
            Some(words) => {
                let marked = words.iter().chain(&self.matches.phrases);
                self.highlighter.highlight(document, marked, self.budget)
            }
            None => Ok((json!({}), Vec::new())),
        };
        // Fields may be marked that are not shown.
        let before = self.highlighter.is_explicit().then(|| mark(&document));
        let shown = self.projection.of(document);
        let (highlight, highlights) = before.unwrap_or_else(|| mark(&shown))?;
        self.budget.take(HIT)?;
        let mut hit = Map::new();
        hit.insert("document".to_owned(), shown);
        if !self.distances.is_empty() {
            let distances = self.distances.iter().filter_map(|(name, columns)| {
                let metres = columns
                    .get(ranked.segment)?
                    .distance(ranked.hit.doc, self.deadline);
                Some((name.clone(), json!(metres)))
            });
            hit.insert("geo_distance_meters".to_owned(), distances.collect());
        }
        hit.insert("highlight".to_owned(), highlight);
        if self.plan.highlight.parameters.list {
            hit.insert("highlights".to_owned(), Value::Array(highlights));
        }
        if self.plan.is_scored {
            let score = ranked.hit.score;
            hit.insert("text_match".to_owned(), json!(score));
            let info = score_parts(score, self.plan.text.matching.text_match_type);
            hit.insert("text_match_info".to_owned(), info);
        }
        Ok(Value::Object(hit))
    }

    /// A document that the search itself put at its place.
    pub(super) fn render_pinned(&self, document: Value) -> Value {
        let mut hit = json!({
            "curated": true,
            "document": self.projection.of(document),
            "highlight": {},
        });
        if self.plan.highlight.parameters.list
            && let Some(members) = hit.as_object_mut()
        {
            members.insert("highlights".to_owned(), json!([]));
        }
        hit
    }
}

/// `text_match_info`: the parts of the number.
fn score_parts(score: u64, kind: TextMatchType) -> Value {
    let info = explain(score, kind);
    json!({
        "best_field_score": info.best_field_score.to_string(),
        "best_field_weight": info.best_field_weight,
        "fields_matched": info.fields_matched,
        "score": score.to_string(),
        "tokens_matched": info.tokens_matched,
    })
}
