//! Defaults, `pyfa.toml`, `.env`, the environment and flags, over each other.
//!
//! Each layer becomes a list of [`Entry`]s, one per setting that it sets; figment lays them over
//! each other and remembers whose value stands.

use std::collections::BTreeMap;
use std::path::PathBuf;

use figment::Figment;

use super::entry::{Entry, Place};
use super::settings::{CONFIG_FILE, SETTINGS, Setting};
use super::sources::Sources;
use super::{ConfigError, Explained, dotenv, file};

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
