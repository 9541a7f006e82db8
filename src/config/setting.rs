//! One setting, and short ways to write it down for the table. Nothing here reads a value.

use super::kind::SettingKind;

/// One setting.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its name in the environment and in `.env`.
    pub name: &'static str,
    /// Its key in `pyfa.toml`, with its section; `None` where it cannot stand there.
    pub key: Option<&'static str>,
    /// The value of an unset setting, as one would write it.
    pub default: Option<&'static str>,
    /// One or two sentences.
    pub description: &'static str,
    /// Whether the value is never shown.
    pub secret: bool,
    /// What its text means.
    pub kind: SettingKind,
}

impl Setting {
    /// Where the value stands among the layers.
    pub(super) fn path(&self) -> &'static str {
        self.key.unwrap_or(self.name)
    }
}

pub(super) const fn setting(
    name: &'static str,
    key: &'static str,
    kind: SettingKind,
    default: Option<&'static str>,
    description: &'static str,
) -> Setting {
    Setting {
        name,
        key: Some(key),
        default,
        description,
        secret: false,
        kind,
    }
}

pub(super) const fn secret(
    name: &'static str,
    key: &'static str,
    description: &'static str,
) -> Setting {
    Setting {
        name,
        key: Some(key),
        default: None,
        description,
        secret: true,
        kind: SettingKind::Text,
    }
}

/// A schedule as the peer calls it, which only the environment and `.env` hold.
pub(super) const fn other_schedule(name: &'static str, description: &'static str) -> Setting {
    Setting {
        name,
        key: None,
        default: None,
        description,
        secret: false,
        kind: SettingKind::Schedule,
    }
}

/// When a kind of job is due.
pub(super) const fn schedule(
    name: &'static str,
    key: &'static str,
    default: &'static str,
    description: &'static str,
) -> Setting {
    setting(name, key, SettingKind::Schedule, Some(default), description)
}
