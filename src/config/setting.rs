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

/// How many requests to a registry may be in flight.
pub(super) const fn workers(name: &'static str, key: &'static str) -> Setting {
    let kind = SettingKind::Whole {
        least: 1,
        most: 1_000,
    };
    let description = "Maximum number of concurrent requests to the registry.";
    setting(name, key, kind, Some("16"), description)
}

/// How many requests a registry gets per second.
pub(super) const fn rate(
    name: &'static str,
    key: &'static str,
    description: &'static str,
) -> Setting {
    let kind = SettingKind::Number {
        least: 0.0,
        most: 100_000.0,
    };
    setting(name, key, kind, None, description)
}

/// How often a request to a registry is sent again.
pub(super) const fn retries(name: &'static str, key: &'static str) -> Setting {
    let kind = SettingKind::Whole {
        least: 0,
        most: 100,
    };
    let description = "How often a request is retried after a temporary failure.";
    setting(name, key, kind, Some("3"), description)
}

/// How long a request to a registry waits before it is sent again.
pub(super) const fn backoff(name: &'static str, key: &'static str) -> Setting {
    let kind = SettingKind::Number {
        least: 0.0,
        most: 100.0,
    };
    let description =
        "Seconds before the first retry of a request; doubles with each further retry.";
    setting(name, key, kind, Some("2.0"), description)
}
