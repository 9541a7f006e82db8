//! Opens the clients, caches and folders that the settings describe.

use std::path::PathBuf;
use std::sync::Arc;

use pyfa_http::DiskCache;

use crate::board::{self, ProjectLocks, StoredActivity};
use crate::cli::exit::CommandResult;
use crate::config::Config;
use crate::database::{Database, DatabaseSettings};
use crate::forge::github::{GitHub, GitHubSettings};
use crate::hosts::{DatabaseQuota, SharedLocks};
use crate::manage::Manager;
use crate::model::RegistryKind;
use crate::pipeline::FetchServices;
use crate::progress::{Progress, Silent, Stop};
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
    let cache = opened_cache(config, read_only)?;
    Ok(FetchServices {
        registry: connect_registry(registry, config, &cache)?,
        workspace: open_workspace(config, progress)?,
        cache,
    })
}

/// The client of a registry.
pub(super) fn connect_registry(
    kind: RegistryKind,
    config: &Config,
    cache: &DiskCache,
) -> CommandResult<Arc<dyn Registry>> {
    Ok(registry::connect(
        kind,
        config.registry(kind),
        user_agent(),
        cache,
    )?)
}

/// The workspace that the settings describe.
pub(super) fn open_workspace(
    config: &Config,
    progress: Arc<dyn Progress>,
) -> CommandResult<Workspace> {
    let workspace = Workspace::new(search(config)?, config.home.clone(), progress);
    Ok(match &config.database {
        DatabaseSettings::Sqlite(_) => workspace,
        DatabaseSettings::Postgres(_) => {
            let locks = SharedLocks::new(config.database.clone(), config.jobs.lease);
            workspace.with_shared_locks(Arc::new(locks))
        }
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

/// The client of GitHub. It shares its quota with the other processes that use the database.
pub(super) async fn connect_github(config: &Config) -> CommandResult<GitHub> {
    let github = GitHub::new(&config.github, user_agent())?;
    if matches!(config.database, DatabaseSettings::Postgres(_)) {
        return share_quota(github, config).await;
    }
    // A file that nothing else uses is not created for this, and one that cannot be used is no
    // reason to ask nothing.
    if !config.database.exists() {
        return Ok(github);
    }
    match Database::open(&config.database.for_quotas()).await {
        Ok(database) => Ok(with_quota(github, database, config)),
        Err(error) => {
            tracing::warn!(%error, "GitHub's quota cannot be shared with other processes");
            Ok(github)
        }
    }
}

/// The client of GitHub of a command that needs the database anyway.
pub(super) async fn connect_github_with_database(config: &Config) -> CommandResult<GitHub> {
    let github = GitHub::new(&config.github, user_agent())?;
    share_quota(github, config).await
}

/// The client of GitHub of the map of developers, with its part of the quota.
pub(super) async fn connect_github_for_discovery(config: &Config) -> CommandResult<GitHub> {
    let settings = GitHubSettings {
        quota_share: config.discovery.quota_share,
        reserve: config.discovery.threshold,
        ..config.github.clone()
    };
    let github = GitHub::new(&settings, user_agent())?;
    share_quota(github, config).await
}

async fn share_quota(github: GitHub, config: &Config) -> CommandResult<GitHub> {
    let database = Database::open(&config.database.for_quotas()).await?;
    Ok(with_quota(github, database, config))
}

fn with_quota(github: GitHub, database: Database, config: &Config) -> GitHub {
    let is_required = matches!(config.database, DatabaseSettings::Postgres(_));
    let quota = DatabaseQuota::new(database, &github, is_required);
    github.with_shared_quota(Arc::new(quota))
}

/// What is at work on a board: with the activity database, if there is one and boards may use it.
pub(super) async fn board_session(
    config: &Config,
    stop: &Stop,
) -> CommandResult<board::BoardSession> {
    let settings = config.boards.settings.clone();
    let longest_age = settings.activity_age;
    let session = board::BoardSession::new(connect_github(config).await?, settings, stop.clone());
    if longest_age.is_zero() {
        return Ok(session);
    }
    // It saves requests, and is no reason to do nothing.
    match Database::open_existing(&config.database).await {
        Ok(Some(database)) => Ok(session.with_activity(StoredActivity {
            database,
            longest_age,
        })),
        Ok(None) => Ok(session),
        Err(error) => {
            tracing::warn!(%error, "boards are read from GitHub alone");
            Ok(session)
        }
    }
}

/// What keeps two runs from changing the same project.
pub(super) fn project_locks(config: &Config) -> ProjectLocks {
    let is_shared = matches!(config.database, DatabaseSettings::Postgres(_));
    ProjectLocks {
        home: config.home.clone(),
        shared: is_shared.then(|| SharedLocks::new(config.database.clone(), config.jobs.lease)),
    }
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
