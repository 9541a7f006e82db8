//! A made-up GitHub of eight people who follow each other, with repositories and stars.
//!
//! [`SampleMap::serve`] answers on loopback as GitHub's REST API does, as far as discovery asks it, so
//! that it can be tried without a network and a token. It sends no requests, has no quotas, and shows
//! stargazers to nobody, as GitHub does to those who do not maintain a repository. Called by `cli`.

use std::net::Ipv4Addr;

use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};
use url::Url;

use crate::forge::ForgeError;

/// Login, name and place of each.
const PEOPLE: [(&str, &str, &str); 8] = [
    ("ada-sample", "Ada", "Brazil"),
    ("ben-sample", "Ben", "Berlin"),
    ("cleo-sample", "Cleo", "Bilbao"),
    ("dan-sample", "Dan", "Bergen"),
    ("eve-sample", "Eve", "Bologna"),
    ("fay-sample", "Fay", "Bristol"),
    ("gil-sample", "Gil", "Brno"),
    ("hana-sample", "Hana", "Basel"),
];

/// Where the ids of people begin, and those of repositories.
const FIRST_PERSON: usize = 9_001;
const FIRST_REPOSITORY: usize = 5_001;

const CREATED: &str = "2020-01-31T12:00:00Z";

/// People and repositories that do not exist.
#[derive(Debug, Default, Clone, Copy)]
pub struct SampleMap;

impl SampleMap {
    /// The login from which the map begins.
    #[must_use]
    pub fn seed(self) -> &'static str {
        PEOPLE[0].0
    }

    /// Whether an account with this id is part of the sample.
    #[must_use]
    pub fn has_account(self, id: i64) -> bool {
        let place = usize::try_from(id)
            .ok()
            .and_then(|id| id.checked_sub(FIRST_PERSON));
        place.is_some_and(|place| place < PEOPLE.len())
    }

    /// Answers on a loopback port of its own for as long as the runtime lives; returns the address of
    /// its API.
    ///
    /// # Errors
    ///
    /// [`ForgeError::Broken`] if no port can be had.
    pub async fn serve(self) -> Result<Url, ForgeError> {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .map_err(broken)?;
        let address = listener.local_addr().map_err(broken)?;
        let routes = Router::new()
            .route("/users/{login}", get(named))
            .route("/user/{id}", get(account))
            .route("/user/{id}/{list}", get(list))
            .route("/repositories/{id}", get(repository_by_id));
        tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, routes).await {
                tracing::warn!("the sample of GitHub has stopped: {error}");
            }
        });
        Url::parse(&format!("http://{address}/")).map_err(broken)
    }
}

fn broken(error: impl std::fmt::Display) -> ForgeError {
    ForgeError::Broken {
        what: "the sample of GitHub".to_owned(),
        why: error.to_string(),
    }
}

/// Whom a person follows.
fn following(person: usize) -> Vec<usize> {
    let all = [person + 1, person * 3 + 2].map(|other| other % PEOPLE.len());
    let mut others: Vec<usize> = all.into_iter().filter(|other| *other != person).collect();
    others.dedup();
    others
}

fn followers(person: usize) -> Vec<usize> {
    let all = 0..PEOPLE.len();
    all.filter(|other| following(*other).contains(&person))
        .collect()
}

/// Every third person has no repository, and the others have one or two.
fn owned(person: usize) -> Vec<usize> {
    (0..person % 3).map(|number| person * 2 + number).collect()
}

fn owner(repository: usize) -> usize {
    repository / 2
}

/// What a person has starred: something of those who are followed.
fn starred(person: usize) -> Vec<usize> {
    following(person)
        .into_iter()
        .flat_map(|other| owned(other).into_iter().take(1))
        .collect()
}

fn short(person: usize) -> Option<Value> {
    let (login, ..) = PEOPLE.get(person)?;
    let id = FIRST_PERSON + person;
    Some(json!({
        "login": login,
        "id": id,
        "node_id": format!("U_{id}"),
        "avatar_url": format!("https://avatars.githubusercontent.com/u/{id}?v=4"),
        "html_url": format!("https://github.com/{login}"),
        "type": "User",
    }))
}

fn long(person: usize) -> Option<Value> {
    let (_, name, location) = PEOPLE.get(person)?;
    let mut account = short(person)?;
    account["name"] = (*name).into();
    account["location"] = (*location).into();
    account["bio"] = "Made up, to show what a map holds.".into();
    account["followers"] = followers(person).len().into();
    account["following"] = following(person).len().into();
    account["public_repos"] = owned(person).len().into();
    account["public_gists"] = (person % 2).into();
    account["created_at"] = CREATED.into();
    account["updated_at"] = CREATED.into();
    Some(account)
}

fn repository(number: usize) -> Option<Value> {
    let person = owner(number);
    let (login, ..) = PEOPLE.get(person)?;
    if !owned(person).contains(&number) {
        return None;
    }
    let stars = (0..PEOPLE.len())
        .filter(|one| starred(*one).contains(&number))
        .count();
    let (id, name) = (FIRST_REPOSITORY + number, format!("sample-{number}"));
    let language = if number.is_multiple_of(2) {
        "Python"
    } else {
        "Rust"
    };
    Some(json!({
        "id": id,
        "node_id": format!("R_{id}"),
        "name": name,
        "full_name": format!("{login}/{name}"),
        "owner": short(person)?,
        "description": "A repository that does not exist",
        "language": language,
        "private": false,
        "fork": false,
        "archived": false,
        "disabled": false,
        "has_issues": true,
        "has_wiki": false,
        "stargazers_count": stars,
        "watchers_count": stars,
        "forks_count": 0,
        "open_issues_count": number % 4,
        "created_at": CREATED,
        "updated_at": CREATED,
        "pushed_at": CREATED,
    }))
}

async fn named(Path(login): Path<String>) -> Response {
    let found = PEOPLE
        .iter()
        .position(|(known, ..)| login.eq_ignore_ascii_case(known));
    answer(found.and_then(long))
}

async fn account(Path(id): Path<usize>) -> Response {
    answer(id.checked_sub(FIRST_PERSON).and_then(long))
}

async fn repository_by_id(Path(id): Path<usize>) -> Response {
    answer(id.checked_sub(FIRST_REPOSITORY).and_then(repository))
}

async fn list(Path((id, list)): Path<(usize, String)>) -> Response {
    let person = id
        .checked_sub(FIRST_PERSON)
        .filter(|place| *place < PEOPLE.len());
    let Some(person) = person else {
        return answer(None);
    };
    let all: Vec<Value> = match list.as_str() {
        "followers" => followers(person).into_iter().filter_map(short).collect(),
        "following" => following(person).into_iter().filter_map(short).collect(),
        "repos" => owned(person).into_iter().filter_map(repository).collect(),
        "starred" => starred(person)
            .into_iter()
            .filter_map(repository)
            .map(|repository| json!({ "starred_at": CREATED, "repo": repository }))
            .collect(),
        _ => return answer(None),
    };
    answer(Some(all.into()))
}

fn answer(found: Option<Value>) -> Response {
    let (status, body) = match found {
        Some(body) => (StatusCode::OK, body),
        None => (StatusCode::NOT_FOUND, json!({ "message": "Not Found" })),
    };
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (status, kind, body.to_string()).into_response()
}
