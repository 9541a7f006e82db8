//! A random stream of events, the same for the same seed.

use std::time::Duration;

use super::state::Slot;
use super::world::World;
use crate::github::state::GitHubState;
use crate::service::Fake;

const PEOPLE: [&str; 7] = ["ada", "ben", "cleo", "dan", "eve", "fay", "ci[bot]"];
const LABELS: [&str; 4] = ["bug", "docs", "help wanted", "ä/ö"];
/// Kinds of events that need nothing but an actor, and whether the issue counts as changed.
const PLAIN: [(&str, bool); 10] = [
    ("subscribed", false),
    ("mentioned", false),
    ("referenced", true),
    ("pinned", true),
    ("milestoned", true),
    ("review_requested", true),
    ("ready_for_review", true),
    ("committed", true),
    ("unsubscribed", false),
    // None of those that are tracked.
    ("head_ref_force_pushed", true),
];

/// Makes things happen in some repositories.
#[derive(Debug)]
pub struct RandomEvents {
    state: u64,
    repositories: Vec<String>,
    organisation: String,
    renames: u64,
}

impl RandomEvents {
    #[must_use]
    pub fn new(seed: u64, organisation: &str, repositories: &[&str]) -> Self {
        Self {
            state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            repositories: repositories.iter().map(|slug| (*slug).to_owned()).collect(),
            organisation: organisation.to_owned(),
            renames: 0,
        }
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        // xorshift
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state >> 16).unwrap_or(0) % end.max(1)
    }

    fn one<T: Clone>(&mut self, all: &[T]) -> T {
        let place = self.below(all.len());
        all[place].clone()
    }

    /// Lets something happen, at a time up to two minutes later.
    pub fn happen(&mut self, github: &Fake<GitHubState>) {
        let later = self.below(120) as u64;
        github.controls().advance(Duration::from_secs(later));
        let slug = self.one(&self.repositories.clone());
        let person = self.one(&PEOPLE);
        let mut world = github.world();
        let present: Vec<u64> = world
            .slots(&slug)
            .into_iter()
            .filter(|(_, slot)| matches!(slot, Slot::Here(_)))
            .map(|(number, _)| number)
            .collect();
        if present.len() < 2 || self.below(6) == 0 {
            let is_pull = self.below(2) == 0;
            world.open(&slug, person, &format!("change {later}"), is_pull);
            return;
        }
        let number = self.one(&present);
        match self.below(20) {
            0..=5 => self.talk(&mut world, &slug, number, person),
            6..=8 => {
                let label = self.one(&LABELS);
                world.label(&slug, number, person, label);
            }
            9..=12 => self.change_state(&mut world, &slug, number, person),
            13 => {
                let (kind, touches) = self.one(&PLAIN);
                world.add_event(&slug, number, person, kind, touches, |_| ());
            }
            14 => {
                let other = self.one(&present);
                world.cross_reference(&slug, number, person, (&slug, other));
            }
            15 => world.delete_issue(&slug, number),
            16 => {
                let to = self.one(&self.repositories.clone());
                let slots = world.slots(&slug);
                let is_pull = matches!(slots.get(&number), Some(Slot::Here(one)) if one.is_pull);
                // Pull requests stay where their branch is.
                if to != slug && !is_pull {
                    world.transfer(&slug, number, &to);
                }
            }
            17 => {
                let organisation = self.organisation.clone();
                if self.below(2) == 0 {
                    world.join(&organisation, person);
                } else {
                    world.leave_organisation(&organisation, person);
                }
            }
            18 => {
                self.renames += 1;
                let renames = self.renames;
                // Somebody else may take the old login afterwards.
                world.rename_user(person, &format!("{person}-{renames}"));
            }
            _ => world.change(&slug, number, true, |issue| {
                issue.title = format!("{} again", issue.title);
                issue.is_locked = !issue.is_locked;
            }),
        }
    }

    fn talk(&mut self, world: &mut World<'_>, slug: &str, number: u64, person: &str) {
        let comments: Vec<u64> = match world.slots(slug).get(&number) {
            Some(Slot::Here(issue)) => issue
                .events
                .iter()
                .filter(|event| event.kind == "commented")
                .filter_map(|event| event.id)
                .collect(),
            _ => Vec::new(),
        };
        match (self.below(5), comments.is_empty()) {
            (0, false) => {
                let comment = self.one(&comments);
                world.edit_comment(slug, number, comment, "edited");
            }
            (1, false) => {
                let comment = self.one(&comments);
                world.remove_event(slug, number, comment);
            }
            (2, _) => {
                world.review(slug, number, person, "approved");
            }
            _ => {
                world.comment(slug, number, person, "words\0 and ☃");
            }
        }
    }

    fn change_state(&mut self, world: &mut World<'_>, slug: &str, number: u64, person: &str) {
        let slots = world.slots(slug);
        let Some(Slot::Here(issue)) = slots.get(&number) else {
            return;
        };
        match (issue.is_open, issue.is_pull, self.below(2)) {
            (true, true, 0) => world.merge(slug, number, person),
            (true, ..) => world.close(slug, number, person),
            (false, ..) if issue.merged.is_none() => world.reopen(slug, number, person),
            (false, ..) => {}
        }
    }
}
