//! Which registries there are, by name.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A kind of registry: what profiles, documents and advisories name it by.
///
/// A new registry gets a line here and one in [`registry::connect`](crate::registry::connect).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RegistryKind {
    /// The Python Package Index, or whatever `PYPI_BASE_URL` names.
    #[default]
    PyPi,
}

impl RegistryKind {
    /// The name, as documents and profiles spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PyPi => "pypi",
        }
    }
}

impl fmt::Display for RegistryKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
