//! Search parameters as requests give them: all text, from up to four places.
//!
//! The body of a `multi_search`, then the query string, then what a scoped key embeds: the later
//! wins; a preset fills in what is still missing. Filters are not replaced but all kept, each by
//! itself, so that no text of one can reach into another. What the parameters mean is read by
//! [`crate::request`].

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::request_error::RequestError;

pub(crate) const FILTER_BY: &str = "filter_by";
const FILTER_PINNED: &str = "filter_curated_hits";

/// The parameters of one search.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct RawParameters {
    /// All but filters.
    values: BTreeMap<String, String>,
    /// All of them have to hold.
    filters: Vec<String>,
    /// Whether a scoped key embeds a preset, which may hold its filter.
    relies_on_preset: bool,
}

impl RawParameters {
    fn set(&mut self, name: &str, value: String) {
        if name != FILTER_BY {
            self.values.insert(name.to_owned(), value);
        } else if !value.trim().is_empty() {
            self.filters.push(value);
        }
    }

    /// One of the searches in a body.
    pub(crate) fn from_body(search: &Map<String, Value>) -> Result<Self, RequestError> {
        let mut parameters = Self::default();
        for (name, value) in search {
            parameters.set(name, text(value).ok_or(RequestError::Malformed)?);
        }
        Ok(parameters)
    }

    /// Adds the query string, which wins.
    pub(crate) fn and_query<'q>(mut self, query: impl Iterator<Item = (&'q str, &'q str)>) -> Self {
        for (name, value) in query {
            self.set(name, value.to_owned());
        }
        self
    }

    /// Adds what a scoped key embeds, which wins.
    pub(crate) fn and_embedded(
        mut self,
        embedded: &Map<String, Value>,
    ) -> Result<Self, RequestError> {
        for (name, value) in embedded {
            // One that could not be applied would let its holder see more than was meant.
            self.set(name, text(value).ok_or(RequestError::Malformed)?);
        }
        self.relies_on_preset = embedded.contains_key("preset");
        if self.relies_on_preset || embedded.contains_key(FILTER_BY) {
            // Nor may documents be put on a page that do not pass.
            self.set(FILTER_PINNED, "1".to_owned());
        }
        Ok(self)
    }

    /// Fills in a preset, which loses.
    pub(crate) fn or_preset(mut self, preset: &Value) -> Result<Self, RequestError> {
        for (name, value) in preset.as_object().into_iter().flatten() {
            let is_free = name == FILTER_BY || !self.values.contains_key(name);
            match text(value) {
                Some(value) if is_free => self.set(name, value),
                None if name == FILTER_BY => return Err(RequestError::Malformed),
                _ => {}
            }
        }
        Ok(self)
    }

    /// Whether a scoped key embeds a preset, without which nothing may be shown.
    pub(crate) fn relies_on_preset(&self) -> bool {
        self.relies_on_preset
    }

    /// All of them, each filter by itself.
    pub(crate) fn pairs(&self) -> Vec<(&str, &str)> {
        let values = self
            .values
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let filters = self
            .filters
            .iter()
            .map(|filter| (FILTER_BY, filter.as_str()));
        values.chain(filters).collect()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }
}

/// A plain value as text; `None` for others.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Number(number) if number.is_f64() => {
            number.as_f64().map(|number| format!("{number:.6}"))
        }
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: &Value) -> &Map<String, Value> {
        static EMPTY: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
        value.as_object().unwrap_or(&EMPTY)
    }

    #[test]
    fn the_later_wins_and_filters_all_stay() -> Result<(), RequestError> {
        let body =
            json!({"q": "a", "per_page": 1, "filter_by": "n:1", "score": 1.5, "prefix": false});
        let embedded = json!({"q": "c", "filter_by": "n:3"});
        let preset = json!({"q": "d", "page": 9, "filter_by": "n:4", "odd": []});
        let query = [
            ("q", "b"),
            ("per_page", "2"),
            ("filter_by", "n:2"),
            ("filter_by", ""),
        ];
        let found = RawParameters::from_body(object(&body))?
            .and_query(query.into_iter())
            .and_embedded(object(&embedded))?
            .or_preset(&preset)?;
        let values: Vec<_> = found
            .values
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            values,
            [
                ("filter_curated_hits", "1"),
                ("page", "9"),
                ("per_page", "2"),
                ("prefix", "false"),
                ("q", "c"),
                ("score", "1.500000")
            ]
        );
        assert_eq!(found.filters, ["n:1", "n:2", "n:3", "n:4"]);
        Ok(())
    }

    #[test]
    fn what_is_no_plain_value_is_refused() {
        for value in [json!(null), json!([]), json!({})] {
            let search = json!({ "x": value });
            assert!(RawParameters::from_body(object(&search)).is_err());
            assert!(
                RawParameters::default()
                    .and_embedded(object(&search))
                    .is_err()
            );
        }
    }
}
