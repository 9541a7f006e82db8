//! The search for issues: one scope per query, a repository or an author, an index that lags behind, at most 1,000 results.

use axum::response::Response;
use serde_json::{Value, json};

use super::issue::{FakeIssue, Scene};
use super::lists::{page_of, parse_time};
use crate::github::reply::{error_response, json_response};
use crate::github::state::{GitHubState, StoredRepository};
use crate::service::ReceivedRequest;

/// The most results that can be paged through.
const MOST_RESULTS: usize = 1_000;
/// Characters of a query.
const LONGEST_QUERY: usize = 256;

/// A condition of a query.
enum Condition {
    IsPull(bool),
    IsOpen(bool),
    IsMerged(bool),
    Author(u64),
    IsPublic,
    Time(Field, u64, u64),
}

#[derive(Clone, Copy)]
enum Field {
    Created,
    Updated,
    Closed,
}

impl Condition {
    fn holds(&self, issue: &FakeIssue, stored: &StoredRepository) -> bool {
        match self {
            Self::IsPull(wanted) => issue.is_pull == *wanted,
            Self::IsOpen(wanted) => issue.is_open == *wanted,
            Self::IsMerged(wanted) => issue.is_pull && issue.merged.is_some() == *wanted,
            Self::Author(id) => issue.author == *id,
            Self::IsPublic => !stored.repository.is_private,
            Self::Time(field, from, to) => {
                let time = match field {
                    Field::Created => Some(issue.created),
                    Field::Updated => Some(issue.updated),
                    Field::Closed => issue.closed,
                };
                time.is_some_and(|time| (*from..=*to).contains(&time))
            }
        }
    }
}

pub(in crate::github) fn respond(
    state: &mut GitHubState,
    request: &ReceivedRequest,
    now: u64,
) -> Response {
    let invalid = |why: &str| error_response(422, &format!("Validation Failed: {why}"));
    let query = request.parameter("q").unwrap_or_default();
    if query.is_empty() || query.chars().count() > LONGEST_QUERY {
        return invalid("the query is empty or too long");
    }
    let (mut scope, mut has_author) = (None, false);
    let mut conditions = Vec::new();
    for word in query.split_whitespace() {
        if let Some(slug) = word.strip_prefix("repo:") {
            if scope.is_some() {
                // What several scopes mean is not documented any more.
                return invalid("several scopes");
            }
            let found = state.find(slug);
            // Former names are not followed.
            let found = found.filter(|stored| stored.slug.eq_ignore_ascii_case(slug));
            let Some(found) = found.filter(|stored| stored.repository.refused.is_none()) else {
                return invalid(
                    "The listed users and repositories cannot be searched either because the \
                     resources do not exist or you do not have permission to view them.",
                );
            };
            scope = Some(found.id);
            continue;
        }
        if let Some(login) = word.strip_prefix("author:") {
            let Some(id) = state.activity.users.find(login) else {
                return invalid("The listed users cannot be searched");
            };
            has_author = true;
            conditions.push(Condition::Author(id));
            continue;
        }
        match parse_condition(word) {
            Some(condition) => conditions.push(condition),
            None => return invalid(&format!("{word} is not understood")),
        }
    }
    if scope.is_none() && !has_author {
        return invalid("no scope");
    }
    if !conditions
        .iter()
        .any(|one| matches!(one, Condition::IsPull(_)))
    {
        return invalid("is:issue or is:pull-request is required");
    }
    state.activity.index.catch_up(now);
    let index = &state.activity.index;
    let (first, last) = scope.map_or((0, u64::MAX), |id| (id, id));
    let mut found: Vec<(&FakeIssue, &StoredRepository)> = index
        .known
        .range((first, 0)..=(last, u64::MAX))
        .filter_map(|((repository, _), issue)| Some((issue, state.by_id(*repository)?)))
        .filter(|(issue, stored)| {
            let mut conditions = conditions.iter();
            conditions.all(|condition| condition.holds(issue, stored))
        })
        .collect();
    match request.parameter("sort").as_deref() {
        Some("created") => found.sort_by_key(|(issue, _)| (issue.created, issue.id)),
        Some("updated") => found.sort_by_key(|(issue, _)| (issue.updated, issue.id)),
        _ => found.sort_by_key(|(issue, _)| issue.id % 97),
    }
    if request.parameter("order").as_deref() != Some("asc") {
        found.reverse();
    }
    let total = found.len();
    let Some(page) = page_of(&found, request, Some(MOST_RESULTS)) else {
        return error_response(422, "Only the first 1000 search results are available");
    };
    let items: Vec<Value> = page
        .iter()
        .map(|(issue, stored)| {
            let mut document = issue.document(Scene {
                users: &state.activity.users,
                slug: &stored.slug,
            });
            if let Some(fields) = document.as_object_mut() {
                fields.insert("score".to_owned(), 1.0.into());
                fields.insert("text_matches".to_owned(), json!([]));
            }
            document
        })
        .collect();
    json_response(
        200,
        &json!({ "total_count": total, "incomplete_results": false, "items": items }),
    )
}

fn parse_condition(word: &str) -> Option<Condition> {
    let (name, value) = word.split_once(':')?;
    let field = match (name, value) {
        ("is", "pr" | "pull-request") => return Some(Condition::IsPull(true)),
        ("is", "issue") => return Some(Condition::IsPull(false)),
        ("is", "open") => return Some(Condition::IsOpen(true)),
        ("is", "closed") => return Some(Condition::IsOpen(false)),
        ("is", "merged") => return Some(Condition::IsMerged(true)),
        ("is", "public") => return Some(Condition::IsPublic),
        ("is", "unmerged") => return Some(Condition::IsMerged(false)),
        ("created", _) => Field::Created,
        ("updated", _) => Field::Updated,
        ("closed", _) => Field::Closed,
        _ => return None,
    };
    let (from, to) = if let Some(from) = value.strip_prefix(">=") {
        (parse_time(from)?, u64::MAX)
    } else {
        let (from, to) = value.split_once("..")?;
        (parse_time(from)?, parse_time(to)?)
    };
    Some(Condition::Time(field, from, to))
}
