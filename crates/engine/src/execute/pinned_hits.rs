//! Documents that a search puts at places of its own, and those that it hides.

use super::doc_bitset::DocBitSet;
use super::filter_evaluation::SearchContext;
use super::ordering::RankedHit;
use crate::error::EngineResult;
use crate::plan::{Page, SearchPlan};

/// A document of a page.
pub(crate) enum PageEntry {
    /// One that was found.
    Found(RankedHit),
    /// The number of one that was pinned.
    Pinned(u64),
}

impl PageEntry {
    /// The number in the store.
    pub(crate) fn seq(&self) -> u64 {
        match self {
            Self::Found(ranked) => ranked.seq,
            Self::Pinned(seq) => *seq,
        }
    }
}

/// The pinned documents with their places; they and the hidden ones are not found any more.
pub(super) fn pin_and_hide(
    context: &SearchContext<'_>,
    plan: &SearchPlan,
    allowed: &mut [DocBitSet],
) -> EngineResult<Vec<(u64, usize)>> {
    let deadline = context.deadline;
    for id in &plan.hidden_hits {
        // What could not be hidden in time may not be shown.
        if deadline.is_over() {
            for bits in allowed.iter_mut() {
                *bits = DocBitSet::none(bits.length());
            }
            break;
        }
        remove_document(context, id, allowed)?;
    }
    let mut pinned: Vec<(u64, usize)> = Vec::new();
    for (id, place) in &plan.pinned_hits {
        if deadline.is_over() {
            break;
        }
        let Some(seq) = (context.ids)(id)? else {
            continue;
        };
        let is_known = pinned.iter().any(|(known, _)| *known == seq);
        let passes = remove_document(context, id, allowed)? || !plan.filter_pinned;
        if !is_known && passes && !plan.hidden_hits.contains(id) {
            pinned.push((seq, *place));
        }
    }
    Ok(pinned)
}

/// Removes a document from what may be found; says whether it was there.
fn remove_document(
    context: &SearchContext<'_>,
    id: &str,
    allowed: &mut [DocBitSet],
) -> EngineResult<bool> {
    let mut was_there = false;
    let Some(seq) = (context.ids)(id)? else {
        return Ok(was_there);
    };
    for (segment, bits) in context.snapshot.segments().iter().zip(allowed) {
        if let Some(doc) = segment.document(seq)? {
            was_there |= bits.contains(doc);
            bits.remove(doc);
        }
    }
    Ok(was_there)
}

/// Puts pinned documents at their places and cuts the page out.
pub(super) fn place_on_page(
    best: Vec<RankedHit>,
    mut pinned: Vec<(u64, usize)>,
    page: Page,
) -> Vec<PageEntry> {
    pinned.sort_by_key(|(_, place)| *place);
    let mut remaining = pinned.into_iter().peekable();
    let mut placed: Vec<PageEntry> = Vec::with_capacity(best.len());
    for ranked in best {
        while let Some((seq, _)) = remaining.next_if(|(_, place)| *place <= placed.len() + 1) {
            placed.push(PageEntry::Pinned(seq));
        }
        placed.push(PageEntry::Found(ranked));
    }
    placed.extend(remaining.map(|(seq, _)| PageEntry::Pinned(seq)));
    let on_page = placed.into_iter().skip(page.offset).take(page.size);
    on_page.collect()
}
