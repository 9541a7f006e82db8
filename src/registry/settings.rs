//! How a registry is read.

use url::Url;

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
}
