//! One repository, and how REST and GraphQL each show it.

use serde_json::{Value, json};

use crate::stage::BEGINNING;

/// What there is to know about a repository. Times are Unix seconds.
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
    /// The last change of anything about it.
    pub updated: u64,
    /// The last push; an empty repository has none.
    pub pushed: Option<u64>,
    /// Whether it is read-only.
    pub archived: bool,
    /// SPDX identifier; `NOASSERTION` for a licence that GitHub does not know.
    pub license: Option<String>,
    /// Topics, in order.
    pub topics: Vec<String>,
    /// The main language.
    pub language: Option<String>,
    /// Tag and time of the latest release.
    pub release: Option<(String, u64)>,
    /// Login and number of commits, most commits first.
    pub contributors: Vec<(String, u64)>,
    /// Whether the list of contributors is refused as too large.
    pub too_large: bool,
    /// Status (403 or 451) and words with which it is refused.
    pub refused: Option<(u16, String)>,
    /// Fields that GraphQL does not give, each with the error's type.
    pub broken_fields: Vec<(&'static str, &'static str)>,
}

impl Default for FakeRepository {
    /// Empty and unloved, but there.
    fn default() -> Self {
        Self {
            stars: 0,
            watchers: 0,
            forks: 0,
            open_issues: 0,
            closed_issues: 0,
            open_pull_requests: 0,
            updated: BEGINNING,
            pushed: Some(BEGINNING),
            archived: false,
            license: None,
            topics: Vec::new(),
            language: None,
            release: None,
            contributors: Vec::new(),
            too_large: false,
            refused: None,
            broken_fields: Vec::new(),
        }
    }
}

impl FakeRepository {
    /// One whose numbers follow from a seed, all different from each other.
    #[must_use]
    pub fn generated(seed: u64) -> Self {
        Self {
            stars: seed * 7,
            watchers: seed * 3 + 1,
            forks: seed * 2 + 5,
            open_issues: seed % 11,
            closed_issues: seed % 29,
            open_pull_requests: seed % 5,
            updated: BEGINNING - seed * 60,
            pushed: Some(BEGINNING - seed * 3_600),
            license: Some("MIT".to_owned()),
            topics: vec![format!("topic-{}", seed % 13)],
            language: Some("Python".to_owned()),
            release: Some((format!("v{seed}"), BEGINNING - seed * 86_400)),
            contributors: (0..seed % 8)
                .map(|one| (format!("person-{one}"), 100 - one))
                .collect(),
            ..Self::default()
        }
    }

    /// The full answer of `GET /repos/{owner}/{repo}`, the fields that anybody here might read.
    pub(super) fn rest(&self, id: u64, slug: &str) -> Value {
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
            "private": false,
            "owner": { "login": owner, "id": id, "type": "User" },
            "html_url": format!("https://github.com/{slug}"),
            "description": null,
            "fork": false,
            "created_at": time(BEGINNING - 400_000_000),
            "updated_at": time(self.updated),
            "pushed_at": self.pushed.map(time),
            // Three names for the stars; who watches is `subscribers_count`.
            "stargazers_count": self.stars,
            "watchers_count": self.stars,
            "watchers": self.stars,
            "subscribers_count": self.watchers,
            "forks_count": self.forks,
            "network_count": self.forks,
            // Pull requests are issues here.
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

    /// What GraphQL knows; `issues(OPEN)` is the field with the argument `states: OPEN`.
    pub(super) fn graphql(&self, id: u64, slug: &str) -> Value {
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
                "publishedAt": time(*at),
                "createdAt": time(*at),
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
            "createdAt": time(BEGINNING - 400_000_000),
            "updatedAt": time(self.updated),
            "pushedAt": self.pushed.map(time),
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
    pub(super) fn contributors(&self) -> Vec<Value> {
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

/// As GitHub writes times: `2026-01-01T00:00:00Z`.
pub(super) fn time(seconds: u64) -> String {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds)
        .unwrap_or_default()
        .to_string()
}
