//! What a profile is: plain data.

use serde::{Deserialize, Serialize};

use super::rules::Rules;
use crate::model::RegistryKind;

/// The rules that select projects, and the settings of their collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The file's name without `.toml`; the collection's name unless another is asked for.
    pub key: String,
    /// The name to show.
    pub name: String,
    /// A sentence or nothing.
    pub description: String,
    /// What selects a project.
    pub rules: Rules,
    /// Where the projects come from.
    pub registry: RegistryKind,
    /// What selects a package of npm; `None` if the profile has none.
    pub npm: Option<Rules>,
    /// Which releases carry their long text.
    pub history_text: HistoryText,
    /// The file that defines the profile, to show.
    pub file: String,
}

impl Profile {
    /// The registries that packages come from, each with the rules that select them there.
    #[must_use]
    pub fn sources(&self) -> Vec<(RegistryKind, &Rules)> {
        let first = (!self.rules.select_nothing()).then_some((self.registry, &self.rules));
        let npm = self.npm.as_ref().map(|rules| (RegistryKind::Npm, rules));
        first.into_iter().chain(npm).collect()
    }
}

/// Which releases carry their long text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HistoryText {
    /// All of them.
    #[default]
    Full,
    /// Only the latest of each project.
    Latest,
}
