//! The settings of a client, with safe defaults.

use std::time::Duration;

use reqwest::header::HeaderMap;

/// The settings of a client. Limits apply per host.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// The `User-Agent` header: name the program and how to reach its operator.
    pub user_agent: String,
    /// Headers of every request. Mark secret values as sensitive, so that they are never shown, and
    /// use such a client only for the host that the secret is meant for.
    pub headers: HeaderMap,
    /// The maximum number of requests in flight to a host.
    pub workers: usize,
    /// The maximum number of requests per second to a host; unlimited if `None`.
    pub requests_per_second: Option<f64>,
    /// The number of attempts after the first.
    pub retries: u32,
    /// The delay before the first retry. It doubles with each retry, up to `longest_wait`.
    pub backoff: Duration,
    /// The timeout for opening a connection.
    pub connect_timeout: Duration,
    /// The timeout for each read, before and within a response.
    pub read_timeout: Duration,
    /// The timeout for one attempt, body included.
    pub attempt_timeout: Duration,
    /// The longest delay that is waited for. A longer `Retry-After` fails with
    /// [`crate::HttpError::RateLimited`].
    pub longest_wait: Duration,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            user_agent: concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")).to_owned(),
            headers: HeaderMap::new(),
            workers: 16,
            requests_per_second: None,
            retries: 4,
            backoff: Duration::from_millis(500),
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            attempt_timeout: Duration::from_mins(15),
            longest_wait: Duration::from_mins(2),
        }
    }
}

/// Why a client cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpSettingsError {
    /// No request could be sent.
    #[error("the number of workers must be at least 1")]
    NoWorkers,
    /// The rate is zero, negative, infinite or not a number.
    #[error("the number of requests per second must be positive, not {0}")]
    Rate(f64),
    /// The TLS or HTTP library returned an error.
    #[error(
        "cannot build the HTTP client: {0}; check the user agent and the system's certificates"
    )]
    Build(String),
}
