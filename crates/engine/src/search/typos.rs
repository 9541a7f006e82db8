//! Whether a word that was typed is meant to be another: for searches among the values of facets,
//! which are few enough to look at each. Called by [`super::highlight`] only.

use crate::query::matching::typos::Typos;

/// Shorter words are taken as they are.
const SHORTEST_WITH_TYPO: usize = 3;

/// Whether `token` is `typed`, with at most one typo where `typos` allow any.
pub(super) fn alike(typed: &str, token: &str, may_go_on: bool, typos: u8) -> bool {
    let most = match typed.chars().count() {
        0..SHORTEST_WITH_TYPO => 0,
        _ => typos.min(1),
    };
    (0..=most).any(|typos| Typos::accepts(typed, typos, may_go_on, token))
}
