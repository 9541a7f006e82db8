//! The settings of download counts, as part of the table of settings.

use super::kind::SettingKind;
use super::setting::{Setting, setting};
use crate::enrich::downloads::{
    PUBLIC_CLICKHOUSE_URL, PUBLIC_NPM_DOWNLOADS_URL, PUBLIC_PYPISTATS_URL,
};

pub(super) const SECONDS_BETWEEN: SettingKind = SettingKind::Number {
    least: 0.0,
    most: 3_600.0,
};

/// In the order in which people read them.
pub(super) const ALL: [Setting; 5] = [
    setting(
        "CLICKHOUSE_URL",
        "downloads.clickhouse_url",
        SettingKind::Address,
        Some(PUBLIC_CLICKHOUSE_URL),
        "URL of the ClickHouse instance with the download counts of all packages.",
    ),
    setting(
        "PYPISTATS_BASE_URL",
        "downloads.pypistats_url",
        SettingKind::Address,
        Some(PUBLIC_PYPISTATS_URL),
        "URL of the pypistats service, the fallback for download counts.",
    ),
    setting(
        "PYPISTATS_RATE_LIMIT_DELAY",
        "downloads.pypistats_delay",
        SECONDS_BETWEEN,
        Some("2.0"),
        "Seconds between requests to PYPISTATS_BASE_URL.",
    ),
    setting(
        "NPM_DOWNLOADS_URL",
        "downloads.npm_url",
        SettingKind::Address,
        Some(PUBLIC_NPM_DOWNLOADS_URL),
        "URL of the service with the download counts of npm packages.",
    ),
    setting(
        "NPM_DOWNLOADS_DELAY",
        "downloads.npm_delay",
        SECONDS_BETWEEN,
        Some("1.0"),
        "Seconds between requests to NPM_DOWNLOADS_URL. Packages with a scope cost a request each.",
    ),
];
