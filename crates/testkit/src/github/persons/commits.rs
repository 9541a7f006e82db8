//! The search for commits of one author.

use axum::response::Response;
use serde_json::{Value, json};

use super::state::FakeCommit;
use crate::github::activity::{page_of, parse_time};
use crate::github::reply::{error_response, json_response};
use crate::github::repository::format_time;
use crate::github::state::GitHubState;
use crate::service::ReceivedRequest;

const MOST_RESULTS: usize = 1_000;

pub(in crate::github) fn search_commits(
    state: &GitHubState,
    request: &ReceivedRequest,
) -> Response {
    let invalid = |why: &str| error_response(422, &format!("Validation Failed: {why}"));
    let query = request.parameter("q").unwrap_or_default();
    let (mut author, mut times, mut is_public) = (None, (0, u64::MAX), false);
    for word in query.split_whitespace() {
        match word.split_once(':') {
            Some(("author", login)) => match state.activity.users.find(login) {
                Some(id) => author = Some(id),
                None => return invalid("The listed users cannot be searched"),
            },
            Some(("committer-date", span)) => {
                let span = span.split_once("..");
                let span = span.and_then(|(from, to)| Some((parse_time(from)?, parse_time(to)?)));
                match span {
                    Some(span) => times = span,
                    None => return invalid("no time"),
                }
            }
            Some(("is", "public")) => is_public = true,
            _ => return invalid(&format!("{word} is not understood")),
        }
    }
    let Some(author) = author else {
        return invalid("no author");
    };
    let is_shown = |commit: &&FakeCommit| {
        let stored = state.by_id(commit.repository);
        stored.is_some_and(|stored| !(is_public && stored.repository.is_private))
    };
    let mut found: Vec<&FakeCommit> = state
        .persons
        .commits
        .iter()
        .filter(|commit| commit.author == author && (times.0..=times.1).contains(&commit.at))
        .filter(is_shown)
        .collect();
    found.sort_by_key(|commit| (commit.at, commit.sha.clone()));
    if request.parameter("order").as_deref() != Some("asc") {
        found.reverse();
    }
    let Some(page) = page_of(&found, request, Some(MOST_RESULTS)) else {
        return error_response(422, "Only the first 1000 search results are available");
    };
    let items: Vec<Value> = page.iter().map(|commit| document(state, commit)).collect();
    json_response(
        200,
        &json!({ "total_count": found.len(), "incomplete_results": false, "items": items }),
    )
}

fn document(state: &GitHubState, commit: &FakeCommit) -> Value {
    let stored = state.by_id(commit.repository);
    let slug = stored.map_or("", |stored| stored.slug.as_str());
    let user = state.activity.users.document(commit.author);
    let login = user["login"].as_str().unwrap_or_default();
    let person = json!({
        "name": login, "email": format!("{login}@example.org"), "date": format_time(commit.at),
    });
    let (sha, api) = (&commit.sha, format!("https://api.github.com/repos/{slug}"));
    json!({
        "url": format!("{api}/commits/{sha}"),
        "sha": sha,
        "node_id": format!("C_{sha}"),
        "html_url": format!("https://github.com/{slug}/commit/{sha}"),
        "comments_url": format!("{api}/commits/{sha}/comments"),
        "commit": {
            "url": format!("{api}/git/commits/{sha}"),
            "author": person,
            "committer": person,
            "message": commit.message,
            "tree": { "url": format!("{api}/git/trees/{sha}"), "sha": sha },
            "comment_count": 0,
        },
        "author": user,
        "committer": user,
        "parents": [],
        "repository": {
            "id": commit.repository,
            "name": slug.split_once('/').map_or("", |(_, name)| name),
            "full_name": slug,
            "private": stored.is_some_and(|stored| stored.repository.is_private),
        },
        "score": 1.0,
    })
}
