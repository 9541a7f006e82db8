//! The GitHub client: repositories in batches by GraphQL, or one by one by REST without a token;
//! contributors; issues and what happens to them; accounts, whom they follow, what they star and what
//! they have done; projects and their items.
//!
//! Clones share one rate limiter and one quota; requests are sequential. Other processes can share
//! the quota too ([`SharedQuota`]). A short pause that GitHub
//! asks for is waited out. A long one, or an exhausted hourly quota, is [`ForgeError::Wait`], and
//! no request is sent until it ends. Everything that GitHub says about a single repository,
//! including refusals, is a [`Lookup`] or [`Contributors`].
//!
//! Keeps no state besides quotas and counts. The token never appears in messages or logs. Addresses
//! in responses are never requested, except GitHub's own redirects on its own host.
//!
//! References: GitHub's REST API, version 2022-11-28, and its GraphQL API.

mod accounts;
mod activity;
mod answer_error;
mod app;
mod batch;
mod board;
mod contributors;
mod exchange;
mod graphql;
mod limit;
mod look_up;
mod persons;
mod quota;
mod repository;
mod rest;
mod sample;
mod sample_board;
mod sample_map;
mod settings;
mod shared_quota;
mod statistics;
mod text;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use url::Url;

use super::ForgeError;
use crate::model::RepositorySlug;
use batch::BatchSize;
use settings::{digest, graphql_url, headers, rate};

pub use accounts::{AccountList, AccountLookup, RepositoryList};
pub use activity::{Document, IssueList, ListPage, MOST_RESULTS, PAGE_SIZE, Reading, SearchPage};
pub use app::{App, AppSettings, AppTokens, PUBLIC_WEB_URL};
pub use board::{
    BoardAnswer, BoardProblem, BoardReply, BoardRequest, MOST_IDS, NewField, ProjectMutation,
    ProjectName, SearchKind, SearchPart,
};
pub use persons::{Authored, AuthoredKind, ConnectionPage};
pub use quota::{Quota, QuotaReading, Quotas, RESERVE, Resource};
pub use repository::{
    Contributor, Contributors, EntityTag, Lookup, OptionalField, Repository, RepositoryQuery,
};
pub use sample::Sample;
pub use sample_board::SampleBoard;
pub use sample_map::SampleMap;
pub use settings::{GitHubSettings, RequestPacing};
pub use shared_quota::{Admission, QuotaWish, Reservation, SharedQuota, SharedQuotaError};
pub use statistics::CallStatistics;

/// The API of github.com.
pub const PUBLIC_API_URL: &str = "https://api.github.com/";

/// Further attempts after the first, if the fault may be temporary.
const RETRIES: u32 = 2;

/// The client. Clones are cheap and share everything.
#[derive(Debug, Clone)]
pub struct GitHub {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    http: pyfa_http::HttpClient,
    api_url: Url,
    graphql_url: Url,
    /// A short digest of the token; `None` without one.
    token: Option<String>,
    share: f64,
    reserve: u64,
    pace: RequestPacing,
    state: Mutex<State>,
    /// Unset if no other process uses the token.
    common_quota: OnceLock<Arc<dyn SharedQuota>>,
}

/// State that changes with each request.
#[derive(Debug)]
struct State {
    quotas: Quotas,
    size: BatchSize,
    /// How many pauses in a row GitHub has asked for.
    pauses: u32,
    /// How far GitHub's clock is ahead of ours, as its last answer tells.
    clock_ahead: SignedDuration,
    /// No request is sent before this time.
    closed_until: Option<Instant>,
    /// How many repositories in a row had no usable answer.
    broken: u32,
    statistics: CallStatistics,
}

impl GitHub {
    /// Creates a client; sends nothing yet.
    ///
    /// # Errors
    ///
    /// [`ForgeError::Broken`] if no HTTP client can be created from the settings,
    /// [`ForgeError::Token`] if the token cannot be sent in a header.
    pub fn new(settings: &GitHubSettings, user_agent: &str) -> Result<Self, ForgeError> {
        let http = pyfa_http::HttpClient::new(pyfa_http::HttpSettings {
            user_agent: user_agent.to_owned(),
            headers: headers(settings.token.as_ref())?,
            workers: 1,
            requests_per_second: rate(settings.cool_off),
            retries: 0,
            read_timeout: settings.pace.read_timeout,
            ..pyfa_http::HttpSettings::default()
        })
        .map_err(|error| ForgeError::Broken {
            what: "the HTTP client for GitHub".to_owned(),
            why: error.to_string(),
        })?;
        let state = State {
            quotas: Quotas::default(),
            size: BatchSize::new(settings.pace.batch_size),
            pauses: 0,
            clock_ahead: SignedDuration::ZERO,
            closed_until: None,
            broken: 0,
            statistics: CallStatistics::default(),
        };
        let shared = Shared {
            http,
            graphql_url: graphql_url(&settings.api_url),
            api_url: settings.api_url.clone(),
            token: settings.token.as_ref().map(digest),
            share: settings.quota_share,
            reserve: settings.reserve,
            pace: settings.pace.clone(),
            state: Mutex::new(state),
            common_quota: OnceLock::new(),
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// The address of the API, without user and password. Identifies the server in cache keys.
    #[must_use]
    pub fn address(&self) -> String {
        let mut url = self.shared.api_url.clone();
        // Both only fail for URLs that cannot have credentials.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.into()
    }

    /// Counts requests together with the other processes that share the quota. Only the first one that
    /// is given counts.
    #[must_use]
    pub fn with_shared_quota(self, quota: Arc<dyn SharedQuota>) -> Self {
        let _ = self.shared.common_quota.set(quota);
        self
    }

    /// Waits until the processes that share the quota can see what all answers have said of it. What is
    /// given up before leaves them a few points too few until the window ends.
    pub async fn wait_until_settled(&self) {
        if let Some(quota) = self.shared.common_quota.get() {
            quota.wait_until_settled().await;
        }
    }

    /// A short digest of the token, which distinguishes quotas; `None` without a token.
    #[must_use]
    pub fn token_digest(&self) -> Option<&str> {
        self.shared.token.as_deref()
    }

    /// Whether there is a token; GraphQL requires one.
    #[must_use]
    pub fn has_token(&self) -> bool {
        self.shared.token.is_some()
    }

    /// Requests, pauses and quotas since the client was created.
    #[must_use]
    pub fn statistics(&self) -> CallStatistics {
        let http = self.shared.http.statistics();
        let state = self.state();
        let mut statistics = state.statistics.clone();
        statistics.calls = http.requests;
        statistics.waited += http.waited;
        statistics.quotas = state.quotas;
        statistics
    }

    /// The time by GitHub's clock; by ours, as long as it has not answered.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let ahead = self.state().clock_ahead;
        let now = Timestamp::now();
        now.checked_add(ahead).unwrap_or(now)
    }

    fn repository_url(&self, slug: &RepositorySlug, rest: &[&str]) -> Url {
        self.url(&[&["repos", slug.owner(), slug.name()], rest].concat())
    }

    /// An address of the API. Each part becomes one path segment, with special characters escaped.
    fn url(&self, parts: &[&str]) -> Url {
        let mut url = self.shared.api_url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(parts);
        }
        url
    }

    /// The tag, if it was issued for the current token.
    fn own(&self, etag: Option<&EntityTag>) -> Option<String> {
        let token = self.shared.token.as_deref().unwrap_or_default();
        etag.filter(|etag| etag.token == token)
            .map(|etag| etag.tag.clone())
    }

    fn tag_of(&self, answer: &pyfa_http::HttpResponse) -> Option<EntityTag> {
        Some(EntityTag {
            tag: answer.etag()?.to_owned(),
            token: self.shared.token.clone().unwrap_or_default(),
        })
    }

    /// Waits before a retry.
    async fn pause(&self, attempts: u32) {
        let factor = 2_u32.saturating_pow(attempts);
        tokio::time::sleep(self.shared.pace.backoff.saturating_mul(factor)).await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        let state = self.shared.state.lock();
        state.unwrap_or_else(PoisonError::into_inner)
    }
}
