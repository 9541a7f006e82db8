//! Reads what one person has done: commits, issues and pull requests by search, reviews and comments by
//! GraphQL, which needs a token.
//!
//! Everything is asked for within a time, and comes the oldest first; comments by their last change,
//! the newest first. Entries are JSON as it came: what they mean is known to `archive`.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::activity::{paged, read_document, read_search, with};
use super::exchange::{ApiAnswer, ApiCall, date_of};
use super::graphql::{GraphQlError, GraphQlResponse};
use super::limit::one_line;
use super::quota::Resource;
use super::{Document, GitHub, PAGE_SIZE, RETRIES, Reading, SearchPage};
use crate::forge::ForgeError;

const REVIEWS: &str = concat!(
    include_str!("reviews.graphql"),
    "\n",
    include_str!("review_comment.graphql")
);
const REVIEW_COMMENTS: &str = concat!(
    include_str!("review_comments.graphql"),
    "\n",
    include_str!("review_comment.graphql")
);
const COMMENTS: &str = include_str!("comments.graphql");

/// What is searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthoredKind {
    Commits,
    Issues,
    PullRequests,
}

/// What is searched for, by whom, and when.
#[derive(Debug, Clone, Copy)]
pub struct Authored<'a> {
    pub kind: AuthoredKind,
    pub login: &'a str,
    /// The first and the last second.
    pub times: (Timestamp, Timestamp),
    /// Leaves out what is in private repositories.
    pub is_public: bool,
}

/// A page of a connection.
#[derive(Debug, Clone, PartialEq)]
pub struct ConnectionPage {
    pub nodes: Vec<Value>,
    /// Where the next page begins; `None` after the last one.
    pub next: Option<String>,
    /// GitHub's clock; ours, if it does not tell.
    pub at: Timestamp,
}

impl GitHub {
    /// Fetches the account that the token belongs to.
    ///
    /// # Errors
    ///
    /// [`ForgeError`]; a problem with this account alone is an answer.
    pub async fn fetch_own_account(&self) -> Result<Reading<Document>, ForgeError> {
        let call = ApiCall::rest(self.url(&["user"]), "account", 1);
        self.read_call(&call, false, read_document).await
    }

    /// Searches for what somebody has written.
    pub async fn search_authored(
        &self,
        wanted: Authored<'_>,
        page: u32,
    ) -> Result<Reading<SearchPage>, ForgeError> {
        let (path, words, time, sort) = match wanted.kind {
            AuthoredKind::Commits => ("commits", "", "committer-date", "committer-date"),
            AuthoredKind::Issues => ("issues", " is:issue", "created", "created"),
            AuthoredKind::PullRequests => ("issues", " is:pull-request", "created", "created"),
        };
        let (from, to) = wanted.times;
        let public = if wanted.is_public { " is:public" } else { "" };
        let query = format!("author:{}{words}{public} {time}:{from}..{to}", wanted.login);
        let url = paged(self.url(&["search", path]), page);
        let url = with(with(with(url, "q", &query), "sort", sort), "order", "asc");
        self.read_call(&ApiCall::search(url), false, read_search)
            .await
    }

    /// Fetches a page of the reviews of a time, which is a year at most.
    pub async fn fetch_reviews(
        &self,
        login: &str,
        (from, to): (Timestamp, Timestamp),
        after: Option<&str>,
    ) -> Result<Reading<ConnectionPage>, ForgeError> {
        let variables = json!({
            "login": login, "from": from.to_string(), "to": to.to_string(), "after": after,
        });
        let path = "/data/user/contributionsCollection/pullRequestReviewContributions";
        self.fetch_connection(REVIEWS, variables, path).await
    }

    /// Fetches a further page of the comments of a review.
    pub async fn fetch_review_comments(
        &self,
        review: &str,
        after: &str,
    ) -> Result<Reading<ConnectionPage>, ForgeError> {
        let variables = json!({ "id": review, "after": after });
        self.fetch_connection(REVIEW_COMMENTS, variables, "/data/node/comments")
            .await
    }

    /// Fetches a page of somebody's comments on issues and pull requests, the last changed first.
    pub async fn fetch_comments(
        &self,
        login: &str,
        after: Option<&str>,
    ) -> Result<Reading<ConnectionPage>, ForgeError> {
        let variables = json!({ "login": login, "after": after });
        self.fetch_connection(COMMENTS, variables, "/data/user/issueComments")
            .await
    }

    /// Asks for fewer entries each time that GitHub gives no usable answer: it may have been too much.
    async fn fetch_connection(
        &self,
        query: &str,
        mut variables: Value,
        path: &str,
    ) -> Result<Reading<ConnectionPage>, ForgeError> {
        let mut attempts = 0;
        loop {
            variables["first"] = (PAGE_SIZE >> attempts).into();
            let body = json!({ "query": query, "variables": variables }).to_string();
            let call = ApiCall::graphql(self.shared.graphql_url.clone(), 2).body(body);
            let why = match self.exchange(&call).await? {
                ApiAnswer::Answer(answer) => match read_connection(&answer, path) {
                    Ok(page) => {
                        self.state().pauses = 0;
                        return Ok(page);
                    }
                    Err(Unread::Limit(limit)) => {
                        self.wait_out(limit, Resource::GraphQl, &answer).await?;
                        continue;
                    }
                    Err(Unread::Broken(why)) => why,
                },
                ApiAnswer::Missing => "there is no GraphQL API; check GITHUB_API_URL".to_owned(),
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

/// Why an answer is no page.
enum Unread {
    Limit(super::limit::Limit),
    Broken(String),
}

/// A page, if all of it is there: one with errors would lack entries.
fn read_connection(
    answer: &pyfa_http::HttpResponse,
    path: &str,
) -> Result<Reading<ConnectionPage>, Unread> {
    let unreadable = |error: serde_json::Error| {
        Unread::Broken(one_line(&format!("the answer cannot be read: {error}")))
    };
    let response: GraphQlResponse = serde_json::from_slice(&answer.body).map_err(unreadable)?;
    let mut errors = response.errors.iter();
    if let Some(limit) = errors.find_map(GraphQlError::limit) {
        return Err(Unread::Limit(limit));
    }
    if let Some(error) = response.errors.first() {
        return match error.kind.as_str() {
            "NOT_FOUND" => Ok(Reading::Gone),
            _ => Err(Unread::Broken(one_line(&error.message))),
        };
    }
    let value = json!({ "data": response.data });
    let found = value.pointer(path);
    let nodes = found.and_then(|found| found["nodes"].as_array());
    let (Some(found), Some(nodes)) = (found, nodes) else {
        return Err(Unread::Broken("the answer has no list".to_owned()));
    };
    let page = &found["pageInfo"];
    let next = page["endCursor"].as_str().map(str::to_owned);
    Ok(Reading::Read(ConnectionPage {
        nodes: nodes
            .iter()
            .filter(|node| !node.is_null())
            .cloned()
            .collect(),
        next: next.filter(|_| page["hasNextPage"] == true),
        at: date_of(answer).unwrap_or_else(Timestamp::now),
    }))
}
