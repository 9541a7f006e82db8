//! Issues, discussions, projects and items as GraphQL shows them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::discussion::{FakeDiscussion, FakeThread};
use super::objects::{Node, Shown};
use super::project::{FakeContent, FakeField, FakeProject, FakeProjectItem, FakeValue, item_id};
use crate::github::activity::{FakeEvent, FakeIssue};
use crate::github::persons::review_comments;
use crate::github::repository::format_time;
use crate::github::state::GitHubState;

/// An account as the author of something; `null` if it was deleted. Bots have no brackets here.
fn author(state: &GitHubState, id: u64) -> Value {
    match state.activity.users.get(id) {
        None => Value::Null,
        Some(user) => json!({
            "__typename": if user.is_bot { "Bot" } else { "User" },
            "login": user.login.trim_end_matches("[bot]"),
        }),
    }
}

fn labels(names: &[String]) -> (&'static str, Vec<Shown>) {
    let labels = names.iter();
    let labels = labels.map(|name| Shown::Json(json!({ "__typename": "Label", "name": name })));
    ("LabelConnection", labels.collect())
}

fn comment(state: &GitHubState, kind: &str, by: u64, at: u64) -> Value {
    json!({ "__typename": kind, "createdAt": format_time(at), "author": author(state, by) })
}

/// The node id of an issue or pull request.
pub(super) fn issue_id(issue: &FakeIssue) -> String {
    format!("{}_{}", if issue.is_pull { "PR" } else { "I" }, issue.id)
}

/// The node id of a discussion.
pub(super) fn discussion_id(discussion: &FakeDiscussion) -> String {
    format!("D_{}", discussion.id)
}

fn repository(slug: &str) -> Value {
    json!({ "__typename": "Repository", "nameWithOwner": slug })
}

fn reactions(count: u64) -> Value {
    json!({ "__typename": "ReactionConnection", "totalCount": count })
}

/// An issue or pull request of a repository.
pub(super) fn issue_node(state: &GitHubState, slug: &str, issue: &FakeIssue) -> Node {
    let page = if issue.is_pull { "pull" } else { "issues" };
    let is_comment = |event: &&FakeEvent| event.kind == "commented";
    let comments = issue.events.iter().filter(is_comment);
    let comments = comments
        .map(|event| Shown::Json(comment(state, "IssueComment", event.actor, event.created)));
    Node {
        fields: json!({
            "__typename": if issue.is_pull { "PullRequest" } else { "Issue" },
            "id": issue_id(issue),
            "url": format!("https://github.com/{slug}/{page}/{}", issue.number),
            "number": issue.number,
            "title": issue.title,
            "createdAt": format_time(issue.created),
            "updatedAt": format_time(issue.updated),
            "closedAt": issue.closed.map(format_time),
            "repository": repository(slug),
            "author": author(state, issue.author),
            "reactions": reactions(issue.votes),
        }),
        lists: BTreeMap::from([
            ("labels", labels(&issue.labels)),
            ("comments", ("IssueCommentConnection", comments.collect())),
        ]),
        ..Node::default()
    }
}

/// A review by the id of its event, with its comments alone.
pub(super) fn review_node(state: &GitHubState, event: u64) -> Node {
    let comments = review_comments(state, event).into_iter();
    let comments = comments.map(Shown::Json).collect();
    let kind = "PullRequestReviewCommentConnection";
    Node {
        fields: json!({ "__typename": "PullRequestReview", "id": format!("PRR_{event}") }),
        lists: BTreeMap::from([("comments", (kind, comments))]),
        ..Node::default()
    }
}

/// A discussion of a repository.
pub(super) fn discussion_node(state: &GitHubState, discussion: &FakeDiscussion) -> Node {
    let slug = state.by_id(discussion.repository);
    let slug = slug.map(|stored| stored.slug.as_str()).unwrap_or_default();
    let threads = discussion.threads.iter();
    let threads = threads.map(|thread| Shown::Node(Box::new(thread_node(state, thread))));
    Node {
        fields: json!({
            "__typename": "Discussion",
            "id": discussion_id(discussion),
            "url": format!("https://github.com/{slug}/discussions/{}", discussion.number),
            "number": discussion.number,
            "title": discussion.title,
            "createdAt": format_time(discussion.created),
            "updatedAt": format_time(discussion.updated),
            "closedAt": discussion.closed.map(format_time),
            "repository": repository(slug),
            "author": author(state, discussion.author),
            "reactions": reactions(discussion.votes),
        }),
        lists: BTreeMap::from([
            ("labels", labels(&discussion.labels)),
            (
                "comments",
                ("DiscussionCommentConnection", threads.collect()),
            ),
        ]),
        ..Node::default()
    }
}

fn thread_node(state: &GitHubState, thread: &FakeThread) -> Node {
    let replies = thread.replies.iter();
    let replies =
        replies.map(|(by, at)| Shown::Json(comment(state, "DiscussionComment", *by, *at)));
    Node {
        fields: comment(state, "DiscussionComment", thread.author, thread.created),
        lists: BTreeMap::from([(
            "replies",
            ("DiscussionCommentConnection", replies.collect()),
        )]),
        ..Node::default()
    }
}

/// A field of a project.
pub(super) fn field_json(field: &FakeField) -> Value {
    let options = field.options.iter();
    let options = options.map(|(id, name)| {
        json!({ "__typename": "ProjectV2SingleSelectFieldOption", "id": id, "name": name })
    });
    json!({
        "__typename": match field.kind.as_str() {
            "SINGLE_SELECT" => "ProjectV2SingleSelectField",
            "ITERATION" => "ProjectV2IterationField",
            _ => "ProjectV2Field",
        },
        "id": field.id,
        "name": field.name,
        "dataType": field.kind,
        "options": options.collect::<Vec<_>>(),
    })
}

/// Whether what an item is about still exists.
pub(super) fn is_present(state: &GitHubState, item: &FakeProjectItem) -> bool {
    match item.content {
        FakeContent::Draft { .. } => true,
        FakeContent::Issue(repository, number) => {
            state.activity.follow(repository, number).is_some()
        }
    }
}

/// An item of a project; `None` if what it was about was deleted. An issue that was transferred is still
/// on the project.
pub(super) fn item_node(
    state: &GitHubState,
    project: &FakeProject,
    item: &FakeProjectItem,
) -> Option<Node> {
    let (kind, content) = match &item.content {
        FakeContent::Draft { title, body } => (
            "DRAFT_ISSUE",
            json!({ "__typename": "DraftIssue", "title": title, "body": body }),
        ),
        FakeContent::Issue(repository, number) => {
            let (repository, issue) = state.activity.follow(*repository, *number)?;
            let slug = state.by_id(repository)?.slug.as_str();
            if state.board.hidden.contains(&(repository, issue.number)) {
                ("REDACTED", Value::Null)
            } else {
                let node = issue_node(state, slug, issue);
                let kind = if issue.is_pull {
                    "PULL_REQUEST"
                } else {
                    "ISSUE"
                };
                (kind, node.fields)
            }
        }
    };
    let named = project.fields.iter().filter_map(|field| {
        let value = item.values.get(&field.id)?;
        Some((field.name.clone(), value_json(field, value)))
    });
    Some(Node {
        named: named.collect(),
        broken: state.board.broken_fields.clone(),
        fields: json!({
            "__typename": "ProjectV2Item",
            "id": item_id(item.number),
            "type": kind,
            "isArchived": item.is_archived,
            "creator": creator(item),
            "content": content,
        }),
        lists: BTreeMap::new(),
    })
}

/// Who has put an item on the project.
pub(super) fn creator(item: &FakeProjectItem) -> Value {
    json!({
        "__typename": if item.creator.ends_with("[bot]") { "Bot" } else { "User" },
        "login": item.creator.trim_end_matches("[bot]"),
    })
}

fn value_json(field: &FakeField, value: &FakeValue) -> Value {
    match value {
        FakeValue::Text(text) => {
            json!({ "__typename": "ProjectV2ItemFieldTextValue", "text": text })
        }
        FakeValue::Number(number) => {
            json!({ "__typename": "ProjectV2ItemFieldNumberValue", "number": number })
        }
        FakeValue::Date(date) => {
            json!({ "__typename": "ProjectV2ItemFieldDateValue", "date": date })
        }
        FakeValue::Option(id) => {
            let mut options = field.options.iter();
            let name = options.find(|(known, _)| known == id).map(|(_, name)| name);
            json!({
                "__typename": "ProjectV2ItemFieldSingleSelectValue", "optionId": id, "name": name,
            })
        }
    }
}
