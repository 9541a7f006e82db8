//! Reads accounts, whom they follow, what they star, and who stars and writes repositories.
//!
//! Accounts and repositories are asked for by GitHub's id, which no rename changes: by the addresses that
//! GitHub itself gives as those of further pages. With a token, a hundred accounts are read by one
//! GraphQL query, with their counts; that needs no right to see e-mail addresses, and gives none.
//!
//! Entries are JSON as it came: what they mean is known to `discovery`.

use serde_json::{Value, json};
use url::Url;

use super::activity::{paged, read_document, read_list, with};
use super::exchange::{ApiAnswer, ApiCall};
use super::graphql::{GraphQlError, GraphQlResponse};
use super::limit::one_line;
use super::quota::Resource;
use super::{Document, EntityTag, GitHub, ListPage, PAGE_SIZE, RETRIES, Reading};
use crate::forge::ForgeError;
use crate::model::RepositorySlug;

const QUERY: &str = include_str!("accounts.graphql");
/// Connections of an account in the query, which determine its cost.
const CONNECTIONS: usize = 6;

/// Stars with the time at which they were given.
const WITH_TIME: &str = "application/vnd.github.star+json";

/// Which list of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountList {
    Followers,
    Following,
    /// With the time of each star.
    Starred,
    /// Of which it is the owner.
    Repositories,
}

/// Which list of a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RepositoryList {
    /// With the time of each star.
    Stargazers,
    Contributors,
}

/// What became of one account of a batch.
#[derive(Debug, Clone, PartialEq)]
pub enum AccountLookup {
    /// As GraphQL gives it, with its type in `__typename`.
    Read(Value),
    Gone,
    /// GitHub's response about it could not be used.
    Broken {
        why: String,
    },
}

/// What a request for several accounts gave.
enum AccountBatch {
    /// One lookup for each account, in the order of the request.
    Read(Vec<AccountLookup>),
    /// Nothing; a smaller batch may give something.
    Unusable { why: String },
}

impl GitHub {
    /// Fetches an account by its present login.
    ///
    /// # Errors
    ///
    /// [`ForgeError`]; a problem with this account alone is an answer.
    pub async fn fetch_account_named(&self, login: &str) -> Result<Reading<Document>, ForgeError> {
        self.fetch_document(self.url(&["users", login]), "account")
            .await
    }

    /// Fetches an account.
    pub async fn fetch_account(&self, id: i64) -> Result<Reading<Document>, ForgeError> {
        self.fetch_document(self.url(&["user", &id.to_string()]), "account")
            .await
    }

    /// Fetches a repository by its present or a former name, with the number of its watchers.
    pub async fn fetch_repository_named(
        &self,
        slug: &RepositorySlug,
    ) -> Result<Reading<Document>, ForgeError> {
        self.fetch_document(self.repository_url(slug, &[]), "repository")
            .await
    }

    /// Fetches a repository, with the number of its watchers.
    pub async fn fetch_repository(&self, id: i64) -> Result<Reading<Document>, ForgeError> {
        let url = self.url(&["repositories", &id.to_string()]);
        self.fetch_document(url, "repository").await
    }

    /// Fetches a page of a list of an account, unless `etag` is still valid. The newest come first.
    pub async fn fetch_account_list(
        &self,
        id: i64,
        list: AccountList,
        page: u32,
        etag: Option<&EntityTag>,
    ) -> Result<Reading<ListPage>, ForgeError> {
        let id = id.to_string();
        let url = |name: &str| paged(self.url(&["user", &id, name]), page);
        let call = |url: Url, kind| ApiCall::rest(url, kind, 1).etag(self.own(etag));
        let call = match list {
            AccountList::Followers => call(url("followers"), "followers"),
            AccountList::Following => call(url("following"), "following"),
            AccountList::Starred => call(url("starred"), "starred").accept(WITH_TIME),
            AccountList::Repositories => {
                let url = with(url("repos"), "sort", "created");
                call(with(url, "direction", "desc"), "repositories")
            }
        };
        self.read_call(&call, false, read_list).await
    }

    /// Fetches a page of a list of a repository, unless `etag` is still valid.
    pub async fn fetch_repository_list(
        &self,
        id: i64,
        list: RepositoryList,
        page: u32,
        etag: Option<&EntityTag>,
    ) -> Result<Reading<ListPage>, ForgeError> {
        let (name, kind) = match list {
            RepositoryList::Stargazers => ("stargazers", "stargazers"),
            RepositoryList::Contributors => ("contributors", "contributors"),
        };
        let url = paged(self.url(&["repositories", &id.to_string(), name]), page);
        let mut call = ApiCall::rest(url, kind, 1).etag(self.own(etag));
        if list == RepositoryList::Stargazers {
            call = call.accept(WITH_TIME);
        }
        self.read_call(&call, false, read_list).await
    }

    /// Fetches accounts by GraphQL's ids, a hundred with each request, in their order. Needs a token.
    pub async fn fetch_accounts(
        &self,
        node_ids: &[String],
    ) -> Result<Vec<AccountLookup>, ForgeError> {
        let mut found = Vec::with_capacity(node_ids.len());
        let mut size = PAGE_SIZE;
        let mut attempts = 0;
        while found.len() < node_ids.len() {
            let end = (found.len() + size).min(node_ids.len());
            let asked = node_ids.get(found.len()..end).unwrap_or_default();
            let why = match self.ask_for_accounts(asked).await? {
                AccountBatch::Read(accounts) => {
                    found.extend(accounts);
                    attempts = 0;
                    continue;
                }
                AccountBatch::Unusable { why } => why,
            };
            // A query that is too expensive is answered in halves.
            size = (size / 2).max(1);
            attempts += u32::from(size == 1);
            if attempts > RETRIES {
                found.push(AccountLookup::Broken { why });
                attempts = 0;
            }
            self.pause(attempts).await;
        }
        Ok(found)
    }

    async fn ask_for_accounts(&self, asked: &[String]) -> Result<AccountBatch, ForgeError> {
        let body = json!({ "query": QUERY, "variables": { "ids": asked } }).to_string();
        let cost = (asked.len() * CONNECTIONS).div_ceil(100).max(1) as u64;
        let call = ApiCall::graphql(self.shared.graphql_url.clone(), cost).body(body);
        loop {
            let answer = match self.exchange(&call).await? {
                ApiAnswer::Answer(answer) => answer,
                ApiAnswer::Unavailable(why) => return Ok(AccountBatch::Unusable { why }),
                ApiAnswer::Missing => {
                    let why = "there is no GraphQL API; check GITHUB_API_URL".to_owned();
                    return Err(refused(why));
                }
                ApiAnswer::Refused(why) => return Err(refused(why)),
            };
            let response: GraphQlResponse = match serde_json::from_slice(&answer.body) {
                Ok(response) => response,
                Err(error) => {
                    let why = one_line(&format!("the answer cannot be read: {error}"));
                    return Ok(AccountBatch::Unusable { why });
                }
            };
            let mut errors = response.errors.iter();
            if let Some(limit) = errors.find_map(GraphQlError::limit) {
                self.wait_out(limit, Resource::GraphQl, &answer).await?;
                continue;
            }
            self.state().pauses = 0;
            return Ok(self.read_accounts(response, asked.len()));
        }
    }

    fn read_accounts(&self, response: GraphQlResponse, asked: usize) -> AccountBatch {
        let mut reasons = vec![None; asked];
        for error in &response.errors {
            let place = match error.path.as_slice() {
                [field, place, ..] if field == "nodes" => place.as_u64(),
                _ => None,
            };
            let place = place.and_then(|place| usize::try_from(place).ok());
            if let Some(reason) = place.and_then(|place| reasons.get_mut(place)) {
                *reason = Some(error);
            }
        }
        let mut data = response.data.unwrap_or_default();
        let points = data
            .get("rateLimit")
            .and_then(|quota| quota["cost"].as_u64());
        self.state().statistics.points += points.unwrap_or(0);
        let nodes = match data.remove("nodes") {
            Some(Value::Array(nodes)) if nodes.len() == asked => nodes,
            _ => {
                let first = response.errors.first();
                let why = first.map_or("the answer is empty", |error| &error.message);
                return AccountBatch::Unusable { why: one_line(why) };
            }
        };
        if response.errors.iter().any(GraphQlError::is_too_much) {
            let why = "the query is too expensive for GitHub".to_owned();
            return AccountBatch::Unusable { why };
        }
        let found = nodes.into_iter().zip(reasons);
        let accounts = found
            .map(|(node, reason)| match (node, reason) {
                (Value::Null, Some(error)) if error.kind == "NOT_FOUND" => AccountLookup::Gone,
                (Value::Null, reason) => AccountLookup::Broken {
                    why: one_line(reason.map_or("there is no answer", |error| &error.message)),
                },
                (node, _) => AccountLookup::Read(node),
            })
            .collect();
        AccountBatch::Read(accounts)
    }

    async fn fetch_document(
        &self,
        url: Url,
        kind: &'static str,
    ) -> Result<Reading<Document>, ForgeError> {
        let call = ApiCall::rest(url, kind, 1);
        self.read_call(&call, false, read_document).await
    }
}

fn refused(why: String) -> ForgeError {
    ForgeError::Refused {
        what: "GitHub's GraphQL API".to_owned(),
        why,
    }
}
