//! Search parameters as requests give them: all text, from up to four places.
//!
//! The body of a `multi_search`, then the query string, then what a scoped key embeds: the later
//! wins; a preset fills in what is still missing. Filters are not replaced but all kept, each by
//! itself, so that no text of one can reach into another. What the parameters mean is read by
//! [`crate::language`].

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::problem::{Answer, Problem};

use super::call::Query;

const FILTER: &str = "filter_by";
const FILTER_PINNED: &str = "filter_curated_hits";

/// The parameters of one search.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Parameters {
    /// All but filters.
    values: BTreeMap<String, String>,
    /// All of them have to hold.
    filters: Vec<String>,
    /// Whether a scoped key embeds a preset, which may hold its filter.
    relies_on_preset: bool,
}

impl Parameters {
    fn set(&mut self, name: &str, value: String) {
        if name != FILTER {
            self.values.insert(name.to_owned(), value);
        } else if !value.trim().is_empty() {
            self.filters.push(value);
        }
    }

    /// One of the searches in a body.
    pub(super) fn from_body(search: &Map<String, Value>) -> Answer<Self> {
        let mut parameters = Self::default();
        for (name, value) in search {
            parameters.set(name, text(value).ok_or_else(malformed)?);
        }
        Ok(parameters)
    }

    /// Adds the query string, which wins.
    pub(super) fn and_query(mut self, query: &Query) -> Self {
        for (name, value) in query.pairs() {
            self.set(name, value.to_owned());
        }
        self
    }

    /// Adds what a scoped key embeds, which wins.
    pub(super) fn and_embedded(mut self, embedded: &Map<String, Value>) -> Answer<Self> {
        for (name, value) in embedded {
            // One that could not be applied would let its holder see more than was meant.
            self.set(name, text(value).ok_or_else(malformed)?);
        }
        self.relies_on_preset = embedded.contains_key("preset");
        if self.relies_on_preset || embedded.contains_key(FILTER) {
            // Nor may documents be put on a page that do not pass.
            self.set(FILTER_PINNED, "1".to_owned());
        }
        Ok(self)
    }

    /// Fills in a preset, which loses.
    pub(super) fn or_preset(mut self, preset: &Value) -> Answer<Self> {
        let preset = preset.as_object().into_iter().flatten();
        for (name, value) in preset {
            let is_free = name == FILTER || !self.values.contains_key(name);
            match text(value) {
                Some(value) if is_free => self.set(name, value),
                None if name == FILTER => return Err(malformed()),
                _ => {}
            }
        }
        Ok(self)
    }

    /// Whether a scoped key embeds a preset, without which nothing may be shown.
    pub(super) fn relies_on_preset(&self) -> bool {
        self.relies_on_preset
    }

    /// All of them, each filter by itself.
    pub(super) fn pairs(&self) -> Vec<(&str, &str)> {
        let values = self.values.iter();
        let values = values.map(|(name, value)| (name.as_str(), value.as_str()));
        let filters = self.filters.iter().map(|filter| (FILTER, filter.as_str()));
        values.chain(filters).collect()
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
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

pub(super) fn malformed() -> Problem {
    Problem::bad_request("One or more search parameters are malformed.")
}

/// The filters of a query string.
pub(super) fn filters(query: &Query) -> Vec<String> {
    let filters = query.all(FILTER).filter(|filter| !filter.trim().is_empty());
    filters.map(str::to_owned).collect()
}

/// A parameter that has to be `true` or `false` where it is given.
pub(super) fn flag(query: &Query, name: &str) -> Answer<bool> {
    match query.get(name) {
        Some("true") => Ok(true),
        None | Some("false") => Ok(false),
        Some(_) => Err(Problem::bad_request(format!(
            "Parameter `{name}` must be a true|false."
        ))),
    }
}

/// A parameter that has to be a number above zero where it is given.
pub(super) fn positive(query: &Query, name: &str) -> Answer<Option<usize>> {
    let given = query.get(name).map(str::parse::<usize>).transpose();
    match given {
        Ok(Some(0)) | Err(_) => Err(Problem::bad_request(format!(
            "Parameter `{name}` must be a positive integer."
        ))),
        Ok(given) => Ok(given),
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
    fn the_later_wins_and_filters_all_stay() -> Answer<()> {
        let body =
            json!({"q": "a", "per_page": 1, "filter_by": "n:1", "score": 1.5, "prefix": false});
        let embedded = json!({"q": "c", "filter_by": "n:3"});
        let preset = json!({"q": "d", "page": 9, "filter_by": "n:4", "odd": []});
        let query = Query::parse("q=b&per_page=2&filter_by=n%3A2&filter_by=&x-typesense-api-key=k");
        let found = Parameters::from_body(object(&body))?
            .and_query(&query)
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
            assert!(Parameters::from_body(object(&search)).is_err());
            assert!(Parameters::default().and_embedded(object(&search)).is_err());
        }
    }
}
