//! A fake GitHub on a loopback port: REST and GraphQL, with the limits and faults of the real one.
//!
//! [`FakeGitHub`] serves `GET /repos/{owner}/{repo}` with `/contributors`, `/pulls` and
//! `/releases/latest`, the same below `/repositories/{id}`, `GET /rate_limit` and `POST /graphql`.
//! It refuses every GraphQL document that is not valid against GitHub's real schema. It keeps an
//! hourly quota per token and one for those without, entity tags that belong to a token, former
//! names (301 on REST, followed on GraphQL), removed, blocked and half readable repositories.
//! Faults, the clock and the log of requests are those of its [`Stage`].
//!
//! It never talks to anything; the schema is fetched once with npm ([`mod@schema`]).

mod graphql;
mod quota;
mod repository;
mod rest;
mod schema;
mod world;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

pub use quota::{Quota, Resource};
pub use repository::FakeRepository;
pub use schema::{SchemaError, check_document, schema, schema_or_skip};

use crate::stage::{Call, Fault, Loopback, Play, Stage, router};
use world::World;

/// How an exhausted GraphQL quota is told; GitHub has used both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QuotaError {
    /// `"type": "RATE_LIMITED"`
    #[default]
    RateLimited,
    /// `"type": "RATE_LIMIT"` with `"code": "graphql_rate_limit"`
    RateLimit,
}

/// What becomes of a query for more repositories than the budget allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooMuch {
    /// 502 or 504, and ten points are gone.
    Status(u16),
    /// `RESOURCE_LIMITS_EXCEEDED` beside those that were within the budget.
    ResourceLimits,
}

/// A running fake GitHub; dropping it closes its connections.
#[derive(Debug)]
pub struct FakeGitHub {
    stage: Arc<Stage>,
    forge: Arc<Forge>,
    server: Loopback,
}

#[derive(Debug, Default)]
pub(crate) struct Forge {
    world: Mutex<World>,
}

impl FakeGitHub {
    /// An empty GitHub on a free port of 127.0.0.1 that knows no token.
    pub fn start() -> std::io::Result<Self> {
        let stage = Arc::new(Stage::default());
        let forge = Arc::new(Forge::default());
        let router = router(stage.clone(), forge.clone());
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = Loopback::serve(router, address, "fake-github")?;
        Ok(Self {
            stage,
            forge,
            server,
        })
    }

    /// As [`Self::start`], or `None` after saying on stderr that the test cannot run without the
    /// schema.
    pub fn start_or_skip() -> std::io::Result<Option<Self>> {
        schema_or_skip().map(|_| Self::start()).transpose()
    }

    /// The base URL, without a slash at its end.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.server.base_url()
    }

    /// Clock, faults, log.
    #[must_use]
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// From now on this token is good for 5,000 points an hour.
    pub fn allow(&self, token: &str) {
        self.world().tokens.insert(token.to_owned());
    }

    /// From now on this token is wrong.
    pub fn revoke(&self, token: &str) {
        self.world().tokens.remove(token);
    }

    /// Puts in a repository under `owner/name`, or replaces it.
    pub fn add(&self, slug: &str, repository: FakeRepository) {
        self.world().add(slug, repository);
    }

    /// Changes a repository.
    pub fn change(&self, slug: &str, change: impl FnOnce(&mut FakeRepository)) {
        self.world()
            .change(slug, |held| change(&mut held.repository));
    }

    /// Gives a repository a new `owner/name`; the old one leads there.
    pub fn rename(&self, from: &str, to: &str) {
        self.world().rename(from, to);
    }

    /// Removes a repository under all of its names.
    pub fn remove(&self, slug: &str) {
        self.world().remove(slug);
    }

    /// How an exhausted GraphQL quota is told from now on.
    pub fn tell_quota_as(&self, error: QuotaError) {
        self.world().quota_error = error;
    }

    /// Queries for more than so many repositories fail from now on; `None` ends it.
    pub fn set_budget(&self, budget: Option<(usize, TooMuch)>) {
        self.world().budget = budget;
    }

    /// A quota as it stands now.
    #[must_use]
    pub fn quota(&self, token: Option<&str>, resource: Resource) -> Quota {
        *self.world().quotas.of(token, resource, self.stage.now())
    }

    /// Leaves so many points of a quota.
    pub fn leave(&self, token: Option<&str>, resource: Resource, remaining: u64) {
        let mut world = self.world();
        let quota = world.quotas.of(token, resource, self.stage.now());
        quota.used = quota.limit.saturating_sub(remaining);
    }

    /// How many repositories each GraphQL query asked for, oldest first.
    #[must_use]
    pub fn batches(&self) -> Vec<usize> {
        self.world().batches.clone()
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.forge.world()
    }
}

/// The answer of a secondary limit: 403 or 429, or 200 for GraphQL, with or without a time.
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

impl Forge {
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Play for Forge {
    fn answer(&self, stage: &Stage, call: &Call) -> Response {
        let mut world = self.world();
        let token = call
            .header("authorization")
            .split_once(' ')
            .map(|(_, token)| token);
        if token.is_some_and(|token| !world.tokens.contains(token)) {
            return said(401, "Bad credentials");
        }
        if call.header("user-agent").is_empty() {
            return said(403, "Request forbidden by administrative rules.");
        }
        let resource = match (&call.method, call.path.as_str()) {
            (&Method::POST, "/graphql") => Resource::GraphQl,
            (&Method::GET, _) => Resource::Core,
            _ => return said(404, "Not Found"),
        };
        let mut response = match (resource, token) {
            (Resource::GraphQl, None) => {
                return said(401, "This endpoint requires you to be authenticated.");
            }
            (Resource::GraphQl, Some(token)) => {
                graphql::answer(&mut world, token, call, stage.now())
            }
            (Resource::Core, token) => rest::answer(&mut world, token, call, stage.now()),
        };
        let quota = *world.quotas.of(token, resource, stage.now());
        add_quota(response.headers_mut(), quota, resource);
        response
    }
}

fn add_quota(headers: &mut HeaderMap, quota: Quota, resource: Resource) {
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

/// An answer of JSON.
fn spoken(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or_default();
    let content_type = [("content-type", "application/json; charset=utf-8")];
    (status, content_type, body.to_string()).into_response()
}

/// A refusal in GitHub's form.
fn said(status: u16, message: &str) -> Response {
    let page = "https://docs.github.com/rest";
    let status_text = status.to_string();
    spoken(
        status,
        &json!({ "message": message, "documentation_url": page, "status": status_text }),
    )
}
