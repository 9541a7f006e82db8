//! Parses responses of the REST API. Pure.

use serde::Deserialize;

use super::answer_error::GitHubAnswerError;
use super::repository::{Contributor, OptionalField, Repository};
use super::text::{self, known_license, seconds};

/// The most contributors that are kept.
const MOST_CONTRIBUTORS: usize = 5;

#[derive(Deserialize)]
struct RestRepository {
    full_name: String,
    html_url: String,
    #[serde(deserialize_with = "text::count")]
    stargazers_count: u64,
    /// Watchers; the API's `watchers` are those who starred it.
    #[serde(default, deserialize_with = "text::count")]
    subscribers_count: u64,
    #[serde(deserialize_with = "text::count")]
    forks_count: u64,
    /// Includes pull requests.
    #[serde(deserialize_with = "text::count")]
    open_issues_count: u64,
    updated_at: String,
    pushed_at: Option<String>,
    #[serde(default)]
    archived: bool,
    license: Option<License>,
    #[serde(default)]
    topics: Vec<String>,
    language: Option<String>,
}

#[derive(Deserialize)]
struct License {
    spdx_id: Option<String>,
}

/// A repository, and how many issues and pull requests are open together.
pub(super) fn read_repository(body: &[u8]) -> Result<(Repository, u64), GitHubAnswerError> {
    let full: RestRepository = serde_json::from_slice(body)?;
    let slug = full.full_name.parse()?;
    let open = full.open_issues_count;
    let none_open = (open == 0).then_some(0);
    let repository = Repository {
        slug,
        url: full.html_url,
        stars: full.stargazers_count,
        watchers: full.subscribers_count,
        forks: full.forks_count,
        open_issues: none_open,
        closed_issues: None,
        open_pull_requests: none_open,
        updated: seconds(&full.updated_at).unwrap_or(0),
        pushed: full.pushed_at.as_deref().and_then(seconds),
        archived: full.archived,
        license: full
            .license
            .and_then(|license| known_license(license.spdx_id)),
        topics: full.topics,
        language: full.language,
        release: None,
        released: None,
        unanswered: OptionalField::left_out_by_rest(),
        etag: None,
    };
    Ok((repository.sanitized(), open))
}

/// How many entries a list of one entry per page has: the number of its last page.
pub(super) fn read_count(body: &[u8], link: Option<&str>) -> Result<u64, GitHubAnswerError> {
    let last_page = link
        .into_iter()
        .flat_map(|link| link.split(','))
        .find(|part| part.contains("rel=\"last\""));
    if let Some(last) = last_page {
        let address = last.split(['<', '>']).nth(1).unwrap_or_default();
        let url = url::Url::parse(address)?;
        let page = url.query_pairs().find(|(name, _)| name == "page");
        return page
            .and_then(|(_, page)| page.parse().ok())
            .ok_or(GitHubAnswerError::NoPageNumber);
    }
    let entries: Vec<serde::de::IgnoredAny> = serde_json::from_slice(body)?;
    match entries.len() {
        count @ (0 | 1) => Ok(count as u64),
        _ => Err(GitHubAnswerError::SeveralEntries),
    }
}

/// The first few of a list of contributors, without those who have no account.
pub(super) fn read_contributors(body: &[u8]) -> Result<Vec<Contributor>, GitHubAnswerError> {
    #[derive(Deserialize)]
    struct Entry {
        login: Option<String>,
        #[serde(default, rename = "type")]
        kind: String,
        #[serde(default)]
        avatar_url: String,
        #[serde(default, deserialize_with = "text::count")]
        contributions: u64,
    }
    let entries: Vec<Entry> = serde_json::from_slice(body)?;
    if entries
        .iter()
        .any(|entry| entry.login.is_none() && entry.kind != "Anonymous")
    {
        return Err(GitHubAnswerError::NoLogin);
    }
    let people = entries.into_iter().filter_map(|entry| {
        let contributor = Contributor {
            username: entry.login?,
            avatar_url: entry.avatar_url,
            contributions: entry.contributions,
        };
        Some(contributor.sanitized())
    });
    Ok(people.take(MOST_CONTRIBUTORS).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{read_contributors, read_count, read_repository};

    #[test]
    fn the_last_page_of_a_list_counts_it() {
        let link = "<https://x.org/a?per_page=1&page=2>; rel=\"next\", \
                    <https://x.org/a?per_page=1&page=34>; rel=\"last\"";
        let count = |body: &[u8], link| read_count(body, link).ok();
        assert_eq!(count(b"[{}]", Some(link)), Some(34));
        assert_eq!(count(b"[{}]", None), Some(1));
        assert_eq!(count(b"[]", Some("<x>; rel=\"first\"")), Some(0));
        assert!(read_count(b"{}", None).is_err());
        assert!(read_count(b"[{}, {}]", None).is_err());
        assert!(read_count(b"[]", Some("<https://x.org/>; rel=\"last\"")).is_err());
    }

    #[test]
    fn people_without_an_account_are_left_out() {
        let body = br#"[{"type": "Anonymous", "email": "a@b.c", "contributions": 9},
            {"login": "a", "avatar_url": "javascript:x", "contributions": 5}]"#;
        let people = read_contributors(body).unwrap_or_default();
        assert_eq!((people.len(), people[0].username.as_str()), (1, "a"));
        assert_eq!(people[0].avatar_url, "");
        assert!(read_contributors(b"[{}]").is_err());
    }

    #[test]
    fn what_is_said_of_a_repository_stays_within_bounds() {
        let body = json!({
            "full_name": "a/b", "html_url": "https://github.com/a/b\u{1}", "stargazers_count": 1e30,
            "subscribers_count": u64::MAX, "forks_count": 3, "open_issues_count": 0,
            "updated_at": "2026-01-01T00:00:00Z", "pushed_at": null,
            "license": {"spdx_id": "x".repeat(1 << 20)},
            "topics": vec![format!("{}\n\u{202e}", "t".repeat(1 << 16)); 1_000],
            "language": "C\u{1b}[2J\nerror: forged",
        });
        let read = read_repository(body.to_string().as_bytes()).ok();
        let most = i64::MAX.cast_unsigned();
        let expected = (
            most,
            most,
            "https://github.com/a/b",
            Some("C[2J error: forged"),
        );
        let found = read.as_ref().map(|(found, _)| {
            (
                found.stars,
                found.watchers,
                found.url.as_str(),
                found.language.as_deref(),
            )
        });
        assert_eq!(found, Some(expected));
        let longest = read.map(|(found, _)| {
            let license = found.license.map_or(0, |license| license.len());
            let topics = found.topics.iter().map(String::len).max();
            (license, found.topics.len(), topics)
        });
        assert_eq!(longest, Some((100, 20, Some(100))));
    }
}
