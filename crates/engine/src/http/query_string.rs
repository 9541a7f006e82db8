//! The query string of a request.

use crate::error::{EngineError, EngineResult};
use crate::request::FILTER_BY;

/// The header, and the parameter, that carries the API key.
pub(super) const API_KEY: &str = "x-typesense-api-key";

/// The query string.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct QueryString(Vec<(String, String)>);

impl QueryString {
    /// About how many bytes the query string will take.
    pub(super) fn size_in_memory(text: &str) -> usize {
        let parameters = text.bytes().filter(|byte| *byte == b'&').count();
        // Two texts, each with its allocation.
        text.len() + parameters * 112
    }

    pub(super) fn parse(text: &str) -> Self {
        Self(
            url::form_urlencoded::parse(text.as_bytes())
                .into_owned()
                .collect(),
        )
    }

    /// The value of a parameter; the last one counts.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).last()
    }

    /// All values of a parameter.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let values = self.0.iter().filter(move |(other, _)| other == name);
        values.map(|(_, value)| value.as_str())
    }

    /// Whether a parameter is `true`.
    pub(super) fn is_true(&self, name: &str) -> bool {
        self.get(name) == Some("true")
    }

    /// The values of a parameter with commas between them.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let text = self.get(name).unwrap_or_default();
        let values = text.split(',').map(str::trim);
        values
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// All parameters in their order, the key left out.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.0.iter().filter(|(name, _)| name != API_KEY);
        pairs.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The filters that are not blank.
    pub(super) fn filters(&self) -> Vec<String> {
        let filters = self.all(FILTER_BY);
        filters
            .filter(|filter| !filter.trim().is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// A parameter that has to be `true` or `false` if it is given.
    pub(super) fn flag(&self, name: &str) -> EngineResult<bool> {
        match self.get(name) {
            Some("true") => Ok(true),
            None | Some("false") => Ok(false),
            Some(_) => Err(EngineError::invalid(format!(
                "Parameter `{name}` must be a true|false."
            ))),
        }
    }

    /// Refuses a parameter that is given and is not a number above zero.
    pub(super) fn check_positive(&self, name: &str) -> EngineResult<()> {
        match self.get(name).map(str::parse::<usize>) {
            Some(Ok(0) | Err(_)) => Err(EngineError::invalid(format!(
                "Parameter `{name}` must be a positive integer."
            ))),
            None | Some(Ok(_)) => Ok(()),
        }
    }
}
