//! A made-up project on GitHub, with issues, a pull request and a discussion that belong on it.
//!
//! [`SampleBoard::serve`] answers on loopback as GitHub's GraphQL API does, as far as a plan asks it, so
//! that boards can be tried without a network and a token. It sends no requests, has no quotas, and
//! changes nothing. Called by `cli`.

use std::net::Ipv4Addr;

use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Map, Value, json};
use url::Url;

use crate::forge::ForgeError;

/// A project that does not exist.
#[derive(Debug, Default, Clone, Copy)]
pub struct SampleBoard;

impl SampleBoard {
    /// The text of its board file.
    pub const FILE: &str = include_str!("sample_board.toml");

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
        let routes = Router::new().route("/graphql", post(answer));
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

async fn answer(body: Bytes) -> Response {
    let shown = answer_to(&serde_json::from_slice(&body).unwrap_or_default());
    let content_type = [(header::CONTENT_TYPE, "application/json")];
    (content_type, shown.to_string()).into_response()
}

fn answer_to(body: &Value) -> Value {
    let text = body["query"].as_str().unwrap_or_default();
    let variables = &body["variables"];
    let name = text.split(['(', ' ']).nth(1).unwrap_or_default();
    let data = match name {
        "BoardProjectByNumber" => json!({
            "viewer": { "login": "board" },
            "owner": { "project": project() },
        }),
        "BoardScopes" => scopes(variables),
        "BoardSearch" => searches(text),
        "BoardItems" => json!({ "node": { "items": list(&items(variables)) } }),
        _ => return json!({ "errors": [{ "message": "the sample knows no answer" }] }),
    };
    json!({ "data": data })
}

fn list(nodes: &[Value]) -> Value {
    json!({
        "totalCount": nodes.len(),
        "total": nodes.len(),
        "pageInfo": { "hasNextPage": false, "endCursor": null },
        "nodes": nodes,
    })
}

fn project() -> Value {
    let field = |number: usize, name: &str, kind: &str| json!({ "id": format!("PVTF_{number}"), "name": name, "dataType": kind });
    let select = |number: usize, name: &str, options: &[&str]| {
        let options = options.iter().enumerate();
        let options =
            options.map(|(place, name)| json!({ "id": format!("{number}a{place}"), "name": name }));
        json!({
            "id": format!("PVTSSF_{number}"), "name": name, "dataType": "SINGLE_SELECT",
            "options": options.collect::<Vec<_>>(),
        })
    };
    json!({
        "id": "PVT_sample",
        "title": "Needs attention",
        "url": "https://github.com/orgs/example/projects/1",
        "viewerCanUpdate": true,
        "views": { "nodes": [{ "name": "Community", "filter": "commenter:External" }] },
        "fields": list(&[
            field(1, "Title", "TITLE"),
            field(2, "_linked_id", "TEXT"),
            field(3, "Updated", "DATE"),
            field(4, "Comments", "NUMBER"),
            field(5, "Last Comment", "DATE"),
            select(6, "Commenter", &["Member", "External", "Bot"]),
            select(7, "Discussion Wanted", &["True"]),
            field(8, "Next Date", "DATE"),
        ]),
    })
}

fn scopes(variables: &Value) -> Value {
    let logins = variables.as_object().into_iter().flatten();
    let owners = logins.filter(|(name, _)| name.starts_with('o'));
    let owners = owners.map(|(name, login)| (name.clone(), json!({ "login": login })));
    owners.collect::<Map<_, _>>().into()
}

/// An issue, pull request or discussion; the last comment is by a person and of a day.
fn content(kind: &str, number: i64, title: &str, comments: i64, last: (&str, &str)) -> Value {
    let (id, page) = match kind {
        "Issue" => ("I", "issues"),
        "PullRequest" => ("PR", "pull"),
        _ => ("D", "discussions"),
    };
    let (by, day) = last;
    let author = json!({ "__typename": "User", "login": by });
    let at = format!("{day}T12:00:00Z");
    let nodes = json!([{ "createdAt": at, "author": author }]);
    json!({
        "__typename": kind,
        "id": format!("{id}_{number}"),
        "url": format!("https://github.com/example/website/{page}/{number}"),
        "number": number,
        "title": title,
        "createdAt": "2026-01-05T08:00:00Z",
        "updatedAt": at,
        "closedAt": null,
        "repository": { "nameWithOwner": "example/website" },
        "author": { "__typename": "User", "login": "ada" },
        "votes": { "totalCount": 2 },
        "labels": list(&[]),
        "comments": { "totalCount": comments, "nodes": nodes },
        "threads": list(&[]),
    })
}

fn searches(text: &str) -> Value {
    let mut found = Map::new();
    for number in 0.. {
        let alias = format!("s{number}: search(query: $q{number}, type: ");
        let Some((_, rest)) = text.split_once(&alias) else {
            break;
        };
        let nodes = if rest.starts_with("DISCUSSION") {
            let talk = "Which colours for the start page?";
            vec![content("Discussion", 14, talk, 3, ("ben", "2026-02-11"))]
        } else {
            vec![
                content(
                    "Issue",
                    7,
                    "The menu is empty on phones",
                    4,
                    ("cleo", "2026-02-10"),
                ),
                content(
                    "Issue",
                    9,
                    "Add a page about events",
                    1,
                    ("ada", "2026-01-20"),
                ),
                content(
                    "PullRequest",
                    12,
                    "Make images smaller",
                    1,
                    ("ben", "2026-02-09"),
                ),
            ]
        };
        found.insert(format!("s{number}"), list(&nodes));
    }
    found.into()
}

fn items(variables: &Value) -> Vec<Value> {
    let values = |comments: i64, day: &str, link: &str, next: Option<&str>| {
        let select = |name: &str| json!({ "__typename": "ProjectV2ItemFieldSingleSelectValue", "name": name });
        let date = |day: &str| json!({ "__typename": "ProjectV2ItemFieldDateValue", "date": day });
        json!({
            "_linked_id": { "__typename": "ProjectV2ItemFieldTextValue", "text": link },
            "Updated": date(day),
            "Comments": { "__typename": "ProjectV2ItemFieldNumberValue", "number": comments },
            "Last Comment": date(day),
            "Commenter": select("Member"),
            "Next Date": next.map(date),
        })
    };
    let linked = |number: i64, title: &str| json!({ "__typename": "Issue", "id": format!("I_{number}"), "title": title });
    let by_hand = json!({ "__typename": "DraftIssue", "title": "Book a room", "body": "" });
    [
        (
            linked(7, "The menu is empty on phones"),
            values(3, "2026-02-01", "I_7", Some("2026-03-01")),
        ),
        (
            linked(9, "Add a page about events"),
            values(1, "2026-01-20", "I_9", None),
        ),
        (
            linked(3, "Fix a typing mistake"),
            values(0, "2025-12-01", "I_3", None),
        ),
        (by_hand, json!({})),
    ]
    .into_iter()
    .enumerate()
    .map(|(place, (content, values))| {
        let mut item = json!({
            "id": format!("PVTI_{place}"), "type": "ISSUE", "isArchived": false,
            "creator": { "login": "board" }, "content": content,
        });
        for (name, field) in variables.as_object().into_iter().flatten() {
            if let (true, Some(field)) = (name.starts_with('f') && name != "first", field.as_str())
            {
                item[name] = values[field].clone();
            }
        }
        item
    })
    .collect()
}
