//! A recorded GitHub: a few made-up repositories with some hundred days of issues, compiled in.
//!
//! [`Sample::serve`] answers on loopback as GitHub's REST API does, as far as activity asks it, so that
//! it can be tried without a network and a token, and works exactly as it does with GitHub. It sends no
//! requests, has no quotas and gives no entity tags. Called by `cli`.
//!
//! `scripts/record-activity` makes a new recording.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use flate2::read::GzDecoder;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use crate::forge::ForgeError;

static RECORDING: &[u8] = include_bytes!("../../../sample/activity.jsonl.gz");

/// The recording, unpacked.
#[derive(Debug, Deserialize)]
pub struct Sample {
    organisation: String,
    repositories: Vec<Value>,
    members: Vec<Value>,
    /// By the name of the repository.
    #[serde(default)]
    issues: BTreeMap<String, Vec<RecordedIssue>>,
}

/// A line of the recording.
#[derive(Debug, Deserialize)]
struct RecordedIssue {
    repository: String,
    issue: Value,
    timeline: Vec<Value>,
}

impl RecordedIssue {
    fn has_number(&self, number: &str) -> bool {
        let wanted: Option<u64> = number.parse().ok();
        wanted.is_some() && wanted == self.issue["number"].as_u64()
    }
}

impl Sample {
    /// Unpacks the recording.
    ///
    /// # Errors
    ///
    /// [`ForgeError::Broken`] if the program was built with a recording that cannot be read.
    pub fn open() -> Result<Self, ForgeError> {
        let mut lines = BufReader::new(GzDecoder::new(RECORDING)).lines();
        let head = lines.next().transpose().map_err(broken)?;
        let mut sample: Self = serde_json::from_str(&head.unwrap_or_default()).map_err(broken)?;
        for line in lines {
            let issue: RecordedIssue =
                serde_json::from_str(&line.map_err(broken)?).map_err(broken)?;
            let issues = sample.issues.entry(issue.repository.clone());
            issues.or_default().push(issue);
        }
        Ok(sample)
    }

    /// The organisation that was recorded.
    #[must_use]
    pub fn organisation(&self) -> &str {
        &self.organisation
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
            .route("/orgs/{organisation}/{list}", get(of_organisation))
            .route("/repos/{owner}/{name}", get(repository))
            .route("/repos/{owner}/{name}/issues", get(issues))
            .route("/repos/{owner}/{name}/issues/{list}", get(of_repository))
            .route(
                "/repos/{owner}/{name}/issues/{number}/timeline",
                get(timeline),
            )
            .route("/search/issues", get(search))
            .with_state(Arc::new(self));
        tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, routes).await {
                tracing::warn!("the sample of GitHub has stopped: {error}");
            }
        });
        Url::parse(&format!("http://{address}/")).map_err(broken)
    }

    fn issues_of(&self, repository: &str) -> impl Iterator<Item = &RecordedIssue> {
        self.issues.get(repository).into_iter().flatten()
    }
}

/// A text of a document; empty if there is none.
fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

fn json_response(value: &impl Serialize) -> Response {
    match serde_json::to_string(value) {
        Ok(text) => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// A parameter of a request.
fn parameter(query: &RawQuery, name: &str) -> Option<String> {
    let query = query.0.as_deref().unwrap_or_default();
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let (_, value) = pairs.find(|(key, _)| key == name)?;
    Some(value.into_owned())
}

/// The page of a list that the request wants.
fn page_of<T>(list: Vec<T>, query: &RawQuery) -> Vec<T> {
    let number = |name: &str, default: usize| {
        let text = parameter(query, name);
        text.and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let size = number("per_page", 30).clamp(1, 100);
    let before = number("page", 1).saturating_sub(1).saturating_mul(size);
    list.into_iter().skip(before).take(size).collect()
}

/// What has changed since the time of the request, by that time.
fn changed<'v>(list: impl Iterator<Item = &'v Value>, query: &RawQuery) -> Response {
    let since = parameter(query, "since").unwrap_or_default();
    let by = match parameter(query, "sort").as_deref() {
        Some("updated") => "updated_at",
        _ => "created_at",
    };
    let mut list: Vec<&Value> = list
        .filter(|item| text(item, "updated_at") >= since.as_str())
        .collect();
    list.sort_by_key(|item| text(item, by));
    json_response(&page_of(list, query))
}

async fn of_organisation(
    State(sample): State<Arc<Sample>>,
    Path((organisation, list)): Path<(String, String)>,
    query: RawQuery,
) -> Response {
    let list = match list.as_str() {
        "repos" => &sample.repositories,
        "members" => &sample.members,
        _ => return not_found(),
    };
    if organisation != sample.organisation {
        return not_found();
    }
    json_response(&page_of(list.iter().collect(), &query))
}

async fn repository(
    State(sample): State<Arc<Sample>>,
    Path((owner, name)): Path<(String, String)>,
) -> Response {
    let slug = format!("{owner}/{name}");
    let mut repositories = sample.repositories.iter();
    let found = repositories.find(|found| text(found, "full_name") == slug);
    found.map_or_else(not_found, json_response)
}

async fn issues(
    State(sample): State<Arc<Sample>>,
    Path((owner, name)): Path<(String, String)>,
    query: RawQuery,
) -> Response {
    let slug = format!("{owner}/{name}");
    let issues = sample.issues_of(&slug).map(|found| &found.issue);
    changed(issues, &query)
}

/// An issue by its number, or one of the lists that all issues of a repository share.
async fn of_repository(
    State(sample): State<Arc<Sample>>,
    Path((owner, name, list)): Path<(String, String, String)>,
    query: RawQuery,
) -> Response {
    let slug = format!("{owner}/{name}");
    let mut issues = sample.issues_of(&slug);
    let is_comment = |entry: &&Value| entry["event"] == "commented";
    match list.as_str() {
        "comments" => {
            let entries = issues.flat_map(|found| &found.timeline);
            changed(entries.filter(is_comment), &query)
        }
        "events" => {
            let mut events = Vec::new();
            for found in issues {
                let entries = found.timeline.iter();
                for entry in entries.filter(|entry| !is_comment(entry) && entry["user"].is_null()) {
                    let mut event = entry.clone();
                    event["issue"] = found.issue.clone();
                    events.push(event);
                }
            }
            events.sort_by_key(|event| std::cmp::Reverse(event["id"].as_i64()));
            json_response(&page_of(events, &query))
        }
        number => {
            let found = issues.find(|found| found.has_number(number));
            found.map_or_else(not_found, |found| json_response(&found.issue))
        }
    }
}

async fn timeline(
    State(sample): State<Arc<Sample>>,
    Path((owner, name, number)): Path<(String, String, String)>,
    query: RawQuery,
) -> Response {
    let slug = format!("{owner}/{name}");
    let mut issues = sample.issues_of(&slug);
    let found = issues.find(|found| found.has_number(&number));
    found.map_or_else(not_found, |found| {
        json_response(&page_of(found.timeline.iter().collect(), &query))
    })
}

async fn search(State(sample): State<Arc<Sample>>, query: RawQuery) -> Response {
    let wanted = parameter(&query, "q").unwrap_or_default();
    let mut words = wanted.split_whitespace();
    let slug = words.find_map(|word| word.strip_prefix("repo:"));
    let issues = sample.issues_of(slug.unwrap_or_default());
    let found = issues.map(|found| &found.issue);
    let found: Vec<&Value> = found.filter(|issue| matches(&wanted, issue)).collect();
    json_response(&json!({
        "total_count": found.len(),
        "incomplete_results": false,
        "items": page_of(found, &query),
    }))
}

/// Whether an issue is what a query of ours looks for.
fn matches(query: &str, issue: &Value) -> bool {
    query.split_whitespace().all(|word| {
        let Some((name, value)) = word.split_once(':') else {
            return true;
        };
        let is_pull = !issue["pull_request"].is_null();
        match (name, value) {
            ("is", "issue") => !is_pull,
            ("is", "pr") => is_pull,
            ("is", "closed") => issue["state"] == "closed",
            ("is", "unmerged") => issue["pull_request"]["merged_at"].is_null(),
            ("created" | "closed", times) => {
                let time = text(issue, &format!("{name}_at"));
                let (from, to) = times.split_once("..").unwrap_or((times, times));
                // GitHub's times are sorted as texts are.
                !time.is_empty() && (from..=to).contains(&time)
            }
            _ => true,
        }
    })
}

fn not_found() -> Response {
    let mut response = json_response(&json!({ "message": "Not Found" }));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

fn broken(error: impl std::fmt::Display) -> ForgeError {
    ForgeError::Broken {
        what: "the recorded sample of GitHub".to_owned(),
        why: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::Sample;

    #[test]
    fn the_recording_can_be_read() -> Result<(), crate::forge::ForgeError> {
        let sample = Sample::open()?;
        assert_eq!(sample.organisation(), "example");
        assert_eq!(sample.repositories.len(), 3);
        let issues: usize = sample.issues.values().map(Vec::len).sum();
        assert_eq!(issues, 100);
        // A merge closes too, and only that counts as a contribution.
        let all = sample.issues.values().flatten();
        let kinds = all.map(|one| {
            let kinds = one.timeline.iter().map(|entry| super::text(entry, "event"));
            kinds.collect::<Vec<_>>()
        });
        let merged: Vec<_> = kinds.filter(|kinds| kinds.contains(&"merged")).collect();
        assert!(
            merged.len() > 10
                && merged
                    .iter()
                    .all(|kinds| kinds.ends_with(&["merged", "closed"]))
        );
        assert!(!sample.members.is_empty() && super::RECORDING.len() < 100_000);
        Ok(())
    }
}
