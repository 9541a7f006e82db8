//! What a caller may decide about politeness and patience, with safe defaults.

use std::time::Duration;

use reqwest::header::HeaderMap;

/// How the client behaves towards every host.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Sent as `User-Agent`; name the program and a way to reach its operator.
    pub user_agent: String,
    /// Sent with every request; mark secret values as sensitive, so that nobody shows them. Who
    /// sets a secret makes sure that all requests of the client go to the host it is meant for.
    pub headers: HeaderMap,
    /// Most requests in flight to one host.
    pub workers: usize,
    /// Most requests started per second towards one host; `None` sets no rate.
    pub requests_per_second: Option<f64>,
    /// Further attempts after the first.
    pub retries: u32,
    /// Pause before the first retry; doubles with each one, up to `longest_wait`.
    pub backoff: Duration,
    /// Longest time for opening a connection.
    pub connect_timeout: Duration,
    /// Longest silence of a server, before its answer and within it.
    pub read_timeout: Duration,
    /// Longest time for one attempt, body included: the end of what only drips.
    pub attempt_timeout: Duration,
    /// A host that asks for a longer pause is not waited for: [`crate::Error::Wait`].
    pub longest_wait: Duration,
}

impl Default for Settings {
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

/// Why no client could be made of the settings.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// Nothing could ever be sent.
    #[error("the number of workers must be at least 1")]
    NoWorkers,
    /// Zero, negative or not a number.
    #[error("the rate of {0} requests per second is not a positive number")]
    Rate(f64),
    /// The TLS or HTTP library refuses, with its reason.
    #[error(
        "the HTTP client cannot be set up: {0}; check the user agent and the system's certificates"
    )]
    Setup(String),
}
