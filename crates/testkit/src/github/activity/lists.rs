//! The lists of the REST API: issues, timelines, comments, events, members.

use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::issue::{FakeEvent, FakeIssue, Scene};
use super::state::{ActivityState, Slot};
use crate::github::reply::{error_response, json_response, response_with_etag};
use crate::github::state::{GitHubState, StoredRepository};
use crate::service::ReceivedRequest;

/// A Unix time from GitHub's text.
pub(in crate::github) fn parse_time(text: &str) -> Option<u64> {
    let time: jiff::Timestamp = match text.parse() {
        Ok(time) => time,
        Err(_) => format!("{text}T00:00:00Z").parse().ok()?,
    };
    u64::try_from(time.as_second()).ok()
}

/// A page of a list, as the request wants it; `None` beyond the most results.
pub(in crate::github) fn page_of<'a, T>(
    all: &'a [T],
    request: &ReceivedRequest,
    most: Option<usize>,
) -> Option<&'a [T]> {
    let number = |name: &str, default: usize| {
        let text = request.parameter(name);
        text.and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let size = number("per_page", 30).clamp(1, 100);
    let start = number("page", 1).saturating_sub(1).saturating_mul(size);
    if most.is_some_and(|most| start >= most) {
        return None;
    }
    let end = start.saturating_add(size).min(all.len());
    Some(all.get(start..end).unwrap_or_default())
}

/// A page of a list with an entity tag, and a link to the next one if there is one.
pub(in crate::github) fn list_response<T>(
    all: &[T],
    document: impl Fn(&T) -> Value,
    token: Option<&str>,
    request: &ReceivedRequest,
) -> Response {
    let page = page_of(all, request, None).unwrap_or_default();
    let body: Vec<Value> = page.iter().map(document).collect();
    let mut response = response_with_etag(&Value::from(body), token, request);
    let is_last = all
        .last()
        .zip(page.last())
        .is_none_or(|(last, shown)| std::ptr::eq(last, shown));
    if !is_last && !page.is_empty() {
        let size = request
            .parameter("per_page")
            .and_then(|text| text.parse().ok());
        let pages = all.len().div_ceil(size.unwrap_or(30).clamp(1, 100));
        let host = request.header("host");
        let link = format!(
            "<http://{host}/next>; rel=\"next\", <http://{host}/?page={pages}>; rel=\"last\""
        );
        if let Ok(link) = HeaderValue::from_str(&link) {
            response.headers_mut().insert("link", link);
        }
    }
    response
}

/// Below a repository; `None` if it is no address of ours.
pub(in crate::github) fn respond(
    state: &GitHubState,
    stored: &StoredRepository,
    rest: &[&str],
    token: Option<&str>,
    request: &ReceivedRequest,
) -> Option<Response> {
    let activity = &state.activity;
    let scene = Scene {
        users: &activity.users,
        slug: &stored.slug,
    };
    let response = match rest {
        ["issues"] => {
            let issues = wanted_issues(activity, stored.id, request);
            list_response(&issues, |issue| issue.document(scene), token, request)
        }
        ["issues", "comments"] => {
            let comments = wanted_comments(activity, stored.id, request);
            let document = |(number, event): &(u64, &FakeEvent)| {
                let mut document = event.document(scene, *number, None);
                if let Some(fields) = document.as_object_mut() {
                    fields.remove("event");
                    fields.remove("actor");
                }
                document
            };
            list_response(&comments, document, token, request)
        }
        ["issues", "events"] => {
            let events = all_events(activity, stored.id);
            let document = |(issue, event): &(&FakeIssue, &FakeEvent)| {
                let mut document = event.document(scene, issue.number, None);
                if let Some(fields) = document.as_object_mut() {
                    fields.insert("issue".to_owned(), issue.document(scene));
                }
                document
            };
            list_response(&events, document, token, request)
        }
        ["issues", number] => {
            let Some(issue) = found_issue(activity, stored, number, &[], request) else {
                return Some(error_response(404, "Not Found"));
            };
            match issue {
                Ok(issue) => response_with_etag(&issue.document(scene), token, request),
                Err(response) => response,
            }
        }
        ["issues", number, "timeline"] => {
            let Some(issue) = found_issue(activity, stored, number, &["timeline"], request) else {
                return Some(error_response(404, "Not Found"));
            };
            let issue = match issue {
                Ok(issue) => issue,
                Err(response) => return Some(response),
            };
            let document = |event: &FakeEvent| timeline_entry(state, scene, issue, event);
            list_response(&issue.events, document, token, request)
        }
        _ => return None,
    };
    Some(response)
}

/// An entry of the timeline of an issue.
pub(super) fn timeline_entry(
    state: &GitHubState,
    scene: Scene<'_>,
    issue: &FakeIssue,
    event: &FakeEvent,
) -> Value {
    let activity = &state.activity;
    let source = event.source.and_then(|id| activity.by_id(id));
    let source = source.map(|(repository, source)| {
        let stored = state.by_id(repository);
        source.document(Scene {
            users: &activity.users,
            slug: stored.map_or("", |stored| &stored.slug),
        })
    });
    event.document(scene, issue.number, source.as_ref())
}

/// The members of an organisation.
pub(in crate::github) fn members(
    state: &GitHubState,
    organisation: &str,
    token: Option<&str>,
    request: &ReceivedRequest,
) -> Response {
    let activity = &state.activity;
    let organisation = organisation.to_lowercase();
    let Some(members) = activity.members.get(&organisation) else {
        return error_response(404, "Not Found");
    };
    let shown: Vec<u64> = if activity.hidden_members.contains(&organisation) {
        Vec::new()
    } else {
        let members = members.iter().copied();
        members
            .filter(|id| activity.users.get(*id).is_some())
            .collect()
    };
    list_response(&shown, |id| activity.users.document(*id), token, request)
}

/// The repositories of an organisation.
pub(in crate::github) fn repositories(
    state: &GitHubState,
    organisation: &str,
    token: Option<&str>,
    request: &ReceivedRequest,
) -> Response {
    let owned = state.owned_by(organisation);
    if owned.is_empty() {
        return error_response(404, "Not Found");
    }
    let document =
        |stored: &&StoredRepository| stored.repository.rest_document(stored.id, &stored.slug);
    list_response(&owned, document, token, request)
}

/// An issue by its number, or the response that says where it is; `None` if there never was one.
fn found_issue<'a>(
    activity: &'a ActivityState,
    stored: &StoredRepository,
    number: &str,
    below: &[&str],
    request: &ReceivedRequest,
) -> Option<Result<&'a FakeIssue, Response>> {
    let slots = activity.issues.get(&stored.id)?;
    Some(match slots.get(&number.parse().ok()?)? {
        Slot::Here(issue) => Ok(issue),
        Slot::Deleted => Err(error_response(410, "This issue was deleted")),
        Slot::Moved { repository, number } => {
            let parts = [&[number.to_string().as_str()], below].concat().join("/");
            let host = request.header("host");
            let query = match request.query.as_str() {
                "" => String::new(),
                query => format!("?{query}"),
            };
            let location = format!("http://{host}/repositories/{repository}/issues/{parts}{query}");
            let mut response = json_response(
                301,
                &serde_json::json!({ "message": "Moved Permanently", "url": location }),
            );
            match HeaderValue::from_str(&location) {
                Ok(location) => {
                    response.headers_mut().insert("location", location);
                    Err(response)
                }
                Err(_) => Err(StatusCode::INTERNAL_SERVER_ERROR.into_response()),
            }
        }
    })
}

fn wanted_issues<'a>(
    activity: &'a ActivityState,
    repository: u64,
    request: &ReceivedRequest,
) -> Vec<&'a FakeIssue> {
    let since = request
        .parameter("since")
        .and_then(|text| parse_time(&text));
    let state = request.parameter("state").unwrap_or("open".to_owned());
    let mut issues: Vec<&FakeIssue> = activity
        .present(repository)
        .filter(|issue| since.is_none_or(|since| issue.updated >= since))
        .filter(|issue| match state.as_str() {
            "all" => true,
            "closed" => !issue.is_open,
            _ => issue.is_open,
        })
        .collect();
    match request.parameter("sort").as_deref() {
        Some("updated") => issues.sort_by_key(|issue| (issue.updated, issue.id)),
        _ => issues.sort_by_key(|issue| (issue.created, issue.id)),
    }
    if request.parameter("direction").as_deref() != Some("asc") {
        issues.reverse();
    }
    issues
}

/// Comments by the time of their last change, the oldest first.
fn wanted_comments<'a>(
    activity: &'a ActivityState,
    repository: u64,
    request: &ReceivedRequest,
) -> Vec<(u64, &'a FakeEvent)> {
    let since = request
        .parameter("since")
        .and_then(|text| parse_time(&text));
    let mut comments: Vec<(u64, &FakeEvent)> = activity
        .present(repository)
        .flat_map(|issue| issue.events.iter().map(|event| (issue.number, event)))
        .filter(|(_, event)| event.kind == "commented")
        .filter(|(_, event)| since.is_none_or(|since| event.updated >= since))
        .collect();
    comments.sort_by_key(|(_, event)| (event.updated, event.id));
    if request.parameter("direction").as_deref() != Some("asc") {
        comments.reverse();
    }
    comments
}

/// Events with an id, the newest first; comments and reviews are none of them.
fn all_events(activity: &ActivityState, repository: u64) -> Vec<(&FakeIssue, &FakeEvent)> {
    let mut events: Vec<(&FakeIssue, &FakeEvent)> = activity
        .present(repository)
        .flat_map(|issue| issue.events.iter().map(move |event| (issue, event)))
        .filter(|(_, event)| event.id.is_some())
        .filter(|(_, event)| !matches!(event.kind.as_str(), "commented" | "reviewed"))
        .collect();
    events.sort_by_key(|(_, event)| std::cmp::Reverse(event.id));
    events
}
