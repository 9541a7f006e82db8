//! `user` of GraphQL: the reviews of a time, and comments by their last change.

use std::cmp::Reverse;

use apollo_compiler::resolvers::{FieldError, ObjectValue, ResolveInfo, ResolvedValue};
use serde_json::{Value, json};

use crate::github::activity::{FakeEvent, FakeIssue, parse_time};
use crate::github::json_object::resolve_value;
use crate::github::repository::format_time;
use crate::github::state::{GitHubState, StoredRepository};

/// Seconds that a collection of contributions spans at most.
const LONGEST_COLLECTION: u64 = 366 * 86_400;
/// Comments of a review that are shown with it.
const FIRST_COMMENTS: usize = 50;

/// An account that is asked for what it has done.
pub(in crate::github) struct Person<'a> {
    pub(in crate::github) state: &'a GitHubState,
    pub(in crate::github) id: u64,
}

/// What it has done within a time.
struct Contributions<'a> {
    state: &'a GitHubState,
    id: u64,
    times: (u64, u64),
}

impl ObjectValue for Person<'_> {
    fn type_name(&self) -> &'static str {
        "User"
    }

    fn resolve_field<'a>(
        &'a self,
        info: &'a ResolveInfo<'a>,
    ) -> Result<ResolvedValue<'a>, FieldError> {
        match info.field_name() {
            "issueComments" => {
                let mut found = entries(self.state, self.id, "commented");
                found.sort_by_key(|one| Reverse((one.event.updated, one.event.id)));
                let place = |one: &Entry<'_>| Reverse((one.event.updated, one.event.id));
                let page = Page::read(info);
                Ok(page.answer("IssueCommentConnection", &found, place, comment))
            }
            "contributionsCollection" => {
                let time = |name: &str| {
                    let text = info.arguments().get(name)?.as_str()?;
                    parse_time(text)
                };
                let times = (time("from").unwrap_or(0), time("to").unwrap_or(u64::MAX));
                if times.1.saturating_sub(times.0) > LONGEST_COLLECTION {
                    let message =
                        "The total time spanned by 'from' and 'to' must not exceed 1 year";
                    return Err(FieldError {
                        message: format!("VALIDATION|{message}"),
                    });
                }
                Ok(ResolvedValue::object(Contributions {
                    state: self.state,
                    id: self.id,
                    times,
                }))
            }
            _ => Err(self.unknown_field_error(info)),
        }
    }
}

impl ObjectValue for Contributions<'_> {
    fn type_name(&self) -> &'static str {
        "ContributionsCollection"
    }

    fn resolve_field<'a>(
        &'a self,
        info: &'a ResolveInfo<'a>,
    ) -> Result<ResolvedValue<'a>, FieldError> {
        if info.field_name() != "pullRequestReviewContributions" {
            return Err(self.unknown_field_error(info));
        }
        let mut found = entries(self.state, self.id, "reviewed");
        found.retain(|one| (self.times.0..=self.times.1).contains(&one.event.created));
        let place = |one: &Entry<'_>| (one.event.created, one.event.id);
        found.sort_by_key(place);
        let kind = "CreatedPullRequestReviewContributionConnection";
        let document = |entry: &Entry<'_>| review(self.state, entry);
        Ok(Page::read(info).answer(kind, &found, place, document))
    }
}

/// An entry of a timeline, and where it is.
struct Entry<'a> {
    stored: &'a StoredRepository,
    issue: &'a FakeIssue,
    event: &'a FakeEvent,
}

fn entries<'a>(state: &'a GitHubState, actor: u64, kind: &str) -> Vec<Entry<'a>> {
    let all = state.repositories().flat_map(|stored| {
        let issues = state.activity.present(stored.id);
        issues.flat_map(move |issue| {
            let events = issue.events.iter();
            events.map(move |event| Entry {
                stored,
                issue,
                event,
            })
        })
    });
    all.filter(|one| one.event.actor == actor && one.event.kind == kind)
        .collect()
}

/// What a list was asked for.
struct Page {
    first: usize,
    after: Option<u64>,
}

impl Page {
    fn read(info: &ResolveInfo<'_>) -> Self {
        let first = info
            .arguments()
            .get("first")
            .and_then(apollo_compiler::response::serde_json_bytes::Value::as_u64);
        let after = info
            .arguments()
            .get("after")
            .and_then(|value| value.as_str());
        let after = after.and_then(|cursor| cursor.strip_prefix("cursor:"));
        Self {
            first: usize::try_from(first.unwrap_or(100))
                .unwrap_or(100)
                .min(100),
            after: after.and_then(|id| id.parse().ok()),
        }
    }

    /// The entries behind the one with the cursor; that may have moved meanwhile, as on GitHub.
    fn answer<'r, K: Ord>(
        &self,
        kind: &str,
        all: &[Entry<'_>],
        place: impl Fn(&Entry<'_>) -> K,
        document: impl Fn(&Entry<'_>) -> Value,
    ) -> ResolvedValue<'r> {
        let last = all
            .iter()
            .find(|one| one.event.id == self.after && self.after.is_some());
        let left = all
            .iter()
            .filter(|one| last.is_none_or(|last| place(one) > place(last)));
        let left: Vec<&Entry<'_>> = left.collect();
        let shown = left.get(..self.first.min(left.len())).unwrap_or_default();
        let end = shown.last().and_then(|one| one.event.id);
        let nodes: Vec<Value> = shown.iter().map(|one| document(one)).collect();
        resolve_value(&json!({
            "__typename": kind,
            "totalCount": all.len(),
            "pageInfo": {
                "__typename": "PageInfo",
                "endCursor": end.map(|id| format!("cursor:{id}")),
                "hasNextPage": shown.len() < left.len(),
            },
            "nodes": nodes,
        }))
    }
}

fn repository(stored: &StoredRepository) -> Value {
    json!({
        "__typename": "Repository",
        "nameWithOwner": stored.slug,
        "isPrivate": stored.repository.is_private,
    })
}

fn issue(entry: &Entry<'_>, kind: &str) -> Value {
    let path = if entry.issue.is_pull {
        "pull"
    } else {
        "issues"
    };
    let (slug, number) = (&entry.stored.slug, entry.issue.number);
    json!({
        "__typename": kind,
        "number": number,
        "title": entry.issue.title,
        "url": format!("https://github.com/{slug}/{path}/{number}"),
    })
}

fn url(entry: &Entry<'_>, part: &str) -> String {
    let path = if entry.issue.is_pull {
        "pull"
    } else {
        "issues"
    };
    let (slug, number, id) = (&entry.stored.slug, entry.issue.number, entry.event.id);
    format!(
        "https://github.com/{slug}/{path}/{number}#{part}-{}",
        id.unwrap_or(0)
    )
}

fn comment(entry: &Entry<'_>) -> Value {
    json!({
        "__typename": "IssueComment",
        "id": format!("IC_{}", entry.event.id.unwrap_or(0)),
        "url": url(entry, "issuecomment"),
        "body": entry.event.body.clone().unwrap_or_default(),
        "createdAt": format_time(entry.event.created),
        "updatedAt": format_time(entry.event.updated),
        "repository": repository(entry.stored),
        "issue": issue(entry, "Issue"),
    })
}

/// The comments of a review, which has this event.
pub(in crate::github) fn review_comments(state: &GitHubState, event: u64) -> Vec<Value> {
    let count = state.persons.review_comments.get(&event);
    let comments = (0..count.copied().unwrap_or(0)).map(|number| {
        json!({
            "__typename": "PullRequestReviewComment",
            "id": format!("PRRC_{event}_{number}"),
            "url": format!("https://github.com/comments/{event}/{number}"),
            "path": "src/lib.rs",
            "body": format!("note {number}"),
            "createdAt": format_time(1_700_000_000),
        })
    });
    comments.collect()
}

fn review(state: &GitHubState, entry: &Entry<'_>) -> Value {
    let comments = review_comments(state, entry.event.id.unwrap_or(0));
    let shown = comments.len().min(FIRST_COMMENTS);
    let state = entry.event.review.unwrap_or("commented").to_uppercase();
    json!({
        "__typename": "CreatedPullRequestReviewContribution",
        "occurredAt": format_time(entry.event.created),
        "pullRequestReview": {
            "__typename": "PullRequestReview",
            "id": format!("PRR_{}", entry.event.id.unwrap_or(0)),
            "url": url(entry, "pullrequestreview"),
            "state": state,
            "body": entry.event.body.clone().unwrap_or_default(),
            "submittedAt": format_time(entry.event.created),
            "repository": repository(entry.stored),
            "pullRequest": issue(entry, "PullRequest"),
            "comments": {
                "__typename": "PullRequestReviewCommentConnection",
                "totalCount": comments.len(),
                "pageInfo": {
                    "__typename": "PageInfo",
                    "endCursor": format!("c{shown}"),
                    "hasNextPage": shown < comments.len(),
                },
                "nodes": comments[..shown],
            },
        },
    })
}
