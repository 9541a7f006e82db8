//! The REST side.

use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use xxhash_rust::xxh3::xxh3_64;

use super::quota::Resource;
use super::repository::time;
use super::world::{Held, World};
use super::{said, spoken};
use crate::stage::Call;

pub(super) fn answer(world: &mut World, token: Option<&str>, call: &Call, now: u64) -> Response {
    let quota = *world.quotas.of(token, Resource::Core, now);
    if call.path == "/rate_limit" {
        let core = json!({
            "limit": quota.limit, "used": quota.used, "remaining": quota.remaining(),
            "reset": quota.reset,
        });
        return spoken(200, &json!({ "resources": { "core": core }, "rate": core }));
    }
    if quota.remaining() == 0 {
        let whose = token.map_or("127.0.0.1", |_| "user ID 1");
        return said(403, &format!("API rate limit exceeded for {whose}."));
    }
    let response = found(world, token, call);
    // Without a token, having it already is no excuse.
    let is_free = response.status() == StatusCode::NOT_MODIFIED && token.is_some();
    if !is_free {
        world.quotas.of(token, Resource::Core, now).used += 1;
    }
    response
}

fn found(world: &World, token: Option<&str>, call: &Call) -> Response {
    let parts: Vec<&str> = call.path.split('/').skip(1).collect();
    let (held, rest) = match parts.as_slice() {
        ["repos", owner, name, rest @ ..] => {
            let Some(held) = world.find(&format!("{owner}/{name}")) else {
                return said(404, "Not Found");
            };
            if !held.slug.eq_ignore_ascii_case(&format!("{owner}/{name}")) {
                return moved(held.id, rest, call);
            }
            (held, rest)
        }
        ["repositories", id, rest @ ..] => {
            let Some(held) = id.parse().ok().and_then(|id| world.by_id(id)) else {
                return said(404, "Not Found");
            };
            (held, rest)
        }
        _ => return said(404, "Not Found"),
    };
    if let Some((status, words)) = &held.repository.refused {
        let block = json!({ "reason": "dmca", "created_at": time(0), "html_url": null });
        return spoken(*status, &json!({ "message": words, "block": block }));
    }
    match rest {
        [] => tagged(&held.repository.rest(held.id, &held.slug), token, call),
        ["contributors"] => contributors(held, token, call),
        ["pulls"] => pulls(held, call),
        ["releases", "latest"] => match &held.repository.release {
            Some((tag, at)) => spoken(200, &json!({ "tag_name": tag, "published_at": time(*at) })),
            None => said(404, "Not Found"),
        },
        _ => said(404, "Not Found"),
    }
}

fn moved(id: u64, rest: &[&str], call: &Call) -> Response {
    let id = id.to_string();
    let parts = [&["repositories", &id], rest].concat().join("/");
    let query = match call.query.as_str() {
        "" => String::new(),
        query => format!("?{query}"),
    };
    let location = format!("http://{}/{parts}{query}", call.header("host"));
    let body = json!({ "message": "Moved Permanently", "url": location });
    let mut response = spoken(301, &body);
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert("location", location);
    }
    response
}

fn contributors(held: &Held, token: Option<&str>, call: &Call) -> Response {
    if held.repository.too_large {
        return said(
            403,
            "The history or contributor list is too large to list contributors for this \
             repository via the API.",
        );
    }
    if held.repository.pushed.is_none() {
        return StatusCode::NO_CONTENT.into_response();
    }
    let mut listed = held.repository.contributors();
    listed.truncate(per_page(call));
    tagged(&Value::from(listed), token, call)
}

/// Open pull requests, one page of them, and in `Link` how many pages there are.
fn pulls(held: &Held, call: &Call) -> Response {
    let (total, size) = (held.repository.open_pull_requests, per_page(call));
    let shown = usize::try_from(total).unwrap_or(usize::MAX).min(size);
    let listed: Vec<Value> = (0..shown)
        .map(|number| json!({ "number": number, "state": "open" }))
        .collect();
    let mut response = spoken(200, &Value::from(listed));
    let pages = total.div_ceil(size as u64);
    if pages > 1 {
        let page = |number: u64, relation: &str| {
            let (host, path) = (call.header("host"), &call.path);
            format!("<http://{host}{path}?per_page={size}&page={number}>; rel=\"{relation}\"")
        };
        let link = format!("{}, {}", page(2, "next"), page(pages, "last"));
        if let Ok(link) = HeaderValue::from_str(&link) {
            response.headers_mut().insert("link", link);
        }
    }
    response
}

fn per_page(call: &Call) -> usize {
    let asked = call
        .parameter("per_page")
        .and_then(|text| text.parse().ok());
    asked.unwrap_or(30).clamp(1, 100)
}

/// With an entity tag of this token, or 304 if the caller has that.
fn tagged(body: &Value, token: Option<&str>, call: &Call) -> Response {
    let text = body.to_string();
    let digest = xxh3_64(format!("{token:?}{text}").as_bytes());
    let tag = format!("W/\"{digest:016x}\"");
    let has_it = call.header("if-none-match") == tag;
    let mut response = if has_it {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        spoken(200, body)
    };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert("etag", tag);
    }
    response
}
