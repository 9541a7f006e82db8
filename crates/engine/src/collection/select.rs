//! The documents that a filter lets through, for deleting, changing and exporting them.

use super::Collection;
use crate::language::filter::parse;
use crate::problem::Answer;
use crate::query::filter::Ground;

impl Collection {
    /// The numbers of the documents that match, in rising order.
    pub(super) fn select(&self, filter_by: &str) -> Answer<Vec<u64>> {
        let searchable = self.searchable()?;
        let snapshot = &searchable.snapshot;
        let filter = parse(filter_by, &searchable.schema)?;
        let ground = Ground {
            snapshot,
            tokenizer: &searchable.words,
            cache: self.filter_cache(),
            ids: &|id| self.number(id),
        };
        let sets = ground.documents(filter.as_ref())?;
        let mut numbers = Vec::new();
        for (segment, documents) in snapshot.segments().iter().zip(&sets) {
            numbers.extend(documents.iter().map(|document| segment.seq(document)));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }
}
