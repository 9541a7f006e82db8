//! Searching a collection by its name or alias.

use std::time::Duration;

use serde_json::Value;

use super::lifecycle::Engine;
use super::stored_objects::ObjectKind;
use crate::collection::SearchResources;
use crate::error::{EngineError, EngineResult, ErrorCode};
use crate::memory::AnswerBudget;
use crate::request::{RawParameters, SearchParameters};

impl Engine {
    /// The answer of one search, made in no more than the time that is left. The parameters are read
    /// before the collection's index is waited for; the preset that they name is filled in.
    pub(crate) fn search(
        &self,
        collection: &str,
        raw: RawParameters,
        time_left: Duration,
        budget: &AnswerBudget,
    ) -> EngineResult<Value> {
        let with_preset = self.fill_in_preset(raw)?;
        // A search says it with a full stop.
        let found = self
            .collection(collection)
            .map_err(|error| match error.code {
                ErrorCode::NotFound => EngineError::not_found("Not found."),
                _ => error,
            })?;
        let parameters = SearchParameters::read(&with_preset.pairs(), self.settings())?;
        let resources = SearchResources {
            time_left,
            budget,
            values: &self.facet_values,
            documents: &self.storage.documents,
        };
        found.search(parameters, &resources)
    }

    /// Fills in the preset that a search names. One that does not exist is not an error, unless a key
    /// relies on it.
    fn fill_in_preset(&self, raw: RawParameters) -> EngineResult<RawParameters> {
        let preset = match raw.get("preset") {
            None => None,
            Some(name) => self.object(ObjectKind::Preset, "", name)?,
        };
        match preset {
            Some(preset) => Ok(raw.or_preset(&preset)?),
            None if raw.relies_on_preset() => Err(EngineError::invalid(
                "The preset that this key searches with does not exist.",
            )),
            None => Ok(raw),
        }
    }
}
