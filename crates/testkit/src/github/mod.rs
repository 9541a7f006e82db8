//! A fake GitHub on a loopback port: REST and GraphQL, with the limits and faults of the real one.
//!
//! Issues, pull requests and everything that happens to them are in [`World`], and so are accounts, whom
//! they follow and what they star, discussions, teams and projects.
//!
//! [`FakeGitHub`] serves `GET /repos/{owner}/{repo}` with `/contributors`, `/pulls` and
//! `/releases/latest`, the same below `/repositories/{id}`, `GET /rate_limit` and `POST /graphql`.
//! It rejects GraphQL documents that are invalid against GitHub's real schema. It has hourly quotas
//! per token and for requests without one, entity tags per token, former names (301 on REST, followed
//! on GraphQL), and removed, blocked and partly readable repositories. Tests set faults and the clock
//! through its [`ServiceControls`].
//!
//! What one person has done everywhere is shown by `search/commits`, `search/issues` with `author:`, and
//! `user` of GraphQL; programs get in by OAuth.
//!
//! It opens no connections; the schema is fetched once with npm ([`mod@schema`]).

mod activity;
mod board;
mod graphql;
mod json_object;
mod people;
mod persons;
mod quota;
mod reply;
mod repository;
mod rest;
mod schema;
mod state;

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::response::Response;
use serde_json::json;

pub use activity::{FakeEvent, FakeIssue, FakeUser, History, RandomEvents, Slot, World};
pub use board::{
    FakeContent, FakeDiscussion, FakeField, FakeProject, FakeProjectItem, FakeThread, FakeValue,
};
pub use people::{RandomPeople, StargazerAccess};
pub use quota::{OverBudget, Quota, QuotaError, Resource};
pub use repository::FakeRepository;
pub use schema::{
    InvalidDocument, SchemaError, check_document, schema, schema_or_skip, uses_fragment,
};
pub use state::GitHubState;

use crate::service::{Fake, FakeService, Fault, ReceivedRequest, ServiceControls};
use reply::error_response;

/// A running GitHub.
pub type FakeGitHub = Fake<GitHubState>;

impl FakeGitHub {
    /// As [`Self::start`], or `None` after printing that the test is skipped for lack of the schema.
    pub fn start_or_skip() -> std::io::Result<Option<Self>> {
        schema_or_skip().map(|_| Self::start()).transpose()
    }

    /// Accepts a token, with 5,000 points an hour.
    pub fn allow(&self, token: &str) {
        self.state().tokens.insert(token.to_owned());
    }

    /// Rejects a token.
    pub fn revoke(&self, token: &str) {
        self.state().tokens.remove(token);
    }

    /// Adds a repository as `owner/name`, or replaces it.
    pub fn add(&self, slug: &str, repository: FakeRepository) {
        self.state().add(slug, repository);
    }

    /// Changes a repository.
    pub fn change(&self, slug: &str, change: impl FnOnce(&mut FakeRepository)) {
        self.state()
            .change(slug, |stored| change(&mut stored.repository));
    }

    /// Renames a repository; the old name redirects to the new one.
    pub fn rename(&self, from: &str, to: &str) {
        self.state().rename(from, to);
    }

    /// Removes a repository with all its names.
    pub fn remove(&self, slug: &str) {
        self.state().remove(slug);
    }

    /// Sets the form of the GraphQL error for an exhausted quota.
    pub fn set_quota_error(&self, error: QuotaError) {
        self.state().quota_error = error;
    }

    /// Limits how many repositories a query may ask for; `None` removes the limit.
    pub fn set_budget(&self, budget: Option<(usize, OverBudget)>) {
        self.state().budget = budget;
    }

    /// What happens there; holds the fake's lock, so let it go before the fake is asked.
    #[must_use]
    pub fn world(&self) -> World<'_> {
        World {
            now: self.controls().now(),
            state: self.state(),
        }
    }

    /// The current state of a quota.
    #[must_use]
    pub fn quota(&self, token: Option<&str>, resource: Resource) -> Quota {
        *self
            .state()
            .quotas
            .get_mut(token, resource, self.controls().now())
    }

    /// Sets the remaining points of a quota.
    pub fn set_remaining(&self, token: Option<&str>, resource: Resource, remaining: u64) {
        let mut state = self.state();
        let quota = state.quotas.get_mut(token, resource, self.controls().now());
        quota.used = quota.limit.saturating_sub(remaining);
    }

    /// Adds repositories with a past.
    pub fn add_history(&self, history: &History) {
        history.fill(&mut self.state());
    }

    /// Gives every quota that begins from now on this many points.
    pub fn set_limit(&self, limit: u64) {
        self.state().quotas.limit = Some(limit);
    }

    /// How many responses there were with each status.
    #[must_use]
    pub fn statuses(&self) -> BTreeMap<u16, u64> {
        self.state().statuses.clone()
    }

    /// Forgets the responses and requests so far.
    pub fn reset_counts(&self) {
        self.state().statuses.clear();
        self.controls().reset();
    }

    /// The number of repositories in each GraphQL query, oldest first.
    #[must_use]
    pub fn batches(&self) -> Vec<usize> {
        self.state().batches.clone()
    }
}

/// The response of a secondary rate limit: 403 or 429, or 200 for GraphQL, with or without
/// `Retry-After`.
#[must_use]
pub fn secondary_limit(status: u16, retry_after: Option<u64>) -> Fault {
    let message = "You have exceeded a secondary rate limit. Please wait a few minutes before you \
                   try again.";
    let page = "https://docs.github.com/free-pro-team@latest/rest/overview/\
                rate-limits-for-the-rest-api#about-secondary-rate-limits";
    let body = match status {
        200 => json!({ "errors": [{ "message": message }] }),
        _ => json!({ "message": message, "documentation_url": page }),
    };
    let fault = Fault::json(status, &body);
    match retry_after {
        Some(seconds) => fault.with_header("retry-after", &seconds.to_string()),
        None => fault,
    }
}

impl FakeService for GitHubState {
    const NAME: &'static str = "fake-github";

    fn respond(&mut self, controls: &ServiceControls, request: &ReceivedRequest) -> Response {
        if let Some(response) = persons::respond_to_oauth(self, request, controls.now()) {
            return response;
        }
        let token = request
            .header("authorization")
            .split_once(' ')
            .map(|(_, token)| token);
        if token.is_some_and(|token| !self.tokens.contains(token)) {
            return error_response(401, "Bad credentials");
        }
        // Nobody gets an answer from then on, as if the client had been killed.
        if self.board.is_dead {
            return error_response(401, "it has ended");
        }
        if request.header("user-agent").is_empty() {
            return error_response(403, "Request forbidden by administrative rules.");
        }
        let resource = match (&request.method, request.path.as_str()) {
            (&Method::POST, "/graphql") => Resource::GraphQl,
            (&Method::GET, "/search/issues" | "/search/commits") => Resource::Search,
            (&Method::GET, _) => Resource::Core,
            _ => return error_response(404, "Not Found"),
        };
        let mut response = match (resource, token) {
            (Resource::GraphQl, None) => {
                return error_response(401, "This endpoint requires you to be authenticated.");
            }
            (Resource::GraphQl, Some(token)) => {
                graphql::respond(self, token, request, controls.now())
            }
            (Resource::Search, token) => {
                rest::respond_to_search(self, token, request, controls.now())
            }
            (Resource::Core, token) => rest::respond(self, token, request, controls.now()),
        };
        let quota = *self.quotas.get_mut(token, resource, controls.now());
        add_quota_headers(response.headers_mut(), quota, resource);
        let scopes = token.and_then(|token| self.board.scopes.get(token));
        if let Some(Ok(scopes)) = scopes.map(|scopes| HeaderValue::from_str(scopes)) {
            response.headers_mut().insert("x-oauth-scopes", scopes);
        }
        *self.statuses.entry(response.status().as_u16()).or_default() += 1;
        response
    }
}

fn add_quota_headers(headers: &mut HeaderMap, quota: Quota, resource: Resource) {
    for (name, value) in [
        ("x-ratelimit-limit", quota.limit),
        ("x-ratelimit-remaining", quota.remaining()),
        ("x-ratelimit-used", quota.used.min(quota.limit)),
        ("x-ratelimit-reset", quota.reset),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
    }
    headers.insert(
        HeaderName::from_static("x-ratelimit-resource"),
        HeaderValue::from_static(resource.name()),
    );
}
