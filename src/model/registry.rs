//! The kinds of registries.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A kind of registry, with the name that profiles, documents and advisories use for it.
///
/// A new registry gets a line here, one in [`registry::connect`](crate::registry::connect) and one in
/// [`Config::registry`](crate::config::Config::registry).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RegistryKind {
    /// The Python Package Index, or the compatible server of `PYPI_BASE_URL`.
    #[default]
    PyPi,
}

impl RegistryKind {
    /// The name, as spelled in documents and profiles.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PyPi => "pypi",
        }
    }
}

impl RegistryKind {
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
