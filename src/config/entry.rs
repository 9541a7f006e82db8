//! One value of one setting, with the place where it was written.

use std::fmt;

use figment::value::{Dict, Map, Value};
use figment::{Metadata, Profile, Provider};

use super::ConfigError;
use super::kind::Kind;
use super::settings::Setting;
use crate::profile::nearest::shortened;

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Default,
    /// Of `pyfa.toml`, or whatever it is called.
    File {
        file: String,
        line: usize,
    },
    Dotenv {
        file: String,
        line: usize,
    },
    Environment,
    Flag,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("default"),
            Self::File { file, line } | Self::Dotenv { file, line } => {
                write!(formatter, "{file} line {line}")
            }
            Self::Environment => formatter.write_str("the environment"),
            Self::Flag => formatter.write_str("the command line"),
        }
    }
}

/// One setting's value in one layer.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) setting: &'static Setting,
    place: Place,
    value: Value,
    /// The value as written, or as much of it as may be shown.
    pub(super) shown: String,
}

impl Entry {
    pub(super) fn read(
        setting: &'static Setting,
        text: &str,
        place: Place,
    ) -> Result<Self, ConfigError> {
        let text = text.trim();
        let shown = presentable(setting, text);
        match setting.kind.read(text) {
            Ok(value) => Ok(Self {
                setting,
                place,
                value,
                shown,
            }),
            Err(reason) => {
                let name = match (&place, setting.key) {
                    (Place::File { .. }, Some(key)) => key,
                    _ => setting.name,
                };
                let shown = shortened(&shown).to_owned();
                Err(ConfigError::Value {
                    name,
                    place: place.to_string(),
                    shown,
                    reason,
                })
            }
        }
    }
}

impl Provider for Entry {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.place.to_string())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let nested = figment::util::nest(self.setting.path(), self.value.clone());
        let values = nested.into_dict().unwrap_or_default();
        Ok(Profile::Default.collect(values))
    }
}

/// A value without its secrets: those of secret settings, and passwords in addresses.
fn presentable(setting: &Setting, text: &str) -> String {
    match setting.kind {
        _ if setting.secret => "***".to_owned(),
        Kind::Host | Kind::Address | Kind::Nodes => text
            .split(',')
            .map(without_password)
            .collect::<Vec<_>>()
            .join(","),
        _ => text.to_owned(),
    }
}

fn without_password(text: &str) -> String {
    let Some((before, host)) = text.rsplit_once('@') else {
        return text.to_owned();
    };
    let scheme = before
        .split_once("://")
        .map(|(scheme, _)| format!("{scheme}://"));
    format!("{}***@{host}", scheme.unwrap_or_default())
}
