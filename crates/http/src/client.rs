//! The client: one loop that sends, judges and tries again.
//!
//! It never follows a redirect to another host or out of TLS, never keeps cookies, and
//! never holds a slot of a host while it waits for its own retry.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use reqwest::{
    Method, StatusCode,
    header::{ACCEPT, CONTENT_TYPE, HeaderValue, IF_NONE_MATCH, LOCATION},
    redirect::{Attempt, Policy},
};
use tokio::time::{Instant, sleep};
use url::Url;

use crate::{
    error::{Error, SafeUrl},
    host::{Host, Hosts},
    merge::InFlight,
    proxies::Proxies,
    request::{Answer, Request},
    response::{self, Room, Unread},
    retry::{Verdict, backoff, verdict},
    secrets::Secrets,
    settings::{Settings, SettingsError},
    statistics::{Counters, Statistics},
};

const MOST_REDIRECTS: usize = 5;

/// The road to the network. Clones are cheap and share everything.
#[derive(Debug, Clone)]
pub struct Client {
    road: Arc<Road>,
}

#[derive(Debug)]
struct Road {
    http: reqwest::Client,
    secrets: Secrets,
    hosts: Hosts,
    in_flight: InFlight<Arc<Request>, Result<Answer, Error>>,
    counters: Counters,
    room: Room,
    retries: u32,
    backoff: Duration,
    longest_wait: Duration,
    attempt_timeout: Duration,
}

/// What a POST carries.
#[derive(Debug)]
struct Payload {
    body: Bytes,
    content_type: &'static str,
    idempotent: bool,
}

impl Client {
    /// A client that behaves as `settings` say towards every host; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] where no client can be made of them.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        let hosts = Hosts::new(&settings)?;
        let secrets = Secrets::of(&settings.headers);
        #[expect(clippy::disallowed_methods, reason = "the one client of this crate")]
        let http = reqwest::Client::builder();
        let http = Proxies::from_environment()
            .apply(http)
            .user_agent(settings.user_agent)
            .default_headers(settings.headers)
            .http1_only()
            .pool_max_idle_per_host(settings.workers)
            .connect_timeout(settings.connect_timeout)
            .read_timeout(settings.read_timeout)
            .redirect(Policy::custom(follow_within_host))
            .build()
            .map_err(|error| SettingsError::Setup(response::reason(error)))?;
        let road = Road {
            http,
            secrets,
            hosts,
            in_flight: InFlight::default(),
            counters: Counters::default(),
            room: Room::default(),
            retries: settings.retries,
            backoff: settings.backoff,
            longest_wait: settings.longest_wait,
            attempt_timeout: settings.attempt_timeout,
        };
        Ok(Self {
            road: Arc::new(road),
        })
    }

    /// Reads a URL. Equal requests in flight share one answer.
    ///
    /// # Errors
    ///
    /// [`Error`] says in which of five ways there is no answer; [`Error::Broken`] and
    /// [`Error::Wait`] come after all retries.
    pub fn get(&self, request: Request) -> impl Future<Output = Result<Answer, Error>> + Send {
        // Not an `async fn`, which would keep room for the request beside its `Arc`.
        let request = Arc::new(request);
        let road = &self.road;
        async move {
            let fetch = || road.fetch(&request, None);
            let (answer, merged) = road.in_flight.run(Arc::clone(&request), fetch).await;
            if merged {
                road.counters.count(|counts| counts.merged += 1);
            }
            answer
        }
    }

    /// Posts a body. Only what the caller calls idempotent is ever sent twice.
    ///
    /// # Errors
    ///
    /// As [`Self::get`]. What was not idempotent may have been done where the answer is missing.
    pub async fn post(
        &self,
        request: Request,
        body: Bytes,
        content_type: &'static str,
        idempotent: bool,
    ) -> Result<Answer, Error> {
        let payload = Payload {
            body,
            content_type,
            idempotent,
        };
        self.road.fetch(&request, Some(&payload)).await
    }

    /// What was done so far, by this client and its clones.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        self.road.counters.read()
    }
}

/// Why an attempt gave no answer.
enum Failure {
    /// Trying again would not help.
    Final(Error),
    /// The host wants a pause, of this length if it said so.
    Busy(Option<Duration>),
    /// The host had asked for a pause that is longer than we wait.
    Closed(Duration),
    Passing(String),
}

impl Road {
    async fn fetch(&self, request: &Request, payload: Option<&Payload>) -> Result<Answer, Error> {
        let host = self.hosts.of(&request.url);
        let retries = if payload.is_none_or(|payload| payload.idempotent) {
            self.retries
        } else {
            0
        };
        let mut attempts = 0;
        loop {
            let failure = match self.attempt(&host, request, payload, attempts).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            attempts += 1;
            let url = || SafeUrl::from(&request.url);
            let own_pause = backoff(self.backoff, self.longest_wait, attempts);
            match failure {
                Failure::Final(error) => return Err(error),
                Failure::Closed(after) => return Err(Error::Wait { url: url(), after }),
                Failure::Busy(after) => {
                    let after = after.unwrap_or(own_pause);
                    host.pause_for(after);
                    tracing::debug!(url = %url(), ?after, "the host asks for a pause");
                    if attempts > retries {
                        return Err(Error::Wait { url: url(), after });
                    }
                }
                Failure::Passing(reason) => {
                    if attempts > retries {
                        return Err(Error::Broken {
                            url: url(),
                            attempts,
                            reason,
                        });
                    }
                    tracing::debug!(url = %url(), reason, attempts, "trying again");
                    self.counters.count(|counts| counts.waited += own_pause);
                    sleep(own_pause).await;
                }
            }
        }
    }

    async fn attempt(
        &self,
        host: &Host,
        request: &Request,
        payload: Option<&Payload>,
        earlier: u32,
    ) -> Result<Answer, Failure> {
        let slot = host.enter().await.map_err(Failure::Closed)?;
        self.counters.count(|counts| {
            *counts.requests.entry(request.kind).or_default() += 1;
            counts.retries += u64::from(earlier > 0);
            counts.waited += slot.waited;
        });
        let passing = |error| Failure::Passing(response::reason(error));
        let started = Instant::now();
        let prepared = self.prepare(request, payload);
        let mut response = prepared.send().await.map_err(passing)?;
        let status = response.status();
        match verdict(status, response.headers(), SystemTime::now()) {
            Verdict::Success => {}
            Verdict::NotModified if request.etag.is_some() => {
                return Ok(Answer {
                    status: status.as_u16(),
                    body: Bytes::new(),
                    not_modified: true,
                    headers: Arc::new(std::mem::take(response.headers_mut())),
                });
            }
            _ if request.any_status => {}
            // Boxed, so that the many requests that succeed stay small.
            verdict => {
                let secrets = self.secrets.and_of(&request.url);
                return Err(Box::pin(decline(&mut response, verdict, request, &secrets)).await);
            }
        }
        let deadline = started + self.attempt_timeout;
        let read = response::read(&mut response, request.body_limit, deadline, &self.room);
        let body = match read.await {
            Ok(body) => body,
            Err(Unread::Broken(error)) => return Err(passing(error)),
            Err(Unread::Dripping) => {
                return Err(Failure::Passing("it only drips".to_owned()));
            }
            Err(Unread::NoRoom) => {
                return Err(Failure::Passing(
                    "other large answers took all the room".to_owned(),
                ));
            }
            Err(Unread::TooLarge) => {
                return Err(Failure::Final(Error::TooLarge {
                    url: SafeUrl::from(&request.url),
                    limit: request.body_limit,
                }));
            }
        };
        self.counters
            .count(|counts| counts.bytes += body.len() as u64);
        Ok(Answer {
            status: status.as_u16(),
            body: self.secrets.mask_body(body),
            not_modified: false,
            headers: Arc::new(std::mem::take(response.headers_mut())),
        })
    }

    fn prepare(&self, request: &Request, payload: Option<&Payload>) -> reqwest::RequestBuilder {
        let method = payload.map_or(Method::GET, |_| Method::POST);
        let mut prepared = self.http.request(method, request.url.clone());
        if let Some(accept) = request.accept {
            prepared = prepared.header(ACCEPT, HeaderValue::from_static(accept));
        }
        // A tag that cannot be a header value came from elsewhere: ask for the whole body.
        if let Some(etag) = &request.etag
            && let Ok(etag) = HeaderValue::from_str(etag)
        {
            prepared = prepared.header(IF_NONE_MATCH, etag);
        }
        if let Some(payload) = payload {
            let content_type = HeaderValue::from_static(payload.content_type);
            prepared = prepared
                .header(CONTENT_TYPE, content_type)
                .body(payload.body.clone());
        }
        prepared
    }
}

/// What an answer that is not a success amounts to.
async fn decline(
    response: &mut reqwest::Response,
    verdict: Verdict,
    request: &Request,
    secrets: &Secrets,
) -> Failure {
    let status = response.status();
    let message = match redirect_target(response) {
        Some(host) => format!("it redirects to {host}, which is not followed"),
        None => response::excerpt(response, secrets).await,
    };
    let url = SafeUrl::from(&request.url);
    let status = status.as_u16();
    match verdict {
        Verdict::Busy(after) => Failure::Busy(after),
        Verdict::Passing => Failure::Passing(format!("status {status}: {message}")),
        Verdict::NotFound => Failure::Final(Error::NotFound { url, status }),
        _ => Failure::Final(Error::Refused {
            url,
            status,
            message,
        }),
    }
}

fn redirect_target(response: &reqwest::Response) -> Option<String> {
    if !response.status().is_redirection() || response.status() == StatusCode::NOT_MODIFIED {
        return None;
    }
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    let target = response.url().join(location).ok()?;
    Some(target.origin().ascii_serialization())
}

fn follow_within_host(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let followed = attempt.previous();
    let within = followed
        .last()
        .is_some_and(|from| may_follow(from, attempt.url()));
    if within && followed.len() <= MOST_REDIRECTS {
        attempt.follow()
    } else {
        attempt.stop()
    }
}

/// The same origin, or the same host from plain HTTP to TLS on their usual ports.
fn may_follow(from: &Url, to: &Url) -> bool {
    let upgrade = from.scheme() == "http"
        && to.scheme() == "https"
        && from.host() == to.host()
        && (from.port(), to.port()) == (None, None);
    from.origin() == to.origin() || upgrade
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_stay_on_their_host_and_in_tls() -> Result<(), url::ParseError> {
        for (from, to, expected) in [
            ("https://a.org/x", "https://a.org/y", true),
            ("http://a.org/x", "https://a.org/x", true),
            ("https://a.org/x", "http://a.org/x", false),
            ("https://a.org/x", "https://b.org/x", false),
            ("https://a.org/x", "https://a.org.evil.org/x", false),
            ("https://a.org/x", "https://a.org:8443/x", false),
            ("http://a.org:80/x", "https://a.org:443/x", true),
            ("http://a.org:8080/x", "https://a.org/x", false),
        ] {
            let (from, to) = (Url::parse(from)?, Url::parse(to)?);
            assert_eq!(may_follow(&from, &to), expected, "{from} to {to}");
        }
        Ok(())
    }
}
