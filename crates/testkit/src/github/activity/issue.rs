//! Issues and pull requests with their timelines, and how GitHub shows them.

use serde_json::{Map, Value, json};

use super::users::Users;
use crate::github::repository::format_time;

/// An issue or pull request. Times are Unix seconds, people are ids of accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "GitHub has them as flags")]
pub struct FakeIssue {
    pub id: u64,
    pub number: u64,
    pub is_pull: bool,
    pub title: String,
    pub body: Option<String>,
    pub author: u64,
    pub is_open: bool,
    pub state_reason: Option<&'static str>,
    pub created: u64,
    pub updated: u64,
    pub closed: Option<u64>,
    /// Of a pull request.
    pub merged: Option<u64>,
    pub is_draft: bool,
    pub is_locked: bool,
    pub labels: Vec<String>,
    pub assignees: Vec<u64>,
    pub milestone: Option<String>,
    /// Its type, such as `Bug`.
    pub kind: Option<String>,
    /// Thumbs up.
    pub votes: u64,
    /// In the order in which they happened.
    pub events: Vec<FakeEvent>,
}

/// An entry of a timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FakeEvent {
    /// Cross-references and commits have none.
    pub id: Option<u64>,
    /// Such as `labeled`.
    pub kind: String,
    pub actor: u64,
    pub created: u64,
    pub updated: u64,
    /// Of a comment or review.
    pub body: Option<String>,
    /// Of a review: `approved`, `changes_requested`, `commented`, `dismissed`.
    pub review: Option<&'static str>,
    pub label: Option<String>,
    /// Of a cross-reference: the issue that refers to this one.
    pub source: Option<u64>,
}

impl FakeEvent {
    /// An event with an actor and nothing else.
    #[must_use]
    pub fn new(id: Option<u64>, kind: &str, actor: u64, at: u64) -> Self {
        Self {
            id,
            kind: kind.to_owned(),
            actor,
            created: at,
            updated: at,
            body: None,
            review: None,
            label: None,
            source: None,
        }
    }
}

/// What a document needs to know besides the issue.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) users: &'a Users,
    /// `owner/name`
    pub(super) slug: &'a str,
}

fn label_document(slug: &str, name: &str) -> Value {
    json!({
        "id": 500 + name.len(),
        "node_id": format!("LA_{name}"),
        "url": format!("https://api.github.com/repos/{slug}/labels/{name}"),
        "name": name,
        "color": "d73a4a",
        "default": false,
        "description": null,
    })
}

fn reactions(url: &str, plus: u64) -> Value {
    json!({ "url": format!("{url}/reactions"), "total_count": plus, "+1": plus, "-1": 0, "laugh": 0,
            "hooray": 0, "confused": 0, "heart": 0, "rocket": 0, "eyes": 0 })
}

impl FakeIssue {
    /// How many comments it has.
    #[must_use]
    pub fn comments(&self) -> usize {
        let comments = self.events.iter().filter(|event| event.kind == "commented");
        comments.count()
    }

    /// As in a list of issues; pull requests are issues too.
    pub(super) fn document(&self, scene: Scene<'_>) -> Value {
        let Scene { users, slug } = scene;
        let repository = format!("https://api.github.com/repos/{slug}");
        let (kind, prefix) = if self.is_pull {
            ("pull", "PR")
        } else {
            ("issues", "I")
        };
        let url = format!("{repository}/issues/{}", self.number);
        let html = format!("https://github.com/{slug}/{kind}/{}", self.number);
        let assignees: Vec<Value> = self
            .assignees
            .iter()
            .map(|id| users.document(*id))
            .filter(|user| !user.is_null())
            .collect();
        let labels: Vec<Value> = self
            .labels
            .iter()
            .map(|name| label_document(slug, name))
            .collect();
        let milestone = self.milestone.as_ref().map(|title| {
            json!({ "id": 77, "node_id": "MI_77", "number": 1, "title": title, "state": "open",
                    "creator": users.document(self.author) })
        });
        let mut document = json!({
            "url": url,
            "repository_url": repository,
            "labels_url": format!("{url}/labels{{/name}}"),
            "comments_url": format!("{url}/comments"),
            "events_url": format!("{url}/events"),
            "html_url": html,
            "id": self.id,
            "node_id": format!("{prefix}_{}", self.id),
            "number": self.number,
            "title": self.title,
            "user": users.document(self.author),
            "labels": labels,
            "state": if self.is_open { "open" } else { "closed" },
            "locked": self.is_locked,
            "assignee": assignees.first(),
            "assignees": assignees,
            "milestone": milestone,
            "comments": self.comments(),
            "created_at": format_time(self.created),
            "updated_at": format_time(self.updated),
            "closed_at": self.closed.map(format_time),
            "author_association": "CONTRIBUTOR",
            "active_lock_reason": self.is_locked.then_some("resolved"),
            "body": self.body,
            "reactions": reactions(&url, self.votes),
            "timeline_url": format!("{url}/timeline"),
            "performed_via_github_app": null,
            "state_reason": self.state_reason,
            // Keys that no table has.
            "type": null,
            "sub_issues_summary": { "total": 0, "completed": 0, "percent_completed": 0 },
        });
        if self.is_pull
            && let Some(fields) = document.as_object_mut()
        {
            fields.insert("draft".to_owned(), self.is_draft.into());
            let pull = format!("{repository}/pulls/{}", self.number);
            fields.insert(
                "pull_request".to_owned(),
                json!({ "url": pull, "html_url": html, "diff_url": format!("{html}.diff"),
                        "patch_url": format!("{html}.patch"),
                        "merged_at": self.merged.map(format_time) }),
            );
        }
        document
    }
}

impl FakeEvent {
    /// As in a timeline. `source` is the document of the issue that refers to this one.
    pub(super) fn document(&self, scene: Scene<'_>, number: u64, source: Option<&Value>) -> Value {
        let Scene { users, slug } = scene;
        let actor = users.document(self.actor);
        let repository = format!("https://api.github.com/repos/{slug}");
        let mut fields = Map::new();
        let mut set = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        set("event", self.kind.as_str().into());
        match self.kind.as_str() {
            "committed" => {
                set("sha", format!("{:040x}", self.created).into());
                set("message", "work".into());
                set(
                    "author",
                    json!({ "name": "A", "date": format_time(self.created) }),
                );
                return fields.into();
            }
            "cross-referenced" => {
                set("actor", actor);
                set("created_at", format_time(self.created).into());
                set("updated_at", format_time(self.updated).into());
                set("source", json!({ "type": "issue", "issue": source }));
                return fields.into();
            }
            "reviewed" => {
                set("user", actor);
                set("submitted_at", format_time(self.created).into());
                set("state", self.review.unwrap_or("commented").into());
                set("body", self.body.clone().unwrap_or_default().into());
                set("author_association", "MEMBER".into());
                set("commit_id", "0".repeat(40).into());
            }
            "commented" => {
                let url = format!("{repository}/issues/comments/{}", self.id.unwrap_or(0));
                set("user", actor.clone());
                set("actor", actor);
                set("created_at", format_time(self.created).into());
                set("updated_at", format_time(self.updated).into());
                set("body", self.body.clone().unwrap_or_default().into());
                set("author_association", "NONE".into());
                set("issue_url", format!("{repository}/issues/{number}").into());
                set("reactions", reactions(&url, 1));
                set("url", url.into());
                set("performed_via_github_app", Value::Null);
            }
            _ => {
                set("actor", actor);
                set("created_at", format_time(self.created).into());
                set("commit_id", Value::Null);
                set("commit_url", Value::Null);
                set("performed_via_github_app", Value::Null);
                if let Some(label) = &self.label {
                    set("label", json!({ "name": label, "color": "d73a4a" }));
                }
            }
        }
        set("id", self.id.into());
        set("node_id", format!("E_{}", self.id.unwrap_or(0)).into());
        fields.into()
    }
}
