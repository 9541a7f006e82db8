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

    /// A name that a person or a service gives, in the form in which the registry compares names;
    /// `None` for text that cannot be a name.
    #[must_use]
    pub fn read_project_name(self, text: &str) -> Option<ProjectName> {
        match self {
            Self::PyPi => ProjectName::read(text),
            Self::Npm => is_npm_name(text).then(|| ProjectName::as_written(text)),
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

/// Whether a text can be the name of an npm package. Old packages have capitals, and characters that
/// new ones may not have.
fn is_npm_name(text: &str) -> bool {
    /// Bytes; the registry's limit is 214.
    const LONGEST: usize = 255;
    let is_part = |part: &str| {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~!*'()".contains(&byte);
        !part.is_empty() && !matches!(part, "." | "..") && part.bytes().all(is_allowed)
    };
    text.len() <= LONGEST
        && match text.strip_prefix('@') {
            Some(scoped) => scoped
                .split_once('/')
                .is_some_and(|(scope, name)| is_part(scope) && is_part(name)),
            None => is_part(text),
        }
}

#[cfg(test)]
mod tests {
    use super::RegistryKind;

    #[test]
    fn names_are_compared_as_each_registry_does() {
        let npm = |text: &str| RegistryKind::Npm.read_project_name(text);
        let is_name = |text: &str| npm(text).is_some_and(|name| name.as_str() == text);
        for name in [
            "@plone/volto",
            "JSONStream",
            "lodash.merge",
            "a_b",
            "htmx.org",
        ] {
            assert!(is_name(name), "{name}");
        }
        let long = "a".repeat(256);
        for text in [
            "", "@a", "@/a", "@a/", "a/b", "..", "@a/..", "a b", "a:b", "a%2f", &long,
        ] {
            assert!(!is_name(text), "{text}");
        }
        assert_eq!(
            RegistryKind::PyPi.read_project_name("Plone_API"),
            RegistryKind::PyPi.read_project_name("plone.api")
        );
    }
}
