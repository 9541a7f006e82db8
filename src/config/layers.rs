//! Defaults, `pyfa.toml`, `.env`, the environment and flags, over each other.
//!
//! Each layer becomes a list of [`LayerEntry`]s, one per setting that it sets; figment lays them over
//! each other and remembers whose value stands.

use std::collections::BTreeMap;
use std::path::PathBuf;

use figment::Figment;
use url::Url;

use super::dotenv::read_dotenv;
use super::entry::{LayerEntry, Origin};
use super::error::ConfigError;
use super::explained::ExplainedSetting;
use super::file::read_file;
use super::kind::SettingKind;
use super::settings::{CONFIG_FILE, SETTINGS, Setting};
use super::sources::Sources;
use crate::web::gallery::ProfileAppearance;

/// All layers over each other.
#[derive(Default)]
pub(super) struct Layers {
    pub(super) figment: Figment,
    /// How the gallery shows profiles, which only `pyfa.toml` says.
    pub(super) appearances: BTreeMap<String, ProfileAppearance>,
    /// For each setting that any layer sets, its value as people may see it.
    shown: BTreeMap<&'static str, String>,
}

impl Layers {
    /// Reads every layer, the uppermost first, because it may name the file of a lower one.
    pub(super) fn read(sources: &Sources) -> Result<Self, ConfigError> {
        let mut layers = Self::default();
        layers.add_below(parse_entries(&sources.flags, &Origin::Flag)?);
        layers.add_below(parse_entries(&sources.environment, &Origin::Environment)?);
        layers.add_below(read_dotenv(sources)?);
        let file: Option<PathBuf> = layers.figment.extract_inner(CONFIG_FILE.path()).ok();
        let file = read_file(sources, file.as_deref())?;
        layers.appearances = file.appearances;
        layers.add_below(file.entries);
        for setting in SETTINGS {
            if let Some(text) = setting.default {
                layers.add_below([LayerEntry::parse(setting, text, Origin::Default)?]);
            }
        }
        Ok(layers)
    }

    /// Adds a lower layer: values that are already there stand.
    pub(super) fn add_below(&mut self, entries: impl IntoIterator<Item = LayerEntry>) {
        for entry in entries {
            self.figment = std::mem::take(&mut self.figment).join(&entry);
            self.shown.entry(entry.setting.name).or_insert(entry.shown);
        }
    }

    /// Every setting, its value and where it was set.
    pub(super) fn explain(&self) -> Vec<ExplainedSetting> {
        let explain = |setting: &Setting| {
            let metadata = self.figment.find_metadata(setting.path());
            ExplainedSetting {
                name: setting.name,
                value: self.shown.get(setting.name).cloned(),
                source: metadata
                    .map_or("not set", |metadata| &metadata.name)
                    .to_owned(),
            }
        };
        SETTINGS.iter().map(explain).collect()
    }

    /// The addresses of services, each with the setting that it comes from.
    pub(super) fn addresses(&self) -> impl Iterator<Item = (&'static str, Url)> {
        let services = SETTINGS
            .iter()
            .filter(|setting| matches!(setting.kind, SettingKind::Address));
        services.filter_map(|setting| {
            let address = self.figment.extract_inner(setting.path()).ok()?;
            Some((setting.name, address))
        })
    }

    /// Where the value of the setting called `name` was set.
    pub(super) fn origin_of(&self, name: &str) -> String {
        let all = self.explain().into_iter();
        all.filter(|setting| setting.name == name)
            .map(|setting| setting.source)
            .collect()
    }
}

/// The settings among `values`; an empty value counts as unset, unless it says something.
fn parse_entries(
    values: &BTreeMap<String, String>,
    origin: &Origin,
) -> Result<Vec<LayerEntry>, ConfigError> {
    SETTINGS
        .iter()
        .filter_map(|setting| Some((setting, values.get(setting.name)?)))
        .filter(|(setting, text)| setting.kind.can_be_empty() || !text.trim().is_empty())
        .map(|(setting, text)| LayerEntry::parse(setting, text, origin.clone()))
        .collect()
}
