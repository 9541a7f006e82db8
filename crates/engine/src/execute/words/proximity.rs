//! How close words stand to each other in a field of one document.
//!
//! Pure functions on lists of positions, called by the scoring of documents. The order of words
//! makes no difference.

use crate::execute::Deadline;
use crate::index::VALUE_GAP;

/// Words count as close up to this distance from the first to the last of them.
const WINDOW: u32 = 10;
/// More words of a query are not looked at for closeness.
const MOST_WORDS: usize = 10;

/// The best value of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Closeness {
    /// Words in the window that holds the most.
    pub(crate) close: usize,
    /// Words in the value.
    pub(crate) present: usize,
    /// From the first to the last word of the window.
    pub(crate) distance: usize,
    /// Whether the value has as many words as are present, and ends with one of them.
    pub(crate) exact: bool,
    /// The farthest of all words when the window was found, from 0 in its value.
    pub(crate) offset: usize,
}

impl Closeness {
    /// More is better.
    fn rank(self) -> impl Ord {
        (
            self.close,
            self.present,
            std::cmp::Reverse(self.distance),
            self.exact,
            std::cmp::Reverse(self.offset),
        )
    }
}

/// The best value of a field.
///
/// `streams` are the positions of each word that the field holds, ascending; `ends` the positions
/// behind the last word of each value, ascending.
///
/// When time is up it is the best that was seen by then.
pub(crate) fn closeness(streams: &[Vec<u32>], ends: &[u32], deadline: &Deadline) -> Closeness {
    let mut best = Closeness::default();
    let mut start = 0;
    let mut slices: Vec<&[u32]> = Vec::with_capacity(streams.len());
    for &end in ends {
        if deadline.spend(streams.len()) {
            break;
        }
        slices.clear();
        slices.extend(
            streams
                .iter()
                .map(|stream| within(stream, start, end))
                .filter(|slice| !slice.is_empty()),
        );
        if !slices.is_empty() {
            let value = of_value(&mut slices, start, end, deadline);
            if value.rank() > best.rank() {
                best = value;
            }
        }
        start = end + u32::try_from(VALUE_GAP).unwrap_or_default();
    }
    best
}

fn within(stream: &[u32], start: u32, end: u32) -> &[u32] {
    let from = stream.partition_point(|&position| position < start);
    let to = stream.partition_point(|&position| position < end);
    stream.get(from..to).unwrap_or_default()
}

/// One value, whose words term_match from `start` to before `end`; each slice has a position.
fn of_value(slices: &mut [&[u32]], start: u32, end: u32, deadline: &Deadline) -> Closeness {
    let present = slices.len();
    // Words are matched in any order, so the value is the query if it has as many words.
    let exact = end - start == u32::try_from(present).unwrap_or(u32::MAX)
        && slices
            .iter()
            .any(|slice| slice.last().is_some_and(|&last| last + 1 == end));
    let looked_at = present.min(MOST_WORDS);
    let (close, distance, farthest) =
        best_window(slices.get_mut(..looked_at).unwrap_or_default(), deadline);
    Closeness {
        close,
        present,
        distance: distance as usize,
        exact,
        offset: if present > 1 {
            farthest.saturating_sub(start) as usize
        } else {
            0
        },
    }
}

/// The most words within [`WINDOW`], their distance, and where the farthest word was then.
///
/// The heads of the lists move on, always the first of them, until no window can be better.
fn best_window(heads: &mut [&[u32]], deadline: &Deadline) -> (usize, u32, u32) {
    let mut best = (0, 0, 0);
    let full = heads.len();
    loop {
        let Some((first, position)) = heads
            .iter()
            .enumerate()
            .filter_map(|(at, head)| Some((at, *head.first()?)))
            .min_by_key(|&(_, position)| position)
        else {
            return best;
        };
        let (mut close, mut last, mut farthest) = (0, position, position);
        for &head in heads.iter().filter_map(|head| head.first()) {
            farthest = farthest.max(head);
            if head - position <= WINDOW {
                close += 1;
                last = last.max(head);
            }
        }
        let distance = last - position;
        if close > best.0 || close == best.0 && distance < best.1 {
            best = (close, distance, farthest);
        }
        let tightest = best.1 as usize + 1 == full;
        if best.0 == full && tightest {
            return best;
        }
        if deadline.spend(full) {
            return best;
        }
        if let Some(head) = heads.get_mut(first) {
            *head = head.get(1..).unwrap_or_default();
        }
        let left = heads.iter().filter(|head| !head.is_empty()).count();
        if left < best.0 {
            return best;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(streams: &[&[u32]], ends: &[u32]) -> (usize, usize, usize, bool) {
        let streams: Vec<Vec<u32>> = streams.iter().map(|stream| stream.to_vec()).collect();
        let found = closeness(&streams, ends, &Deadline::never());
        (found.close, found.present, found.distance, found.exact)
    }

    #[test]
    fn neighbours_in_any_order_are_the_closest() {
        assert_eq!(of(&[&[0], &[1]], &[2]), (2, 2, 1, true));
        assert_eq!(of(&[&[1], &[0]], &[2]), (2, 2, 1, true));
        assert_eq!(of(&[&[0], &[1]], &[3]), (2, 2, 1, false));
        assert_eq!(of(&[&[0, 7], &[3, 8]], &[9]), (2, 2, 1, false));
    }

    #[test]
    fn words_beyond_the_window_are_not_close() {
        assert_eq!(of(&[&[0], &[10]], &[11]), (2, 2, 10, false));
        assert_eq!(of(&[&[0], &[11]], &[12]), (1, 2, 0, false));
        assert_eq!(of(&[&[0], &[21], &[22]], &[23]), (2, 3, 1, false));
    }

    #[test]
    fn each_value_stands_for_itself() {
        // alpha | beta, and alpha x | beta: one word each, the last value exact.
        assert_eq!(of(&[&[0], &[101]], &[1, 102]), (1, 1, 0, true));
        assert_eq!(of(&[&[0], &[102]], &[2, 103]), (1, 1, 0, true));
        assert_eq!(of(&[&[101], &[0]], &[2, 103]), (1, 1, 0, false));
        // x | alpha beta
        assert_eq!(of(&[&[101], &[102]], &[1, 103]), (2, 2, 1, true));
    }

    #[test]
    fn only_ten_words_are_looked_at_for_closeness() {
        let words: Vec<Vec<u32>> = (0..12).map(|at| vec![at]).collect();
        let found = closeness(&words, &[12], &Deadline::never());
        assert_eq!((found.close, found.present, found.distance), (10, 12, 9));
        assert!(found.exact);
    }
}
