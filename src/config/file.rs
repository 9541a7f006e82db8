//! The layer `pyfa.toml`: the same settings in sections, every key checked.

use std::collections::BTreeMap;
use std::path::Path;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use toml::{Spanned, Value};

use super::entry::{LayerEntry, Origin};
use super::error::ConfigError;
use super::kind::SettingKind;
use super::settings::{SETTINGS, Setting};
use super::sources::Sources;
use crate::profile::nearest::{line_at, nearest, shortened};
use crate::web::gallery::ProfileAppearance;

/// The file's name where nothing else is said.
const FILE_NAME: &str = "pyfa.toml";

/// The section whose tables are about profiles.
const GALLERY: &str = "gallery";

type Section = BTreeMap<Spanned<String>, Value>;

/// What stands under a key of the file's top level.
enum TopLevelItem {
    Section(Section),
    Value(Value),
}

/// What the file says.
#[derive(Debug, Default)]
pub(super) struct FileContent {
    pub(super) entries: Vec<LayerEntry>,
    /// The sections `[gallery.PROFILE]`.
    pub(super) appearances: BTreeMap<String, ProfileAppearance>,
}

/// Reads `named`, or else `pyfa.toml` in the working directory if it is there.
pub(super) fn read_file(
    sources: &Sources,
    named: Option<&Path>,
) -> Result<FileContent, ConfigError> {
    let path = sources.resolve(named.unwrap_or(Path::new(FILE_NAME)));
    if named.is_none() && !path.is_file() {
        return Ok(FileContent::default());
    }
    let text = fs_err::read_to_string(&path).map_err(ConfigError::File)?;
    let reader = TomlReader {
        file: sources.shown(&path),
        text: &text,
    };
    reader.read()
}

struct TomlReader<'a> {
    file: String,
    text: &'a str,
}

impl TomlReader<'_> {
    fn read(&self) -> Result<FileContent, ConfigError> {
        let items: BTreeMap<Spanned<String>, TopLevelItem> =
            toml::from_str(self.text).map_err(|error| ConfigError::Syntax {
                file: self.file.clone(),
                line: line_at(self.text, error.span().unwrap_or_default().start),
                reason: error.message().trim().replace('\n', "; "),
            })?;
        let mut content = FileContent::default();
        for (name, item) in items {
            match item {
                TopLevelItem::Value(value) => {
                    content
                        .entries
                        .extend(self.entry(&name, name.get_ref(), &value)?);
                }
                TopLevelItem::Section(section) => {
                    if !sections().any(|known| known == name.get_ref()) {
                        let suggestion = nearest(name.get_ref(), ".", sections());
                        return Err(self.unknown_key(&name, name.get_ref(), suggestion));
                    }
                    for (key, value) in section {
                        let path = format!("{}.{}", name.get_ref(), key.get_ref());
                        if name.get_ref() == GALLERY && value.is_table() {
                            let appearance = self.appearance(&key, &path, value)?;
                            content.appearances.insert(key.into_inner(), appearance);
                            continue;
                        }
                        content.entries.extend(self.entry(&key, &path, &value)?);
                    }
                }
            }
        }
        Ok(content)
    }

    /// How the gallery shows a profile.
    fn appearance(
        &self,
        key: &Spanned<String>,
        path: &str,
        value: Value,
    ) -> Result<ProfileAppearance, ConfigError> {
        value
            .try_into()
            .map_err(|error: toml::de::Error| ConfigError::Syntax {
                file: self.file.clone(),
                line: self.line(key),
                reason: format!("[{path}]: {}", error.message().trim().replace('\n', "; ")),
            })
    }

    /// The entry of one key, whose whole name is `path`; none if its value is empty.
    fn entry(
        &self,
        key: &Spanned<String>,
        path: &str,
        value: &Value,
    ) -> Result<Option<LayerEntry>, ConfigError> {
        let Some(setting) = SETTINGS.iter().find(|setting| setting.key == Some(path)) else {
            return Err(self.unknown_key(key, path, nearest_key(path)));
        };
        let line = self.line(key);
        let text = text_of(setting, value).ok_or_else(|| ConfigError::NotOneValue {
            file: self.file.clone(),
            line,
            key: path.to_owned(),
        })?;
        if text.trim().is_empty() && !setting.kind.can_be_empty() {
            return Ok(None);
        }
        LayerEntry::parse(
            setting,
            &text,
            Origin::File {
                file: self.file.clone(),
                line,
            },
        )
        .map(Some)
    }

    fn unknown_key(
        &self,
        key: &Spanned<String>,
        path: &str,
        nearest: Option<&'static str>,
    ) -> ConfigError {
        ConfigError::UnknownKey {
            file: self.file.clone(),
            line: self.line(key),
            key: shortened(path).to_owned(),
            nearest: nearest.unwrap_or_default(),
        }
    }

    fn line(&self, key: &Spanned<String>) -> usize {
        line_at(self.text, key.span().start)
    }
}

/// The names of the file's sections, some more than once.
fn sections() -> impl Iterator<Item = &'static str> {
    let keys = SETTINGS.iter().filter_map(|setting| setting.key);
    keys.filter_map(|key| key.split_once('.').map(|(section, _)| section))
}

fn nearest_key(path: &str) -> Option<&'static str> {
    // The setting's name in the environment may have been written here.
    let by_name = SETTINGS
        .iter()
        .find(|setting| setting.name.eq_ignore_ascii_case(path));
    let keys = SETTINGS.iter().filter_map(|setting| setting.key);
    by_name
        .and_then(|setting| setting.key)
        .or_else(|| nearest(path, ".", keys))
}

/// The value as it would stand in the environment; `None` for a table, or an unfitting list.
fn text_of(setting: &Setting, value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(values)
            if matches!(setting.kind, SettingKind::Nodes | SettingKind::IpAddresses) =>
        {
            let texts: Option<Vec<_>> = values.iter().map(Value::as_str).collect();
            texts.map(|texts| texts.join(","))
        }
        Value::Array(_) | Value::Table(_) => None,
        other => Some(other.to_string()),
    }
}

/// Like an untagged enumeration, which would lose the places of the keys.
impl<'de> Deserialize<'de> for TopLevelItem {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ItemVisitor)
    }
}

struct ItemVisitor;

impl<'de> Visitor<'de> for ItemVisitor {
    type Value = TopLevelItem;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a value or a section")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TopLevelItem, A::Error> {
        Section::deserialize(MapAccessDeserializer::new(map)).map(TopLevelItem::Section)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, sequence: A) -> Result<TopLevelItem, A::Error> {
        Value::deserialize(SeqAccessDeserializer::new(sequence)).map(TopLevelItem::Value)
    }

    fn visit_str<E>(self, text: &str) -> Result<TopLevelItem, E> {
        Ok(TopLevelItem::Value(Value::from(text)))
    }

    fn visit_i64<E>(self, number: i64) -> Result<TopLevelItem, E> {
        Ok(TopLevelItem::Value(Value::from(number)))
    }

    fn visit_f64<E>(self, number: f64) -> Result<TopLevelItem, E> {
        Ok(TopLevelItem::Value(Value::from(number)))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<TopLevelItem, E> {
        Ok(TopLevelItem::Value(Value::from(flag)))
    }
}
