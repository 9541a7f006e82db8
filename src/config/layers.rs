//! Where values come from: defaults, `pyfa.toml`, `.env`, the environment, flags.
//!
//! Each layer becomes a list of [`Entry`]s, one per setting that it sets; figment lays them over
//! each other and remembers whose value stands. The process's own environment is read in
//! [`Sources::from_process`] and nowhere else, and never changed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fmt, io};

use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};

use super::kind::Kind;
use super::settings::{CONFIG_FILE, SETTINGS, Setting};
use super::{ConfigError, Explained, dotenv, file};
use crate::profile::nearest::shortened;

/// What a configuration is made of, apart from the files it names.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// `pyfa.toml` and `.env` are looked for here; relative paths start here.
    pub working_dir: PathBuf,
    /// Variables by name; those that are no settings are ignored.
    pub environment: BTreeMap<String, String>,
    /// Values of command-line flags, by the names of the settings they set.
    pub flags: BTreeMap<String, String>,
}

impl Sources {
    /// The working directory and environment of this process.
    ///
    /// # Errors
    ///
    /// Where the working directory is gone or may not be read.
    pub fn from_process(flags: BTreeMap<String, String>) -> io::Result<Self> {
        #[expect(clippy::disallowed_methods, reason = "the one door for settings")]
        let environment = env::vars_os()
            .map(|(name, value)| (lossy(&name), lossy(&value)))
            .collect();
        Ok(Self {
            working_dir: env::current_dir()?,
            environment,
            flags,
        })
    }

    /// `path`, seen from the working directory; `~/` is the user's home folder.
    pub(super) fn resolve(&self, path: &Path) -> PathBuf {
        match (path.strip_prefix("~"), self.environment.get("HOME")) {
            (Ok(below), Some(home)) => Path::new(home).join(below),
            _ => self.working_dir.join(path),
        }
    }

    /// `path` as people know it: without the working directory.
    pub(super) fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.working_dir)
            .unwrap_or(path)
            .display()
            .to_string()
    }
}

fn lossy(text: &std::ffi::OsStr) -> String {
    text.to_string_lossy().into_owned()
}

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
    setting: &'static Setting,
    place: Place,
    value: Value,
    /// The value as written, or as much of it as may be shown.
    shown: String,
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

/// All layers over each other.
#[derive(Default)]
pub(super) struct Layers {
    pub(super) figment: Figment,
    /// For each setting that any layer sets, its value as people may see it.
    shown: BTreeMap<&'static str, String>,
}

impl Layers {
    /// Reads every layer, the uppermost first, because it may name the file of a lower one.
    pub(super) fn read(sources: &Sources) -> Result<Self, ConfigError> {
        let mut layers = Self::default();
        layers.add_below(entries(&sources.flags, &Place::Flag)?);
        layers.add_below(entries(&sources.environment, &Place::Environment)?);
        layers.add_below(dotenv::read(sources)?);
        let file: Option<PathBuf> = layers.figment.extract_inner(CONFIG_FILE.path()).ok();
        layers.add_below(file::read(sources, file.as_deref())?);
        for setting in SETTINGS {
            if let Some(text) = setting.default {
                layers.add_below([Entry::read(setting, text, Place::Default)?]);
            }
        }
        Ok(layers)
    }

    /// Adds a lower layer: values that are already there stand.
    pub(super) fn add_below(&mut self, entries: impl IntoIterator<Item = Entry>) {
        for entry in entries {
            self.figment = std::mem::take(&mut self.figment).join(&entry);
            self.shown.entry(entry.setting.name).or_insert(entry.shown);
        }
    }

    /// Every setting, its value and where it was written.
    pub(super) fn explain(&self) -> Vec<Explained> {
        let explain = |setting: &Setting| {
            let metadata = self.figment.find_metadata(setting.path());
            Explained {
                name: setting.name,
                value: self.shown.get(setting.name).cloned(),
                source: metadata
                    .map_or("not set", |metadata| &metadata.name)
                    .to_owned(),
            }
        };
        SETTINGS.iter().map(explain).collect()
    }

    /// Where the value of the setting called `name` was written.
    pub(super) fn place_of(&self, name: &str) -> String {
        let all = self.explain().into_iter();
        all.filter(|setting| setting.name == name)
            .map(|setting| setting.source)
            .collect()
    }
}

/// The settings among `values`; an empty value counts as unset.
fn entries(values: &BTreeMap<String, String>, place: &Place) -> Result<Vec<Entry>, ConfigError> {
    SETTINGS
        .iter()
        .filter_map(|setting| Some((setting, values.get(setting.name)?)))
        .filter(|(_, text)| !text.trim().is_empty())
        .map(|(setting, text)| Entry::read(setting, text, place.clone()))
        .collect()
}
