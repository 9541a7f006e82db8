//! The settings of the registries.

use serde::Deserialize;
use url::Url;

use super::entry::{LayerEntry, Origin};
use super::error::ConfigError;
use super::layers::Layers;
use super::registry_table::{PUBLIC_NPM_RATE, PUBLIC_PYPI_RATE};
use super::settings::SETTINGS;
use crate::registry::{RegistrySettings, npm, pypi};

/// What `pyfa.toml` has under `pypi`.
#[derive(Deserialize)]
pub(super) struct PyPiValues {
    base_url: Url,
    max_workers: usize,
    max_rps: Option<f64>,
    max_retries: u32,
    retry_backoff: f64,
    /// For both registries: a property of the search server.
    pub(super) batch_size: usize,
}

/// What `pyfa.toml` has under `npm`.
#[derive(Deserialize)]
pub(super) struct NpmValues {
    base_url: Url,
    auth_token: Option<String>,
    max_workers: usize,
    max_rps: Option<f64>,
    max_retries: u32,
    retry_backoff: f64,
    readmes_from_files: usize,
    changes_url: Option<Url>,
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
            token: None,
            readmes_from_files: 0,
            changes_url: None,
        }
    }
}

impl NpmValues {
    pub(super) fn into_settings(self, batch_size: usize) -> RegistrySettings {
        RegistrySettings {
            base_url: self.base_url,
            name: None,
            max_workers: self.max_workers,
            max_rps: self.max_rps.filter(|rate| *rate > 0.0),
            max_retries: self.max_retries,
            retry_backoff: self.retry_backoff,
            batch_size,
            token: self.auth_token.map(Into::into),
            readmes_from_files: self.readmes_from_files,
            changes_url: self.changes_url,
        }
    }
}

/// The public registries have a default rate; no others have.
pub(super) fn add_polite_rates(layers: &mut Layers) -> Result<(), ConfigError> {
    type IsPublic = fn(&Url) -> bool;
    let registries: [(&str, IsPublic, &str, &str); 2] = [
        (
            "pypi.base_url",
            pypi::is_public,
            "PYPI_MAX_RPS",
            PUBLIC_PYPI_RATE,
        ),
        (
            "npm.base_url",
            npm::is_public,
            "NPM_MAX_RPS",
            PUBLIC_NPM_RATE,
        ),
    ];
    for (key, is_public, name, rate) in registries {
        let base_url: Url = layers
            .figment
            .extract_inner(key)
            .map_err(ConfigError::inconsistent)?;
        let setting = SETTINGS.iter().find(|setting| setting.name == name);
        if let (true, Some(setting)) = (is_public(&base_url), setting) {
            layers.add_below([LayerEntry::parse(setting, rate, Origin::Default)?]);
        }
    }
    Ok(())
}
