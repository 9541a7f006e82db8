//! One value of one setting, and where it was set.

use std::fmt;

use figment::value::{Dict, Map, Value};
use figment::{Metadata, Profile, Provider};

use super::error::ConfigError;
use super::kind::SettingKind;
use super::settings::Setting;
use crate::profile::nearest::shortened;

/// Where a value was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
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

impl fmt::Display for Origin {
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
pub(super) struct LayerEntry {
    pub(super) setting: &'static Setting,
    origin: Origin,
    value: Value,
    /// The value as written, or as much of it as may be shown.
    pub(super) shown: String,
}

impl LayerEntry {
    pub(super) fn parse(
        setting: &'static Setting,
        text: &str,
        origin: Origin,
    ) -> Result<Self, ConfigError> {
        let text = text.trim();
        let shown = redact(setting, text);
        match setting.kind.parse(text) {
            Ok(value) => Ok(Self {
                setting,
                origin,
                value,
                shown,
            }),
            Err(reason) => {
                let name = match (&origin, setting.key) {
                    (Origin::File { .. }, Some(key)) => key,
                    _ => setting.name,
                };
                Err(ConfigError::Value {
                    name,
                    origin: origin.to_string(),
                    shown: shortened(&shown).to_owned(),
                    reason,
                })
            }
        }
    }
}

impl Provider for LayerEntry {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.origin.to_string())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let nested = figment::util::nest(self.setting.path(), self.value.clone());
        let values = nested.into_dict().unwrap_or_default();
        Ok(Profile::Default.collect(values))
    }
}

/// A value without its secrets: those of secret settings, and passwords in addresses.
fn redact(setting: &Setting, text: &str) -> String {
    match setting.kind {
        _ if setting.secret => "***".to_owned(),
        SettingKind::Host | SettingKind::Address | SettingKind::Nodes => redact_addresses(text),
        _ => text.to_owned(),
    }
}

/// Addresses, separated by commas, without what may be secret in them: user, password, and
/// whatever stands behind a `?` or `#`. Where it cannot be told what is secret, all of it is.
#[must_use]
pub fn redact_addresses(text: &str) -> String {
    const ALL: &str = "***";
    let (addresses, query) = text.split_at(text.find(['?', '#']).unwrap_or(text.len()));
    // The password itself has such a sign.
    if query.contains('@') {
        return ALL.to_owned();
    }
    let mut shown = Vec::new();
    for address in addresses.split(',') {
        shown.push(match address.rsplit_once('@') {
            None => address.to_owned(),
            Some((before, host)) => match before.split_once("://") {
                Some((scheme, _)) => format!("{scheme}://{ALL}@{host}"),
                None if shown.is_empty() => format!("{ALL}@{host}"),
                // The password itself has a comma.
                None => return ALL.to_owned(),
            },
        });
    }
    let mut shown = shown.join(",");
    if let Some(mark) = query.chars().next() {
        shown.push(mark);
        shown.push_str(ALL);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::redact_addresses;

    #[test]
    fn addresses_are_shown_without_their_secrets() {
        for (text, shown) in [
            ("https://example.org/a", "https://example.org/a"),
            ("https://me:hush@example.org", "https://***@example.org"),
            ("me:hush@example.org", "***@example.org"),
            ("http://a:1,https://me:hush@b", "http://a:1,https://***@b"),
            ("https://a/?token=hush", "https://a/?***"),
            ("https://a/?x=1,token=hush", "https://a/?***"),
            ("https://me:hush@a/#hush", "https://***@a/#***"),
            ("https://me:hu?sh@a", "***"),
            ("https://me:hu,sh@a", "***"),
        ] {
            assert_eq!(redact_addresses(text), shown);
        }
    }
}
