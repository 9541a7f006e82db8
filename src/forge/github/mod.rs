//! GitHub: repositories in batches by GraphQL, or one by one without a token; contributors.
//!
//! One client, one pace, one quota for everything that talks to GitHub: clones share them. Calls go
//! out one after the other. A limit is waited out where GitHub wants a short pause, and is
//! [`ForgeError::Wait`] where it is the hourly quota or a long one; nothing is asked until then.
//! What GitHub says of a single repository is a [`Lookup`] or [`Contributors`], whatever it is.
//!
//! Nothing is kept here beyond quotas and counts. The token appears in no message and no log. No
//! address out of an answer is ever asked for, except GitHub's own redirects on its own host.
//! Sources: GitHub's REST API of 2022-11-28 and its GraphQL API.

mod batch;
mod contributors;
mod exchange;
mod graphql;
mod limit;
mod look_up;
mod quota;
mod repository;
mod rest;
mod settings;
mod statistics;
mod text;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;
use url::Url;

use super::ForgeError;
use crate::model::RepositorySlug;
use batch::BatchSize;
use settings::{digest, graphql_url, headers, rate};

pub use quota::{Quota, Quotas};
pub use repository::{
    Contributor, Contributors, EntityTag, Lookup, Repository, RepositoryQuery, Unanswered,
};
pub use settings::{GitHubSettings, RequestPacing};
pub use statistics::CallStatistics;

/// Where the public GitHub answers.
pub const PUBLIC_API_URL: &str = "https://api.github.com/";

/// Further attempts after the first, where the fault may pass.
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
    pace: RequestPacing,
    state: Mutex<State>,
}

/// What changes from call to call.
#[derive(Debug)]
struct State {
    quotas: Quotas,
    size: BatchSize,
    /// Pauses in a row that GitHub asked for.
    pauses: u32,
    /// Nothing is asked until then.
    closed_until: Option<Instant>,
    /// Repositories in a row without a usable answer.
    broken: u32,
    statistics: CallStatistics,
}

impl GitHub {
    /// A client that asks as `settings` say and calls itself `user_agent`; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`ForgeError::Broken`] where no HTTP client can be made of the settings, and
    /// [`ForgeError::Token`] for a token that no header can hold.
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
            pace: settings.pace.clone(),
            state: Mutex::new(state),
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Where its API is, without user and password: by this, caches tell servers apart.
    #[must_use]
    pub fn address(&self) -> String {
        let mut url = self.shared.api_url.clone();
        // Both fail only for addresses that cannot hold them.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.into()
    }

    /// Whether there is a token, and so GraphQL.
    #[must_use]
    pub fn has_token(&self) -> bool {
        self.shared.token.is_some()
    }

    /// What was done so far.
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

    fn repository_url(&self, slug: &RepositorySlug, rest: &[&str]) -> Url {
        self.url(&[&["repos", slug.owner(), slug.name()], rest].concat())
    }

    /// Each part is a segment of its own, whatever is in it.
    fn url(&self, parts: &[&str]) -> Url {
        let mut url = self.shared.api_url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(parts);
        }
        url
    }

    /// The tag, if it was given to our token.
    fn own(&self, etag: Option<&EntityTag>) -> Option<String> {
        let ours = self.shared.token.as_deref().unwrap_or_default();
        etag.filter(|etag| etag.token == ours)
            .map(|etag| etag.tag.clone())
    }

    fn tag_of(&self, answer: &pyfa_http::HttpResponse) -> Option<EntityTag> {
        Some(EntityTag {
            tag: answer.etag()?.to_owned(),
            token: self.shared.token.clone().unwrap_or_default(),
        })
    }

    async fn pause(&self, attempts: u32) {
        let factor = 2_u32.saturating_pow(attempts);
        tokio::time::sleep(self.shared.pace.backoff.saturating_mul(factor)).await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        let state = self.shared.state.lock();
        state.unwrap_or_else(PoisonError::into_inner)
    }
}
