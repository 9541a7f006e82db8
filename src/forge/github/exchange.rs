//! Sends a request to GitHub and respects its rate limits.
//!
//! All requests to GitHub go through here: the quota is checked before each one and updated from
//! its response. Short pauses are waited out; long ones become [`ForgeError::Wait`].

use std::time::Duration;

use jiff::Timestamp;
use pyfa_http::{Bytes, HttpRequest, HttpResponse};
use tokio::time::Instant;
use url::Url;

use super::GitHub;
use super::limit::{Limit, ResponseClass, classify, retry_after};
use super::quota::{QuotaReading, Resource, later, used_up};
use super::shared_quota::{Admission, QuotaWish, Reservation};
use crate::forge::ForgeError;

const REST_JSON: &str = "application/vnd.github+json";
const BODY_LIMIT: u64 = 16 << 20;
/// The most pauses in a row that are waited out, however short they are.
const MOST_PAUSES: u32 = 5;
/// How long to wait while another process finds out about a new window.
const BUSY_PAUSE: Duration = Duration::from_millis(200);
/// How long to wait while the processes that share the quota cannot agree.
const AWAY_PAUSE: Duration = Duration::from_mins(1);

/// A request, and the points that it may cost.
#[derive(Debug)]
pub(super) struct ApiCall {
    url: Url,
    kind: &'static str,
    resource: Resource,
    cost: u64,
    etag: Option<String>,
    accept: &'static str,
    body: Option<Bytes>,
}

impl ApiCall {
    pub(super) fn rest(url: Url, kind: &'static str, cost: u64) -> Self {
        Self {
            url,
            kind,
            resource: Resource::Rest,
            cost,
            etag: None,
            accept: REST_JSON,
            body: None,
        }
    }

    pub(super) fn graphql(url: Url, cost: u64) -> Self {
        Self {
            resource: Resource::GraphQl,
            ..Self::rest(url, "graphql", cost)
        }
    }

    pub(super) fn search(url: Url) -> Self {
        Self {
            resource: Resource::Search,
            ..Self::rest(url, "search", 1)
        }
    }

    /// Counts it under another name.
    pub(super) fn named(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    pub(super) fn etag(mut self, etag: Option<String>) -> Self {
        self.etag = etag;
        self
    }

    /// Asks for another form of the answer.
    pub(super) fn accept(mut self, accept: &'static str) -> Self {
        self.accept = accept;
        self
    }

    pub(super) fn body(mut self, body: String) -> Self {
        self.body = Some(body.into());
        self
    }
}

/// The outcome of a request that was not rate limited.
#[derive(Debug)]
pub(super) enum ApiAnswer {
    Answer(HttpResponse),
    Missing,
    Refused(String),
    /// No usable response; the fault may be temporary.
    Unavailable(String),
}

impl GitHub {
    /// Sends a request, again after each pause that is short enough.
    pub(super) async fn exchange(&self, question: &ApiCall) -> Result<ApiAnswer, ForgeError> {
        loop {
            let reservation = self.admit(question).await?;
            let answer = match self.send(question).await {
                Ok(answer) => answer,
                Err(error) => {
                    self.settle(reservation, None).await;
                    return Ok(ApiAnswer::Unavailable(error.to_string()));
                }
            };
            let seen = {
                let mut state = self.state();
                if let Some(at) = date_of(&answer) {
                    state.clock_ahead = at.duration_since(Timestamp::now());
                }
                state.quotas.update(question.resource, &answer)
            };
            self.settle(reservation, seen).await;
            let limit = match classify(&answer) {
                ResponseClass::Good => {
                    let mut state = self.state();
                    state.statistics.not_modified += u64::from(answer.not_modified);
                    // A GraphQL response may still report a limit, which is found when it is read.
                    if question.resource != Resource::GraphQl {
                        state.pauses = 0;
                    }
                    return Ok(ApiAnswer::Answer(answer));
                }
                ResponseClass::BadToken(why) => {
                    return Err(ForgeError::Token {
                        forge: "GitHub",
                        setting: "GITHUB_TOKEN",
                        why,
                    });
                }
                ResponseClass::Missing => return Ok(ApiAnswer::Missing),
                ResponseClass::Refused(why) => return Ok(ApiAnswer::Refused(why)),
                ResponseClass::Unavailable(why) => return Ok(ApiAnswer::Unavailable(why)),
                ResponseClass::Limited(limit) => limit,
            };
            self.wait_out(limit, question.resource, &answer).await?;
        }
    }

    /// Waits until the request may be sent: for the quota of the search, which is back within a
    /// minute, and for other processes with the same token.
    async fn admit(&self, question: &ApiCall) -> Result<Option<Reservation>, ForgeError> {
        let patience = self.shared.pace.patience;
        loop {
            let is_search = question.resource == Resource::Search;
            let pause = match self.check(question) {
                Ok(()) => match self.reserve(question).await? {
                    Admission::Granted(reservation) => return Ok(Some(reservation)),
                    Admission::Alone => return Ok(None),
                    Admission::Busy => {
                        tokio::time::sleep(BUSY_PAUSE).await;
                        continue;
                    }
                    Admission::Paused(after) if after <= patience => after,
                    Admission::Paused(after) => return Err(long_pause(after)),
                    Admission::UsedUp { after, .. } if is_search && after <= patience => after,
                    Admission::UsedUp {
                        limit,
                        remaining,
                        after,
                    } => return Err(used_up(limit, remaining, after)),
                },
                Err(ForgeError::Wait { after, .. }) if is_search && after <= patience => after,
                Err(error) => return Err(error),
            };
            {
                let mut state = self.state();
                state.statistics.pauses += 1;
                state.statistics.waited += pause;
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// Asks the other processes for the points of a request.
    async fn reserve(&self, question: &ApiCall) -> Result<Admission, ForgeError> {
        let Some(quota) = self.shared.common_quota.get() else {
            return Ok(Admission::Alone);
        };
        let wish = QuotaWish {
            resource: question.resource,
            cost: question.cost,
            share: self.shared.share,
            reserve: self.shared.reserve,
        };
        quota.reserve(wish).await.map_err(|error| {
            if error.is_temporary {
                ForgeError::Wait {
                    why: error.why,
                    until: later(AWAY_PAUSE),
                    after: AWAY_PAUSE,
                }
            } else {
                ForgeError::Broken {
                    what: "the quota that hosts share".to_owned(),
                    why: error.why,
                }
            }
        })
    }

    async fn settle(&self, reservation: Option<Reservation>, seen: Option<QuotaReading>) {
        if let (Some(quota), Some(reservation)) = (self.shared.common_quota.get(), reservation) {
            quota.settle(reservation, seen).await;
        }
    }

    /// Fails if no request may be sent now.
    fn check(&self, question: &ApiCall) -> Result<(), ForgeError> {
        let mut state = self.state();
        if let Some(until) = state.closed_until {
            let left = until.saturating_duration_since(Instant::now());
            if !left.is_zero() {
                return Err(long_pause(left));
            }
            state.closed_until = None;
        }
        let (resource, cost) = (question.resource, question.cost);
        let left_alone = (self.shared.share, self.shared.reserve);
        state.quotas.check(resource, cost, left_alone)
    }

    async fn send(&self, question: &ApiCall) -> Result<HttpResponse, pyfa_http::HttpError> {
        let request = HttpRequest::new(question.url.clone(), question.kind)
            .accept(question.accept)
            .body_limit(BODY_LIMIT)
            .etag(question.etag.clone())
            .any_status();
        match &question.body {
            None => self.shared.http.get(request).await,
            Some(body) => {
                let http = &self.shared.http;
                http.post(request, body.clone(), "application/json", true)
                    .await
            }
        }
    }

    /// Waits for as long as a limit asks for.
    ///
    /// # Errors
    ///
    /// [`ForgeError::Wait`] if that is too long, or there were too many pauses in a row.
    pub(super) async fn wait_out(
        &self,
        limit: Limit,
        resource: Resource,
        answer: &HttpResponse,
    ) -> Result<(), ForgeError> {
        let shared_quota = self.shared.common_quota.get();
        if let (Limit::Quota, Some(quota)) = (limit, shared_quota) {
            quota.exhaust(resource).await;
        }
        let (pause, is_long) = {
            let mut state = self.state();
            let asked = match limit {
                Limit::Secondary(after) => after.or_else(|| retry_after(answer)),
                Limit::Quota => match state.quotas.exhaust(resource) {
                    Some(left) if !left.is_zero() => {
                        let left_alone = (self.shared.share, self.shared.reserve);
                        return state.quotas.check(resource, 1, left_alone);
                    }
                    // GitHub does not say until when, or that time has passed.
                    _ => None,
                },
            };
            state.pauses += 1;
            let factor = 2_u32.saturating_pow(state.pauses - 1);
            let pause = asked.unwrap_or(self.shared.pace.first_pause.saturating_mul(factor));
            if pause > self.shared.pace.patience || state.pauses > MOST_PAUSES {
                let closed = pause.max(self.shared.pace.first_pause);
                state.pauses = 0;
                state.closed_until = Some(Instant::now() + closed);
                (closed, true)
            } else {
                state.statistics.pauses += 1;
                state.statistics.waited += pause;
                (pause, false)
            }
        };
        if let Some(quota) = shared_quota {
            quota.pause(pause).await;
        }
        if is_long {
            return Err(long_pause(pause));
        }
        tracing::debug!(?limit, ?pause, "GitHub asks for a pause");
        tokio::time::sleep(pause).await;
        Ok(())
    }
}

/// When GitHub gave an answer, by its own clock.
pub(super) fn date_of(answer: &HttpResponse) -> Option<Timestamp> {
    let date = jiff::fmt::rfc2822::parse(answer.header("date")?).ok()?;
    Some(date.timestamp())
}

fn long_pause(after: Duration) -> ForgeError {
    ForgeError::Wait {
        why: "GitHub is rate limiting us (secondary rate limit)".to_owned(),
        until: later(after),
        after,
    }
}
