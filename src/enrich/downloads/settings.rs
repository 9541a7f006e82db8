//! Where the services are, and which of them is asked. Plain data; made by `config`.

use pyfa_http::Url;
use serde::Deserialize;

/// Where `ClickHouse` publishes the numbers.
pub const PUBLIC_CLICKHOUSE_URL: &str = "https://sql-clickhouse.clickhouse.com/";
/// The public service for single packages.
pub const PUBLIC_PYPISTATS_URL: &str = "https://pypistats.org/";
/// The public service for packages of npm.
pub const PUBLIC_NPM_DOWNLOADS_URL: &str = "https://api.npmjs.org/";

/// Where the services are.
#[derive(Debug, Clone, Deserialize)]
pub struct DownloadsSettings {
    pub clickhouse_url: Url,
    pub pypistats_url: Url,
    /// Seconds between two calls of pypistats.
    pub pypistats_delay: f64,
    pub npm_url: Url,
    /// Seconds between two calls of npm's.
    pub npm_delay: f64,
}

/// Which service is asked about packages of `PyPI`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DownloadsSource {
    /// `ClickHouse`, and pypistats where it fails.
    #[default]
    Auto,
    ClickHouse,
    PyPiStats,
}
