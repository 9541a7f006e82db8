//! How archives of members are made, from the layers.

use secrecy::SecretString;
use url::Url;

use super::error::ConfigError;
use super::layers::Layers;
use crate::forge::github::AppSettings;
use crate::openhumans::OpenHumansSettings;

/// How archives of members are made.
#[derive(Debug, Clone)]
pub struct ArchiveSettings {
    /// Not checked.
    pub key: Option<SecretString>,
    pub app: AppSettings,
    pub open_humans: OpenHumansSettings,
}

pub(super) fn archive_settings(
    layers: &Layers,
    api_url: &Url,
) -> Result<ArchiveSettings, ConfigError> {
    let text = |path: &str| layers.figment.extract_inner::<String>(path).ok();
    let hidden = |path: &str| text(path).map(SecretString::from);
    let url = |path: &str| {
        let url = layers.figment.extract_inner::<Url>(path);
        url.map_err(|error| ConfigError::Inconsistent(Box::new(error)))
    };
    Ok(ArchiveSettings {
        key: hidden("archive.key"),
        app: AppSettings {
            api_url: api_url.clone(),
            web_url: url("github.web_url")?,
            client_id: text("github.client_id"),
            client_secret: hidden("github.client_secret"),
        },
        open_humans: OpenHumansSettings {
            base_url: url("openhumans.base_url")?,
            client_id: text("openhumans.client_id"),
            client_secret: hidden("openhumans.client_secret"),
            access_token: hidden("openhumans.access_token"),
        },
    })
}
