//! The one table of settings: names, keys, defaults, descriptions, kinds.
//!
//! Reading, `pyfa config`, `.env.example` and `docs/configuration.md` all follow it. Nothing
//! here reads a value.

use super::discovery;
use super::kind::SettingKind;
use super::registry_table as table;
pub use super::setting::Setting;
use super::setting::{other_schedule, schedule, secret, setting};
use crate::enrich::advisories::PUBLIC_OSV_URL;
use crate::enrich::downloads::{PUBLIC_CLICKHOUSE_URL, PUBLIC_PYPISTATS_URL};
use crate::forge::github::PUBLIC_API_URL;

const SECONDS_BETWEEN: SettingKind = SettingKind::Number {
    least: 0.0,
    most: 3_600.0,
};

/// Names the file `pyfa.toml` itself, and so cannot stand in it.
pub(super) const CONFIG_FILE: Setting = Setting {
    name: "PYFA_CONFIG",
    key: None,
    default: None,
    description: "The configuration file. Unset: `pyfa.toml` in the working directory, if it exists.",
    secret: false,
    kind: SettingKind::Path,
};

/// Every setting, in the order in which people read them.
pub static SETTINGS: &[Setting] = &[
    setting(
        "TYPESENSE_HOST",
        "typesense.host",
        SettingKind::Host,
        None,
        "Host name or IP address of the Typesense server. Unset: the embedded engine, which needs no server.",
    ),
    setting(
        "TYPESENSE_PORT",
        "typesense.port",
        SettingKind::Whole {
            least: 1,
            most: 65_535,
        },
        Some("8108"),
        "Port of the Typesense server.",
    ),
    setting(
        "TYPESENSE_PROTOCOL",
        "typesense.protocol",
        SettingKind::Protocol,
        Some("http"),
        "Protocol of the Typesense server: `http` or `https`.",
    ),
    secret(
        "TYPESENSE_API_KEY",
        "typesense.api_key",
        "A Typesense API key with write access; required with a server or cluster. The embedded engine accepts it in addition to its own key.",
    ),
    setting(
        "TYPESENSE_TIMEOUT",
        "typesense.timeout",
        SettingKind::Number {
            least: 1.0,
            most: 86_400.0,
        },
        Some("300"),
        "Seconds to wait for an answer from Typesense.",
    ),
    setting(
        "TYPESENSE_NODES",
        "typesense.nodes",
        SettingKind::Nodes,
        None,
        "Nodes of a Typesense cluster, each `host:port:protocol` or a URL, separated by commas; \
         overrides the host, port and protocol above.",
    ),
    secret(
        "MIGRATE_API_KEY",
        "typesense.migrate_api_key",
        "API key of the other Typesense server or cluster in `pyfa manage migrate --from` or `--to`.",
    ),
    setting(
        "DEFAULT_PROFILE",
        "default_profile",
        SettingKind::Text,
        None,
        "Profile of commands that are given neither a profile nor classifiers.",
    ),
    setting(
        "PROFILES_DIR",
        "profiles_dir",
        SettingKind::Path,
        None,
        "Folder with profiles of your own (`*.toml`); one with the name of a built-in profile replaces it.",
    ),
    table::PYPI_BASE_URL,
    table::PYPI_MAX_WORKERS,
    table::PYPI_MAX_RPS,
    table::PYPI_MAX_RETRIES,
    table::PYPI_RETRY_BACKOFF,
    table::PYPI_BATCH_SIZE,
    table::NPM_BASE_URL,
    table::NPM_AUTH_TOKEN,
    table::NPM_MAX_WORKERS,
    table::NPM_MAX_RPS,
    table::NPM_MAX_RETRIES,
    table::NPM_RETRY_BACKOFF,
    table::NPM_READMES_FROM_FILES,
    secret(
        "GITHUB_TOKEN",
        "github.token",
        "A GitHub token; without one, GitHub allows 60 requests per hour.",
    ),
    setting(
        "GITHUB_API_URL",
        "github.api_url",
        SettingKind::Address,
        Some(PUBLIC_API_URL),
        "URL of GitHub's REST API; for GitHub Enterprise Server, it ends in `/api/v3/`.",
    ),
    setting(
        "GITHUB_COOLOFFTIME",
        "github.cool_off",
        SECONDS_BETWEEN,
        Some("0.75"),
        "Seconds between requests to GitHub.",
    ),
    Setting {
        name: "GITHUB_REQUEST_DELAY",
        key: None,
        default: None,
        description: "Another name for GITHUB_COOLOFFTIME, which takes precedence.",
        secret: false,
        kind: SECONDS_BETWEEN,
    },
    setting(
        "GITHUB_QUOTA_SHARE",
        "github.quota_share",
        SettingKind::Number {
            least: 0.01,
            most: 1.0,
        },
        Some("0.9"),
        "Share of GitHub's hourly quota to use, as a fraction of 1; the rest is left alone.",
    ),
    discovery::ALL[0],
    discovery::ALL[1],
    discovery::ALL[2],
    discovery::ALL[3],
    discovery::ALL[4],
    discovery::ALL[5],
    discovery::ALL[6],
    discovery::ALL[7],
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
        "OSV_BASE_URL",
        "advisories.osv_url",
        SettingKind::Address,
        Some(PUBLIC_OSV_URL),
        "URL of the OSV vulnerability database.",
    ),
    setting(
        "HEALTH_RULES",
        "health.rules",
        SettingKind::Path,
        Some("default"),
        "Rules of the health score: `default`, `pyf` for the scores of pyf.aggregator, or a file with weights of your own (such as `rules/health.toml`).",
    ),
    setting(
        "GALLERY_BASE_URL",
        "gallery.base_url",
        SettingKind::Address,
        None,
        "Address under which visitors reach the gallery, for feeds, sitemaps and canonical links. Unset: the address that each request names.",
    ),
    setting(
        "GALLERY_IMAGES",
        "gallery.images",
        SettingKind::Switch,
        Some("false"),
        "Whether the gallery loads images of READMEs from the hosts that the authors chose, which then see its visitors. Off: they are links.",
    ),
    setting(
        "GALLERY_TRUSTED_PROXIES",
        "gallery.trusted_proxies",
        SettingKind::IpAddresses,
        None,
        "IP addresses of proxies whose `X-Forwarded-Host` and `X-Forwarded-Proto` are believed, separated by commas.",
    ),
    setting(
        "GALLERY_DIR",
        "gallery.dir",
        SettingKind::Path,
        None,
        "Folder of the gallery's own files: logos, pages in Markdown under `pages/`, and templates under `templates/` that replace ours.",
    ),
    setting(
        "PYFA_HOME",
        "home",
        SettingKind::Path,
        Some(".pyfa"),
        "Folder of the ledger and the disk cache; created if missing.",
    ),
    setting(
        "PYFA_DATA",
        "data",
        SettingKind::Path,
        None,
        "Folder of the embedded engine, which is used if no Typesense server is set. Unset: `engine` in PYFA_HOME.",
    ),
    secret(
        "PYFA_DATABASE",
        "database.address",
        "The database of activity: an SQLite file, or `postgres://user@host/database` for many hosts. Unset: `activity.sqlite` in PYFA_HOME.",
    ),
    secret(
        "PYFA_DATABASE_PASSWORD",
        "database.password",
        "Password of the PostgreSQL server, if PYFA_DATABASE has none.",
    ),
    setting(
        "PYFA_DATABASE_PASSWORD_FILE",
        "database.password_file",
        SettingKind::Path,
        None,
        "File with that password, such as a mounted secret; PYFA_DATABASE_PASSWORD takes precedence.",
    ),
    setting(
        "PYFA_API_WITHOUT_KEY",
        "api.without_key",
        SettingKind::Switch,
        Some("false"),
        "Whether requests of this machine may read from the API without a key. Leave it off if a proxy on this machine passes on the requests of others.",
    ),
    setting(
        "PYFA_API_RATE",
        "api.rate",
        SettingKind::Whole {
            least: 0,
            most: 1_000_000,
        },
        Some("600"),
        "Requests per minute that the API answers for each key; 0 for any number.",
    ),
    setting(
        "PYFA_API_PATIENCE",
        "api.patience",
        SettingKind::Number {
            least: 0.01,
            most: 300.0,
        },
        Some("5"),
        "Seconds after which the API ends a question to the database.",
    ),
    setting(
        "PYFA_API_ORIGINS",
        "api.origins",
        SettingKind::Text,
        None,
        "Web pages of other hosts that may ask the API, such as `https://www.example.org`, separated by commas; `*` for all. Unset: none.",
    ),
    setting(
        "PYFA_JOB_LEASE",
        "jobs.lease",
        SettingKind::Number {
            least: 1.0,
            most: 86_400.0,
        },
        Some("120"),
        "Seconds after which a job whose worker shows no sign of life is run by another one.",
    ),
    setting(
        "PYFA_JOBS_AT_ONCE",
        "jobs.at_once",
        SettingKind::Whole { least: 1, most: 64 },
        Some("2"),
        "Jobs that a worker runs at the same time.",
    ),
    setting(
        "PYFA_JOB_HOST",
        "jobs.host",
        SettingKind::Text,
        None,
        "Name of the host that owns PYFA_HOME; jobs prefer the host that has their collection's ledger. Unset: the system's name.",
    ),
    setting(
        "PYFA_JOB_PROFILES",
        "jobs.profiles",
        SettingKind::Text,
        None,
        "Profiles that schedules are for, separated by commas. Unset: all profiles that have a collection.",
    ),
    schedule(
        "PYFA_SCHEDULE_FETCH_INCREMENTAL",
        "schedules.fetch_incremental",
        "*/15 * * * *",
        "When changed packages are fetched: minute, hour, day, month, weekday. Empty or `off`: never.",
    ),
    schedule(
        "PYFA_SCHEDULE_FETCH_REFRESH",
        "schedules.fetch_refresh",
        "0 2 * * 0",
        "When everything in the collections is fetched again.",
    ),
    schedule(
        "PYFA_SCHEDULE_FETCH_FULL",
        "schedules.fetch_full",
        "0 3 1 * *",
        "When everything that matches is fetched.",
    ),
    schedule(
        "PYFA_SCHEDULE_GITHUB",
        "schedules.github",
        "0 5 * * 0",
        "When GitHub is asked about repositories.",
    ),
    schedule(
        "PYFA_SCHEDULE_DOWNLOADS",
        "schedules.downloads",
        "0 4 * * 0",
        "When download counts are read.",
    ),
    schedule(
        "PYFA_SCHEDULE_ADVISORIES",
        "schedules.advisories",
        "30 5 * * *",
        "When vulnerabilities are read.",
    ),
    schedule(
        "PYFA_SCHEDULE_HEALTH",
        "schedules.health",
        "0 6 * * *",
        "When packages are scored.",
    ),
    schedule(
        "PYFA_SCHEDULE_ENRICH",
        "schedules.enrich",
        "",
        "When all enrichers run, one after the other. Empty: never, because each has a schedule of its own.",
    ),
    schedule(
        "PYFA_SCHEDULE_ACTIVITY_UPDATE",
        "schedules.activity_update",
        "*/30 * * * *",
        "When issues, pull requests and members are read, if there is an `activity.toml`.",
    ),
    schedule(
        "PYFA_SCHEDULE_ACTIVITY_EVENTS",
        "schedules.activity_events",
        "*/10 * * * *",
        "When timelines of issues and pull requests are read.",
    ),
    schedule(
        "PYFA_SCHEDULE_ACTIVITY_DAILY",
        "schedules.activity_daily",
        "0 5 * * *",
        "When what is known of activity is compared with GitHub.",
    ),
    schedule(
        "PYFA_SCHEDULE_DISCOVERY_SCRAPER",
        "schedules.discovery_scraper",
        "20 * * * *",
        "When the map of developers grows, if there is anybody in it.",
    ),
    schedule(
        "PYFA_SCHEDULE_REBUILD",
        "schedules.rebuild",
        "",
        "When collections are rebuilt with the present fields.",
    ),
    setting(
        "PYFA_SCHEDULE_TIME_ZONE",
        "schedules.time_zone",
        SettingKind::TimeZone,
        Some("UTC"),
        "Time zone of the schedules, such as `Europe/Berlin`.",
    ),
    setting(
        "PYFA_SCHEDULE_JITTER",
        "schedules.jitter",
        SECONDS_BETWEEN,
        Some("30"),
        "Most seconds by which a job starts later than its schedule says, so that not everything starts at once.",
    ),
    other_schedule(
        "CELERY_SCHEDULE_RSS_PROJECTS",
        "Another name for PYFA_SCHEDULE_FETCH_INCREMENTAL, which takes precedence.",
    ),
    other_schedule(
        "CELERY_SCHEDULE_RSS_RELEASES",
        "Another name for PYFA_SCHEDULE_FETCH_INCREMENTAL, which takes precedence.",
    ),
    other_schedule(
        "CELERY_SCHEDULE_WEEKLY_REFRESH",
        "Another name for PYFA_SCHEDULE_FETCH_REFRESH, which takes precedence.",
    ),
    other_schedule(
        "CELERY_SCHEDULE_MONTHLY_FETCH",
        "Another name for PYFA_SCHEDULE_FETCH_FULL, which takes precedence.",
    ),
    other_schedule(
        "CELERY_SCHEDULE_WEEKLY_DOWNLOADS",
        "Another name for PYFA_SCHEDULE_DOWNLOADS, which takes precedence.",
    ),
    other_schedule(
        "CELERY_SCHEDULE_WEEKLY_GITHUB",
        "Another name for PYFA_SCHEDULE_GITHUB, which takes precedence.",
    ),
    setting(
        "PYFA_CACHE_LIMIT",
        "cache_limit",
        SettingKind::Size,
        Some("5GB"),
        "Maximum size of the disk cache: bytes, or a number with KB, MB, GB, TB, KiB, MiB, GiB or TiB.",
    ),
    setting(
        "LOG_FORMAT",
        "log_format",
        SettingKind::LogFormat,
        Some("text"),
        "Format of what goes to standard error: `text`, or `json` for one object on each line.",
    ),
    CONFIG_FILE,
];

#[cfg(test)]
mod tests;
