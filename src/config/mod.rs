//! Defaults, `pyfa.toml`, `.env`, the environment and flags become typed settings.
//!
//! Later layers win, in that order. An empty value counts as unset everywhere. Unknown names are
//! ignored in `.env` and the environment and are errors in `pyfa.toml`. One table,
//! [`SETTINGS`], says what there is; [`Config::load`] reads it all once at the start of a
//! command. Nothing here opens a connection, and no secret is ever shown.

mod api;
mod archive;
mod board;
mod boards;
mod database;
mod discovery;
mod dotenv;
mod downloads;
mod duration;
mod entry;
mod error;
mod explained;
mod file;
mod jobs;
mod kind;
mod layers;
mod map;
mod members;
mod proxies;
mod registries;
mod registry_table;
mod schedules;
mod setting;
mod settings;
mod sources;

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pyfa_http::Proxies;
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

pub use boards::Boards;
pub use duration::{DurationError, parse_duration};
pub use entry::redact_addresses;
pub use error::ConfigError;
pub use explained::ExplainedSetting;
pub use jobs::JobSettings;
pub use kind::{InvalidValue, SettingKind, parse_nodes};
pub use members::ArchiveSettings;
pub use registry_table::{PUBLIC_NPM_RATE, PUBLIC_NPM_URL, PUBLIC_PYPI_RATE, PUBLIC_PYPI_URL};
pub use settings::{SETTINGS, Setting};
pub use sources::Sources;

use entry::Origin;
use layers::Layers;

use crate::database::DatabaseSettings;
use crate::discovery::DiscoverySettings;
use crate::enrich::advisories::AdvisoriesSettings;
use crate::enrich::downloads::DownloadsSettings;
use crate::enrich::health::RuleSet;
use crate::forge::github;
use crate::model::RegistryKind;
use crate::registry::RegistrySettings;
use crate::search;
use crate::web::door::DoorSettings;
use crate::web::gallery::GallerySettings;

/// All settings of one run.
#[derive(Debug, Clone)]
pub struct Config {
    /// `None` if neither `TYPESENSE_HOST` nor `TYPESENSE_NODES` is set.
    pub typesense: Option<search::TypesenseSettings>,
    /// The engine that is used then.
    pub engine: search::EmbeddedSettings,
    /// The key of a server that only a command names.
    pub migrate_api_key: Option<SecretString>,
    /// How PyPI is read.
    pub pypi: RegistrySettings,
    /// How npm is read.
    pub npm: RegistrySettings,
    /// How GitHub is asked.
    pub github: github::GitHubSettings,
    /// The sources of download counts.
    pub downloads: DownloadsSettings,
    /// The database of vulnerabilities.
    pub advisories: AdvisoriesSettings,
    /// The database of activity.
    pub database: DatabaseSettings,
    /// The password of a `PostgreSQL` server whose address has none.
    pub database_password: Option<SecretString>,
    /// The map of developers.
    pub discovery: DiscoverySettings,
    /// Archives of members.
    pub archive: ArchiveSettings,
    /// Boards, and their pauses.
    pub boards: Boards,
    /// Jobs and their schedules.
    pub jobs: JobSettings,
    /// `default`, `pyf` or a file, seen from the working directory.
    pub health_rules: PathBuf,
    /// The folder of the ledger and the disk cache, seen from the working directory.
    pub home: PathBuf,
    /// Bytes that the disk cache may hold.
    pub cache_limit: u64,
    /// The user's own profiles, seen from the working directory.
    pub profiles_dir: Option<PathBuf>,
    /// The gallery in the browser.
    pub gallery: GallerySettings,
    /// Programs that ask.
    pub door: DoorSettings,
    /// A profile's key, not checked.
    pub default_profile: Option<String>,
    /// Whether the log and the notes are JSON.
    pub logs_json: bool,
    explained: Vec<ExplainedSetting>,
}

/// What the layers hold, by the keys of `pyfa.toml`.
#[derive(Deserialize)]
struct Values {
    typesense: TypesenseValues,
    pypi: registries::PyPiValues,
    npm: registries::NpmValues,
    github: GitHubValues,
    #[serde(rename = "GITHUB_REQUEST_DELAY")]
    github_request_delay: Option<f64>,
    downloads: DownloadsSettings,
    advisories: AdvisoriesSettings,
    health: HealthValues,
    gallery: GalleryValues,
    api: api::ApiValues,
    #[serde(default)]
    database: database::DatabaseValues,
    home: PathBuf,
    data: Option<PathBuf>,
    cache_limit: u64,
    profiles_dir: Option<PathBuf>,
    default_profile: Option<String>,
    log_format: String,
}

#[derive(Deserialize)]
struct TypesenseValues {
    host: Option<String>,
    port: u16,
    protocol: String,
    api_key: Option<String>,
    migrate_api_key: Option<String>,
    timeout: f64,
    nodes: Option<Vec<Url>>,
}

#[derive(Deserialize)]
struct HealthValues {
    rules: PathBuf,
}

#[derive(Deserialize)]
struct GalleryValues {
    base_url: Option<Url>,
    images: bool,
    trusted_proxies: Option<Vec<IpAddr>>,
    dir: Option<PathBuf>,
}

#[derive(Deserialize)]
struct GitHubValues {
    token: Option<String>,
    api_url: Url,
    cool_off: f64,
    quota_share: f64,
}

impl Config {
    /// Reads every layer.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong, with its file and line or the name of its variable.
    pub fn load(sources: &Sources) -> Result<Self, ConfigError> {
        let mut layers = Layers::read(sources)?;
        registries::add_polite_rates(&mut layers)?;
        let values: Values = layers
            .figment
            .extract()
            .map_err(ConfigError::inconsistent)?;
        let home = sources.resolve(&values.home);
        let data = values.data.map(|folder| sources.resolve(&folder));
        let engine = search::EmbeddedSettings {
            folder: data.unwrap_or_else(|| home.join("engine")),
            api_key: values.typesense.api_key.clone().map(SecretString::from),
            timeout: Duration::from_secs_f64(values.typesense.timeout),
        };
        let migrate_api_key = values.typesense.migrate_api_key.clone();
        let named = if values.typesense.nodes.is_some() {
            "TYPESENSE_NODES"
        } else {
            "TYPESENSE_HOST"
        };
        let typesense = typesense_settings(values.typesense, &layers)?;
        let database_password = values.database.read_password(sources)?;
        let database = values.database.parse(
            database_password.clone(),
            &home,
            sources,
            &layers.origin_of("PYFA_DATABASE"),
        )?;
        let servers = typesense.iter().flat_map(|settings| &settings.nodes);
        let servers = servers.map(|node| (named, node.clone()));
        let addresses: Vec<(&str, Url)> = servers.chain(layers.addresses()).collect();
        let proxies = Proxies::from_variables(|name| sources.environment.get(name).cloned());
        let quota_share = values.github.quota_share;
        let api_url = values.github.api_url.clone();
        let mut explained = layers.explain();
        explained.extend(proxies::explain(&proxies, &addresses));
        let gallery = gallery_settings(values.gallery, &layers, sources);
        Ok(Self {
            door: values.api.into_settings(database.clone(), &gallery),
            migrate_api_key: migrate_api_key.map(SecretString::from),
            typesense,
            engine,
            npm: values.npm.into_settings(values.pypi.batch_size),
            pypi: values.pypi.into(),
            github: github_settings(values.github, values.github_request_delay, &layers),
            downloads: values.downloads,
            advisories: values.advisories,
            database,
            database_password,
            archive: members::archive_settings(&layers, &api_url)?,
            discovery: map::discovery_settings(&layers, quota_share),
            boards: boards::board_settings(&layers, sources),
            jobs: jobs::job_settings(&layers)?,
            health_rules: if RuleSet::NAMES
                .iter()
                .any(|name| values.health.rules == Path::new(name))
            {
                values.health.rules
            } else {
                sources.resolve(&values.health.rules)
            },
            gallery,
            home,
            cache_limit: values.cache_limit,
            profiles_dir: values.profiles_dir.map(|folder| sources.resolve(&folder)),
            default_profile: values.default_profile,
            logs_json: values.log_format == "json",
            explained,
        })
    }

    /// How a registry is read.
    #[must_use]
    pub fn registry(&self, kind: RegistryKind) -> &RegistrySettings {
        match kind {
            RegistryKind::PyPi => &self.pypi,
            RegistryKind::Npm => &self.npm,
        }
    }

    /// Every setting with its value and where it comes from, in the order of [`SETTINGS`]; behind
    /// them the variables that say which proxy is used, where any is set.
    #[must_use]
    pub fn explain(&self) -> &[ExplainedSetting] {
        &self.explained
    }
}

fn typesense_settings(
    values: TypesenseValues,
    layers: &Layers,
) -> Result<Option<search::TypesenseSettings>, ConfigError> {
    let (because, nodes) = match (values.nodes, values.host) {
        (Some(nodes), _) => ("TYPESENSE_NODES", nodes),
        (None, Some(host)) => {
            let address = format!("{}://{host}:{}/", values.protocol, values.port);
            let url = Url::parse(&address).map_err(|error| ConfigError::Value {
                name: "TYPESENSE_HOST",
                origin: layers.origin_of("TYPESENSE_HOST"),
                reason: InvalidValue::ServerAddress(error),
                shown: host,
            })?;
            ("TYPESENSE_HOST", vec![url])
        }
        (None, None) => return Ok(None),
    };
    let Some(api_key) = values.api_key else {
        return Err(ConfigError::MissingApiKey {
            because,
            origin: layers.origin_of(because),
        });
    };
    Ok(Some(search::TypesenseSettings {
        nodes,
        api_key: api_key.into(),
        timeout: Duration::from_secs_f64(values.timeout),
    }))
}

fn gallery_settings(values: GalleryValues, layers: &Layers, sources: &Sources) -> GallerySettings {
    GallerySettings {
        base_url: values.base_url,
        images: values.images,
        trusted_proxies: values.trusted_proxies.unwrap_or_default(),
        folder: values.dir.map(|folder| sources.resolve(&folder)),
        profiles: layers.appearances.clone(),
        // The command that serves it reads the rest.
        ..GallerySettings::default()
    }
}

/// `request_delay` counts where the cool-off time is not set.
fn github_settings(
    values: GitHubValues,
    request_delay: Option<f64>,
    layers: &Layers,
) -> github::GitHubSettings {
    let is_default = layers.origin_of("GITHUB_COOLOFFTIME") == Origin::Default.to_string();
    github::GitHubSettings {
        api_url: values.api_url,
        token: values.token.map(SecretString::from),
        cool_off: Duration::from_secs_f64(
            request_delay
                .filter(|_| is_default)
                .unwrap_or(values.cool_off),
        ),
        quota_share: values.quota_share,
        reserve: github::RESERVE,
        pace: github::RequestPacing::default(),
    }
}
