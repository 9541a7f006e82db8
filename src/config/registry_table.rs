//! The settings of the registries, for the table of all settings. Nothing here reads a value.

use super::kind::SettingKind;
use super::setting::{Setting, backoff, rate, retries, secret, setting, workers};

/// The public registry; its default rate is [`PUBLIC_PYPI_RATE`].
pub const PUBLIC_PYPI_URL: &str = crate::registry::pypi::PUBLIC_BASE_URL;

/// The public npm registry; its default rate is [`PUBLIC_NPM_RATE`].
pub const PUBLIC_NPM_URL: &str = crate::registry::npm::PUBLIC_BASE_URL;

/// Requests per second to [`PUBLIC_NPM_URL`] where `NPM_MAX_RPS` is unset.
pub const PUBLIC_NPM_RATE: &str = "5";

/// Requests per second to [`PUBLIC_PYPI_URL`] where `PYPI_MAX_RPS` is unset.
pub const PUBLIC_PYPI_RATE: &str = "10";

pub(super) const PYPI_BASE_URL: Setting = setting(
    "PYPI_BASE_URL",
    "pypi.base_url",
    SettingKind::Address,
    Some(PUBLIC_PYPI_URL),
    "URL of the package registry.",
);

pub(super) const PYPI_MAX_WORKERS: Setting = workers("PYPI_MAX_WORKERS", "pypi.max_workers");

pub(super) const PYPI_MAX_RPS: Setting = rate(
    "PYPI_MAX_RPS",
    "pypi.max_rps",
    "Maximum number of requests to the registry per second; 0 for no limit. \
     Unset: 10 for the public registry, no limit for any other.",
);

pub(super) const PYPI_MAX_RETRIES: Setting = retries("PYPI_MAX_RETRIES", "pypi.max_retries");

pub(super) const PYPI_RETRY_BACKOFF: Setting = backoff("PYPI_RETRY_BACKOFF", "pypi.retry_backoff");

pub(super) const PYPI_BATCH_SIZE: Setting = setting(
    "PYPI_BATCH_SIZE",
    "pypi.batch_size",
    SettingKind::Whole {
        least: 1,
        most: 100_000,
    },
    Some("500"),
    "Maximum number of documents per import into Typesense.",
);

pub(super) const NPM_BASE_URL: Setting = setting(
    "NPM_BASE_URL",
    "npm.base_url",
    SettingKind::Address,
    Some(PUBLIC_NPM_URL),
    "URL of the npm registry.",
);

pub(super) const NPM_AUTH_TOKEN: Setting = secret(
    "NPM_AUTH_TOKEN",
    "npm.auth_token",
    "A token for the npm registry, sent to NPM_BASE_URL alone; needed for private packages.",
);

pub(super) const NPM_MAX_WORKERS: Setting = workers("NPM_MAX_WORKERS", "npm.max_workers");

pub(super) const NPM_MAX_RPS: Setting = rate(
    "NPM_MAX_RPS",
    "npm.max_rps",
    "Maximum number of requests to the registry per second; 0 for no limit. \
     Unset: 5 for the public registry, no limit for any other.",
);

pub(super) const NPM_MAX_RETRIES: Setting = retries("NPM_MAX_RETRIES", "npm.max_retries");

pub(super) const NPM_RETRY_BACKOFF: Setting = backoff("NPM_RETRY_BACKOFF", "npm.retry_backoff");

pub(super) const NPM_READMES_FROM_FILES: Setting = setting(
    "NPM_READMES_FROM_FILES",
    "npm.readmes_from_files",
    SettingKind::Whole {
        least: 0,
        most: 1_000,
    },
    Some("0"),
    "How many releases of each package, newest first, may take their README from their file if the \
     registry's document has none; 0 fetches no files.",
);

pub(super) const NPM_CHANGES_URL: Setting = setting(
    "NPM_CHANGES_URL",
    "npm.changes_url",
    SettingKind::Address,
    None,
    "URL of a feed of all changes on the npm registry, as its replication host has one: packages that \
     it names are read first, the others all the same. Unset: no feed.",
);
