//! The documents that a filter lets through, for deleting, changing and exporting them.

use super::{Collection, Searchable};
use crate::language::filter::parse;
use crate::problem::{Answer, Problem};
use crate::query::{Deadline, Ground};

impl Collection {
    /// The numbers of the documents that match in a state of the index, in rising order. All of
    /// them, or a problem if they cannot be found in the time that a search has.
    pub(super) fn select_in(&self, searchable: &Searchable, filter_by: &str) -> Answer<Vec<u64>> {
        let snapshot = &searchable.snapshot;
        let filter = parse(filter_by, &searchable.schema, &self.settings)?;
        let deadline = Deadline::after(self.settings.search_cutoff);
        let ground = Ground {
            snapshot,
            tokenizers: &searchable.words,
            cache: self.filter_cache(),
            ids: &|id| self.number(id),
            deadline: &deadline,
        };
        let sets = ground.documents(filter.as_ref())?;
        if deadline.was_missed() {
            return Err(Problem::new(
                408,
                "The filter takes too long; nothing was done: give it in smaller parts.",
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
