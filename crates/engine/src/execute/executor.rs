//! One search on a snapshot: which documents are found, in what order, and which are on the page.

use super::deadline::Deadline;
use super::doc_bitset::DocBitSet;
use super::facets::{FacetCounter, FacetCounts};
use super::filter_evaluation::SearchContext;
use super::grouping;
use super::matches::Matches;
use super::ordering::{
    BUCKETED, PointColumns, RankedHit, SortKeyReader, TopHits, point_columns, sort_hits,
};
use super::pinned_hits::{PageEntry, pin_and_hide, place_on_page};
use super::value_hashes::ValueCache;
use crate::error::EngineResult;
use crate::memory::AnswerBudget;
use crate::plan::{SearchPlan, SortBy, SortKey, TextQuery};
use crate::request::RequestError;

/// See [`Executor::find_words`].
pub(crate) type WordFinder<'a> = &'a dyn Fn(&TextQuery, &[DocBitSet]) -> EngineResult<Matches>;

/// What a search is carried out with.
#[derive(Clone, Copy)]
pub(crate) struct Executor<'a> {
    /// The state of the index, what filters need, and when to end with what was found.
    pub(crate) context: SearchContext<'a>,
    /// What was remembered of facet values.
    pub(crate) values: &'a ValueCache,
    /// Finds the documents that words ask for, among the allowed ones of each segment.
    pub(crate) find_words: WordFinder<'a>,
    /// Hits that can be reached by turning pages.
    pub(crate) result_window: usize,
    /// The bytes that the answer may have.
    pub(crate) budget: &'a AnswerBudget,
}

/// What a search found.
pub(crate) struct SearchResults<'a> {
    /// Hits, or groups of them, wherever they are.
    pub(crate) found: usize,
    /// What is on the page.
    pub(crate) page: ResultPage,
    /// What the words found.
    pub(crate) matches: Matches,
    /// Parallel to the plan's facets.
    pub(crate) facets: Vec<FacetCounts>,
    /// For each place that is sorted by: its field's name, and the segments' columns.
    pub(crate) distances: Vec<(String, Vec<PointColumns<'a>>)>,
}

/// The documents to answer.
pub(crate) enum ResultPage {
    /// One by one.
    Hits(Vec<PageEntry>),
    /// In groups.
    Groups(Vec<Vec<RankedHit>>),
}

impl<'a> Executor<'a> {
    /// Carries a plan out. When time is up it ends with what was found.
    pub(crate) fn run(&self, plan: &'a SearchPlan) -> EngineResult<SearchResults<'a>> {
        let deadline = self.context.deadline;
        let mut allowed = self.context.documents(plan.filter.as_ref())?;
        let pinned = pin_and_hide(&self.context, plan, &mut allowed)?;
        let matches = (self.find_words)(&plan.text, &allowed)?;
        let hits: usize = matches.segments.iter().map(Vec::len).sum();
        // What was found can still be counted and shown.
        deadline.extend();

        let readers = self.sort_key_readers(&plan.sort)?;
        // Where there are no hits beyond the window, nothing is put in order there.
        if plan.page.end() > self.result_window && hits > self.result_window {
            let most = self.result_window;
            return Err(RequestError::BeyondWindow { most }.into());
        }
        let distances = point_columns(self.context.snapshot, &plan.sort)?;
        let groups = (!plan.group_by.is_empty())
            .then(|| {
                grouping::group_hits(
                    &matches.segments,
                    &plan.group_by,
                    &self.context,
                    self.values,
                )
            })
            .transpose()?;
        let counter = FacetCounter {
            context: self.context,
            cache: self.values,
            hits: &matches.segments,
            groups: groups.as_deref(),
        };
        let facets = plan
            .facets
            .iter()
            .map(|facet| counter.count(facet, plan, self.budget))
            .collect::<EngineResult<_>>()?;
        deadline.extend();
        let (found, page) = if let Some(group_of_hits) = &groups {
            let ordered = order_all(&matches, group_of_hits, &plan.sort, &readers, deadline)?;
            let gathered = grouping::gather_groups(ordered, plan.group_limit, deadline);
            let found = gathered.len();
            let on_page = gathered
                .into_iter()
                .skip(plan.page.offset)
                .take(plan.page.size);
            (found, ResultPage::Groups(on_page.collect()))
        } else {
            let found = hits + pinned.len();
            let best = select_best(&matches, plan.page.end(), &plan.sort, &readers, deadline)?;
            let entries = place_on_page(best, pinned, plan.page);
            (found, ResultPage::Hits(entries))
        };
        Ok(SearchResults {
            found,
            page,
            matches,
            facets,
            distances,
        })
    }

    fn sort_key_readers(&self, keys: &'a [SortKey]) -> EngineResult<Vec<SortKeyReader<'a>>> {
        let places = 0..self.context.snapshot.segments().len();
        let readers =
            places.filter_map(|place| SortKeyReader::new(keys, &self.context, place).transpose());
        readers.collect()
    }
}

/// The first hits, in order.
fn select_best(
    matches: &Matches,
    end: usize,
    keys: &[SortKey],
    readers: &[SortKeyReader<'_>],
    deadline: &Deadline,
) -> EngineResult<Vec<RankedHit>> {
    let is_bucketed = keys
        .iter()
        .any(|key| matches!(key.by, SortBy::TextMatch { buckets } if buckets > 1));
    let wanted = if is_bucketed { end.max(BUCKETED) } else { end };
    let mut found = Vec::new();
    for (hits, reader) in matches.segments.iter().zip(readers) {
        let mut best = TopHits::new(wanted);
        for hit in hits.iter().take_while(|_| !deadline.step()) {
            best.offer(reader.rank(*hit, deadline));
        }
        found.extend(best.into_hits());
    }
    sort_hits(&mut found, keys, readers, deadline)?;
    found.truncate(wanted);
    Ok(found)
}

/// Every hit with its group, in order.
fn order_all(
    matches: &Matches,
    groups: &[Vec<u128>],
    keys: &[SortKey],
    readers: &[SortKeyReader<'_>],
    deadline: &Deadline,
) -> EngineResult<Vec<(u128, RankedHit)>> {
    let mut found = Vec::new();
    for (hits, reader) in matches.segments.iter().zip(readers) {
        let in_time = hits.iter().take_while(|_| !deadline.step());
        found.extend(in_time.map(|hit| reader.rank(*hit, deadline)));
    }
    sort_hits(&mut found, keys, readers, deadline)?;
    let ordered = found.into_iter().take_while(|_| !deadline.step());
    let with_group = ordered.filter_map(|ranked| {
        let hits = matches.segments.get(ranked.segment)?;
        let at = hits
            .binary_search_by_key(&ranked.hit.doc, |hit| hit.doc)
            .ok()?;
        let group = groups.get(ranked.segment)?.get(at)?;
        Some((*group, ranked))
    });
    Ok(with_group.collect())
}
