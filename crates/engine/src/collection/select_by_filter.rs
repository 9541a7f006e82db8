//! The documents that a filter lets through, for deleting, changing and exporting them.

use super::handle::Collection;
use super::view::Searchable;
use crate::error::{EngineError, EngineResult, ErrorCode};
use crate::execute::{Deadline, SearchContext};
use crate::plan::parse_filter;

impl Collection {
    /// The numbers of the documents that match in a state of the index, in rising order. All of
    /// them, or a problem if they cannot be found in the time that a search has.
    pub(super) fn select_in(
        &self,
        searchable: &Searchable,
        filter_by: &str,
    ) -> EngineResult<Vec<u64>> {
        let snapshot = &searchable.snapshot;
        let filter = parse_filter(filter_by, &searchable.schema, &self.settings)?;
        let deadline = Deadline::after(self.settings.search_cutoff);
        let context = SearchContext {
            snapshot,
            tokenizers: &searchable.words,
            cache: &self.filters,
            ids: &|id| self.number(id),
            deadline: &deadline,
        };
        let sets = context.documents(filter.as_ref())?;
        if deadline.was_missed() {
            return Err(EngineError::new(
                ErrorCode::TimedOut,
                "The filter takes too long; nothing was done. Split it into smaller parts.",
            ));
        }
        let mut numbers = Vec::new();
        for (segment, documents) in snapshot.segments().iter().zip(&sets) {
            numbers.extend(documents.iter().map(|document| segment.seq(document)));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }
}
