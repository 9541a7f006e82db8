//! What packages can be filtered and counted by.

/// A property of packages with countable values. Values of one facet are alternatives; facets narrow
/// each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Facet {
    /// A version of the framework, such as `Plone 6.1`.
    Framework,
    /// What kind of package it is: what stands in a classifier below the profile's and is no
    /// version, such as `Theme`.
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
    /// `pypi` or `npm`.
    Registry,
    /// A package that its user has to have, and from which major version on: `@plone/volto 18`.
    Needs,
    /// `yes` if the registry has an attestation of where it was built.
    Provenance,
    /// The service that published it without a stored token, such as `github`.
    Publisher,
    /// `yes` if another registry has a package from the same place.
    Twin,
}

impl Facet {
    /// All facets, in the order in which people see them.
    pub const ALL: [Self; 14] = [
        Self::Framework,
        Self::Kind,
        Self::Python,
        Self::Status,
        Self::License,
        Self::Health,
        Self::Keyword,
        Self::Maintainer,
        Self::Requires,
        Self::Registry,
        Self::Needs,
        Self::Provenance,
        Self::Publisher,
        Self::Twin,
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
            Self::Registry => "registry",
            Self::Needs => "needs",
            Self::Provenance => "provenance",
            Self::Publisher => "publisher",
            Self::Twin => "twin",
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
            Self::Registry => "registry",
            Self::Needs => "peer_versions",
            Self::Provenance => "provenance",
            Self::Publisher => "trusted_publisher",
            Self::Twin => "has_twins",
        }
    }

    /// The values in documents that stand for a value that people see; `roots` are the profile's
    /// classifiers.
    pub(super) fn stored_values(self, shown: &str, roots: &[String]) -> Vec<String> {
        match self {
            Self::Kind => roots
                .iter()
                .map(|root| format!("{root}{LEVEL}{shown}"))
                .collect(),
            Self::Provenance | Self::Twin => {
                let is_yes = [YES, "true"]
                    .iter()
                    .any(|yes| shown.eq_ignore_ascii_case(yes));
                is_yes.then(|| "true".to_owned()).into_iter().collect()
            }
            Self::Python if !shown.starts_with(PYTHON) => vec![format!("{PYTHON}{shown}")],
            _ => vec![shown.to_owned()],
        }
    }

    /// Whether its field holds yes or no.
    pub(super) fn is_switch(self) -> bool {
        matches!(self, Self::Provenance | Self::Twin)
    }

    /// How people see a value of a document; `None` for one that does not belong to the facet.
    #[must_use]
    pub fn shown_value(self, stored: &str, roots: &[String]) -> Option<String> {
        let shown = match self {
            Self::Kind => roots.iter().find_map(|root| {
                let below = stored.strip_prefix(root.as_str())?.strip_prefix(LEVEL)?;
                let last = below.rsplit(LEVEL).next()?;
                let is_version = last.starts_with(|first: char| first.is_ascii_digit());
                (!is_version).then_some(below)
            })?,
            Self::Python => stored.strip_prefix(PYTHON).unwrap_or(stored),
            Self::Provenance | Self::Twin if stored == "true" => YES,
            Self::Provenance | Self::Twin => return None,
            Self::Needs => stored
                .rsplit_once(' ')
                .filter(|(name, _)| is_framework(name, roots))
                .map(|_| stored)?,
            _ => stored,
        };
        (!shown.is_empty()).then(|| shown.to_owned())
    }
}

/// Whether a package of npm belongs to a framework of the profile: `@plone/volto` to Plone. Others,
/// such as `react`, say little of a package there.
fn is_framework(name: &str, roots: &[String]) -> bool {
    let mut frameworks = roots.iter().filter_map(|root| root.rsplit(LEVEL).next());
    roots.is_empty()
        || frameworks.any(|framework| {
            let mut words = name.split(|character: char| !character.is_alphanumeric());
            words.any(|word| word.eq_ignore_ascii_case(framework))
        })
}

/// How people see that something is so.
const YES: &str = "yes";
/// Between the parts of a classifier.
const LEVEL: &str = " :: ";
/// What stands before a version of Python in documents.
const PYTHON: &str = "Python ";

#[cfg(test)]
mod tests {
    use super::Facet;

    #[test]
    fn kinds_are_what_stands_below_the_profile() {
        let roots = [
            "Framework :: Plone".to_owned(),
            "Framework :: Zope".to_owned(),
        ];
        for (stored, shown) in [
            ("Framework :: Plone :: Addon", Some("Addon")),
            ("Framework :: Zope :: Fork", Some("Fork")),
            (
                "Framework :: Plone :: Addon :: Theme",
                Some("Addon :: Theme"),
            ),
            ("Framework :: Plone :: 6.1", None),
            ("Framework :: Plone", None),
            ("Framework :: PloneX :: Addon", None),
            ("Topic :: Internet", None),
        ] {
            assert_eq!(
                Facet::Kind.shown_value(stored, &roots).as_deref(),
                shown,
                "{stored}"
            );
            if let Some(shown) = shown {
                let back = Facet::Kind.stored_values(shown, &roots);
                assert!(back.iter().any(|value| value == stored), "{back:?}");
            }
        }
    }

    #[test]
    fn pythons_are_shown_without_the_name() {
        assert_eq!(
            Facet::Python.shown_value("Python 3.12", &[]).as_deref(),
            Some("3.12")
        );
        for shown in ["3.12", "Python 3.12"] {
            assert_eq!(Facet::Python.stored_values(shown, &[]), ["Python 3.12"]);
        }
    }

    #[test]
    fn what_a_package_needs_is_told_of_frameworks_alone() {
        let roots = ["Framework :: Plone".to_owned()];
        let shown = |stored, roots: &[String]| Facet::Needs.shown_value(stored, roots);
        assert_eq!(
            shown("@plone/volto 18", &roots).as_deref(),
            Some("@plone/volto 18")
        );
        assert_eq!(shown("react 17", &roots), None);
        assert_eq!(shown("react 17", &[]).as_deref(), Some("react 17"));
    }

    #[test]
    fn yes_or_no_is_said_in_words() {
        for facet in [Facet::Provenance, Facet::Twin] {
            assert_eq!(facet.shown_value("true", &[]).as_deref(), Some("yes"));
            assert_eq!(facet.shown_value("false", &[]), None);
            assert_eq!(facet.stored_values("Yes", &[]), ["true"]);
            assert!(facet.stored_values("x` || a:=`b", &[]).is_empty());
        }
    }

    #[test]
    fn names_lead_back_to_their_facets() {
        for facet in Facet::ALL {
            assert_eq!(Facet::named(facet.name()), Some(facet));
        }
        assert_eq!(Facet::named("nonsense"), None);
    }
}
