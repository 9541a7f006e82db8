//! Searching a collection: planned against its schema, carried out on its index, rendered from its
//! stored documents.

use std::time::Instant;

use serde_json::Value;

use super::handle::Collection;
use super::search_resources::SearchResources;
use super::view::Searchable;
use crate::error::EngineResult;
use crate::execute::words::find_words;
use crate::execute::{Deadline, Executor, SearchContext};
use crate::plan::SearchPlan;
use crate::render::{DocumentFetcher, Renderer};
use crate::request::SearchParameters;

impl Collection {
    /// The answer of a search.
    pub(crate) fn search(
        &self,
        parameters: SearchParameters,
        resources: &SearchResources<'_>,
    ) -> EngineResult<Value> {
        let Searchable {
            schema,
            snapshot,
            words: tokenizers,
            candidates,
        } = self.searchable()?;
        // Waiting for what was written before is not searching.
        let started = Instant::now();
        let cutoff = parameters.search_cutoff.unwrap_or(resources.time_left);
        let deadline = Deadline::after(cutoff.min(resources.time_left));
        let plan = SearchPlan::new(parameters, &schema, &self.settings)?;
        let executor = Executor {
            context: SearchContext {
                snapshot: &snapshot,
                tokenizers: &tokenizers,
                cache: &self.filters,
                ids: &|id| self.number(id),
                deadline: &deadline,
            },
            values: resources.values,
            find_words: &|text, allowed| {
                let filter = Some(allowed);
                find_words(&snapshot, text, &tokenizers, filter, &candidates, &deadline)
            },
            result_window: self.settings.result_window,
            budget: resources.budget,
        };
        let fetch_documents = |numbers: &[u64], wanted: &dyn Fn(&str) -> bool| {
            self.documents(numbers, wanted, &deadline, resources)
        };
        execute_and_render(&plan, &executor, &fetch_documents, started)
    }
}

/// Carries a plan out and renders what it found.
pub(super) fn execute_and_render<'a>(
    plan: &'a SearchPlan,
    executor: &Executor<'a>,
    fetch_documents: DocumentFetcher<'_>,
    started: Instant,
) -> EngineResult<Value> {
    let results = executor.run(plan)?;
    let renderer = Renderer {
        context: executor.context,
        fetch_documents,
        budget: executor.budget,
        started,
    };
    renderer.render(results, plan)
}
