//! The one table of settings: names, keys, defaults, descriptions, kinds.
//!
//! Reading, `pyfa config`, `.env.example` and `docs/configuration.md` all follow it. Nothing
//! here reads a value.

use super::kind::Kind;
use crate::enrich::advisories::PUBLIC_OSV_URL;
use crate::enrich::downloads::{PUBLIC_CLICKHOUSE_URL, PUBLIC_PYPISTATS_URL};
use crate::forge::github::PUBLIC_API_URL;

/// The registry everybody uses; its polite default rate is [`PUBLIC_PYPI_RATE`].
pub const PUBLIC_PYPI_URL: &str = crate::registry::pypi::PUBLIC_BASE_URL;

/// Requests per second to [`PUBLIC_PYPI_URL`] where `PYPI_MAX_RPS` is unset.
pub const PUBLIC_PYPI_RATE: &str = "10";

/// One setting.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its name in the environment and in `.env`.
    pub name: &'static str,
    /// Its key in `pyfa.toml`, with its section; `None` where it cannot stand there.
    pub key: Option<&'static str>,
    /// The value of an unset setting, as one would write it.
    pub default: Option<&'static str>,
    /// One or two sentences.
    pub description: &'static str,
    /// Whether the value is never shown.
    pub secret: bool,
    /// What its text means.
    pub kind: Kind,
}

impl Setting {
    /// Where the value stands among the layers.
    pub(super) fn path(&self) -> &'static str {
        self.key.unwrap_or(self.name)
    }
}

const fn setting(
    name: &'static str,
    key: &'static str,
    kind: Kind,
    default: Option<&'static str>,
    description: &'static str,
) -> Setting {
    Setting {
        name,
        key: Some(key),
        default,
        description,
        secret: false,
        kind,
    }
}

const fn secret(name: &'static str, key: &'static str, description: &'static str) -> Setting {
    Setting {
        name,
        key: Some(key),
        default: None,
        description,
        secret: true,
        kind: Kind::Text,
    }
}

const SECONDS_BETWEEN: Kind = Kind::Number {
    least: 0.0,
    most: 3_600.0,
};

/// Names the file `pyfa.toml` itself, and so cannot stand in it.
pub(super) const CONFIG_FILE: Setting = Setting {
    name: "PYFA_CONFIG",
    key: None,
    default: None,
    description: "The configuration file. Unset: `pyfa.toml` in the working directory, if there is one.",
    secret: false,
    kind: Kind::Path,
};

/// Every setting, in the order in which people read them.
pub static SETTINGS: &[Setting] = &[
    setting(
        "TYPESENSE_HOST",
        "typesense.host",
        Kind::Host,
        None,
        "The Typesense server's host name or address. Unset: the embedded engine, which needs no server.",
    ),
    setting(
        "TYPESENSE_PORT",
        "typesense.port",
        Kind::Whole {
            least: 1,
            most: 65_535,
        },
        Some("8108"),
        "The Typesense server's port.",
    ),
    setting(
        "TYPESENSE_PROTOCOL",
        "typesense.protocol",
        Kind::Protocol,
        Some("http"),
        "How to speak to the Typesense server: `http` or `https`.",
    ),
    secret(
        "TYPESENSE_API_KEY",
        "typesense.api_key",
        "A Typesense key that may write; needed with a server or cluster. The embedded engine takes it beside its own.",
    ),
    setting(
        "TYPESENSE_TIMEOUT",
        "typesense.timeout",
        Kind::Number {
            least: 1.0,
            most: 86_400.0,
        },
        Some("300"),
        "Seconds to wait for an answer of Typesense.",
    ),
    setting(
        "TYPESENSE_NODES",
        "typesense.nodes",
        Kind::Nodes,
        None,
        "The nodes of a Typesense cluster, each `host:port:protocol` or a URL, separated by commas; \
         host, port and protocol above are not used then.",
    ),
    secret(
        "MIGRATE_API_KEY",
        "typesense.migrate_api_key",
        "The key of the other Typesense server or cluster, which `--migrate --from` or `--to` names.",
    ),
    setting(
        "DEFAULT_PROFILE",
        "default_profile",
        Kind::Text,
        None,
        "The profile of commands that name neither profile nor classifiers.",
    ),
    setting(
        "PROFILES_DIR",
        "profiles_dir",
        Kind::Path,
        None,
        "A folder with profiles of your own (`*.toml`); one with the name of a built-in profile replaces it.",
    ),
    setting(
        "PYPI_BASE_URL",
        "pypi.base_url",
        Kind::Address,
        Some(PUBLIC_PYPI_URL),
        "The package registry.",
    ),
    setting(
        "PYPI_MAX_WORKERS",
        "pypi.max_workers",
        Kind::Whole {
            least: 1,
            most: 1_000,
        },
        Some("16"),
        "Requests to the registry in flight at once.",
    ),
    setting(
        "PYPI_MAX_RPS",
        "pypi.max_rps",
        Kind::Number {
            least: 0.0,
            most: 100_000.0,
        },
        None,
        "Requests to the registry per second; 0 for no limit. \
         Unset: 10 for the public registry, no limit for any other.",
    ),
    setting(
        "PYPI_MAX_RETRIES",
        "pypi.max_retries",
        Kind::Whole {
            least: 0,
            most: 100,
        },
        Some("3"),
        "How often a request that failed in passing is tried again.",
    ),
    setting(
        "PYPI_RETRY_BACKOFF",
        "pypi.retry_backoff",
        Kind::Number {
            least: 0.0,
            most: 100.0,
        },
        Some("2.0"),
        "Seconds before the first retry of a request; each further wait is twice as long.",
    ),
    setting(
        "PYPI_BATCH_SIZE",
        "pypi.batch_size",
        Kind::Whole {
            least: 1,
            most: 100_000,
        },
        Some("500"),
        "Documents sent to Typesense in one import, at most.",
    ),
    secret(
        "GITHUB_TOKEN",
        "github.token",
        "A GitHub token; without one GitHub answers 60 requests per hour.",
    ),
    setting(
        "GITHUB_API_URL",
        "github.api_url",
        Kind::Address,
        Some(PUBLIC_API_URL),
        "GitHub's REST API; of a server of your own it ends in `/api/v3/`.",
    ),
    setting(
        "GITHUB_COOLOFFTIME",
        "github.cool_off",
        SECONDS_BETWEEN,
        Some("0.75"),
        "Seconds between two requests to GitHub.",
    ),
    Setting {
        name: "GITHUB_REQUEST_DELAY",
        key: None,
        default: None,
        description: "Another name of GITHUB_COOLOFFTIME, which wins where both are set.",
        secret: false,
        kind: SECONDS_BETWEEN,
    },
    setting(
        "GITHUB_QUOTA_SHARE",
        "github.quota_share",
        Kind::Number {
            least: 0.01,
            most: 1.0,
        },
        Some("0.9"),
        "How much of GitHub's hourly quota is used, as a fraction of 1; the rest is never touched.",
    ),
    setting(
        "CLICKHOUSE_URL",
        "downloads.clickhouse_url",
        Kind::Address,
        Some(PUBLIC_CLICKHOUSE_URL),
        "The ClickHouse instance with the downloads of all packages.",
    ),
    setting(
        "PYPISTATS_BASE_URL",
        "downloads.pypistats_url",
        Kind::Address,
        Some(PUBLIC_PYPISTATS_URL),
        "The service that is asked for the downloads of single packages where ClickHouse fails.",
    ),
    setting(
        "PYPISTATS_RATE_LIMIT_DELAY",
        "downloads.pypistats_delay",
        SECONDS_BETWEEN,
        Some("2.0"),
        "Seconds between two requests to PYPISTATS_BASE_URL.",
    ),
    setting(
        "OSV_BASE_URL",
        "advisories.osv_url",
        Kind::Address,
        Some(PUBLIC_OSV_URL),
        "The database of vulnerabilities.",
    ),
    setting(
        "HEALTH_RULES",
        "health.rules",
        Kind::Path,
        Some("default"),
        "How health is scored: `default`, `pyf` for the numbers of pyf.aggregator, or a file with weights of your own (as `rules/health.toml`).",
    ),
    setting(
        "PYFA_HOME",
        "home",
        Kind::Path,
        Some(".pyfa"),
        "The folder of the ledger and the disk cache, made if it is missing.",
    ),
    setting(
        "PYFA_DATA",
        "data",
        Kind::Path,
        None,
        "The folder of the embedded engine, which is used where no Typesense server is named. Unset: `engine` in PYFA_HOME.",
    ),
    setting(
        "PYFA_CACHE_LIMIT",
        "cache_limit",
        Kind::Size,
        Some("5GB"),
        "How large the disk cache may grow: bytes, or a number with KB, MB, GB, TB, KiB, MiB, GiB or TiB.",
    ),
    CONFIG_FILE,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{PUBLIC_PYPI_RATE, SETTINGS};

    #[test]
    fn names_and_keys_are_unique_and_defaults_are_valid() {
        let names: BTreeSet<_> = SETTINGS.iter().map(|setting| setting.name).collect();
        let paths: BTreeSet<_> = SETTINGS.iter().map(super::Setting::path).collect();
        assert_eq!((names.len(), paths.len()), (SETTINGS.len(), SETTINGS.len()));
        for setting in SETTINGS {
            let default = setting.default.map(|default| setting.kind.read(default));
            assert!(!matches!(default, Some(Err(_))), "{}", setting.name);
        }
    }

    #[test]
    fn the_description_of_the_rate_names_it() {
        let rate = SETTINGS
            .iter()
            .find(|setting| setting.name == "PYPI_MAX_RPS");
        let says = format!("Unset: {PUBLIC_PYPI_RATE} for the public registry");
        assert!(rate.is_some_and(|rate| rate.description.contains(&says)));
    }
}
