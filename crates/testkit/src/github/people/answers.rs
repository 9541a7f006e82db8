//! What REST and GraphQL say of accounts.

use axum::response::Response;
use serde_json::{Value, json};

use super::state::{StargazerAccess, newest};
use crate::github::activity::list_response;
use crate::github::reply::{error_response, response_with_etag};
use crate::github::repository::format_time;
use crate::github::state::{GitHubState, StoredRepository};
use crate::service::{CLOCK_START, ReceivedRequest};

/// Entries with the time of the star are sent to those who ask for this type.
const WITH_TIME: &str = "application/vnd.github.star+json";

/// Below an account.
pub(in crate::github) fn respond(
    state: &GitHubState,
    account_id: u64,
    rest: &[&str],
    token: Option<&str>,
    request: &ReceivedRequest,
) -> Response {
    let (users, people) = (&state.activity.users, &state.people);
    let Some(user) = users.get(account_id) else {
        return error_response(404, "Not Found");
    };
    let short = |id: &u64| users.document(*id);
    match rest {
        [] => response_with_etag(&account(state, account_id), token, request),
        ["followers"] => list_response(
            &newest(people.followers.get(&account_id)),
            short,
            token,
            request,
        ),
        ["following"] => list_response(
            &newest(people.following.get(&account_id)),
            short,
            token,
            request,
        ),
        ["repos"] => {
            let mut owned = state.owned_by(&user.login);
            owned.reverse();
            let document = |stored: &&StoredRepository| short_repository(state, stored);
            list_response(&owned, document, token, request)
        }
        ["starred"] => {
            let starred = newest(people.starred.get(&account_id));
            let starred: Vec<(&StoredRepository, u64)> = starred
                .into_iter()
                .filter_map(|(id, at)| Some((state.by_id(id)?, at)))
                .collect();
            let is_timed = request.header("accept") == WITH_TIME;
            let document = |(stored, at): &(&StoredRepository, u64)| {
                let document = short_repository(state, stored);
                if is_timed {
                    json!({ "starred_at": format_time(*at), "repo": document })
                } else {
                    document
                }
            };
            list_response(&starred, document, token, request)
        }
        _ => error_response(404, "Not Found"),
    }
}

/// Who has starred a repository.
pub(in crate::github) fn stargazers(
    state: &GitHubState,
    stored: &StoredRepository,
    token: Option<&str>,
    request: &ReceivedRequest,
) -> Response {
    let shown = match state.people.access {
        StargazerAccess::Everybody => newest(state.people.stargazers.get(&stored.id)),
        StargazerAccess::Empty => Vec::new(),
        StargazerAccess::Refused(404) => return error_response(404, "Not Found"),
        StargazerAccess::Refused(status) => {
            return error_response(status, "Must have push access to view stargazers.");
        }
    };
    let is_timed = request.header("accept") == WITH_TIME;
    let document = |(account, at): &(u64, u64)| {
        let user = state.activity.users.document(*account);
        if is_timed {
            json!({ "starred_at": format_time(*at), "user": user })
        } else {
            user
        }
    };
    list_response(&shown, document, token, request)
}

/// Contributors as a list shows them, with the ids of accounts that exist.
pub(in crate::github) fn contributor_entries(
    state: &GitHubState,
    stored: &StoredRepository,
) -> Vec<Value> {
    let mut entries = stored.repository.contributor_entries();
    for entry in &mut entries {
        let login = entry["login"].as_str().unwrap_or_default();
        if let Some(id) = state.activity.users.find(login) {
            let mut account = state.activity.users.document(id);
            account["contributions"] = entry["contributions"].clone();
            *entry = account;
        }
    }
    entries
}

/// An account as its own address shows it.
pub(in crate::github) fn account(state: &GitHubState, id: u64) -> Value {
    let mut document = state.activity.users.document(id);
    let Some(user) = state.activity.users.get(id) else {
        return document;
    };
    let counted = Counts::of(state, id, &user.login);
    for (name, value) in profile(id) {
        document[name] = value;
    }
    document["public_repos"] = counted.repositories.into();
    document["public_gists"] = (id % 4).into();
    document["followers"] = counted.followers.into();
    document["following"] = counted.following.into();
    document["created_at"] = format_time(CLOCK_START - id * 1_000).into();
    document["updated_at"] = format_time(CLOCK_START).into();
    for (name, value) in &user.details {
        document[*name] = value.clone();
    }
    document
}

/// An account as `nodes` shows it, with its type in `__typename`.
pub(in crate::github) fn account_node(state: &GitHubState, id: u64) -> Option<Value> {
    let user = state.activity.users.get(id)?;
    let counted = Counts::of(state, id, &user.login);
    let connection = |kind: &str, count: usize| json!({ "__typename": kind, "totalCount": count });
    let rest = account(state, id);
    let mut node = json!({
        "__typename": user.kind(),
        "id": format!("U_{id}"),
        "databaseId": id,
        "login": user.login,
        "avatarUrl": rest["avatar_url"],
        "url": rest["html_url"],
        "createdAt": rest["created_at"],
        "updatedAt": rest["updated_at"],
    });
    if !user.is_bot {
        node["name"] = rest["name"].clone();
        node["location"] = rest["location"].clone();
        node["repositories"] = connection("RepositoryConnection", counted.repositories);
    }
    if user.is_organisation {
        node["description"] = rest["bio"].clone();
    } else if !user.is_bot {
        node["bio"] = rest["bio"].clone();
        node["company"] = rest["company"].clone();
        node["followers"] = connection("FollowerConnection", counted.followers);
        node["following"] = connection("FollowingConnection", counted.following);
        node["gists"] = connection("GistConnection", usize::try_from(id % 4).unwrap_or(0));
        node["starredRepositories"] = connection("StarredRepositoryConnection", counted.starred);
    }
    Some(node)
}

/// A repository as its own address shows it.
pub(in crate::github) fn repository_document(
    state: &GitHubState,
    stored: &StoredRepository,
) -> Value {
    let repository = &stored.repository;
    let mut document = repository.rest_document(stored.id, &stored.slug);
    let owner = stored.slug.split_once('/').map_or("", |(owner, _)| owner);
    if let Some(owner) = state.activity.users.find(owner) {
        document["owner"] = state.activity.users.document(owner);
    }
    let starred = state.people.stargazers.get(&stored.id);
    if let Some(starred) = starred.filter(|starred| !starred.is_empty()) {
        let stars = repository.stars + starred.len() as u64;
        for name in ["stargazers_count", "watchers_count", "watchers"] {
            document[name] = stars.into();
        }
    }
    document
}

/// A repository as lists show it, without the number of its watchers.
fn short_repository(state: &GitHubState, stored: &StoredRepository) -> Value {
    let mut document = repository_document(state, stored);
    if let Some(fields) = document.as_object_mut() {
        fields.remove("subscribers_count");
        fields.remove("network_count");
    }
    document
}

struct Counts {
    followers: usize,
    following: usize,
    starred: usize,
    repositories: usize,
}

impl Counts {
    fn of(state: &GitHubState, id: u64, login: &str) -> Self {
        let people = &state.people;
        Self {
            followers: people.followers.get(&id).map_or(0, Vec::len),
            following: people.following.get(&id).map_or(0, Vec::len),
            starred: people.starred.get(&id).map_or(0, Vec::len),
            repositories: state.owned_by(login).len(),
        }
    }
}

/// What people say of themselves; every fifth says nothing.
fn profile(id: u64) -> [(&'static str, Value); 5] {
    if id.is_multiple_of(5) {
        return ["name", "location", "bio", "company", "email"].map(|name| (name, Value::Null));
    }
    [
        ("name", format!("Person {id}").into()),
        (
            "location",
            ["Brazil", "Berlin", "Bilbao"][usize::try_from(id % 3).unwrap_or(0)].into(),
        ),
        ("bio", format!("One {id} to code it all. ").into()),
        ("company", Value::Null),
        ("email", format!("person-{id}@example.org").into()),
    ]
}
