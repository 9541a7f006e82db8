//! Reads what a search server answers.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::facet::Facet;
use super::parameters::VALUES_ASKED;
use super::results::{FacetCounts, FacetValue, PackageSummary};
use crate::search::SearchError;

/// Bytes of a summary that a list shows; registries allow less.
const LONGEST_SUMMARY: usize = 2_000;
/// Values of a facet that are given.
const MOST_VALUES: usize = 100;

/// The answer to one search.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Answer {
    pub(super) found: u64,
    pub(super) hits: Vec<AnswerHit>,
    facet_counts: Vec<AnswerFacet>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AnswerHit {
    document: Map<String, Value>,
    text_match_info: MatchInfo,
}

/// What the server says of the words that it found; nothing where none were asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct MatchInfo {
    tokens_matched: usize,
    best_field_weight: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AnswerFacet {
    field_name: String,
    counts: Vec<AnswerCount>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AnswerCount {
    value: String,
    count: u64,
}

impl Answer {
    pub(super) fn read(answer: Value) -> Result<Self, SearchError> {
        read(answer)
    }

    /// The counts of a facet; empty if they were not asked for.
    pub(super) fn counts_of(&self, facet: Facet, roots: &[String]) -> FacetCounts {
        let counts = self
            .facet_counts
            .iter()
            .find(|counts| counts.field_name == facet.field());
        let counts = counts.map_or(&[][..], |counts| counts.counts.as_slice());
        let mut values: Vec<FacetValue> = Vec::new();
        for AnswerCount { value, count } in counts {
            let Some(value) = facet.shown_value(value, roots) else {
                continue;
            };
            match values.iter_mut().find(|other| other.value == value) {
                Some(other) => other.count += count,
                None => values.push(FacetValue {
                    value,
                    count: *count,
                }),
            }
        }
        // Servers order equal counts as they like.
        values.sort_by(|one, other| {
            let by_count = other.count.cmp(&one.count);
            by_count.then_with(|| one.value.cmp(&other.value))
        });
        let is_cut = values.len() > MOST_VALUES || counts.len() >= VALUES_ASKED;
        values.truncate(MOST_VALUES);
        FacetCounts {
            facet,
            values,
            is_cut,
        }
    }
}

impl AnswerHit {
    /// How many of the words are in the package, in whatever field.
    pub(super) fn words_found(&self) -> usize {
        self.text_match_info.tokens_matched
    }

    /// The weight of the best field that has some of them.
    pub(super) fn best_weight(&self) -> u64 {
        self.text_match_info.best_field_weight
    }

    /// The texts of a field that is a list.
    pub(super) fn texts(&self, field: &str) -> Vec<String> {
        let values = self.document.get(field).and_then(Value::as_array);
        let texts = values.into_iter().flatten().filter_map(Value::as_str);
        texts.map(ToOwned::to_owned).collect()
    }

    /// What a list says about the package. A value that is null counts as missing.
    pub(super) fn into_summary(mut self) -> Result<PackageSummary, SearchError> {
        self.document.retain(|_, value| !value.is_null());
        let mut summary: PackageSummary = read(Value::Object(self.document))?;
        let end = summary.summary.floor_char_boundary(LONGEST_SUMMARY);
        summary.summary.truncate(end);
        Ok(summary)
    }
}

fn read<T: DeserializeOwned>(value: Value) -> Result<T, SearchError> {
    serde_json::from_value(value).map_err(|error| SearchError::InvalidResponse {
        operation: "read the packages that were found".to_owned(),
        why: error.to_string(),
    })
}
