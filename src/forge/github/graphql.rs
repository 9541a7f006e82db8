//! Builds the GraphQL query for a batch of repositories, and parses its response. Pure.
//!
//! Each repository has its own alias in the query; the names are in variables. A response may have
//! data for some of them and `errors` for the others. An error is assigned to its repository by the
//! alias in its `path`, and classified by its `type`, which is a GitHub extension.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::answer_error::GitHubAnswerError;
use super::limit::{Limit, one_line};
use super::repository::{Lookup, OptionalField, Repository, RepositoryQuery};
use super::text::{self, known_license, seconds};
use crate::model::RepositorySlug;

/// The fields to query for each repository.
const FRAGMENTS: &str = include_str!("repository_facts.graphql");
/// The number of connections in the fragment, which determines the cost of a query.
const CONNECTIONS: usize = 5;

/// The body of a request for these repositories.
pub(super) fn body(queries: &[RepositoryQuery]) -> Value {
    let mut variables = Map::new();
    let (mut declared, mut fields) = (String::new(), String::new());
    for (number, RepositoryQuery { slug, .. }) in queries.iter().enumerate() {
        // Writing to a string cannot fail.
        let _ = write!(declared, "$o{number}: String!, $n{number}: String!, ");
        let _ = writeln!(
            fields,
            "  r{number}: repository(owner: $o{number}, name: $n{number}) {{ ...RepositoryFacts }}"
        );
        variables.insert(format!("o{number}"), slug.owner().into());
        variables.insert(format!("n{number}"), slug.name().into());
    }
    let query = format!("query Repositories({declared}) {{\n  ...Quota\n{fields}}}\n\n{FRAGMENTS}");
    json!({ "query": query, "variables": variables })
}

/// The points that a query for this many repositories costs at most.
pub(super) fn cost(repositories: usize) -> u64 {
    (repositories * CONNECTIONS).div_ceil(100).max(1) as u64
}

/// The response to a query.
#[derive(Debug, Default)]
pub(super) struct RepositoryBatch {
    /// In the order of the query; `None` for those that GitHub did not reach.
    pub(super) answers: Vec<Option<Lookup>>,
    /// The rate limit that was hit.
    pub(super) limit: Option<Limit>,
    /// Whether the query was too expensive for GitHub.
    pub(super) is_too_much: bool,
    /// The points that it cost.
    pub(super) points: u64,
}

#[derive(Deserialize)]
pub(super) struct GraphQlResponse {
    #[serde(default)]
    pub(super) data: Option<Map<String, Value>>,
    #[serde(default)]
    pub(super) errors: Vec<GraphQlError>,
}

#[derive(Debug, Deserialize)]
pub(super) struct GraphQlError {
    #[serde(rename = "type", default)]
    pub(super) kind: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    pub(super) message: String,
    #[serde(default)]
    pub(super) path: Vec<Value>,
}

impl GraphQlError {
    pub(super) fn limit(&self) -> Option<Limit> {
        let message = self.message.to_ascii_lowercase();
        if matches!(self.kind.as_str(), "RATE_LIMITED" | "RATE_LIMIT")
            || self.code == "graphql_rate_limit"
        {
            Some(Limit::Quota)
        } else if message.contains("secondary rate") {
            Some(Limit::Secondary(None))
        } else {
            None
        }
    }

    pub(super) fn is_too_much(&self) -> bool {
        matches!(
            self.kind.as_str(),
            "RESOURCE_LIMITS_EXCEEDED" | "MAX_NODE_LIMIT_EXCEEDED"
        )
    }

    /// The answer for the repository that the error is about.
    fn lookup(&self) -> Lookup {
        let why = one_line(&self.message);
        match self.kind.as_str() {
            "NOT_FOUND" => Lookup::Gone,
            "FORBIDDEN" | "INSUFFICIENT_SCOPES" | "UNAUTHORIZED" => Lookup::Refused { why },
            _ => Lookup::Broken { why },
        }
    }
}

/// Reads the answer to `queries`.
pub(super) fn read_batch(
    body: &[u8],
    queries: &[RepositoryQuery],
) -> Result<RepositoryBatch, GitHubAnswerError> {
    let response: GraphQlResponse = serde_json::from_slice(body)?;
    let mut batch = RepositoryBatch {
        limit: response.errors.iter().find_map(GraphQlError::limit),
        is_too_much: response.errors.iter().any(GraphQlError::is_too_much),
        ..RepositoryBatch::default()
    };
    let Some(mut data) = response.data else {
        if batch.limit.is_none() && !batch.is_too_much {
            let first = response.errors.into_iter().next();
            return Err(first.map_or(GitHubAnswerError::Empty, |error| {
                GitHubAnswerError::Refused {
                    message: error.message,
                }
            }));
        }
        batch.answers.resize(queries.len(), None);
        return Ok(batch);
    };
    let cost = data.get("rateLimit").and_then(|quota| quota.get("cost"));
    batch.points = cost.and_then(Value::as_u64).unwrap_or(0);
    let about: HashMap<&str, &GraphQlError> = response
        .errors
        .iter()
        .filter(|error| error.limit().is_none() && !error.is_too_much())
        .filter_map(|error| Some((error.path.first()?.as_str()?, error)))
        .collect();
    let was_stopped = batch.limit.is_some() || batch.is_too_much;
    for (number, RepositoryQuery { slug, .. }) in queries.iter().enumerate() {
        let alias = format!("r{number}");
        let value = data.remove(&alias).unwrap_or_default();
        batch
            .answers
            .push(match (value, about.get(alias.as_str())) {
                (Value::Null, Some(error)) => Some(error.lookup()),
                (Value::Null, None) if was_stopped => None,
                (Value::Null, None) => Some(Lookup::Broken {
                    why: "GitHub returned neither data nor an error".to_owned(),
                }),
                (value, _) => Some(match serde_json::from_value::<RepositoryNode>(value) {
                    Ok(facts) => facts.lookup(slug, unanswered(&response.errors, &alias)),
                    Err(error) => Lookup::Broken {
                        why: one_line(&format!("the answer cannot be read: {error}")),
                    },
                }),
            });
    }
    Ok(batch)
}

/// The fields of one repository that errors say were left out, though the rest was answered.
fn unanswered(errors: &[GraphQlError], alias: &str) -> BTreeSet<OptionalField> {
    let fields = errors
        .iter()
        .filter_map(|error| match error.path.as_slice() {
            [about, field, ..] if about == alias => field.as_str(),
            _ => None,
        });
    fields
        .filter_map(|field| match field {
            "latestRelease" => Some(OptionalField::Release),
            "licenseInfo" => Some(OptionalField::License),
            "primaryLanguage" => Some(OptionalField::Language),
            "pushedAt" => Some(OptionalField::Pushed),
            "repositoryTopics" => Some(OptionalField::Topics),
            "watchers" => Some(OptionalField::Watchers),
            _ => None,
        })
        .collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RepositoryNode {
    name_with_owner: String,
    url: String,
    #[serde(deserialize_with = "text::count")]
    stargazer_count: u64,
    #[serde(deserialize_with = "text::count")]
    fork_count: u64,
    updated_at: String,
    pushed_at: Option<String>,
    is_archived: bool,
    watchers: Option<Count>,
    open_issues: Option<Count>,
    closed_issues: Option<Count>,
    open_pull_requests: Option<Count>,
    license_info: Option<License>,
    primary_language: Option<Named>,
    repository_topics: Option<Topics>,
    latest_release: Option<Release>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Count {
    #[serde(deserialize_with = "text::count")]
    total_count: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct License {
    spdx_id: Option<String>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
struct Topics {
    nodes: Option<Vec<Option<Topic>>>,
}

#[derive(Deserialize)]
struct Topic {
    topic: Named,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Release {
    tag_name: String,
    published_at: Option<String>,
}

impl RepositoryNode {
    fn lookup(self, asked: &RepositorySlug, unanswered: BTreeSet<OptionalField>) -> Lookup {
        let slug = match self.name_with_owner.parse::<RepositorySlug>() {
            Ok(slug) => slug,
            Err(error) => {
                return Lookup::Broken {
                    why: one_line(&format!("GitHub says that its name is {error}")),
                };
            }
        };
        let total = |count: Option<Count>| count.map(|count| count.total_count);
        let nodes = self.repository_topics.and_then(|topics| topics.nodes);
        let topics = nodes.unwrap_or_default().into_iter().flatten();
        let (release, released) = match self.latest_release {
            Some(release) => (
                Some(release.tag_name),
                release.published_at.as_deref().and_then(seconds),
            ),
            None => (None, None),
        };
        let repository = Repository {
            slug,
            url: self.url,
            stars: self.stargazer_count,
            watchers: total(self.watchers).unwrap_or(0),
            forks: self.fork_count,
            open_issues: total(self.open_issues),
            closed_issues: total(self.closed_issues),
            open_pull_requests: total(self.open_pull_requests),
            updated: seconds(&self.updated_at).unwrap_or(0),
            pushed: self.pushed_at.as_deref().and_then(seconds),
            archived: self.is_archived,
            license: self
                .license_info
                .and_then(|license| known_license(license.spdx_id)),
            topics: topics.map(|topic| topic.topic.name).collect(),
            language: self.primary_language.map(|language| language.name),
            release,
            released,
            unanswered,
            etag: None,
        };
        Lookup::of(asked, repository.sanitized())
    }
}
