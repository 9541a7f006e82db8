//! Documents that hold words next to each other.
//!
//! Called for phrases, for what is excluded, and to see where a word can be split.

use tantivy::TERMINATED;
use tantivy::postings::{Postings, SegmentPostings};

use super::postings::{OPENING, seek};
use crate::error::EngineResult;
use crate::execute::Deadline;
use crate::index::{Segment, Snapshot};
use crate::plan::QueryField;
use crate::schema::FieldNumber;

/// Calls back with each document of a segment whose field holds the words in a row, until the
/// callback says `false` or time is up.
pub(crate) fn each_document(
    segment: &Segment,
    field: FieldNumber,
    words: &[String],
    deadline: &Deadline,
    found: &mut dyn FnMut(u32) -> bool,
) -> EngineResult<()> {
    let mut lists = Vec::with_capacity(words.len());
    for word in words {
        if deadline.spend(OPENING) {
            return Ok(());
        }
        let postings = if words.len() == 1 {
            segment.documents_with(field, word)?
        } else {
            segment.postings(field, word)?
        };
        let Some(postings) = postings else {
            return Ok(());
        };
        lists.push(postings);
    }
    let mut positions = Vec::new();
    let mut next = Vec::new();
    let mut document = meet(&mut lists, 0, deadline);
    while document != TERMINATED {
        let here = lists.len() == 1 || in_a_row(&mut lists, &mut positions, &mut next, deadline);
        if here && !found(document) {
            return Ok(());
        }
        document = meet(&mut lists, document + 1, deadline);
    }
    Ok(())
}

/// Whether any document holds the words in a row, in one of the fields.
pub(crate) fn exists(
    snapshot: &Snapshot,
    fields: &[QueryField],
    words: &[String],
    deadline: &Deadline,
) -> EngineResult<bool> {
    for segment in snapshot.segments() {
        for field in fields {
            let mut any = false;
            each_document(segment, field.number, words, deadline, &mut |document| {
                any = segment.is_alive(document);
                !any
            })?;
            if any {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The first document from `target` on that is in all lists; none when time is up.
fn meet(lists: &mut [SegmentPostings], mut target: u32, deadline: &Deadline) -> u32 {
    'again: loop {
        for list in lists.iter_mut() {
            if deadline.step() {
                return TERMINATED;
            }
            let document = seek(list, target);
            if document > target {
                target = document;
                if target == TERMINATED {
                    return TERMINATED;
                }
                continue 'again;
            }
        }
        return target;
    }
}

/// Whether the lists, all at one document, have positions that follow each other.
fn in_a_row(
    lists: &mut [SegmentPostings],
    ends: &mut Vec<u32>,
    next: &mut Vec<u32>,
    deadline: &Deadline,
) -> bool {
    for (at, list) in lists.iter_mut().enumerate() {
        if at == 0 {
            list.positions(ends);
            continue;
        }
        list.positions(next);
        if deadline.spend(next.len()) {
            return false;
        }
        next.retain(|position| {
            position
                .checked_sub(1)
                .is_some_and(|before| ends.binary_search(&before).is_ok())
        });
        if next.is_empty() {
            return false;
        }
        std::mem::swap(ends, next);
    }
    true
}
