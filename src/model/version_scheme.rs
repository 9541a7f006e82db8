//! How the versions of a registry are parsed and ordered.

use super::RegistryKind;
use super::semantic_version::SemanticVersion;
use super::version::Version;

/// The rules for the versions of one registry. `transform` derives a document's version fields from
/// them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum VersionScheme {
    /// PEP 440, as PyPI uses it.
    #[default]
    Pep440,
    /// Semantic versions, as npm uses them.
    Semantic,
}

impl VersionScheme {
    /// The rules of a registry.
    #[must_use]
    pub fn of(registry: RegistryKind) -> Self {
        match registry {
            RegistryKind::PyPi => Self::Pep440,
            RegistryKind::Npm => Self::Semantic,
        }
    }

    /// The rules for a document whose field `registry` has this text.
    #[must_use]
    pub fn of_document(registry: &str) -> Self {
        RegistryKind::named(registry).map_or_else(Self::default, Self::of)
    }

    /// Whether `version` is a final or post-release. Text that is not a version is not stable.
    #[must_use]
    pub fn is_stable(self, version: &str) -> bool {
        match self {
            Self::Pep440 => Version::parse(version).is_some_and(|version| version.is_stable()),
            Self::Semantic => {
                SemanticVersion::parse(version).is_some_and(|version| version.is_stable())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::VersionScheme;

    #[test]
    fn pre_releases_and_other_text_are_not_stable() {
        let is_stable = |version| VersionScheme::Pep440.is_stable(version);
        assert!(is_stable("1.0") && is_stable("1.0.post1"));
        let is_semantic = |version| VersionScheme::Semantic.is_stable(version);
        assert!(is_semantic("1.0.0") && is_semantic("1.0.0+build"));
        assert!(!is_semantic("1.0.0-rc.1") && !is_semantic("first try"));
        assert!(!is_stable("1.0rc1") && !is_stable("1.0.dev3") && !is_stable("first try"));
    }
}
