//! What people do with discussions and projects, and what goes wrong.

use super::discussion::{FakeDiscussion, FakeThread};
use super::project::{FakeContent, FakeProject, FakeValue, item_id, item_number};
use crate::github::World;
use crate::github::activity::Slot;

impl World<'_> {
    /// Opens a discussion; its number, which no issue of the repository has.
    pub fn open_discussion(&mut self, slug: &str, author: &str, title: &str) -> u64 {
        let (repository, author, now) = (self.repository_id(slug), self.user_id(author), self.now);
        let id = self.state.activity.next_id();
        let discussions = &mut self.state.board.discussions;
        let all = discussions.range((repository, 0)..=(repository, u64::MAX));
        let number = all.last().map_or(100_001, |((_, number), _)| number + 1);
        let discussion = FakeDiscussion {
            id,
            repository,
            number,
            title: title.to_owned(),
            author,
            created: now,
            updated: now,
            closed: None,
            labels: Vec::new(),
            votes: 0,
            threads: Vec::new(),
        };
        discussions.insert((repository, number), discussion);
        number
    }

    /// Changes a discussion.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn change_discussion(
        &mut self,
        slug: &str,
        number: u64,
        change: impl FnOnce(&mut FakeDiscussion),
    ) {
        let (repository, now) = (self.repository_id(slug), self.now);
        let Some(found) = self.state.board.discussions.get_mut(&(repository, number)) else {
            panic!("{slug} has no discussion {number}");
        };
        change(found);
        found.updated = now;
    }

    /// Comments on a discussion; the place of the comment.
    pub fn comment_on_discussion(&mut self, slug: &str, number: u64, author: &str) -> usize {
        let (author, now) = (self.user_id(author), self.now);
        let mut place = 0;
        self.change_discussion(slug, number, |discussion| {
            place = discussion.threads.len();
            discussion.threads.push(FakeThread {
                author,
                created: now,
                replies: Vec::new(),
            });
        });
        place
    }

    /// Replies to a comment on a discussion.
    pub fn reply(&mut self, slug: &str, number: u64, place: usize, author: &str) {
        let (author, now) = (self.user_id(author), self.now);
        self.change_discussion(slug, number, |discussion| {
            if let Some(thread) = discussion.threads.get_mut(place) {
                thread.replies.push((author, now));
            }
        });
    }

    pub fn delete_discussion(&mut self, slug: &str, number: u64) {
        let repository = self.repository_id(slug);
        self.state.board.discussions.remove(&(repository, number));
    }

    /// All discussions.
    #[must_use]
    pub fn discussions(&self) -> Vec<FakeDiscussion> {
        self.state.board.discussions.values().cloned().collect()
    }

    pub fn join_team(&mut self, organisation: &str, team: &str, login: &str) {
        let id = self.user_id(login);
        let key = (organisation.to_lowercase(), team.to_lowercase());
        let members = self.state.board.teams.entry(key).or_default();
        if !members.contains(&id) {
            members.push(id);
        }
    }

    /// The ids of the members of a team.
    #[must_use]
    pub fn team(&self, organisation: &str, team: &str) -> Vec<u64> {
        let key = (organisation.to_lowercase(), team.to_lowercase());
        self.state
            .board
            .teams
            .get(&key)
            .cloned()
            .unwrap_or_default()
    }

    /// The time there, in Unix seconds.
    #[must_use]
    pub fn now_seconds(&self) -> u64 {
        self.now
    }

    /// Creates a project without fields of its own; its id.
    pub fn create_project(&mut self, owner: &str, number: i64, title: &str) -> String {
        self.user_id(owner);
        let id = format!("PVT_{owner}_{number}");
        let mut project = FakeProject {
            id: id.clone(),
            owner: owner.to_owned(),
            number,
            title: title.to_owned(),
            can_update: true,
            fields: Vec::new(),
            views: Vec::new(),
            items: std::collections::BTreeMap::new(),
            last_item: 0,
        };
        for (name, kind) in [
            ("Title", "TITLE"),
            ("Assignees", "ASSIGNEES"),
            ("Labels", "LABELS"),
        ] {
            let field = project.new_field(name, kind, &[]);
            project.fields.push(field);
        }
        self.state.board.projects.insert(id.clone(), project);
        id
    }

    /// Changes a project.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn change_project(&mut self, id: &str, change: impl FnOnce(&mut FakeProject)) {
        let Some(project) = self.state.board.projects.get_mut(id) else {
            panic!("there is no project {id}");
        };
        change(project);
    }

    pub fn add_field(&mut self, project: &str, name: &str, kind: &str, options: &[&str]) {
        self.change_project(project, |project| {
            let field = project.new_field(name, kind, options);
            project.fields.push(field);
        });
    }

    /// A project as it is.
    ///
    /// # Panics
    ///
    /// If there is none.
    #[must_use]
    pub fn project(&self, id: &str) -> &FakeProject {
        let Some(project) = self.state.board.projects.get(id) else {
            panic!("there is no project {id}");
        };
        project
    }

    /// Puts something on a project by hand; the number of the item.
    ///
    /// # Panics
    ///
    /// If the project is full.
    pub fn add_item(&mut self, project: &str, login: &str, content: FakeContent) -> u64 {
        let mut number = None;
        self.change_project(project, |project| number = project.add_item(content, login));
        number.unwrap_or_else(|| panic!("{project} is full"))
    }

    /// Writes a field of an item by hand.
    pub fn set_value(&mut self, project: &str, item: u64, field: &str, value: FakeValue) {
        self.change_project(project, |project| {
            let field = project.field(field).map(|field| field.id.clone());
            let item = project.items.get_mut(&item);
            if let (Some(field), Some(item)) = (field, item) {
                item.values.insert(field, value);
            }
        });
    }

    /// Refuses every mutation about an item from now on.
    pub fn refuse_item(&mut self, item: u64, kind: &'static str, message: &'static str) {
        let id = item_id(item);
        debug_assert_eq!(item_number(&id), Some(item));
        self.state.board.refused.insert(id, (kind, message));
    }

    /// Refuses every mutation that names an issue from now on.
    pub fn refuse_content(&mut self, slug: &str, number: u64, message: &'static str) {
        let repository = self.repository_id(slug);
        let issue = self.state.activity.issue(repository, number);
        if let Some(id) = issue.map(super::nodes::issue_id) {
            self.state.board.refused.insert(id, ("FORBIDDEN", message));
        }
    }

    /// Shows an issue to nobody from now on; its items are redacted.
    pub fn hide_issue(&mut self, slug: &str, number: u64, is_hidden: bool) {
        let key = (self.repository_id(slug), number);
        if is_hidden {
            self.state.board.hidden.insert(key);
        } else {
            self.state.board.hidden.remove(&key);
        }
    }

    /// Whether nobody may see an issue.
    #[must_use]
    pub fn is_hidden(&self, repository: u64, number: u64) -> bool {
        self.state.board.hidden.contains(&(repository, number))
    }

    /// Lets searches of an organisation or repository fail, or succeed again.
    pub fn break_scope(&mut self, scope: &str, is_broken: bool) {
        let scope = scope.to_lowercase();
        if is_broken {
            self.state.board.broken_scopes.insert(scope);
        } else {
            self.state.board.broken_scopes.remove(&scope);
        }
    }

    /// Lets searches count some results that they do not give.
    pub fn lose_results(&mut self, results: usize) {
        self.state.board.lost_results = results;
    }

    /// Lets an item fail when it is asked for by its id, or succeed again.
    pub fn break_item(&mut self, item: u64, is_broken: bool) {
        let id = item_id(item);
        if is_broken {
            self.state.board.broken_items.insert(id);
        } else {
            self.state.board.broken_items.remove(&id);
        }
    }

    /// Lets the values of a field of projects fail, or succeed again.
    pub fn break_field(&mut self, name: &str, is_broken: bool) {
        if is_broken {
            self.state.board.broken_fields.insert(name.to_owned());
        } else {
            self.state.board.broken_fields.remove(name);
        }
    }

    /// Lets GraphQL give neither a repository nor an error, or speak again.
    pub fn silence_repository(&mut self, slug: &str, is_silent: bool) {
        if is_silent {
            self.state.board.silent.insert(slug.to_owned());
        } else {
            self.state.board.silent.remove(slug);
        }
    }

    /// Lets projects count some items, the newest, that their lists do not give.
    pub fn lose_items(&mut self, items: usize) {
        self.state.board.lost_items = items;
    }

    /// Lets the pages of items and of results begin again at their end.
    pub fn repeat_pages(&mut self, repeats: bool) {
        self.state.board.repeats_pages = repeats;
    }

    /// Gives a token scopes; `None` for a token of an app, which has none.
    pub fn set_scopes(&mut self, token: &str, scopes: Option<&str>) {
        match scopes {
            Some(scopes) => self
                .state
                .board
                .scopes
                .insert(token.to_owned(), scopes.to_owned()),
            None => self.state.board.scopes.remove(token),
        };
    }

    /// The account of the tokens.
    pub fn set_viewer(&mut self, login: &str) {
        login.clone_into(&mut self.state.board.viewer);
    }

    /// How many nodes, or aliases of a mutation, a request may ask for before it times out.
    pub fn set_work_budget(&mut self, budget: Option<u64>) {
        self.state.board.budget = budget;
    }

    /// How many requests have timed out because of that.
    #[must_use]
    pub fn timeouts(&self) -> u64 {
        self.state.board.timeouts
    }

    /// Executes that many more mutations, and then answers nobody any more.
    pub fn end_after(&mut self, mutations: Option<u64>) {
        self.state.board.left = mutations;
        self.state.board.is_dead = false;
    }

    /// Whether it has ended.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.state.board.is_dead
    }

    /// Executes the next requests with mutations, and gives no answer.
    pub fn lose_answers(&mut self, requests: u32) {
        self.state.board.lost_answers = requests;
    }

    /// Mutations that were executed, and the requests that they came in.
    #[must_use]
    pub fn mutations(&self) -> (u64, u64) {
        (self.state.board.executed, self.state.board.mutation_calls)
    }

    /// Where an issue is now: its repository's id and its number.
    #[must_use]
    pub fn where_is(&self, repository: u64, number: u64) -> Option<(u64, u64)> {
        let (repository, issue) = self.state.activity.follow(repository, number)?;
        Some((repository, issue.number))
    }

    /// Everything that is in the repositories: their names, numbers and issues.
    #[must_use]
    pub fn issues(&self) -> Vec<(String, u64, crate::github::FakeIssue)> {
        let mut all = Vec::new();
        for stored in self.state.repositories() {
            for (_, slot) in self.slots(&stored.slug) {
                if let Slot::Here(issue) = slot {
                    all.push((stored.slug.clone(), stored.id, *issue));
                }
            }
        }
        all
    }
}
