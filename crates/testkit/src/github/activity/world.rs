//! What happens on GitHub, as far as its issues tell.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::MutexGuard;

use serde_json::Value;

use super::issue::{FakeEvent, FakeIssue, Scene};
use super::lists::timeline_entry;
use super::state::{ActivityState, Slot};
use crate::github::state::GitHubState;

/// Access to what happens; holds the fake's lock while it lives.
pub struct World<'a> {
    pub(in crate::github) state: MutexGuard<'a, GitHubState>,
    pub(in crate::github) now: u64,
}

impl World<'_> {
    fn repository(&self, slug: &str) -> u64 {
        let found = self.state.find(slug);
        assert!(found.is_some(), "the fake GitHub has no repository {slug}");
        found.map_or(0, |stored| stored.id)
    }

    fn activity(&mut self) -> &mut ActivityState {
        &mut self.state.activity
    }

    /// Changes an issue, and its time of change if `touches`.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn change(
        &mut self,
        slug: &str,
        number: u64,
        touches: bool,
        change: impl FnOnce(&mut FakeIssue),
    ) {
        let (repository, now) = (self.repository(slug), self.now);
        let slots = self.activity().issues.entry(repository).or_default();
        let Some(Slot::Here(issue)) = slots.get_mut(&number) else {
            panic!("{slug} has no issue {number}");
        };
        change(issue);
        if touches {
            issue.updated = now;
        }
        let snapshot = (**issue).clone();
        self.activity()
            .index
            .changed(now, repository, number, Some(snapshot));
    }

    /// Opens an issue or pull request; its number.
    pub fn open(&mut self, slug: &str, author: &str, title: &str, is_pull: bool) -> u64 {
        let (repository, now) = (self.repository(slug), self.now);
        let activity = self.activity();
        let (id, author) = (activity.next_id(), activity.users.named(author));
        let slots = activity.issues.entry(repository).or_default();
        let number = slots.keys().next_back().map_or(1, |last| last + 1);
        let issue = FakeIssue {
            id,
            number,
            is_pull,
            title: title.to_owned(),
            body: Some(format!("about {title}")),
            author,
            is_open: true,
            state_reason: None,
            created: now,
            updated: now,
            closed: None,
            merged: None,
            is_draft: false,
            is_locked: false,
            labels: Vec::new(),
            assignees: Vec::new(),
            milestone: None,
            kind: None,
            votes: 0,
            events: Vec::new(),
        };
        slots.insert(number, Slot::Here(Box::new(issue.clone())));
        activity.index.changed(now, repository, number, Some(issue));
        number
    }

    /// Adds an entry to a timeline; its id. `touches` is whether the issue counts as changed.
    pub fn add_event(
        &mut self,
        slug: &str,
        number: u64,
        actor: &str,
        kind: &str,
        touches: bool,
        finish: impl FnOnce(&mut FakeEvent),
    ) -> u64 {
        let now = self.now;
        let activity = self.activity();
        let (id, actor) = (activity.next_id(), activity.users.named(actor));
        let has_id = !matches!(kind, "cross-referenced" | "committed");
        let mut event = FakeEvent::new(has_id.then_some(id), kind, actor, now);
        finish(&mut event);
        self.change(slug, number, touches, |issue| issue.events.push(event));
        id
    }

    pub fn comment(&mut self, slug: &str, number: u64, actor: &str, body: &str) -> u64 {
        self.add_event(slug, number, actor, "commented", true, |event| {
            event.body = Some(body.to_owned());
        })
    }

    /// Edits a comment; the issue does not count as changed.
    pub fn edit_comment(&mut self, slug: &str, number: u64, id: u64, body: &str) {
        let now = self.now;
        self.change(slug, number, false, |issue| {
            let mut events = issue.events.iter_mut();
            if let Some(event) = events.find(|event| event.id == Some(id)) {
                event.body = Some(body.to_owned());
                event.updated = now;
            }
        });
    }

    /// Removes an entry of a timeline; the issue does not count as changed.
    pub fn remove_event(&mut self, slug: &str, number: u64, id: u64) {
        self.change(slug, number, false, |issue| {
            issue.events.retain(|event| event.id != Some(id));
        });
    }

    pub fn label(&mut self, slug: &str, number: u64, actor: &str, label: &str) {
        self.add_event(slug, number, actor, "labeled", true, |event| {
            event.label = Some(label.to_owned());
        });
        self.change(slug, number, true, |issue| {
            if !issue.labels.iter().any(|name| name == label) {
                issue.labels.push(label.to_owned());
            }
        });
    }

    pub fn close(&mut self, slug: &str, number: u64, actor: &str) {
        let now = self.now;
        self.add_event(slug, number, actor, "closed", true, |_| ());
        self.change(slug, number, true, |issue| {
            issue.is_open = false;
            issue.closed = Some(now);
            issue.state_reason = (!issue.is_pull).then_some("completed");
        });
    }

    pub fn reopen(&mut self, slug: &str, number: u64, actor: &str) {
        self.add_event(slug, number, actor, "reopened", true, |_| ());
        self.change(slug, number, true, |issue| {
            issue.is_open = true;
            issue.closed = None;
            issue.state_reason = (!issue.is_pull).then_some("reopened");
        });
    }

    /// Merges a pull request.
    pub fn merge(&mut self, slug: &str, number: u64, actor: &str) {
        let now = self.now;
        self.add_event(slug, number, actor, "merged", true, |_| ());
        self.close(slug, number, actor);
        self.change(slug, number, true, |issue| issue.merged = Some(now));
    }

    pub fn review(&mut self, slug: &str, number: u64, actor: &str, state: &'static str) -> u64 {
        self.add_event(slug, number, actor, "reviewed", true, |event| {
            event.review = Some(state);
            event.body = Some("looked at it".to_owned());
        })
    }

    /// An issue mentions another one, which does not count as changed.
    pub fn cross_reference(&mut self, slug: &str, number: u64, actor: &str, by: (&str, u64)) {
        let (slug_of_source, number_of_source) = by;
        let repository = self.repository(slug_of_source);
        let source = self.state.activity.issue(repository, number_of_source);
        let source = source.map(|issue| issue.id);
        self.add_event(slug, number, actor, "cross-referenced", false, |event| {
            event.source = source;
        });
    }

    pub fn delete_issue(&mut self, slug: &str, number: u64) {
        self.leave(slug, number, Slot::Deleted);
    }

    /// Transfers an issue into another repository; its number there.
    ///
    /// # Panics
    ///
    /// If there is no such issue.
    pub fn transfer(&mut self, slug: &str, number: u64, to: &str) -> u64 {
        let (from, repository, now) = (self.repository(slug), self.repository(to), self.now);
        let activity = self.activity();
        let mut issue = activity
            .issue(from, number)
            .cloned()
            .unwrap_or_else(|| panic!("{slug} has no issue {number}"));
        issue.id = activity.next_id();
        let author = issue.author;
        let event = FakeEvent::new(Some(activity.next_id()), "transferred", author, now);
        for event in &mut issue.events {
            // The entries are others from now on.
            event.id = event.id.map(|_| activity.next_id());
        }
        issue.events.push(event);
        issue.updated = now;
        let slots = activity.issues.entry(repository).or_default();
        let there = slots.keys().next_back().map_or(1, |last| last + 1);
        issue.number = there;
        slots.insert(there, Slot::Here(Box::new(issue.clone())));
        activity.index.changed(now, repository, there, Some(issue));
        self.leave(
            slug,
            number,
            Slot::Moved {
                repository,
                number: there,
            },
        );
        there
    }

    fn leave(&mut self, slug: &str, number: u64, slot: Slot) {
        let (repository, now) = (self.repository(slug), self.now);
        let activity = self.activity();
        let slots = activity.issues.entry(repository).or_default();
        assert!(slots.contains_key(&number), "{slug} has no issue {number}");
        slots.insert(number, slot);
        activity.index.changed(now, repository, number, None);
    }

    pub fn join(&mut self, organisation: &str, login: &str) {
        let activity = self.activity();
        let id = activity.users.named(login);
        let organisation = organisation.to_lowercase();
        activity.members.entry(organisation).or_default().insert(id);
    }

    pub fn leave_organisation(&mut self, organisation: &str, login: &str) {
        let activity = self.activity();
        let id = activity.users.named(login);
        let organisation = organisation.to_lowercase();
        activity
            .members
            .entry(organisation)
            .or_default()
            .remove(&id);
    }

    /// Shows nobody as a member from now on, or all again.
    pub fn hide_members(&mut self, organisation: &str, are_hidden: bool) {
        let organisation = organisation.to_lowercase();
        let hidden = &mut self.activity().hidden_members;
        if are_hidden {
            hidden.insert(organisation);
        } else {
            hidden.remove(&organisation);
        }
    }

    pub fn rename_user(&mut self, login: &str, to: &str) {
        self.activity().users.rename(login, to);
    }

    pub fn delete_user(&mut self, login: &str) {
        self.activity().users.delete(login);
    }

    /// How many seconds the search index is behind.
    pub fn set_search_lag(&mut self, seconds: u64) {
        self.activity().index.lag = seconds;
    }

    /// The id of the account with this login.
    pub fn user_id(&mut self, login: &str) -> u64 {
        self.activity().users.named(login)
    }

    /// The login of an account, if it still exists.
    #[must_use]
    pub fn login(&self, id: u64) -> Option<String> {
        let user = self.state.activity.users.get(id);
        user.map(|user| user.login.clone())
    }

    /// Everything under a repository's numbers.
    #[must_use]
    pub fn slots(&self, slug: &str) -> BTreeMap<u64, Slot> {
        let repository = self.repository(slug);
        let slots = self.state.activity.issues.get(&repository);
        slots.cloned().unwrap_or_default()
    }

    /// An issue as GitHub shows it, and its timeline.
    #[must_use]
    pub fn documents(&self, slug: &str, number: u64) -> Option<(Value, Vec<Value>)> {
        let stored = self.state.find(slug)?;
        let issue = self.state.activity.issue(stored.id, number)?;
        let scene = Scene {
            users: &self.state.activity.users,
            slug: &stored.slug,
        };
        let events = issue.events.iter();
        let timeline = events.map(|event| timeline_entry(&self.state, scene, issue, event));
        Some((issue.document(scene), timeline.collect()))
    }

    /// The members of an organisation that still exist, by id.
    #[must_use]
    pub fn members(&self, organisation: &str) -> BTreeSet<u64> {
        let members = self
            .state
            .activity
            .members
            .get(&organisation.to_lowercase());
        let members = members.into_iter().flatten().copied();
        members
            .filter(|id| self.state.activity.users.get(*id).is_some())
            .collect()
    }

    /// The id of a repository.
    #[must_use]
    pub fn repository_id(&self, slug: &str) -> u64 {
        self.repository(slug)
    }
}
