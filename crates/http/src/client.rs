//! The client: sends requests and retries them.
//!
//! It never follows a redirect to another host or from TLS to plain HTTP, never keeps cookies, and
//! never holds the permit of a host during its backoff.

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
    body::{
        BodyError, BodySink, LargeBodyPermit, describe_error, read_body, read_excerpt, read_into,
    },
    error::{HttpError, SafeUrl},
    exchange::{HttpRequest, HttpResponse},
    host::{Host, Hosts},
    in_flight::InFlight,
    proxies::Proxies,
    retry::{ResponseClass, backoff, classify},
    secrets::Secrets,
    settings::{HttpSettings, HttpSettingsError},
    statistics::{HttpCounters, HttpStatistics},
};

const MAX_REDIRECTS: usize = 5;

/// The HTTP client. Clones are cheap and share everything.
#[derive(Debug, Clone)]
pub struct HttpClient {
    inner: Arc<ClientInner>,
}

#[derive(Debug)]
struct ClientInner {
    http: reqwest::Client,
    secrets: Secrets,
    hosts: Hosts,
    in_flight: InFlight<Arc<HttpRequest>, Result<HttpResponse, HttpError>>,
    counters: HttpCounters,
    large_body: LargeBodyPermit,
    retries: u32,
    backoff: Duration,
    longest_wait: Duration,
    attempt_timeout: Duration,
}

/// The body of a request that has one.
#[derive(Debug)]
struct Payload {
    method: Method,
    body: Bytes,
    content_type: &'static str,
    idempotent: bool,
}

impl Payload {
    fn new(method: Method, body: Bytes, content_type: &'static str, idempotent: bool) -> Self {
        Self {
            method,
            body,
            content_type,
            idempotent,
        }
    }
}

impl HttpClient {
    /// Builds a client. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`HttpSettingsError`] if a setting is invalid or the client cannot be built.
    pub fn new(settings: HttpSettings) -> Result<Self, HttpSettingsError> {
        let hosts = Hosts::new(&settings)?;
        let secrets = Secrets::from_headers(&settings.headers);
        #[expect(clippy::disallowed_methods, reason = "the one client of this crate")]
        let builder = reqwest::Client::builder();
        let http = Proxies::from_environment()
            .apply(builder)
            .user_agent(settings.user_agent)
            .default_headers(settings.headers)
            .http1_only()
            .pool_max_idle_per_host(settings.workers)
            .connect_timeout(settings.connect_timeout)
            .read_timeout(settings.read_timeout)
            .redirect(Policy::custom(follow_within_host))
            .build()
            .map_err(|error| HttpSettingsError::Build(describe_error(error)))?;
        let inner = ClientInner {
            http,
            secrets,
            hosts,
            in_flight: InFlight::default(),
            counters: HttpCounters::default(),
            large_body: LargeBodyPermit::default(),
            retries: settings.retries,
            backoff: settings.backoff,
            longest_wait: settings.longest_wait,
            attempt_timeout: settings.attempt_timeout,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Sends a GET request. Equal requests in flight share one response.
    ///
    /// # Errors
    ///
    /// [`HttpError`]; [`HttpError::Unavailable`] and [`HttpError::RateLimited`] after all retries.
    pub fn get(
        &self,
        request: HttpRequest,
    ) -> impl Future<Output = Result<HttpResponse, HttpError>> + Send {
        // Not an `async fn`: its future would hold the request in addition to the `Arc`.
        let request = Arc::new(request);
        let inner = &self.inner;
        async move {
            let send = || inner.send_with_retries(&request, None, None);
            let (response, merged) = inner.in_flight.run(Arc::clone(&request), send).await;
            if merged {
                inner.counters.update(|counts| counts.merged += 1);
            }
            response
        }
    }

    /// Sends a GET request and gives its body to `sink`; that of the response is empty. The body must
    /// not be believed before the response is there.
    ///
    /// # Errors
    ///
    /// As [`Self::get`].
    pub async fn get_into(
        &self,
        request: HttpRequest,
        sink: &mut (dyn BodySink + 'static),
    ) -> Result<HttpResponse, HttpError> {
        self.inner
            .send_with_retries(&request, None, Some(sink))
            .await
    }

    /// Sends a POST request. It is only retried if the caller says that it is idempotent.
    ///
    /// # Errors
    ///
    /// As [`Self::get`]. After an error, the server may have processed the request.
    pub async fn post(
        &self,
        request: HttpRequest,
        body: Bytes,
        content_type: &'static str,
        idempotent: bool,
    ) -> Result<HttpResponse, HttpError> {
        let payload = Payload::new(Method::POST, body, content_type, idempotent);
        let payload = Some(&payload);
        self.inner.send_with_retries(&request, payload, None).await
    }

    /// Sends a PUT request. Sent twice it does the same as once, so it may be retried.
    ///
    /// # Errors
    ///
    /// As [`Self::post`].
    pub async fn put(
        &self,
        request: HttpRequest,
        body: Bytes,
        content_type: &'static str,
    ) -> Result<HttpResponse, HttpError> {
        let payload = Payload::new(Method::PUT, body, content_type, true);
        let payload = Some(&payload);
        self.inner.send_with_retries(&request, payload, None).await
    }

    /// Sends a DELETE request with a body. It may be retried.
    ///
    /// # Errors
    ///
    /// As [`Self::post`].
    pub async fn delete(
        &self,
        request: HttpRequest,
        body: Bytes,
        content_type: &'static str,
    ) -> Result<HttpResponse, HttpError> {
        let payload = Payload::new(Method::DELETE, body, content_type, true);
        let payload = Some(&payload);
        self.inner.send_with_retries(&request, payload, None).await
    }

    /// What this client and its clones have sent and received.
    #[must_use]
    pub fn statistics(&self) -> HttpStatistics {
        self.inner.counters.snapshot()
    }
}

/// Why an attempt failed.
enum AttemptError {
    /// A retry would not help.
    Permanent(HttpError),
    /// The host is rate limiting us; with its `Retry-After`, if it sent one.
    RateLimited(Option<Duration>),
    /// The host is paused for longer than we wait.
    Paused(Duration),
    /// A retry may succeed.
    Transient(String),
}

impl BodyError {
    fn into_attempt(self, request: &HttpRequest) -> AttemptError {
        match self {
            Self::Transport(error) => AttemptError::Transient(describe_error(error)),
            Self::TimedOut => {
                AttemptError::Transient("the body did not finish before the timeout".to_owned())
            }
            Self::NoPermit => AttemptError::Transient(
                "another large response was in memory all the time".to_owned(),
            ),
            Self::TooLarge => AttemptError::Permanent(HttpError::TooLarge {
                url: SafeUrl::from(&request.url),
                limit: request.body_limit,
            }),
        }
    }
}

impl ClientInner {
    /// Sends a request until it succeeds, fails for good, or has used up its retries.
    async fn send_with_retries(
        &self,
        request: &HttpRequest,
        payload: Option<&Payload>,
        mut sink: Option<&mut (dyn BodySink + 'static)>,
    ) -> Result<HttpResponse, HttpError> {
        let host = self.hosts.get(&request.url);
        let retries = if payload.is_none_or(|payload| payload.idempotent) {
            self.retries
        } else {
            0
        };
        let mut attempts = 0;
        loop {
            let sink = sink.as_deref_mut();
            let sending = self.send_once(&host, request, payload, sink, attempts);
            let error = match sending.await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            attempts += 1;
            let url = || SafeUrl::from(&request.url);
            let delay = backoff(self.backoff, self.longest_wait, attempts);
            match error {
                AttemptError::Permanent(permanent) => return Err(permanent),
                AttemptError::Paused(retry_after) => {
                    return Err(HttpError::RateLimited {
                        url: url(),
                        retry_after,
                    });
                }
                AttemptError::RateLimited(requested) => {
                    let retry_after = requested.unwrap_or(delay);
                    host.pause_for(retry_after);
                    tracing::debug!(url = %url(), ?retry_after, "the host is rate limiting us");
                    if attempts > retries {
                        return Err(HttpError::RateLimited {
                            url: url(),
                            retry_after,
                        });
                    }
                }
                AttemptError::Transient(reason) => {
                    if attempts > retries {
                        return Err(HttpError::Unavailable {
                            url: url(),
                            attempts,
                            reason,
                        });
                    }
                    tracing::debug!(url = %url(), reason, attempts, "retrying");
                    self.counters.update(|counts| counts.waited += delay);
                    sleep(delay).await;
                }
            }
        }
    }

    async fn send_once(
        &self,
        host: &Host,
        request: &HttpRequest,
        payload: Option<&Payload>,
        sink: Option<&mut (dyn BodySink + 'static)>,
        earlier: u32,
    ) -> Result<HttpResponse, AttemptError> {
        let permit = host.acquire().await.map_err(AttemptError::Paused)?;
        self.counters.update(|counts| {
            *counts.requests.entry(request.kind).or_default() += 1;
            counts.retries += u64::from(earlier > 0);
            counts.waited += permit.waited;
        });
        let transient = |error| AttemptError::Transient(describe_error(error));
        let started = Instant::now();
        let mut response = self
            .build_request(request, payload)
            .send()
            .await
            .map_err(transient)?;
        let status = response.status();
        match classify(status, response.headers(), SystemTime::now()) {
            ResponseClass::Success => {}
            ResponseClass::NotModified if request.etag.is_some() => {
                return Ok(HttpResponse {
                    status: status.as_u16(),
                    body: Bytes::new(),
                    not_modified: true,
                    was_redirected: response.url() != &request.url,
                    headers: Arc::new(std::mem::take(response.headers_mut())),
                });
            }
            _ if request.any_status => {}
            // Boxed, because few requests fail and the future of the others should be small.
            class => {
                let secrets = self.secrets.with_password_of(&request.url);
                return Err(Box::pin(read_error(&mut response, class, request, &secrets)).await);
            }
        }
        let (limit, deadline) = (request.body_limit, started + self.attempt_timeout);
        let read = match sink {
            None => read_body(&mut response, limit, deadline, &self.large_body)
                .await
                .map(|body| (body.len() as u64, body)),
            Some(sink) => read_into(&mut response, limit, deadline, sink)
                .await
                .map(|length| (length, Bytes::new())),
        };
        let (length, body) = read.map_err(|error| error.into_attempt(request))?;
        self.counters.update(|counts| counts.bytes += length);
        Ok(HttpResponse {
            status: status.as_u16(),
            body: self.secrets.mask_body(body),
            not_modified: false,
            was_redirected: response.url() != &request.url,
            headers: Arc::new(std::mem::take(response.headers_mut())),
        })
    }

    fn build_request(
        &self,
        request: &HttpRequest,
        payload: Option<&Payload>,
    ) -> reqwest::RequestBuilder {
        let method = payload.map_or(Method::GET, |payload| payload.method.clone());
        let mut prepared = self.http.request(method, request.url.clone());
        if let Some(accept) = request.accept {
            prepared = prepared.header(ACCEPT, HeaderValue::from_static(accept));
        }
        // A tag that is not a valid header value is not from this server: request the whole body.
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

/// Reads a response that is not a success, and turns it into an error.
async fn read_error(
    response: &mut reqwest::Response,
    class: ResponseClass,
    request: &HttpRequest,
    secrets: &Secrets,
) -> AttemptError {
    let status = response.status().as_u16();
    let message = match redirect_target(response) {
        Some(host) => format!("redirects to {host}, which is not followed"),
        None => read_excerpt(response, secrets).await,
    };
    let url = SafeUrl::from(&request.url);
    match class {
        ResponseClass::RateLimited(retry_after) => AttemptError::RateLimited(retry_after),
        ResponseClass::Transient => AttemptError::Transient(format!("status {status}: {message}")),
        ResponseClass::NotFound => AttemptError::Permanent(HttpError::NotFound { url, status }),
        _ => AttemptError::Permanent(HttpError::Refused {
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
    if within && followed.len() <= MAX_REDIRECTS {
        attempt.follow()
    } else {
        attempt.stop()
    }
}

/// Whether the target has the same origin, or is the same host over TLS, both on default ports.
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
