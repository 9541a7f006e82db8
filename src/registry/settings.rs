//! How a registry is read.

use std::time::Duration;

use pyfa_http::{HeaderMap, HttpClient, HttpSettings};
use secrecy::SecretString;
use url::Url;

use super::error::RegistryError;

/// The settings of one registry.
#[derive(Debug, Clone)]
pub struct RegistrySettings {
    /// Where the registry is; credentials in it are used and never shown.
    pub base_url: Url,
    /// What the ledger and the cache call it where its address may change.
    pub name: Option<&'static str>,
    /// Requests in flight at most.
    pub max_workers: usize,
    /// Requests per second at most; `None` is no limit.
    pub max_rps: Option<f64>,
    /// Further attempts after the first.
    pub max_retries: u32,
    /// Seconds before the first retry; grows with each.
    pub retry_backoff: f64,
    /// Documents in one import at most.
    pub batch_size: usize,
    /// A key of the registry, which no other host gets.
    pub token: Option<SecretString>,
    /// Of how many releases of a project, newest first, the README is taken from the release's file
    /// where the project's document has none.
    pub readmes_from_files: usize,
    /// Where a feed names the projects that have changed.
    pub changes_url: Option<Url>,
}

impl RegistrySettings {
    /// What the ledger and the cache call the registry.
    pub(super) fn identity(&self) -> String {
        if let Some(name) = self.name {
            return name.to_owned();
        }
        let mut url = self.base_url.clone();
        // Both fail only for addresses that cannot hold them.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.into()
    }

    /// The pause before the first retry.
    pub(super) fn backoff(&self) -> Duration {
        Duration::try_from_secs_f64(self.retry_backoff).unwrap_or_default()
    }

    /// A client that sends `headers` with every request, and so must ask no other host if they are
    /// secret.
    pub(super) fn http_client(
        &self,
        user_agent: &str,
        headers: HeaderMap,
    ) -> Result<HttpClient, RegistryError> {
        HttpClient::new(HttpSettings {
            user_agent: user_agent.to_owned(),
            headers,
            workers: self.max_workers,
            requests_per_second: self.max_rps,
            retries: self.max_retries,
            backoff: self.backoff(),
            ..HttpSettings::default()
        })
        .map_err(|error| RegistryError::Broken {
            what: "the HTTP client".to_owned(),
            why: error.to_string(),
        })
    }
}
