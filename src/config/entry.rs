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
        Kind::Host | Kind::Address | Kind::Nodes => presentable_addresses(text),
        _ => text.to_owned(),
    }
}

/// Addresses, separated by commas, without what may be secret in them: user, password, and
/// whatever stands behind a `?` or `#`. Where it cannot be told what is secret, all of it is.
#[must_use]
pub fn presentable_addresses(text: &str) -> String {
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
    use super::presentable_addresses;

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
            assert_eq!(presentable_addresses(text), shown);
        }
    }
}
