//! A past in bulk, for benchmarks and recordings: repositories with as many issues and events as
//! wanted, the same each time.

use super::issue::{FakeEvent, FakeIssue};
use super::state::Slot;
use crate::github::repository::FakeRepository;
use crate::github::state::GitHubState;
use crate::service::CLOCK_START;

const PEOPLE: [&str; 12] = [
    "ada", "ben", "cleo", "dan", "eve", "fay", "gil", "hana", "ivo", "jun", "kim", "ci[bot]",
];
/// What happens to an issue, over and over.
const KINDS: [&str; 10] = [
    "labeled",
    "commented",
    "mentioned",
    "subscribed",
    "commented",
    "assigned",
    "referenced",
    "commented",
    "milestoned",
    "renamed",
];
const LABELS: [&str; 3] = ["bug", "documentation", "help wanted"];

/// How much has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    pub organisation: String,
    pub repositories: u64,
    /// Issues and pull requests, in all repositories together.
    pub issues: u64,
    /// Entries of each timeline.
    pub events: u64,
    /// The time before the clock's start in which all of it has happened.
    pub days: u64,
}

impl History {
    /// The name of a repository.
    #[must_use]
    pub fn slug(&self, repository: u64) -> String {
        format!("{}/project-{repository:02}", self.organisation)
    }

    pub(in crate::github) fn fill(&self, state: &mut GitHubState) {
        let activity = &mut state.activity;
        let people: Vec<u64> = PEOPLE
            .iter()
            .map(|login| activity.users.named(login))
            .collect();
        let members = people.iter().copied().take(5).collect();
        let organisation = self.organisation.to_lowercase();
        activity.members.insert(organisation, members);
        let ids: Vec<u64> = (0..self.repositories)
            .map(|repository| {
                let slug = self.slug(repository);
                state.add(&slug, FakeRepository::generated(repository));
                state.find(&slug).map_or(0, |stored| stored.id)
            })
            .collect();
        for place in 0..self.issues {
            let turn = place % self.repositories.max(1);
            let Some(repository) = ids.get(usize::try_from(turn).unwrap_or(usize::MAX)) else {
                return;
            };
            let number = place / self.repositories + 1;
            self.add_issue(state, *repository, number, place, &people);
        }
    }

    fn add_issue(
        &self,
        state: &mut GitHubState,
        repository: u64,
        number: u64,
        place: u64,
        people: &[u64],
    ) {
        let activity = &mut state.activity;
        let span = self.days * 86_400;
        let created = CLOCK_START - span + span * place / self.issues.max(1);
        let person = |at: u64| people[usize::try_from(at).unwrap_or(0) % people.len()];
        // It is done within days, and not before the clock starts.
        let left = (CLOCK_START - created).min((place * 7 % 23 + 1) * 43_200);
        let at = |event: u64| created + left * (event + 1) / (self.events + 2);
        let is_pull = number.is_multiple_of(2);
        let mut events = Vec::new();
        for event in 0..self.events {
            let kind = match KINDS[usize::try_from(event).unwrap_or(0) % KINDS.len()] {
                "assigned" if is_pull => "reviewed",
                kind => kind,
            };
            let id = activity.next_id();
            let mut entry = FakeEvent::new(Some(id), kind, person(place + event), at(event));
            match kind {
                "commented" => entry.body = Some(text_of(place + event)),
                "reviewed" => entry.review = Some("approved"),
                "labeled" => entry.label = Some(label_of(place).to_owned()),
                _ => {}
            }
            events.push(entry);
        }
        let is_open = place.is_multiple_of(3);
        let closed = (!is_open).then(|| at(self.events));
        if let Some(closed) = closed {
            // A merge closes too, by the same person.
            let kinds = [is_pull.then_some("merged"), Some("closed")];
            for kind in kinds.into_iter().flatten() {
                let id = activity.next_id();
                events.push(FakeEvent::new(Some(id), kind, person(place + 1), closed));
            }
        }
        let id = activity.next_id();
        let issue = FakeIssue {
            id,
            number,
            is_pull,
            title: format!(
                "{} {number}",
                TITLES[usize::try_from(place).unwrap_or(0) % TITLES.len()]
            ),
            body: Some(text_of(place)),
            author: person(place),
            is_open,
            state_reason: (closed.is_some() && !is_pull).then_some("completed"),
            created,
            updated: closed.unwrap_or_else(|| at(self.events)),
            closed,
            merged: closed.filter(|_| is_pull),
            is_draft: false,
            is_locked: false,
            labels: vec![label_of(place).to_owned()],
            assignees: vec![person(place + 2)],
            milestone: None,
            kind: None,
            votes: 0,
            events,
        };
        let now = issue.updated;
        activity
            .index
            .changed(now, repository, number, Some(issue.clone()));
        let slots = activity.issues.entry(repository).or_default();
        slots.insert(number, Slot::Here(Box::new(issue)));
    }
}

const TITLES: [&str; 5] = [
    "The build fails on a new Python",
    "Document the setting for proxies",
    "Dates are shown in the wrong zone",
    "Support files without an extension",
    "Clean up what nobody uses",
];

fn label_of(place: u64) -> &'static str {
    LABELS[usize::try_from(place).unwrap_or(0) % LABELS.len()]
}

fn text_of(place: u64) -> String {
    format!(
        "I have seen this with version {}.{}. What happens:\n\n1. start it\n2. wait\n3. look at the \
         log\n\nIt should go on, and it stops.",
        place % 9,
        place % 7
    )
}
