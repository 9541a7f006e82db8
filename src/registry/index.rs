//! The index of a registry: every project with its serial, or the projects that have to be asked.

use std::collections::BTreeSet;

use crate::model::{ProjectName, Serial};
use crate::profile::Rules;

/// What an index has to cover, for a registry that does not list everything it has.
#[derive(Debug, Clone)]
pub struct Sought {
    /// What selects a project.
    pub rules: Rules,
    /// Whether projects are sought that are not known yet.
    pub finds_new: bool,
    /// Projects that are in the index in any case: those of the collection, and those that wait for a
    /// retry.
    pub known: Vec<ProjectName>,
}

impl Sought {
    /// For an index that is complete whatever is sought.
    #[must_use]
    pub fn nothing() -> Self {
        Self {
            rules: Rules::from_classifiers(&[]),
            finds_new: false,
            known: Vec::new(),
        }
    }
}

/// One project of the index. Nearly a million of these are held at once, so they are small.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexEntry {
    /// Normalised by the registry's rule.
    pub name: ProjectName,
    /// The spelling of the project's owner, where it differs from `name`.
    pub display: Option<Box<str>>,
    /// The serial of the project's last change.
    pub serial: Option<Serial>,
    /// Classifiers that the registry's lists give to the project, such as that of an organisation;
    /// the project's own document has only the others.
    pub marks: Box<[String]>,
}

impl IndexEntry {
    /// The name as its owner spells it.
    #[must_use]
    pub fn display_name(&self) -> &str {
        self.display.as_deref().unwrap_or(self.name.as_str())
    }
}

/// The whole index.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Index {
    /// The registry's serial when the index was made; `None` only where there are no projects. For a
    /// registry without such a serial, when discovery began, in Unix seconds.
    pub serial: Option<Serial>,
    /// In the order of the normalised names, each name once.
    pub projects: Vec<IndexEntry>,
    /// Projects that are said to have changed, and are best asked first. Says nothing of the others.
    pub changed: BTreeSet<ProjectName>,
    /// What the user should know of how it was made.
    pub notes: Vec<String>,
    /// Whether projects may be missing because something could not be asked.
    pub is_doubtful: bool,
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
