//! A repository, and its REST and GraphQL representations.

use serde_json::{Value, json};

use crate::service::CLOCK_START;

/// The data of a repository. Times are Unix seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FakeRepository {
    /// People who starred it.
    pub stars: u64,
    /// People who watch it.
    pub watchers: u64,
    /// Direct forks.
    pub forks: u64,
    /// Open issues, pull requests not counted.
    pub open_issues: u64,
    /// Closed issues, pull requests not counted.
    pub closed_issues: u64,
    /// Open pull requests.
    pub open_pull_requests: u64,
    /// The time of the last change.
    pub updated: u64,
    /// The time of the last push; none for an empty repository.
    pub pushed: Option<u64>,
    /// Whether it is read-only.
    pub archived: bool,
    /// The SPDX identifier; `NOASSERTION` for a licence that GitHub does not know.
    pub license: Option<String>,
    /// Topics, in order.
    pub topics: Vec<String>,
    /// The main language.
    pub language: Option<String>,
    /// Tag and time of the latest release.
    pub release: Option<(String, u64)>,
    /// Login and number of commits, most commits first.
    pub contributors: Vec<(String, u64)>,
    /// Whether requests for contributors fail because the list is too large.
    pub too_large: bool,
    /// The status (403 or 451) and message with which requests are refused.
    pub refused: Option<(u16, String)>,
    /// Whether only those see it whom its owner lets.
    pub is_private: bool,
    /// GraphQL fields that fail, each with the type of the error.
    pub broken_fields: Vec<(&'static str, &'static str)>,
}

impl Default for FakeRepository {
    /// A repository with one push and nothing else.
    fn default() -> Self {
        Self {
            stars: 0,
            watchers: 0,
            forks: 0,
            open_issues: 0,
            closed_issues: 0,
            open_pull_requests: 0,
            updated: CLOCK_START,
            pushed: Some(CLOCK_START),
            archived: false,
            license: None,
            topics: Vec::new(),
            language: None,
            release: None,
            contributors: Vec::new(),
            too_large: false,
            refused: None,
            is_private: false,
            broken_fields: Vec::new(),
        }
    }
}

impl FakeRepository {
    /// A repository whose numbers are derived from a seed.
    #[must_use]
    pub fn generated(seed: u64) -> Self {
        Self {
            stars: seed * 7,
            watchers: seed * 3 + 1,
            forks: seed * 2 + 5,
            open_issues: seed % 11,
            closed_issues: seed % 29,
            open_pull_requests: seed % 5,
            updated: CLOCK_START - seed * 60,
            pushed: Some(CLOCK_START - seed * 3_600),
            license: Some("MIT".to_owned()),
            topics: vec![format!("topic-{}", seed % 13)],
            language: Some("Python".to_owned()),
            release: Some((format!("v{seed}"), CLOCK_START - seed * 86_400)),
            contributors: (0..seed % 8)
                .map(|one| (format!("person-{one}"), 100 - one))
                .collect(),
            ..Self::default()
        }
    }

    /// The response to `GET /repos/{owner}/{repo}`, with the fields that a client might read.
    pub(super) fn rest_document(&self, id: u64, slug: &str) -> Value {
        let (owner, name) = slug.split_once('/').unwrap_or((slug, ""));
        let license = self
            .license
            .as_ref()
            .map(|spdx| json!({ "key": spdx.to_lowercase(), "name": spdx, "spdx_id": spdx }));
        let open = self.open_issues + self.open_pull_requests;
        json!({
            "id": id,
            "node_id": node_id(id),
            "name": name,
            "full_name": slug,
            "private": self.is_private,
            "owner": { "login": owner, "id": id, "type": "User" },
            "html_url": format!("https://github.com/{slug}"),
            "description": null,
            "fork": false,
            "created_at": format_time(CLOCK_START - 400_000_000),
            "updated_at": format_time(self.updated),
            "pushed_at": self.pushed.map(format_time),
            // The stars have three names; watchers are counted in `subscribers_count`.
            "stargazers_count": self.stars,
            "watchers_count": self.stars,
            "watchers": self.stars,
            "subscribers_count": self.watchers,
            "forks_count": self.forks,
            "network_count": self.forks,
            // Includes pull requests.
            "open_issues_count": open,
            "open_issues": open,
            "language": self.language,
            "license": license,
            "topics": self.topics,
            "archived": self.archived,
            "disabled": false,
            "visibility": "public",
            "default_branch": "main",
        })
    }

    /// The GraphQL object; `issues(OPEN)` is the field with the argument `states: OPEN`.
    pub(super) fn graphql_object(&self, id: u64, slug: &str) -> Value {
        let (owner, name) = slug.split_once('/').unwrap_or((slug, ""));
        let connection =
            |kind: &str, count: u64| json!({ "__typename": kind, "totalCount": count });
        let topics: Vec<Value> = self
            .topics
            .iter()
            .map(|name| {
                let topic = json!({ "__typename": "Topic", "name": name });
                json!({ "__typename": "RepositoryTopic", "topic": topic })
            })
            .collect();
        let license = self
            .license
            .as_ref()
            .map(|spdx| json!({ "__typename": "License", "name": spdx, "spdxId": spdx }));
        let release = self.release.as_ref().map(|(tag, at)| {
            json!({
                "__typename": "Release",
                "tagName": tag,
                "name": tag,
                "publishedAt": format_time(*at),
                "createdAt": format_time(*at),
            })
        });
        let language = self
            .language
            .as_ref()
            .map(|name| json!({ "__typename": "Language", "name": name }));
        json!({
            "__typename": "Repository",
            "id": node_id(id),
            "databaseId": id,
            "name": name,
            "nameWithOwner": slug,
            "owner": { "__typename": "User", "login": owner },
            "url": format!("https://github.com/{slug}"),
            "description": null,
            "stargazerCount": self.stars,
            "watchers": connection("UserConnection", self.watchers),
            "forkCount": self.forks,
            "issues": connection("IssueConnection", self.open_issues + self.closed_issues),
            "issues(OPEN)": connection("IssueConnection", self.open_issues),
            "issues(CLOSED)": connection("IssueConnection", self.closed_issues),
            "pullRequests": connection("PullRequestConnection", self.open_pull_requests),
            "pullRequests(OPEN)": connection("PullRequestConnection", self.open_pull_requests),
            "createdAt": format_time(CLOCK_START - 400_000_000),
            "updatedAt": format_time(self.updated),
            "pushedAt": self.pushed.map(format_time),
            "isArchived": self.archived,
            "isDisabled": false,
            "isFork": false,
            "isEmpty": self.pushed.is_none(),
            "isPrivate": false,
            "licenseInfo": license,
            "primaryLanguage": language,
            "repositoryTopics": {
                "__typename": "RepositoryTopicConnection",
                "totalCount": self.topics.len(),
                "nodes": topics,
            },
            "latestRelease": release,
        })
    }

    /// The entries of `GET /repos/{owner}/{repo}/contributors`.
    pub(super) fn contributor_entries(&self) -> Vec<Value> {
        self.contributors
            .iter()
            .map(|(login, contributions)| {
                json!({
                    "login": login,
                    "id": login.len(),
                    "avatar_url": format!("https://avatars.githubusercontent.com/{login}"),
                    "html_url": format!("https://github.com/{login}"),
                    "type": "User",
                    "contributions": contributions,
                })
            })
            .collect()
    }
}

fn node_id(id: u64) -> String {
    format!("R_{id:08}")
}

/// A time as GitHub writes it: `2026-01-01T00:00:00Z`.
pub(super) fn format_time(seconds: u64) -> String {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds)
        .unwrap_or_default()
        .to_string()
}
