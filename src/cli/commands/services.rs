//! Opens the clients, caches and folders that the settings describe.

use std::path::PathBuf;
use std::sync::Arc;

use pyfa_http::DiskCache;

use crate::cli::exit::CommandResult;
use crate::config::Config;
use crate::forge::github::GitHub;
use crate::manage::Manager;
use crate::model::RegistryKind;
use crate::pipeline::FetchServices;
use crate::progress::{Progress, Silent};
use crate::registry::{self, Registry};
use crate::search::{self, EmbeddedEngine, EmbeddedSettings};
use crate::workspace::Workspace;

/// Bytes of cached entries that are kept in memory.
const CACHE_MEMORY: u64 = 16 << 20;

/// The clients that the settings describe; with `read_only`, nothing in `PYFA_HOME` changes.
pub(super) fn open_pipeline(
    registry: RegistryKind,
    config: &Config,
    progress: Arc<dyn Progress>,
    read_only: bool,
) -> CommandResult<FetchServices> {
    Ok(FetchServices {
        registry: connect_registry(registry, config)?,
        workspace: open_workspace(config, progress)?,
        cache: opened_cache(config, read_only)?,
    })
}

/// The client of a registry.
pub(super) fn connect_registry(
    kind: RegistryKind,
    config: &Config,
) -> CommandResult<Arc<dyn Registry>> {
    Ok(registry::connect(
        kind,
        config.registry(kind),
        user_agent(),
    )?)
}

/// The workspace that the settings describe.
pub(super) fn open_workspace(
    config: &Config,
    progress: Arc<dyn Progress>,
) -> CommandResult<Workspace> {
    Ok(Workspace {
        search: search(config)?,
        home: config.home.clone(),
        progress,
    })
}

/// Looks up collections and aliases, and shows no progress. Nothing it is used for reads the
/// since-file.
pub(super) fn open_manager(config: &Config) -> CommandResult<Manager> {
    Ok(Manager {
        workspace: open_workspace(config, Arc::new(Silent))?,
        since_file: PathBuf::new(),
    })
}

/// The client of the server or cluster in the settings; without one, of the embedded engine.
pub(super) fn search(config: &Config) -> CommandResult<search::Client> {
    match &config.typesense {
        Some(settings) => Ok(search::Client::new(settings)?),
        None => open_embedded(config.engine.clone()),
    }
}

/// The client of an embedded engine.
pub(super) fn open_embedded(settings: EmbeddedSettings) -> CommandResult<search::Client> {
    Ok(search::Client::embedded(Arc::new(EmbeddedEngine::new(
        settings,
    )?))?)
}

/// The client of GitHub.
pub(super) fn github(config: &Config) -> CommandResult<GitHub> {
    Ok(GitHub::new(&config.github, user_agent())?)
}

/// The disk cache of `PYFA_HOME`; with `read_only`, nothing in it changes.
pub(super) fn opened_cache(config: &Config, read_only: bool) -> CommandResult<DiskCache> {
    if read_only {
        let folder = cache_folder(config);
        return Ok(DiskCache::open_read_only(folder, cache_limits(config)));
    }
    open_cache(config)
}

/// The disk cache of `PYFA_HOME`.
pub(super) fn open_cache(config: &Config) -> CommandResult<DiskCache> {
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

/// What servers see of us.
pub(super) fn user_agent() -> &'static str {
    concat!(
        "pyfa/",
        env!("CARGO_PKG_VERSION"),
        " (+",
        env!("CARGO_PKG_REPOSITORY"),
        ")"
    )
}
