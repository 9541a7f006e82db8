//! Reads issues, pull requests, timelines, comments, members and repositories page by page, as GitHub's
//! REST API gives them.
//!
//! Entries are JSON as it came: what they mean is known to `activity`. A page that has not changed
//! since the tag that the caller names costs nothing. Redirects of repositories and transferred issues
//! are followed; the caller sees from what it gets that it is somewhere else.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::exchange::{ApiAnswer, ApiCall, date_of};
use super::{EntityTag, GitHub, RETRIES};
use crate::forge::ForgeError;
use crate::model::RepositorySlug;

/// Entries of a page, the most that GitHub allows.
pub const PAGE_SIZE: usize = 100;

/// The most results of a search that can be paged through.
pub const MOST_RESULTS: u64 = 1_000;

/// What GitHub says to a question about one thing.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading<T> {
    Read(T),
    /// The last answer still holds.
    Unchanged,
    /// It is somewhere else, in a list that does not say where.
    Moved,
    /// There is no such thing, or nobody may know.
    Gone,
    /// GitHub refuses an answer, for this thing alone.
    Refused {
        /// GitHub's message.
        why: String,
    },
    /// No usable answer, after all retries.
    Broken {
        /// What was wrong with it.
        why: String,
    },
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ListPage {
    pub items: Vec<Value>,
    /// Whether another page follows.
    pub has_next: bool,
    /// The number of the last page, where another one follows and GitHub says so.
    pub last_page: Option<u32>,
    pub etag: Option<EntityTag>,
    /// GitHub's clock; ours, if it does not tell.
    pub at: Timestamp,
}

/// One document.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub value: Value,
    pub etag: Option<EntityTag>,
    /// GitHub's clock; ours, if it does not tell.
    pub at: Timestamp,
}

/// A page of results.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchPage {
    /// How many results there are, of which [`MOST_RESULTS`] can be read.
    pub total: u64,
    pub items: Vec<Value>,
    /// GitHub has given up before it had looked everywhere.
    pub is_incomplete: bool,
}

/// Which list of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IssueList {
    /// Issues and pull requests by their last change, from a time on.
    ChangedSince(Timestamp),
    /// All issues and pull requests, by their creation.
    All,
    /// Comments by their last change, from a time on.
    CommentsSince(Timestamp),
    /// Events, the newest first.
    Events,
    /// The timeline of an issue or pull request.
    Timeline(i64),
}

impl GitHub {
    /// Fetches a page of a list of a repository, unless `etag` is still valid.
    ///
    /// # Errors
    ///
    /// [`ForgeError`]; a problem with this list alone is an answer.
    pub async fn fetch_page(
        &self,
        slug: &RepositorySlug,
        list: &IssueList,
        page: u32,
        etag: Option<&EntityTag>,
    ) -> Result<Reading<ListPage>, ForgeError> {
        let (url, kind) = self.list_url(slug, list, page);
        let is_of_one = matches!(list, IssueList::Timeline(_));
        self.read(&url, kind, etag, is_of_one, read_list).await
    }

    /// Fetches a page of the members of an organisation that we may see.
    pub async fn fetch_members(
        &self,
        organisation: &str,
        page: u32,
        etag: Option<&EntityTag>,
    ) -> Result<Reading<ListPage>, ForgeError> {
        let url = paged(self.url(&["orgs", organisation, "members"]), page);
        self.read(&url, "members", etag, false, read_list).await
    }

    /// Fetches a page of the repositories of an organisation that we may see.
    pub async fn fetch_repositories(
        &self,
        organisation: &str,
        page: u32,
        etag: Option<&EntityTag>,
    ) -> Result<Reading<ListPage>, ForgeError> {
        let url = paged(self.url(&["orgs", organisation, "repos"]), page);
        self.read(&url, "repositories", etag, false, read_list)
            .await
    }

    /// Fetches what a repository is called now, and its id.
    pub async fn fetch_identity(
        &self,
        slug: &RepositorySlug,
        etag: Option<&EntityTag>,
    ) -> Result<Reading<Document>, ForgeError> {
        let url = self.repository_url(slug, &[]);
        self.read(&url, "repository", etag, false, read_document)
            .await
    }

    /// Fetches an issue or pull request by its number; if it was transferred, what it is now.
    pub async fn fetch_issue(
        &self,
        slug: &RepositorySlug,
        number: i64,
    ) -> Result<Reading<Document>, ForgeError> {
        let url = self.repository_url(slug, &["issues", &number.to_string()]);
        self.read(&url, "issue", None, false, read_document).await
    }

    /// Searches for issues and pull requests, the oldest first. `query` should name one repository.
    pub async fn search_issues(
        &self,
        query: &str,
        page: u32,
    ) -> Result<Reading<SearchPage>, ForgeError> {
        let mut url = paged(self.url(&["search", "issues"]), page);
        url.query_pairs_mut()
            .append_pair("q", query)
            .append_pair("sort", "created")
            .append_pair("order", "asc");
        self.read(&url, "search", None, false, read_search).await
    }

    fn list_url(&self, slug: &RepositorySlug, list: &IssueList, page: u32) -> (Url, &'static str) {
        let url = |rest: &[&str]| paged(self.repository_url(slug, rest), page);
        let sorted = |mut url: Url, by: &str, since: Option<&Timestamp>| {
            let mut query = url.query_pairs_mut();
            query
                .append_pair("sort", by)
                .append_pair("direction", "asc");
            if let Some(since) = since {
                query.append_pair("since", &since.to_string());
            }
            drop(query);
            url
        };
        match list {
            IssueList::ChangedSince(since) => {
                let url = sorted(url(&["issues"]), "updated", Some(since));
                (with(url, "state", "all"), "issues")
            }
            IssueList::All => {
                let url = sorted(url(&["issues"]), "created", None);
                (with(url, "state", "all"), "issues")
            }
            IssueList::CommentsSince(since) => {
                let url = sorted(url(&["issues", "comments"]), "updated", Some(since));
                (url, "comments")
            }
            IssueList::Events => (url(&["issues", "events"]), "events"),
            IssueList::Timeline(number) => {
                let number = number.to_string();
                (url(&["issues", &number, "timeline"]), "timeline")
            }
        }
    }

    async fn read<T>(
        &self,
        url: &Url,
        kind: &'static str,
        etag: Option<&EntityTag>,
        must_stay: bool,
        understand: impl Fn(&pyfa_http::HttpResponse, Option<EntityTag>) -> serde_json::Result<T>,
    ) -> Result<Reading<T>, ForgeError> {
        let call = match kind {
            "search" => ApiCall::search(url.clone()),
            kind => ApiCall::rest(url.clone(), kind, 1).etag(self.own(etag)),
        };
        self.read_call(&call, must_stay, understand).await
    }

    pub(super) async fn read_call<T>(
        &self,
        call: &ApiCall,
        must_stay: bool,
        understand: impl Fn(&pyfa_http::HttpResponse, Option<EntityTag>) -> serde_json::Result<T>,
    ) -> Result<Reading<T>, ForgeError> {
        let mut attempts = 0;
        loop {
            let why = match self.exchange(call).await? {
                ApiAnswer::Answer(answer) if must_stay && answer.was_redirected => {
                    return Ok(Reading::Moved);
                }
                ApiAnswer::Answer(answer) if answer.not_modified => return Ok(Reading::Unchanged),
                ApiAnswer::Answer(answer) => match understand(&answer, self.tag_of(&answer)) {
                    Ok(read) => return Ok(Reading::Read(read)),
                    Err(error) => format!("the answer cannot be read: {error}"),
                },
                ApiAnswer::Missing => return Ok(Reading::Gone),
                ApiAnswer::Refused(why) => return Ok(Reading::Refused { why }),
                ApiAnswer::Unavailable(why) => why,
            };
            attempts += 1;
            if attempts > RETRIES {
                return Ok(Reading::Broken { why });
            }
            self.pause(attempts).await;
        }
    }
}

pub(super) fn with(mut url: Url, name: &str, value: &str) -> Url {
    url.query_pairs_mut().append_pair(name, value);
    url
}

pub(super) fn paged(url: Url, page: u32) -> Url {
    let url = with(url, "per_page", &PAGE_SIZE.to_string());
    with(url, "page", &page.to_string())
}

pub(super) fn read_list(
    answer: &pyfa_http::HttpResponse,
    etag: Option<EntityTag>,
) -> serde_json::Result<ListPage> {
    // An empty repository has no list of contributors.
    let items: Vec<Value> = match answer.status {
        204 => Vec::new(),
        _ => serde_json::from_slice(&answer.body)?,
    };
    let link = answer.header("link").unwrap_or_default();
    Ok(ListPage {
        items,
        has_next: link.contains("rel=\"next\""),
        last_page: link.split(',').find_map(last_page),
        etag,
        at: time_of(answer),
    })
}

/// The number of the page that a link is to, if it is the last one.
fn last_page(link: &str) -> Option<u32> {
    let (address, relation) = link.split_once('>')?;
    if !relation.contains("rel=\"last\"") {
        return None;
    }
    let url = Url::parse(address.trim().strip_prefix('<')?).ok()?;
    let mut pairs = url.query_pairs();
    let (_, number) = pairs.find(|(name, _)| name == "page")?;
    number.parse().ok()
}

pub(super) fn read_search(
    answer: &pyfa_http::HttpResponse,
    _: Option<EntityTag>,
) -> serde_json::Result<SearchPage> {
    #[derive(Deserialize)]
    struct Found {
        total_count: u64,
        #[serde(default)]
        incomplete_results: bool,
        items: Vec<Value>,
    }
    let found: Found = serde_json::from_slice(&answer.body)?;
    Ok(SearchPage {
        total: found.total_count,
        items: found.items,
        is_incomplete: found.incomplete_results,
    })
}

pub(super) fn read_document(
    answer: &pyfa_http::HttpResponse,
    etag: Option<EntityTag>,
) -> serde_json::Result<Document> {
    Ok(Document {
        value: serde_json::from_slice(&answer.body)?,
        etag,
        at: time_of(answer),
    })
}

/// When GitHub gave an answer; by our clock, if it does not say.
fn time_of(answer: &pyfa_http::HttpResponse) -> Timestamp {
    date_of(answer).unwrap_or_else(Timestamp::now)
}
