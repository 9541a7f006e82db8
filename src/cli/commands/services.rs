//! From settings to clients.

use std::path::PathBuf;
use std::sync::Arc;

use pyfa_http::DiskCache;

use crate::config::Config;
use crate::forge::github::GitHub;
use crate::model::RegistryKind;
use crate::pipeline::FetchServices;
use crate::progress::Progress;
use crate::registry;
use crate::search::{self, EmbeddedEngine, EmbeddedSettings};
use crate::workspace::Workspace;

/// Bytes of cached entries that are kept in memory.
const CACHE_MEMORY: u64 = 16 << 20;

/// The clients that the settings describe; with `read_only`, nothing in `PYFA_HOME` changes.
pub(super) fn services(
    config: &Config,
    progress: Arc<dyn Progress>,
    read_only: bool,
) -> anyhow::Result<FetchServices> {
    Ok(FetchServices {
        registry: registry::connect(RegistryKind::PyPi, &config.pypi, user_agent())?,
        workspace: workspace(config, progress)?,
        cache: opened_cache(config, read_only)?,
    })
}

/// What every command that works on a collection has open.
pub(super) fn workspace(config: &Config, progress: Arc<dyn Progress>) -> anyhow::Result<Workspace> {
    Ok(Workspace {
        search: search(config)?,
        home: config.home.clone(),
        progress,
    })
}

/// The client of the server or cluster that the settings name; of the embedded engine if they name
/// none.
pub(super) fn search(config: &Config) -> anyhow::Result<search::Client> {
    match &config.typesense {
        Some(settings) => Ok(search::Client::new(settings)?),
        None => embedded(config.engine.clone()),
    }
}

/// The client of an embedded engine.
pub(super) fn embedded(settings: EmbeddedSettings) -> anyhow::Result<search::Client> {
    Ok(search::Client::embedded(Arc::new(EmbeddedEngine::new(
        settings,
    )?))?)
}

/// The names of all aliases, in their order.
pub(super) async fn alias_names(client: &search::Client) -> anyhow::Result<Vec<String>> {
    let aliases = client.list_aliases().await?.into_iter();
    let mut names: Vec<String> = aliases.map(|alias| alias.name).collect();
    names.sort_unstable();
    Ok(names)
}

/// The client of GitHub.
pub(super) fn github(config: &Config) -> anyhow::Result<GitHub> {
    Ok(GitHub::new(&config.github, user_agent())?)
}

/// The disk cache of `PYFA_HOME`; with `read_only`, nothing in it changes.
pub(super) fn opened_cache(config: &Config, read_only: bool) -> anyhow::Result<DiskCache> {
    if read_only {
        let folder = cache_folder(config);
        return Ok(DiskCache::open_read_only(folder, cache_limits(config)));
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

fn cache_limits(config: &Config) -> pyfa_http::CacheLimits {
    pyfa_http::CacheLimits {
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
