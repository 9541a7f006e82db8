//! The part of a text where most of the searched words stand closest together, and texts with marks.
//!
//! Knows nothing of documents or queries. Called by [`super::highlight`].

use std::ops::Range;

use crate::execute::Deadline;
use crate::request::HighlightParameters;

/// Words further apart than this are not shown in one snippet.
const WINDOW: usize = 10;

/// A word in a text that is to be marked.
pub(super) struct Mark {
    /// The word's place among the text's words.
    pub(super) at: usize,
    /// Which of the words it is.
    pub(super) word: usize,
    pub(super) place: Range<usize>,
}

/// How many different words the best part of the text holds, and its first and last word; none when
/// time is up.
pub(super) fn best_window(marks: &[Mark], deadline: &Deadline) -> Option<(usize, Range<usize>)> {
    let mut best: Option<(usize, Range<usize>)> = None;
    for (from, first) in marks.iter().enumerate() {
        if deadline.spend(WINDOW * WINDOW) {
            return None;
        }
        let near: Vec<&Mark> = marks
            .iter()
            .skip(from)
            .take_while(|mark| mark.at - first.at <= WINDOW)
            .collect();
        let most = different(near.iter().copied());
        // As short as it can be with all of them.
        let shortest = (1..=near.len())
            .filter_map(|length| near.get(..length))
            .find(|part| different(part.iter().copied()) == most);
        let last = shortest.and_then(|part| part.last())?.at;
        let window = first.at..last;
        let better = best.as_ref().is_none_or(|(known, part)| {
            most > *known || (most == *known && window.len() < part.len())
        });
        if better {
            best = Some((most, window));
        }
    }
    best
}

pub(super) fn different<'a>(marks: impl IntoIterator<Item = &'a Mark>) -> usize {
    let words: std::collections::BTreeSet<usize> =
        marks.into_iter().map(|mark| mark.word).collect();
    words.len()
}

pub(super) fn render_marks(
    text: &str,
    part: Range<usize>,
    marks: &[Mark],
    how: &HighlightParameters,
) -> String {
    let mut rendered = String::with_capacity(part.len() + 32);
    let mut end = part.start;
    for mark in marks {
        if mark.place.start < end || mark.place.end > part.end {
            continue;
        }
        rendered.push_str(text.get(end..mark.place.start).unwrap_or_default());
        rendered.push_str(&how.start_tag);
        rendered.push_str(text.get(mark.place.clone()).unwrap_or_default());
        rendered.push_str(&how.end_tag);
        end = mark.place.end;
    }
    rendered.push_str(text.get(end..part.end).unwrap_or_default());
    rendered
}
