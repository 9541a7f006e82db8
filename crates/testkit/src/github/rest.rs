//! The REST API.

use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::activity;
use super::people;
use super::quota::Resource;
use super::reply::{error_response, json_response, response_with_etag};
use super::repository::format_time;
use super::state::{GitHubState, StoredRepository};
use crate::service::ReceivedRequest;

pub(super) fn respond(
    state: &mut GitHubState,
    token: Option<&str>,
    request: &ReceivedRequest,
    now: u64,
) -> Response {
    let quota = *state.quotas.get_mut(token, Resource::Core, now);
    if request.path == "/rate_limit" {
        let core = json!({
            "limit": quota.limit, "used": quota.used, "remaining": quota.remaining(),
            "reset": quota.reset,
        });
        return json_response(200, &json!({ "resources": { "core": core }, "rate": core }));
    }
    if quota.remaining() == 0 {
        let subject = token.map_or("127.0.0.1", |_| "user ID 1");
        return error_response(403, &format!("API rate limit exceeded for {subject}."));
    }
    let response = find_resource(state, token, request);
    // A 304 is only free with a token.
    let is_free = response.status() == StatusCode::NOT_MODIFIED && token.is_some();
    if !is_free {
        state.quotas.get_mut(token, Resource::Core, now).used += 1;
    }
    response
}

fn find_resource(state: &GitHubState, token: Option<&str>, request: &ReceivedRequest) -> Response {
    let parts: Vec<&str> = request.path.split('/').skip(1).collect();
    let (stored, rest) = match parts.as_slice() {
        ["repos", owner, name, rest @ ..] => {
            let Some(stored) = state.find(&format!("{owner}/{name}")) else {
                return error_response(404, "Not Found");
            };
            if !stored.slug.eq_ignore_ascii_case(&format!("{owner}/{name}")) {
                return moved_response(stored.id, rest, request);
            }
            (stored, rest)
        }
        ["repositories", id, rest @ ..] => {
            let Some(stored) = id.parse().ok().and_then(|id| state.by_id(id)) else {
                return error_response(404, "Not Found");
            };
            (stored, rest)
        }
        ["users", login, rest @ ..] => {
            let found = state.activity.users.find(login);
            return people::respond(state, found.unwrap_or(0), rest, token, request);
        }
        ["user"] => {
            let owner = token.and_then(|token| state.persons.owners.get(token));
            return people::respond(state, owner.copied().unwrap_or(0), &[], token, request);
        }
        ["user", id, rest @ ..] => {
            return people::respond(state, id.parse().unwrap_or(0), rest, token, request);
        }
        ["orgs", organisation, "members"] => {
            return activity::members(state, organisation, token, request);
        }
        ["orgs", organisation, "repos"] => {
            return activity::repositories(state, organisation, token, request);
        }
        _ => return error_response(404, "Not Found"),
    };
    if let Some((status, message)) = &stored.repository.refused {
        let block = json!({ "reason": "dmca", "created_at": format_time(0), "html_url": null });
        return json_response(*status, &json!({ "message": message, "block": block }));
    }
    match rest {
        [] => response_with_etag(&people::repository_document(state, stored), token, request),
        ["contributors"] => contributors_response(state, stored, token, request),
        ["stargazers"] => people::stargazers(state, stored, token, request),
        ["pulls"] => pulls_response(stored, request),
        ["releases", "latest"] => match &stored.repository.release {
            Some((tag, at)) => json_response(
                200,
                &json!({ "tag_name": tag, "published_at": format_time(*at) }),
            ),
            None => error_response(404, "Not Found"),
        },
        rest => activity::respond(state, stored, rest, token, request)
            .unwrap_or_else(|| error_response(404, "Not Found")),
    }
}

pub(super) fn respond_to_search(
    state: &mut GitHubState,
    token: Option<&str>,
    request: &ReceivedRequest,
    now: u64,
) -> Response {
    let quota = state.quotas.get_mut(token, Resource::Search, now);
    if quota.remaining() == 0 {
        return error_response(403, "API rate limit exceeded for user ID 1.");
    }
    quota.used += 1;
    if request.path == "/search/commits" {
        return super::persons::search_commits(state, request);
    }
    activity::search(state, request, now)
}

fn moved_response(id: u64, rest: &[&str], request: &ReceivedRequest) -> Response {
    let id = id.to_string();
    let parts = [&["repositories", &id], rest].concat().join("/");
    let query = match request.query.as_str() {
        "" => String::new(),
        query => format!("?{query}"),
    };
    let location = format!("http://{}/{parts}{query}", request.header("host"));
    let body = json!({ "message": "Moved Permanently", "url": location });
    let mut response = json_response(301, &body);
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert("location", location);
    }
    response
}

fn contributors_response(
    state: &GitHubState,
    stored: &StoredRepository,
    token: Option<&str>,
    request: &ReceivedRequest,
) -> Response {
    if stored.repository.too_large {
        return error_response(
            403,
            "The history or contributor list is too large to list contributors for this \
             repository via the API.",
        );
    }
    if stored.repository.pushed.is_none() {
        return StatusCode::NO_CONTENT.into_response();
    }
    let listed = people::contributor_entries(state, stored);
    activity::list_response(&listed, Value::clone, token, request)
}

/// A page of open pull requests, with the number of pages in the `Link` header.
fn pulls_response(stored: &StoredRepository, request: &ReceivedRequest) -> Response {
    let (total, size) = (stored.repository.open_pull_requests, per_page(request));
    let shown = usize::try_from(total).unwrap_or(usize::MAX).min(size);
    let listed: Vec<Value> = (0..shown)
        .map(|number| json!({ "number": number, "state": "open" }))
        .collect();
    let mut response = json_response(200, &Value::from(listed));
    let pages = total.div_ceil(size as u64);
    if pages > 1 {
        let page = |number: u64, relation: &str| {
            let (host, path) = (request.header("host"), &request.path);
            format!("<http://{host}{path}?per_page={size}&page={number}>; rel=\"{relation}\"")
        };
        let link = format!("{}, {}", page(2, "next"), page(pages, "last"));
        if let Ok(link) = HeaderValue::from_str(&link) {
            response.headers_mut().insert("link", link);
        }
    }
    response
}

fn per_page(request: &ReceivedRequest) -> usize {
    let asked = request
        .parameter("per_page")
        .and_then(|text| text.parse().ok());
    asked.unwrap_or(30).clamp(1, 100)
}
