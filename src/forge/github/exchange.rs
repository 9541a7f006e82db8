//! One question, one answer, and the limits between them.
//!
//! Every call to GitHub passes through here: quotas are looked at before it, learned from it, and
//! pauses are kept or turned into [`ForgeError::Wait`].

use std::time::Duration;

use pyfa_http::{Bytes, HttpRequest, HttpResponse};
use tokio::time::Instant;
use url::Url;

use super::GitHub;
use super::limit::{Limit, ResponseClass, classify, retry_after};
use super::quota::{Resource, later};
use crate::forge::ForgeError;

const REST_JSON: &str = "application/vnd.github+json";
const BODY_LIMIT: u64 = 16 << 20;
/// Pauses in a row that are kept, however short they are.
const MOST_PAUSES: u32 = 5;

/// What is asked, and what it may cost.
#[derive(Debug)]
pub(super) struct ApiCall {
    url: Url,
    kind: &'static str,
    resource: Resource,
    cost: u64,
    etag: Option<String>,
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
            body: None,
        }
    }

    pub(super) fn graphql(url: Url, cost: u64) -> Self {
        Self {
            resource: Resource::GraphQl,
            ..Self::rest(url, "graphql", cost)
        }
    }

    pub(super) fn etag(mut self, etag: Option<String>) -> Self {
        self.etag = etag;
        self
    }

    pub(super) fn body(mut self, body: String) -> Self {
        self.body = Some(body.into());
        self
    }
}

/// An answer that is about the question.
#[derive(Debug)]
pub(super) enum ApiAnswer {
    Answer(HttpResponse),
    Missing,
    Refused(String),
    /// Nothing usable; it may pass.
    Unwell(String),
}

impl GitHub {
    /// Asks, and asks again after each pause that is short enough.
    pub(super) async fn exchange(&self, question: &ApiCall) -> Result<ApiAnswer, ForgeError> {
        loop {
            self.check(question)?;
            let answer = match self.send(question).await {
                Ok(answer) => answer,
                Err(error) => return Ok(ApiAnswer::Unwell(error.to_string())),
            };
            self.state().quotas.learn(question.resource, &answer);
            let limit = match classify(&answer) {
                ResponseClass::Good => {
                    let mut state = self.state();
                    state.statistics.not_modified += u64::from(answer.not_modified);
                    // A GraphQL answer may still hold a limit, which its reader finds.
                    if question.resource == Resource::Rest {
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
                ResponseClass::Unwell(why) => return Ok(ApiAnswer::Unwell(why)),
                ResponseClass::Limited(limit) => limit,
            };
            self.heed(limit, question.resource, &answer).await?;
        }
    }

    /// Whether anything may be asked now.
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
        state.quotas.check(resource, cost, self.shared.share)
    }

    async fn send(&self, question: &ApiCall) -> Result<HttpResponse, pyfa_http::HttpError> {
        let request = HttpRequest::new(question.url.clone(), question.kind)
            .accept(REST_JSON)
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

    /// Keeps the pause that a limit asks for, or says that it is too long.
    pub(super) async fn heed(
        &self,
        limit: Limit,
        resource: Resource,
        answer: &HttpResponse,
    ) -> Result<(), ForgeError> {
        let pause = {
            let mut state = self.state();
            let asked = match limit {
                Limit::Secondary(after) => after.or_else(|| retry_after(answer)),
                Limit::Quota => match state.quotas.spend(resource) {
                    Some(left) if !left.is_zero() => {
                        return state.quotas.check(resource, 1, self.shared.share);
                    }
                    // GitHub does not say when, or the time it says is over.
                    _ => None,
                },
            };
            state.pauses += 1;
            let factor = 2_u32.saturating_pow(state.pauses - 1);
            let pause = asked.unwrap_or(self.shared.pace.first_pause.saturating_mul(factor));
            if pause > self.shared.pace.patience || state.pauses > MOST_PAUSES {
                let pause = pause.max(self.shared.pace.first_pause);
                state.pauses = 0;
                state.closed_until = Some(Instant::now() + pause);
                return Err(long_pause(pause));
            }
            state.statistics.pauses += 1;
            state.statistics.waited += pause;
            pause
        };
        tracing::debug!(?limit, ?pause, "GitHub asks for a pause");
        tokio::time::sleep(pause).await;
        Ok(())
    }
}

fn long_pause(after: Duration) -> ForgeError {
    ForgeError::Wait {
        why: "GitHub wants fewer calls in a short time (a secondary rate limit)".to_owned(),
        until: later(after),
        after,
    }
}
