//! The key of a package among those of all registries.

use std::fmt;

use super::{ProjectName, RegistryKind};

/// A package: its registry, and its name as that registry compares names. `sigstore` of PyPI and
/// `sigstore` of npm are two packages.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageKey {
    pub registry: RegistryKind,
    pub name: ProjectName,
}

impl PackageKey {
    /// The package of this `name`, in any spelling that the registry takes for it.
    #[must_use]
    pub fn new(registry: RegistryKind, name: &str) -> Self {
        Self {
            registry,
            name: registry.project_name(name),
        }
    }

    /// The package that a document belongs to, by its fields `name` and `registry`; `None` if it has
    /// no name, or comes from a registry that is not known.
    #[must_use]
    pub fn of_document(name: &str, registry: &str) -> Option<Self> {
        let registry = RegistryKind::named(registry)?;
        (!name.is_empty()).then(|| Self::new(registry, name))
    }
}

/// `pypi:plone-api`.
impl fmt::Display for PackageKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.registry, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::{PackageKey, RegistryKind};

    #[test]
    fn each_registry_compares_names_in_its_own_way() {
        let key = |name, registry| PackageKey::of_document(name, registry);
        assert_eq!(key("Plone_API", ""), key("plone.api", "pypi"));
        assert_ne!(key("lodash.merge", "npm"), key("lodash-merge", "npm"));
        assert_ne!(key("JSONStream", "npm"), key("jsonstream", "npm"));
        assert_ne!(key("sigstore", "npm"), key("sigstore", "pypi"));
        assert_eq!((key("", "npm"), key("a", "cpan")), (None, None));
        let volto = PackageKey::new(RegistryKind::Npm, "@plone/volto");
        assert_eq!(volto.to_string(), "npm:@plone/volto");
    }
}
