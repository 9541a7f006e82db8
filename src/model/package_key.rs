//! The key of a package among those of all registries.

use std::borrow::Cow;
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

    /// One text for both: the normalised name of a package of `PyPI`, the full name of others.
    #[must_use]
    pub fn project(&self) -> Cow<'_, str> {
        PackageName::full(self.name.as_str(), self.registry.as_str())
    }
}

/// A package as people name it: `plone.api`, `@plone/volto`, and `npm:sigstore` where more than one
/// registry has it. No registry has names with a colon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageName {
    registry: Option<RegistryKind>,
    name: String,
}

impl PackageName {
    /// Takes the registry off its front, if it has one. Names with a scope are those of npm.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let text = text.trim();
        let mut kinds = RegistryKind::ALL.into_iter();
        let prefixed = kinds.find_map(|kind| {
            let rest = text.strip_prefix(kind.as_str())?.strip_prefix(':')?;
            Some((kind, rest))
        });
        let scoped = || text.starts_with('@').then_some((RegistryKind::Npm, text));
        let known = prefixed.or_else(scoped);
        Self {
            registry: known.map(|(kind, _)| kind),
            name: known.map_or(text, |(_, rest)| rest).to_owned(),
        }
    }

    /// The name of this package in this registry.
    #[must_use]
    pub fn of(registry: RegistryKind, name: &str) -> Self {
        Self {
            registry: Some(registry),
            name: name.to_owned(),
        }
    }

    /// The text that names the package of a document and no other, as [`Self::read`] takes it:
    /// `plone.api`, `@plone/volto`, `npm:sigstore`.
    #[must_use]
    pub fn full<'n>(name: &'n str, registry: &str) -> Cow<'n, str> {
        if RegistryKind::Npm.is_named_by(registry) && !name.starts_with('@') {
            Cow::Owned(format!("{}:{name}", RegistryKind::Npm))
        } else {
            Cow::Borrowed(name)
        }
    }

    /// The name without a registry.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// The registry, if it was named.
    #[must_use]
    pub fn registry(&self) -> Option<RegistryKind> {
        self.registry
    }

    /// The package that it names; one of `PyPI` where it names no registry.
    #[must_use]
    pub fn key(&self) -> PackageKey {
        PackageKey::new(self.registry.unwrap_or_default(), &self.name)
    }

    /// Whether it names this package.
    #[must_use]
    pub fn is(&self, package: &PackageKey) -> bool {
        self.registry.is_none_or(|kind| kind == package.registry)
            && package.registry.project_name(&self.name) == package.name
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
    use super::{PackageKey, PackageName, RegistryKind};

    #[test]
    fn each_registry_compares_names_in_its_own_way() {
        let key = |name, registry| PackageKey::of_document(name, registry);
        assert_eq!(key("Plone_API", ""), key("plone.api", "pypi"));
        assert_ne!(key("lodash.merge", "npm"), key("lodash-merge", "npm"));
        assert_ne!(key("JSONStream", "npm"), key("jsonstream", "npm"));
        assert_ne!(key("sigstore", "npm"), key("sigstore", "pypi"));
        assert_eq!((key("", "npm"), key("a", "cpan")), (None, None));
        for (text, is_pypi, is_npm) in [
            ("sigstore", true, true),
            ("npm:sigstore", false, true),
            ("pypi:Sigstore", true, false),
            ("Sigstore", true, false),
            ("cpan:sigstore", false, false),
            ("@scope/sigstore", false, false),
        ] {
            let named = PackageName::read(text);
            let is = |kind| named.is(&PackageKey::new(kind, "sigstore"));
            let found = (is(RegistryKind::PyPi), is(RegistryKind::Npm));
            assert_eq!(found, (is_pypi, is_npm), "{text}");
        }
        for (name, registry, full) in [
            ("sigstore", "npm", "npm:sigstore"),
            ("sigstore", "pypi", "sigstore"),
            ("sigstore", "", "sigstore"),
            ("@plone/volto", "npm", "@plone/volto"),
        ] {
            assert_eq!(PackageName::full(name, registry), full);
            let key = PackageKey::of_document(name, registry);
            assert!(
                key.is_some_and(|key| PackageName::read(full).is(&key)),
                "{full}"
            );
        }
        let volto = PackageKey::new(RegistryKind::Npm, "@plone/volto");
        assert_eq!(volto.to_string(), "npm:@plone/volto");
    }
}
