//! The index of a registry: every project with its serial.

use crate::model::{ProjectName, Serial};

/// One project of the index. Nearly a million of these are held at once, so they are small.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexEntry {
    /// Normalised by the registry's rule.
    pub name: ProjectName,
    /// The spelling of the project's owner, where it differs from `name`.
    pub display: Option<Box<str>>,
    /// The serial of the project's last change.
    pub serial: Option<Serial>,
}

impl IndexEntry {
    /// The name as its owner spells it.
    #[must_use]
    pub fn display_name(&self) -> &str {
        self.display.as_deref().unwrap_or(self.name.as_str())
    }
}

/// The whole index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// The registry's serial when the index was made; `None` only where there are no projects.
    pub serial: Option<Serial>,
    /// In the order of the normalised names, each name once.
    pub projects: Vec<IndexEntry>,
}

impl Index {
    /// The entry of this name, if there is one.
    #[must_use]
    pub fn get(&self, name: &ProjectName) -> Option<&IndexEntry> {
        let position = self
            .projects
            .binary_search_by(|entry| entry.name.cmp(name))
            .ok()?;
        self.projects.get(position)
    }
}
