//! Where the services are, and which of them is asked. Plain data; made by `cli`.

use std::time::Duration;

use pyfa_http::Url;

use crate::enrich::source::RequestSettings;

/// Where `ClickHouse` publishes the numbers.
pub const PUBLIC_CLICKHOUSE_URL: &str = "https://sql-clickhouse.clickhouse.com/";
/// The public service for single packages.
pub const PUBLIC_PYPISTATS_URL: &str = "https://pypistats.org/";

/// Where the services are, and how they are asked.
#[derive(Debug, Clone)]
pub struct DownloadsSettings {
    pub clickhouse_url: Url,
    pub pypistats_url: Url,
    /// The pause between two calls of pypistats.
    pub pypistats_delay: Duration,
    pub requests: RequestSettings,
}

/// Which service is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DownloadsSource {
    /// `ClickHouse`, and pypistats where it fails.
    #[default]
    Auto,
    ClickHouse,
    PyPiStats,
}
