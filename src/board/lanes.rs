//! The searches of a board: one scope each, divided by time until each gives at most a thousand
//! results. No I/O.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;

use super::pages::Pages;
use super::rules::Scopes;
use crate::forge::github::{MOST_RESULTS, SearchKind};

/// Characters of a query; exclusions that do not fit are left out of the results afterwards.
const LONGEST_QUERY: usize = 256;
/// Earlier than anything on GitHub.
const BEGINNING: i64 = 1_199_145_600;

/// A search at work.
#[derive(Debug, Clone)]
pub(super) struct Lane {
    pub(super) kind: SearchKind,
    /// Without its window.
    query: String,
    /// First and last second of creation; open where `None`.
    window: (Option<Timestamp>, Option<Timestamp>),
    pub(super) after: Option<String>,
    pub(super) pages: Pages,
    /// Entries by id.
    pub(super) found: BTreeMap<String, Json>,
    /// Entries that cannot be read, or are incomplete.
    pub(super) unreadable: u64,
    pub(super) readings: u32,
}

impl Lane {
    fn new(kind: SearchKind, query: String) -> Self {
        Self {
            kind,
            query,
            window: (None, None),
            after: None,
            pages: Pages::default(),
            found: BTreeMap::new(),
            unreadable: 0,
            readings: 0,
        }
    }

    /// As GitHub is asked.
    pub(super) fn query(&self) -> String {
        let query = &self.query;
        match self.window {
            (None, None) => query.clone(),
            (None, Some(to)) => format!("{query} created:<={}", second(to)),
            (Some(from), None) => format!("{query} created:>={}", second(from)),
            (Some(from), Some(to)) => format!("{query} created:{}..{}", second(from), second(to)),
        }
    }

    /// Begins again.
    pub(super) fn restart(&mut self) {
        self.after = None;
        self.pages = Pages::default();
        self.found.clear();
        self.unreadable = 0;
        self.readings += 1;
    }

    /// Whether that number of results can be read.
    pub(super) fn fits(total: u64) -> bool {
        total <= MOST_RESULTS
    }

    /// Two searches with half of the time each; `None` if it is a single second.
    pub(super) fn split(&self, now: Timestamp) -> Option<[Self; 2]> {
        let (from, to) = self.window;
        let beginning = Timestamp::from_second(BEGINNING).unwrap_or(Timestamp::UNIX_EPOCH);
        let first = from.unwrap_or(beginning).as_second();
        let last = to.unwrap_or(now).as_second();
        if first >= last {
            return None;
        }
        let middle = Timestamp::from_second(first + (last - first) / 2).ok()?;
        let next = middle + SignedDuration::from_secs(1);
        let half = |window| Self {
            window,
            ..Self::new(self.kind, self.query.clone())
        };
        Some([half((from, Some(middle))), half((Some(next), to))])
    }
}

fn second(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// All searches of a board, where what was closed some days ago still counts as open. `since` is for what
/// has changed from then on.
pub(super) fn searches(
    scopes: &Scopes,
    closed_days: Option<u32>,
    today: Date,
    since: Option<Timestamp>,
) -> Vec<Lane> {
    let open = match closed_days {
        // Everything that is not closed, and what was closed on that day or later.
        Some(days) => {
            let days = SignedDuration::from_hours(24 * i64::from(days));
            format!(" -closed:<{}", today.saturating_sub(days))
        }
        None => " is:open".to_owned(),
    };
    let changed = since.map(|since| format!(" updated:>={}", second(since)));
    let conditions = format!("{open}{}", changed.unwrap_or_default());
    let mut kinds = vec![SearchKind::Issues];
    if scopes.discussions {
        kinds.push(SearchKind::Discussions);
    }
    let mut lanes = Vec::new();
    for kind in kinds {
        for organisation in &scopes.organisations {
            let mut query = format!("org:{organisation}{conditions}");
            // Room for a window.
            let room = LONGEST_QUERY - 60;
            for slug in &scopes.exclude {
                let exclusion = format!(" -repo:{slug}");
                let is_there = slug.owner().eq_ignore_ascii_case(organisation);
                if is_there && query.len() + exclusion.len() <= room {
                    query.push_str(&exclusion);
                }
            }
            lanes.push(Lane::new(kind, query));
        }
        for slug in &scopes.repositories {
            if !scopes.exclude.contains(slug) {
                lanes.push(Lane::new(kind, format!("repo:{slug}{conditions}")));
            }
        }
    }
    for slug in &scopes.exclude {
        for name in &scopes.exclude_except_types {
            let name = if name.contains(' ') {
                format!("\"{name}\"")
            } else {
                name.clone()
            };
            let query = format!("repo:{slug} type:{name}{conditions}");
            lanes.push(Lane::new(SearchKind::Issues, query));
        }
    }
    lanes
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing step fails the test")]
mod tests {
    use super::{Lane, searches};
    use crate::board::builtin::find_builtin;
    use crate::board::rules::Board;

    fn queries(lanes: &[Lane]) -> Vec<String> {
        lanes.iter().map(Lane::query).collect()
    }

    #[test]
    fn peloton_searches_as_its_original_does_with_one_scope_each() {
        let text = find_builtin("peloton").unwrap();
        let board = Board::parse(text, "peloton").unwrap();
        let today = "2026-03-01".parse().unwrap();
        let all = queries(&searches(&board.scopes, board.closed_days, today, None));
        assert_eq!(
            all,
            [
                "org:SciTools -closed:<2026-02-01 -repo:SciTools/cartopy",
                "org:SciTools-incubator -closed:<2026-02-01",
                "org:SciTools-classroom -closed:<2026-02-01",
                "repo:pp-mo/ncdata -closed:<2026-02-01",
                "repo:pp-mo/ugrid-checks -closed:<2026-02-01",
                "org:SciTools -closed:<2026-02-01 -repo:SciTools/cartopy",
                "org:SciTools-incubator -closed:<2026-02-01",
                "org:SciTools-classroom -closed:<2026-02-01",
                "repo:pp-mo/ncdata -closed:<2026-02-01",
                "repo:pp-mo/ugrid-checks -closed:<2026-02-01",
                "repo:SciTools/cartopy type:Accessibility -closed:<2026-02-01",
            ]
        );
        let since = "2026-03-01T12:00:00Z".parse().unwrap();
        let changed = queries(&searches(
            &board.scopes,
            board.closed_days,
            today,
            Some(since),
        ));
        assert_eq!(
            changed[1],
            "org:SciTools-incubator -closed:<2026-02-01 updated:>=2026-03-01T12:00:00Z"
        );
    }

    #[test]
    fn windows_are_divided_without_a_gap_down_to_a_second() {
        let now = "2026-03-01T00:00:00Z".parse().unwrap();
        let text = find_builtin("peloton").unwrap();
        let board = Board::parse(text, "peloton").unwrap();
        let today = "2026-03-01".parse().unwrap();
        let first = searches(&board.scopes, board.closed_days, today, None).remove(3);
        let [older, newer] = first.split(now).unwrap();
        let end = |lane: &Lane| lane.query().rsplit(' ').next().unwrap_or("").to_owned();
        assert_eq!(end(&older), "created:<=2017-01-30T00:00:00Z");
        assert_eq!(end(&newer), "created:>=2017-01-30T00:00:01Z");
        let mut lane = newer;
        let mut steps = 0;
        while let Some([older, _]) = lane.split(now) {
            lane = older;
            steps += 1;
        }
        assert_eq!(
            end(&lane),
            "created:2017-01-30T00:00:01Z..2017-01-30T00:00:01Z"
        );
        assert!(steps < 40, "{steps}");
    }
}
