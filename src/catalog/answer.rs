//! Reads what a search server answers.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::facet::Facet;
use super::parameters::VALUES_ASKED;
use super::results::{FacetCounts, FacetValue, PackageSummary, add_up};
use crate::search::SearchError;

/// Bytes of a summary that a list shows; registries allow less.
const LONGEST_SUMMARY: usize = 2_000;

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
        let is_cut = self.answered(facet).len() >= VALUES_ASKED;
        FacetCounts::new(facet, self.shown(facet, roots), is_cut)
    }

    /// All values of a facet with their counts, the most frequent first.
    pub(super) fn values_of(&self, facet: Facet, roots: &[String]) -> Vec<FacetValue> {
        add_up(self.shown(facet, roots))
    }

    fn shown(&self, facet: Facet, roots: &[String]) -> impl Iterator<Item = (String, u64)> {
        let counts = self.answered(facet).iter();
        counts.filter_map(move |AnswerCount { value, count }| {
            let value = facet.shown_value(value, roots)?;
            Some((value, *count))
        })
    }

    /// The values of any field that was counted.
    pub(super) fn values(&self, field: &str) -> Vec<String> {
        let counts = self.counted(field).iter();
        counts.map(|count| count.value.clone()).collect()
    }

    fn answered(&self, facet: Facet) -> &[AnswerCount] {
        self.counted(facet.field())
    }

    fn counted(&self, field: &str) -> &[AnswerCount] {
        let mut facets = self.facet_counts.iter();
        let counts = facets.find(|counts| counts.field_name == field);
        counts.map_or(&[][..], |counts| counts.counts.as_slice())
    }

    /// Whether there are no more hits than these.
    pub(super) fn has_all_hits(&self) -> bool {
        self.found <= self.hits.len() as u64
    }
}

impl AnswerHit {
    /// The weight of the best field that has some of them.
    pub(super) fn best_weight(&self) -> u64 {
        self.text_match_info.best_field_weight
    }

    /// The texts of a field, which may be a list.
    pub(super) fn texts(&self, field: &str) -> Vec<String> {
        let values = match self.document.get(field) {
            Some(Value::Array(values)) => values.as_slice(),
            Some(value) => std::slice::from_ref(value),
            None => &[],
        };
        let texts = values.iter().filter_map(|value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Bool(is_so) => Some(is_so.to_string()),
            _ => None,
        });
        texts.collect()
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
