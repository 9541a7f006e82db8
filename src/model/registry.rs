//! The kinds of registries.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ProjectName;

/// A kind of registry, with the name that profiles, documents and advisories use for it.
///
/// A new registry gets a line here, one in [`registry::connect`](crate::registry::connect) and one in
/// [`Config::registry`](crate::config::Config::registry).
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum RegistryKind {
    /// The Python Package Index, or the compatible server of `PYPI_BASE_URL`.
    #[default]
    PyPi,
    /// The npm registry, or the compatible server of `NPM_BASE_URL`.
    Npm,
}

impl RegistryKind {
    /// All kinds.
    pub const ALL: [Self; 2] = [Self::PyPi, Self::Npm];

    /// The name, as spelled in documents and profiles.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PyPi => "pypi",
            Self::Npm => "npm",
        }
    }

    /// The kind that a document's field `registry` names; `None` for a registry that is not known.
    #[must_use]
    pub fn named(registry: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.is_named_by(registry))
    }

    /// A name in the form in which the registry compares names.
    #[must_use]
    pub fn project_name(self, name: &str) -> ProjectName {
        match self {
            Self::PyPi => ProjectName::new(name),
            Self::Npm => ProjectName::as_written(name),
        }
    }

    /// Whether a document whose field `registry` has this text comes from a registry of this kind.
    /// Older programs wrote none, and knew only PyPI.
    #[must_use]
    pub fn is_named_by(self, registry: &str) -> bool {
        registry == self.as_str() || registry.is_empty() && self == Self::default()
    }
}

impl fmt::Display for RegistryKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
