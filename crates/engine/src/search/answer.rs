//! A hit as JSON, its keys in the order that clients of the API know.

use serde_json::{Map, Value, json};

use super::budget::Budget;
use super::highlight::Highlighter;
use super::project::Projection;
use super::sort::{Found, Places};
use crate::language::parameters::Parameters;
use crate::language::sort::{SortBy, SortKey};
use crate::language::words::TextMatchType;
use crate::problem::Answer;
use crate::query::matching::score::explain;
use crate::query::{Deadline, Ground, Matches};

/// Bytes of what stands around a document in an answer.
const HIT: usize = 2_500;

/// What the hits of one search are written with.
pub(super) struct Hits<'a> {
    pub(super) parameters: &'a Parameters,
    /// Whether hits have a `text_match`.
    pub(super) scored: bool,
    pub(super) projection: Projection<'a>,
    pub(super) highlighter: Highlighter<'a>,
    /// What the words have found.
    pub(super) matches: &'a Matches,
    /// After it nothing is shown any more.
    pub(super) deadline: &'a Deadline,
    pub(super) budget: &'a Budget,
    /// For each place that is sorted by: its field's name, and the segments' columns.
    pub(super) distances: Vec<(String, Vec<Places<'a>>)>,
}

/// What the distances of hits are read from.
pub(super) fn geo_distances<'a>(
    ground: &Ground<'a>,
    keys: &'a [SortKey],
) -> Answer<Vec<(String, Vec<Places<'a>>)>> {
    let mut distances = Vec::new();
    for key in keys {
        if let SortBy::Distance(distance) = &key.by {
            let segments = ground.snapshot.segments().iter();
            let places = segments
                .map(|segment| Places::new(segment, distance))
                .collect::<Answer<_>>()?;
            distances.push((distance.name.clone(), places));
        }
    }
    Ok(distances)
}

impl Hits<'_> {
    /// Whether a member of a document is shown, or needed for what is.
    pub(super) fn wants(&self, name: &str) -> bool {
        self.projection.wants(name) || self.highlighter.wants(name)
    }

    /// Whether there is time for another document.
    pub(super) fn in_time(&self) -> bool {
        !self.deadline.is_over()
    }

    /// A document that was found.
    pub(super) fn one(&self, found: &Found, document: Value) -> Answer<Value> {
        let at = usize::try_from(found.hit.combination).unwrap_or(usize::MAX);
        let words = self.matches.combinations.get(at).filter(|_| self.scored);
        let mark = |document: &Value| match words {
            Some(words) => {
                let words = words.iter().chain(&self.matches.phrases);
                self.highlighter.of(document, words, self.budget)
            }
            None => Ok((json!({}), Vec::new())),
        };
        // Fields may be marked that are not shown.
        let before = self.highlighter.looks_beyond().then(|| mark(&document));
        let document = self.projection.of(document);
        let (highlight, highlights) = before.unwrap_or_else(|| mark(&document))?;
        self.budget.take(HIT)?;
        let mut hit = Map::new();
        hit.insert("document".to_owned(), document);
        if !self.distances.is_empty() {
            let distances = self.distances.iter().filter_map(|(name, places)| {
                let metres = places
                    .get(found.segment)?
                    .distance(found.hit.doc, self.deadline);
                Some((name.clone(), json!(metres)))
            });
            hit.insert("geo_distance_meters".to_owned(), distances.collect());
        }
        hit.insert("highlight".to_owned(), highlight);
        if self.parameters.highlight.list {
            hit.insert("highlights".to_owned(), Value::Array(highlights));
        }
        if self.scored {
            let score = found.hit.score;
            hit.insert("text_match".to_owned(), json!(score));
            let info = explained(score, self.parameters.matching.text_match_type);
            hit.insert("text_match_info".to_owned(), info);
        }
        Ok(Value::Object(hit))
    }

    /// A document that the search itself put at its place.
    pub(super) fn pinned(&self, document: Value) -> Value {
        let mut hit = json!({
            "curated": true,
            "document": self.projection.of(document),
            "highlight": {},
        });
        if self.parameters.highlight.list
            && let Some(hit) = hit.as_object_mut()
        {
            hit.insert("highlights".to_owned(), json!([]));
        }
        hit
    }
}

/// `text_match_info`: the parts of the number.
fn explained(score: u64, kind: TextMatchType) -> Value {
    let info = explain(score, kind);
    json!({
        "best_field_score": info.best_field_score.to_string(),
        "best_field_weight": info.best_field_weight,
        "fields_matched": info.fields_matched,
        "score": score.to_string(),
        "tokens_matched": info.tokens_matched,
    })
}
