//! What somebody looks for: words, filters, an order and a page.

use super::Facet;
use super::words::typed_words;
use crate::model::{Document, RegistryKind};

/// A search for packages; the default asks for the first page of all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackageQuery {
    /// Words as typed, without filters; empty for all packages. Packages that have a word with a dash
    /// before it are left out.
    pub words: String,
    /// Take the words as they are spelled, and look for no similar ones.
    pub exact_spelling: bool,
    pub filters: Vec<FacetFilter>,
    pub updated: Option<UpdatedWithin>,
    /// Only packages without a known vulnerability.
    pub secure: bool,
    pub archived: Archived,
    /// Only packages that pass the filters with an earlier release, and not with their latest.
    pub earlier: bool,
    /// The order; none given means by relevance if there are words, else by health.
    pub sort: Option<Sort>,
    /// From 1; 0 counts as 1.
    pub page: u32,
    /// At most 250; 0 asks for counts only.
    pub per_page: u32,
    pub content: HitContent,
    /// Facets to count values of.
    pub facets: Vec<Facet>,
}

/// One value of a facet that packages must have, or must not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetFilter {
    pub facet: Facet,
    pub value: String,
    pub excluded: bool,
}

/// The age of the latest release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpdatedWithin {
    Days30,
    HalfYear,
    Year,
    TwoYears,
}

/// Whether packages whose repository is archived are among the hits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Archived {
    #[default]
    Included,
    Hidden,
    Only,
}

/// What hits say of packages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum HitContent {
    /// What a list shows.
    #[default]
    Summary,
    /// Also how their repositories are looked after.
    WithActivity,
}

/// The order of hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    Relevance,
    Health,
    Downloads,
    Stars,
    /// Latest release first.
    Updated,
    /// Latest first release first.
    New,
    Name,
}

/// The filters that what requires a package passes: a requirement is about one registry.
#[must_use]
pub fn requiring(package: &Document) -> Vec<FacetFilter> {
    let registry = RegistryKind::named(&package.registry).unwrap_or_default();
    // Older programs wrote no registry.
    let (of, excluded) = match registry {
        RegistryKind::PyPi => (RegistryKind::Npm, true),
        RegistryKind::Npm => (RegistryKind::Npm, false),
    };
    vec![
        FacetFilter {
            facet: Facet::Requires,
            value: registry.project_name(&package.name).as_str().to_owned(),
            excluded: false,
        },
        FacetFilter {
            facet: Facet::Registry,
            value: of.as_str().to_owned(),
            excluded,
        },
    ]
}

impl PackageQuery {
    /// Brings the filters into the one order, and leaves out those that stand twice.
    pub fn order_filters(&mut self) {
        self.filters.sort_by(|one, other| {
            (one.excluded, one.facet, &one.value).cmp(&(other.excluded, other.facet, &other.value))
        });
        self.filters.dedup();
    }

    /// Whether it asks for words; a single asterisk stands for all packages.
    #[must_use]
    pub fn has_words(&self) -> bool {
        !matches!(self.words.trim(), "" | "*")
    }

    /// Whether it asks for words that packages must have.
    #[must_use]
    pub fn has_wanted_words(&self) -> bool {
        self.has_words() && !typed_words(&self.words).is_empty()
    }

    /// The order that applies.
    #[must_use]
    pub fn effective_sort(&self) -> Sort {
        let default = if self.has_wanted_words() {
            Sort::Relevance
        } else {
            Sort::Health
        };
        match self.sort {
            // Without words all packages are equally relevant.
            None | Some(Sort::Relevance) => default,
            Some(sort) => sort,
        }
    }
}

impl UpdatedWithin {
    pub const ALL: [Self; 4] = [Self::Days30, Self::HalfYear, Self::Year, Self::TwoYears];

    /// Its name in addresses.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Days30 => "30d",
            Self::HalfYear => "6m",
            Self::Year => "1y",
            Self::TwoYears => "2y",
        }
    }

    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// Days before now.
    #[must_use]
    pub fn days(self) -> i64 {
        match self {
            Self::Days30 => 30,
            Self::HalfYear => 183,
            Self::Year => 365,
            Self::TwoYears => 730,
        }
    }
}

impl Sort {
    pub const ALL: [Self; 7] = [
        Self::Relevance,
        Self::Health,
        Self::Downloads,
        Self::Stars,
        Self::Updated,
        Self::New,
        Self::Name,
    ];

    /// Its name in addresses and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Relevance => "relevance",
            Self::Health => "health",
            Self::Downloads => "downloads",
            Self::Stars => "stars",
            Self::Updated => "updated",
            Self::New => "new",
            Self::Name => "name",
        }
    }

    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.name() == name)
    }

    /// What a server sorts by.
    #[must_use]
    pub fn field(self) -> &'static str {
        match self {
            Self::Relevance => "_text_match",
            Self::Health => "health_score",
            Self::Downloads => "download_last_month",
            Self::Stars => "github_stars",
            Self::Updated => "upload_timestamp",
            Self::New => "first_upload",
            Self::Name => "name_sortable",
        }
    }
}
