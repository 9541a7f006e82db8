//! What packages can be filtered and counted by.

/// A property of packages with countable values. Values of one facet are alternatives; facets narrow
/// each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Facet {
    /// A version of the framework, such as `Plone 6.1`.
    Framework,
    /// What kind of package it is: the last part of a classifier below the profile's, such as `Theme`.
    Kind,
    /// A version of Python, such as `3.12`.
    Python,
    /// `stable`, `beta`, `archived` and so on.
    Status,
    /// An SPDX expression.
    License,
    /// A band of health scores, such as `80-100`.
    Health,
    Keyword,
    Maintainer,
    /// The normalised name of a package that it requires.
    Requires,
}

impl Facet {
    /// All facets, in the order in which people see them.
    pub const ALL: [Self; 9] = [
        Self::Framework,
        Self::Kind,
        Self::Python,
        Self::Status,
        Self::License,
        Self::Health,
        Self::Keyword,
        Self::Maintainer,
        Self::Requires,
    ];

    /// Its name in addresses, in the search box (`framework:"Plone 6.1"`) and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Framework => "framework",
            Self::Kind => "type",
            Self::Python => "python",
            Self::Status => "status",
            Self::License => "license",
            Self::Health => "health",
            Self::Keyword => "keyword",
            Self::Maintainer => "maintainer",
            Self::Requires => "requires",
        }
    }

    /// The facet with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|facet| facet.name() == name)
    }

    /// The field of a document that holds its values.
    #[must_use]
    pub fn field(self) -> &'static str {
        match self {
            Self::Framework => "framework_versions",
            Self::Kind => "classifiers",
            Self::Python => "python_versions",
            Self::Status => "status",
            Self::License => "license_spdx",
            Self::Health => "health_band",
            Self::Keyword => "keywords",
            Self::Maintainer => "maintainers",
            Self::Requires => "requires_names",
        }
    }
}
