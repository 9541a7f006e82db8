//! The owner of a stored document: the project that it belongs to.

use std::fmt;

use serde_json::{Map, Value};

use super::{ProjectName, RegistryKind};

/// The project that a stored document belongs to, according to its fields. The id is never parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    registry: String,
    name: String,
}

impl Owner {
    /// The fields that identify the owner.
    pub const FIELDS: &[&str] = &["name", "registry"];

    /// The owner of a document with this `name` and `registry`. Documents of older programs have no
    /// registry and come from PyPI.
    #[must_use]
    pub fn new(name: &str, registry: &str) -> Self {
        let registry = match registry {
            "" => RegistryKind::PyPi.as_str(),
            named => named,
        };
        Self {
            registry: registry.to_owned(),
            name: name.to_owned(),
        }
    }

    /// The owner of a stored document; only needs its [`Self::FIELDS`].
    #[must_use]
    pub fn of(document: &Map<String, Value>) -> Self {
        let text = |field| document.get(field).and_then(Value::as_str);
        Self::new(
            text("name").unwrap_or_default(),
            text("registry").unwrap_or_default(),
        )
    }

    /// The name, as spelled in the document; empty if it has none.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is the project of this name in this registry, in any spelling.
    #[must_use]
    pub fn is_project(&self, registry: RegistryKind, name: &ProjectName) -> bool {
        let is_same_registry = registry.is_named_by(&self.registry);
        is_same_registry && !self.name.is_empty() && registry.project_name(&self.name) == *name
    }

    /// Whether both are the same project of the same registry.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        // Where it is not known how a registry compares names, PyPI's way is the wider one.
        let kind = RegistryKind::named(&self.registry).unwrap_or_default();
        self.registry == other.registry
            && kind.project_name(&self.name) == kind.project_name(&other.name)
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.name.as_str(), self.registry.as_str()) {
            ("", _) => formatter.write_str("nobody (it has no `name`)"),
            (name, registry) if RegistryKind::PyPi.is_named_by(registry) => {
                write!(formatter, "`{name}`")
            }
            (name, registry) => write!(formatter, "`{name}` of the registry `{registry}`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::{Owner, ProjectName, RegistryKind};

    fn nobody() -> Owner {
        Owner::of(&Map::new())
    }

    #[test]
    fn a_project_is_known_by_name_and_registry() {
        let plone_api = ProjectName::new("plone.api");
        for (document, is_project, text) in [
            (json!({"name": "plone.api"}), true, "`plone.api`"),
            (
                json!({"name": "Plone_API", "registry": "pypi"}),
                true,
                "`Plone_API`",
            ),
            (json!({"name": "plone.apis"}), false, "`plone.apis`"),
            (
                json!({"name": "plone-api", "registry": "npm"}),
                false,
                "`plone-api` of the registry `npm`",
            ),
            (json!({"id": "plone.api-1.0"}), false, "nobody"),
        ] {
            let owner = document.as_object().map_or_else(nobody, Owner::of);
            assert_eq!(
                owner.is_project(RegistryKind::PyPi, &plone_api),
                is_project,
                "{document}"
            );
            assert!(owner.to_string().starts_with(text), "{owner}");
        }
        assert!(!nobody().is_project(RegistryKind::PyPi, &ProjectName::new("")));
    }
}
