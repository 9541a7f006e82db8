//! From settings to clients.

use std::path::PathBuf;
use std::sync::Arc;

use pyfa_http::DiskCache;

use crate::cli::exit::UsageError;
use crate::config::Config;
use crate::forge::github::GitHub;
use crate::pipeline::Services;
use crate::progress::Progress;
use crate::registry::pypi::PyPi;
use crate::search;

/// Bytes of cached entries that are kept in memory.
const CACHE_MEMORY: u64 = 16 << 20;

/// The clients that the settings describe; with `read_only`, nothing in `PYFA_HOME` changes.
pub(super) fn services(
    config: &Config,
    progress: Arc<dyn Progress>,
    read_only: bool,
) -> anyhow::Result<Services> {
    Ok(Services {
        pypi: PyPi::new(&config.pypi, user_agent())?,
        search: search(config)?,
        cache: opened_cache(config, read_only)?,
        home: config.home.clone(),
        progress,
    })
}

/// The search client, or a sentence that says how to get a server.
pub(super) fn search(config: &Config) -> anyhow::Result<search::Client> {
    let settings = config.typesense.as_ref().ok_or_else(|| {
        UsageError(
            "TYPESENSE_HOST is not set, so there is no search server to write to; start one with \
             `docker compose up -d`, copy `.env.example` to `.env`, and fill in TYPESENSE_HOST \
             and TYPESENSE_API_KEY"
                .to_owned(),
        )
    })?;
    Ok(search::Client::new(settings)?)
}

/// The client of GitHub.
pub(super) fn github(config: &Config) -> anyhow::Result<GitHub> {
    Ok(GitHub::new(&config.github, user_agent())?)
}

/// The disk cache of `PYFA_HOME`; with `read_only`, nothing in it changes.
pub(super) fn opened_cache(config: &Config, read_only: bool) -> anyhow::Result<DiskCache> {
    if read_only {
        let folder = cache_folder(config);
        return Ok(DiskCache::open_to_read(folder, cache_limits(config)));
    }
    cache(config)
}

/// The disk cache of `PYFA_HOME`.
pub(super) fn cache(config: &Config) -> anyhow::Result<DiskCache> {
    Ok(DiskCache::open(cache_folder(config), cache_limits(config))?)
}

fn cache_folder(config: &Config) -> PathBuf {
    config.home.join("cache")
}

fn cache_limits(config: &Config) -> pyfa_http::Limits {
    pyfa_http::Limits {
        bytes: config.cache_limit,
        memory_bytes: CACHE_MEMORY,
    }
}

/// Who asks.
pub(super) fn user_agent() -> &'static str {
    concat!(
        "pyfa/",
        env!("CARGO_PKG_VERSION"),
        " (+",
        env!("CARGO_PKG_REPOSITORY"),
        ")"
    )
}
