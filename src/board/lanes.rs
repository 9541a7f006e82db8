//! The searches of a board: one scope each, divided by time until each gives at most a thousand
//! results. No I/O.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;

use super::pages::Pages;
use super::rules::Scopes;
use crate::forge::github::{MOST_RESULTS, SearchKind};
use crate::model::RepositorySlug;

/// Characters of a query; exclusions that do not fit are left out of the results afterwards.
const LONGEST_QUERY: usize = 256;
/// Of these, kept for a window.
const ROOM: usize = 60;
/// Earlier than anything on GitHub.
const BEGINNING: i64 = 1_199_145_600;

/// A search at work.
#[derive(Debug, Clone)]
pub(super) struct Lane {
    pub(super) kind: SearchKind,
    pub(super) place: Place,
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
    fn new(kind: SearchKind, place: Place, query: String) -> Self {
        Self {
            kind,
            place,
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
            ..Self::new(self.kind, self.place.clone(), self.query.clone())
        };
        Some([half((from, Some(middle))), half((Some(next), to))])
    }
}

fn second(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Where a search looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Organisation(String),
    Repository(RepositorySlug),
    /// The issues of a type, in a repository that is left out otherwise.
    Exception(RepositorySlug, String),
}

impl Place {
    /// Whether a repository is part of it.
    pub(super) fn holds(&self, slug: &str) -> bool {
        match self {
            Self::Organisation(login) => {
                let owner = slug.split('/').next().unwrap_or_default();
                owner.eq_ignore_ascii_case(login)
            }
            Self::Repository(known) | Self::Exception(known, _) => {
                known.to_string().eq_ignore_ascii_case(slug)
            }
        }
    }
}

/// What is searched for, wherever that is.
#[derive(Debug, Clone, Copy)]
pub(super) struct SearchConditions {
    /// Days for which something closed still counts as open.
    pub(super) closed_days: Option<u32>,
    pub(super) today: Date,
    /// Only what has changed since.
    pub(super) since: Option<Timestamp>,
}

impl SearchConditions {
    /// Of what is closed, what was closed on this day or later counts as open; without one, nothing does.
    pub(super) fn first_day(&self) -> Option<Date> {
        let days = SignedDuration::from_hours(24 * i64::from(self.closed_days?));
        Some(self.today.saturating_sub(days))
    }

    fn conditions(&self) -> String {
        let open = match self.first_day() {
            // Everything that is not closed, and what was closed on that day or later.
            Some(day) => format!(" -closed:<{day}"),
            None => " is:open".to_owned(),
        };
        let changed = self
            .since
            .map(|since| format!(" updated:>={}", second(since)));
        format!("{open}{}", changed.unwrap_or_default())
    }
}

impl Lane {
    /// The search of one kind at one place.
    pub(super) fn at(
        kind: SearchKind,
        place: &Place,
        exclude: &[RepositorySlug],
        wanted: SearchConditions,
    ) -> Self {
        let conditions = wanted.conditions();
        let query = match place {
            Place::Repository(slug) => format!("repo:{slug}{conditions}"),
            Place::Exception(slug, name) if name.contains(' ') => {
                format!("repo:{slug} type:\"{name}\"{conditions}")
            }
            Place::Exception(slug, name) => format!("repo:{slug} type:{name}{conditions}"),
            Place::Organisation(login) => {
                let mut query = format!("org:{login}{conditions}");
                for slug in exclude {
                    let exclusion = format!(" -repo:{slug}");
                    let is_there = slug.owner().eq_ignore_ascii_case(login);
                    if is_there && query.len() + exclusion.len() <= LONGEST_QUERY - ROOM {
                        query.push_str(&exclusion);
                    }
                }
                query
            }
        };
        Self::new(kind, place.clone(), query)
    }
}

/// All searches of a board.
pub(super) fn searches(scopes: &Scopes, wanted: SearchConditions) -> Vec<Lane> {
    let organisations = scopes.organisations.iter();
    let mut places: Vec<Place> = organisations.cloned().map(Place::Organisation).collect();
    let repositories = scopes.repositories.iter();
    let repositories = repositories.filter(|slug| !scopes.exclude.contains(slug));
    places.extend(repositories.cloned().map(Place::Repository));
    let mut kinds = vec![SearchKind::Issues];
    if scopes.discussions {
        kinds.push(SearchKind::Discussions);
    }
    let mut lanes = Vec::new();
    for kind in kinds {
        let of_kind = places.iter();
        lanes.extend(of_kind.map(|place| Lane::at(kind, place, &scopes.exclude, wanted)));
    }
    for slug in &scopes.exclude {
        for name in &scopes.exclude_except_types {
            let place = Place::Exception(slug.clone(), name.clone());
            lanes.push(Lane::at(SearchKind::Issues, &place, &[], wanted));
        }
    }
    lanes
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing step fails the test")]
mod tests {
    use super::{Lane, SearchConditions, searches};
    use crate::board::builtin::find_builtin;
    use crate::board::rules::Board;

    fn wanted(board: &Board) -> SearchConditions {
        SearchConditions {
            closed_days: board.closed_days,
            today: "2026-03-01".parse().unwrap(),
            since: None,
        }
    }

    fn queries(lanes: &[Lane]) -> Vec<String> {
        lanes.iter().map(Lane::query).collect()
    }

    #[test]
    fn peloton_searches_as_its_original_does_with_one_scope_each() {
        let text = find_builtin("peloton").unwrap();
        let board = Board::parse(text, "peloton").unwrap();
        let wanted = wanted(&board);
        let all = queries(&searches(&board.scopes, wanted));
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
        let since = "2026-03-01T12:00:00Z".parse().ok();
        let changed = queries(&searches(
            &board.scopes,
            SearchConditions { since, ..wanted },
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
        let first = searches(&board.scopes, wanted(&board)).remove(3);
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
