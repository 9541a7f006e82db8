//! What the database calls a registry, and how versions of it are read and compared. Pure; called by
//! the records and by the client.

use crate::model::{RegistryKind, SemanticVersion, Version, VersionScheme};
use crate::transform::version_fields;

/// The name of a registry in the database.
pub(super) fn ecosystem(registry: RegistryKind) -> &'static str {
    match registry {
        RegistryKind::PyPi => "PyPI",
        RegistryKind::Npm => "npm",
    }
}

/// Whether a range of this type is one of the registry's versions, and not of commits.
pub(super) fn has_versions_of(registry: RegistryKind, kind: &str) -> bool {
    match registry {
        RegistryKind::PyPi => kind == "ECOSYSTEM",
        RegistryKind::Npm => matches!(kind, "SEMVER" | "ECOSYSTEM"),
    }
}

/// A version in the order of its registry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ReleaseVersion<'v> {
    Pep440(Version<'v>),
    /// Its key in the order of semantic versions, and whether it is no pre-release.
    Semantic(String, bool),
}

impl<'v> ReleaseVersion<'v> {
    /// Reads a version; `None` for other text. The database leaves out numbers at the end.
    pub(super) fn parse(registry: RegistryKind, text: &'v str) -> Option<Self> {
        match registry {
            RegistryKind::PyPi => Version::parse(text).map(Self::Pep440),
            RegistryKind::Npm => ["", ".0", ".0.0"].iter().find_map(|rest| {
                let text = format!("{text}{rest}");
                let is_stable = SemanticVersion::parse(&text)?.is_stable();
                let order = version_fields(VersionScheme::Semantic, &text).order;
                Some(Self::Semantic(order, is_stable))
            }),
        }
    }

    pub(super) fn is_stable(&self) -> bool {
        match self {
            Self::Pep440(version) => version.is_stable(),
            Self::Semantic(_, is_stable) => *is_stable,
        }
    }
}
