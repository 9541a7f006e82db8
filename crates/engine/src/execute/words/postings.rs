//! What walks over posting lists have in common.

use tantivy::DocSet;
use tantivy::postings::SegmentPostings;

/// Steps that it takes to open the list of a word.
pub(super) const OPENING: usize = 8;

/// Moves to the first document from `target` on.
pub(super) fn seek(postings: &mut SegmentPostings, target: u32) -> u32 {
    let document = postings.doc();
    if document >= target {
        return document;
    }
    postings.seek(target)
}
