//! Whether a word that was typed is meant to be another: for searches among the values of facets,
//! which are few enough to look at each. Called by [`super::highlight`] only.

/// Whether `token` is `typed` with at most so many typos, fewer in short words.
pub(super) fn alike(typed: &str, token: &str, may_go_on: bool, typos: u8) -> bool {
    let allowed = match typed.chars().count() {
        0..4 => 0,
        4..7 => typos.min(1),
        _ => typos,
    };
    if allowed == 0 {
        return token == typed || (may_go_on && token.starts_with(typed));
    }
    let wanted: Vec<char> = typed.chars().collect();
    // What is longer than this by more has too many typos, or goes on.
    let longest = wanted.len() + usize::from(allowed) + 1;
    let given: Vec<char> = token.chars().take(longest).collect();
    let row = distances(&wanted, &given);
    let fits = |distance: &usize| *distance <= usize::from(allowed);
    if may_go_on {
        row.iter().any(fits)
    } else {
        row.last().is_some_and(fits)
    }
}

/// The number of edits from `wanted` to each beginning of `given`; swapped neighbours are one.
fn distances(wanted: &[char], given: &[char]) -> Vec<usize> {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=given.len()).collect();
    for (row, letter) in wanted.iter().enumerate() {
        let mut next = vec![row + 1];
        for (column, other) in given.iter().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX);
            let mut best = (at(&last, column) + usize::from(letter != other))
                .min(at(&last, column + 1) + 1)
                .min(at(&next, column) + 1);
            let swapped = row > 0
                && column > 0
                && wanted.get(row - 1) == Some(other)
                && given.get(column - 1) == Some(letter);
            if swapped {
                best = best.min(at(&before, column - 1).saturating_add(1));
            }
            next.push(best);
        }
        before = std::mem::replace(&mut last, next);
    }
    last
}
