//! Defaults, `pyfa.toml`, `.env`, the environment and flags become typed settings.
//!
//! Later layers win, in that order. An empty value counts as unset everywhere. Unknown names are
//! ignored in `.env` and the environment and are errors in `pyfa.toml`. One table,
//! [`SETTINGS`], says what there is; [`Config::load`] reads it all once at the start of a
//! command. Nothing here opens a connection, and no secret is ever shown.

mod dotenv;
mod duration;
mod entry;
mod file;
mod kind;
mod layers;
mod proxies;
mod settings;
mod sources;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pyfa_http::Proxies;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

pub use duration::read_duration;
pub use entry::presentable_addresses;
pub use kind::{Kind, nodes};
pub use settings::{PUBLIC_PYPI_RATE, PUBLIC_PYPI_URL, SETTINGS, Setting};
pub use sources::Sources;

use entry::{Entry, Place};

use layers::Layers;

use crate::enrich::health::RuleSet;
use crate::forge::github;
use crate::registry::{RegistrySettings, pypi};
use crate::search;

/// All settings of one run.
#[derive(Debug, Clone)]
pub struct Config {
    /// `None` if neither `TYPESENSE_HOST` nor `TYPESENSE_NODES` is set.
    pub typesense: Option<search::TypesenseSettings>,
    /// The engine that is used then.
    pub engine: search::EmbeddedSettings,
    /// The key of a server that only a command names.
    pub migrate_api_key: Option<SecretString>,
    /// How the registry is read.
    pub pypi: RegistrySettings,
    /// How GitHub is asked.
    pub github: github::GitHubSettings,
    /// Who counts downloads.
    pub downloads: Downloads,
    /// The database of vulnerabilities.
    pub osv_url: Url,
    /// `default`, `pyf` or a file, seen from the working directory.
    pub health_rules: PathBuf,
    /// The folder of the ledger and the disk cache, seen from the working directory.
    pub home: PathBuf,
    /// Bytes that the disk cache may hold.
    pub cache_limit: u64,
    /// The user's own profiles, seen from the working directory.
    pub profiles_dir: Option<PathBuf>,
    /// A profile's key, not checked.
    pub default_profile: Option<String>,
    explained: Vec<Explained>,
}

/// Who counts downloads.
#[derive(Debug, Clone, Deserialize)]
pub struct Downloads {
    pub clickhouse_url: Url,
    pub pypistats_url: Url,
    /// Seconds between two requests to pypistats.
    pub pypistats_delay: f64,
}

/// One line of `pyfa config`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// As in the environment.
    pub name: &'static str,
    /// As written where it comes from, secrets masked; `None` if nothing sets it.
    pub value: Option<String>,
    /// `default`, `pyfa.toml line 3`, `.env line 4`, `the environment`, `the command line` or
    /// `not set`.
    pub source: String,
}

/// What is wrong with the configuration, and where.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file of the configuration is there and cannot be read.
    #[error("the configuration cannot be read: {0}")]
    File(io::Error),
    /// A line of `.env` that sets one of our settings makes no sense.
    #[error(
        "{file} line {line}: {name} cannot be read; is a quote missing, or are there spaces outside quotes?"
    )]
    DotenvLine {
        file: String,
        line: usize,
        name: &'static str,
    },
    /// `pyfa.toml` is no TOML.
    #[error("{file} line {line}: {reason}")]
    Syntax {
        file: String,
        line: usize,
        reason: String,
    },
    /// A key of `pyfa.toml` that is no setting.
    #[error("{file} line {line}: unknown key {key:?}; the nearest is `{nearest}`")]
    UnknownKey {
        file: String,
        line: usize,
        key: String,
        nearest: &'static str,
    },
    /// A key of `pyfa.toml` holds a list or a section where one value belongs.
    #[error("{file} line {line}: `{key}` takes one value, not a list or a section")]
    NotOneValue {
        file: String,
        line: usize,
        key: String,
    },
    /// A value does not fit its setting. Secrets are masked in `shown`.
    #[error("{name} in {place}: {shown:?} {reason}")]
    Value {
        name: &'static str,
        place: String,
        shown: String,
        reason: String,
    },
    /// A server is named and no key for it.
    #[error(
        "{because} is set in {place}, but TYPESENSE_API_KEY is not: give a Typesense key that may write"
    )]
    MissingApiKey {
        because: &'static str,
        place: String,
    },
    /// The table of settings and the types below disagree.
    #[error("the settings do not fit together: {0}")]
    Inconsistent(Box<figment::Error>),
}

/// What the layers hold, by the keys of `pyfa.toml`.
#[derive(Deserialize)]
struct Values {
    typesense: TypesenseValues,
    pypi: PyPiValues,
    github: GitHubValues,
    #[serde(rename = "GITHUB_REQUEST_DELAY")]
    github_request_delay: Option<f64>,
    downloads: Downloads,
    advisories: AdvisoriesValues,
    health: HealthValues,
    home: PathBuf,
    data: Option<PathBuf>,
    cache_limit: u64,
    profiles_dir: Option<PathBuf>,
    default_profile: Option<String>,
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
struct PyPiValues {
    base_url: Url,
    max_workers: usize,
    max_rps: Option<f64>,
    max_retries: u32,
    retry_backoff: f64,
    batch_size: usize,
}

#[derive(Deserialize)]
struct AdvisoriesValues {
    osv_url: Url,
}

#[derive(Deserialize)]
struct HealthValues {
    rules: PathBuf,
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
        add_polite_rate(&mut layers)?;
        let values: Values = layers.figment.extract().map_err(inconsistent)?;
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
        let typesense = typesense(values.typesense, &layers)?;
        let servers = typesense.iter().flat_map(|settings| &settings.nodes);
        let mut addresses: Vec<(&str, &Url)> = servers.map(|node| (named, node)).collect();
        addresses.extend([
            ("PYPI_BASE_URL", &values.pypi.base_url),
            ("GITHUB_API_URL", &values.github.api_url),
            ("CLICKHOUSE_URL", &values.downloads.clickhouse_url),
            ("PYPISTATS_BASE_URL", &values.downloads.pypistats_url),
            ("OSV_BASE_URL", &values.advisories.osv_url),
        ]);
        let proxies = Proxies::from_variables(|name| sources.environment.get(name).cloned());
        let mut explained = layers.explain();
        explained.extend(proxies::explain(&proxies, &addresses));
        Ok(Self {
            migrate_api_key: migrate_api_key.map(SecretString::from),
            typesense,
            engine,
            pypi: values.pypi.into(),
            github: github(values.github, values.github_request_delay, &layers),
            downloads: values.downloads,
            osv_url: values.advisories.osv_url,
            health_rules: if RuleSet::NAMES
                .iter()
                .any(|name| values.health.rules == Path::new(name))
            {
                values.health.rules
            } else {
                sources.resolve(&values.health.rules)
            },
            home,
            cache_limit: values.cache_limit,
            profiles_dir: values.profiles_dir.map(|folder| sources.resolve(&folder)),
            default_profile: values.default_profile,
            explained,
        })
    }

    /// Every setting with its value and where it comes from, in the order of [`SETTINGS`]; behind
    /// them the variables that say which proxy is used, where any is set.
    #[must_use]
    pub fn explain(&self) -> &[Explained] {
        &self.explained
    }
}

/// The public registry has a default rate; no other has.
fn add_polite_rate(layers: &mut Layers) -> Result<(), ConfigError> {
    let base_url: Url = layers
        .figment
        .extract_inner("pypi.base_url")
        .map_err(inconsistent)?;
    let rate = SETTINGS
        .iter()
        .find(|setting| setting.name == "PYPI_MAX_RPS");
    if let (true, Some(rate)) = (pypi::is_public(&base_url), rate) {
        layers.add_below([Entry::read(rate, PUBLIC_PYPI_RATE, Place::Default)?]);
    }
    Ok(())
}

fn typesense(
    values: TypesenseValues,
    layers: &Layers,
) -> Result<Option<search::TypesenseSettings>, ConfigError> {
    let (because, nodes) = match (values.nodes, values.host) {
        (Some(nodes), _) => ("TYPESENSE_NODES", nodes),
        (None, Some(host)) => {
            let address = format!("{}://{host}:{}/", values.protocol, values.port);
            let url = Url::parse(&address).map_err(|error| ConfigError::Value {
                name: "TYPESENSE_HOST",
                place: layers.place_of("TYPESENSE_HOST"),
                reason: format!("does not make an address: {error}"),
                shown: host,
            })?;
            ("TYPESENSE_HOST", vec![url])
        }
        (None, None) => return Ok(None),
    };
    let Some(api_key) = values.api_key else {
        return Err(ConfigError::MissingApiKey {
            because,
            place: layers.place_of(because),
        });
    };
    Ok(Some(search::TypesenseSettings {
        nodes,
        api_key: api_key.into(),
        timeout: Duration::from_secs_f64(values.timeout),
    }))
}

/// `other_delay` counts where the cool-off time is nowhere set.
fn github(
    values: GitHubValues,
    other_delay: Option<f64>,
    layers: &Layers,
) -> github::GitHubSettings {
    let is_default = layers.place_of("GITHUB_COOLOFFTIME") == Place::Default.to_string();
    let other_delay = other_delay.filter(|_| is_default);
    github::GitHubSettings {
        api_url: values.api_url,
        token: values.token.map(SecretString::from),
        cool_off: Duration::from_secs_f64(other_delay.unwrap_or(values.cool_off)),
        quota_share: values.quota_share,
        pace: github::RequestPacing::default(),
    }
}

impl From<PyPiValues> for RegistrySettings {
    fn from(values: PyPiValues) -> Self {
        Self {
            base_url: values.base_url,
            name: None,
            max_workers: values.max_workers,
            max_rps: values.max_rps.filter(|rate| *rate > 0.0),
            max_retries: values.max_retries,
            retry_backoff: values.retry_backoff,
            batch_size: values.batch_size,
        }
    }
}

fn inconsistent(error: figment::Error) -> ConfigError {
    ConfigError::Inconsistent(Box::new(error))
}
