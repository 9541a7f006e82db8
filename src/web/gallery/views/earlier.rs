//! What a list says about earlier releases: filters look at the latest ones alone.

use serde::Serialize;

use crate::catalog::{Earlier, EarlierRelease, Facet, PackageQuery, PackageSummary};
use crate::web::gallery::address::{Address, PackagePart};
use crate::web::gallery::parameters::asks_for_versions;

use super::format::{Moment, grouped};
use super::link::Link;
use super::pages::ListLinks;

/// The last release of a package that passes the filters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EarlierView {
    /// Such as `Plone 5.2`.
    pub versions: String,
    pub version: String,
    pub href: String,
    pub uploaded: Option<Moment>,
}

impl EarlierView {
    #[must_use]
    pub fn new(
        release: &EarlierRelease,
        package: &PackageSummary,
        query: &PackageQuery,
        profile: &str,
        now: i64,
    ) -> Self {
        let part = PackagePart::Release(release.version.clone());
        Self {
            versions: describe_versions(query),
            version: release.version.clone(),
            href: Address::package(profile, &package.full_name(), part).to_string(),
            uploaded: Moment::new(release.upload_timestamp, now),
        }
    }
}

/// The way between packages whose latest release passes and those with an earlier one; nothing if
/// the query asks for no version. `counted` is what is known of the other list.
#[must_use]
pub fn other_releases(
    query: &PackageQuery,
    counted: Option<Earlier>,
    links: &ListLinks<'_>,
) -> Option<Link> {
    if !asks_for_versions(query) {
        return None;
    }
    let versions = describe_versions(query);
    let text = match counted {
        _ if query.earlier => format!("Packages whose latest release is for {versions}"),
        None => format!("Packages with an earlier release for {versions}"),
        Some(Earlier { found: 0, .. }) => return None,
        Some(Earlier { found: 1, is_cut }) if !is_cut => {
            format!("1 more package had an earlier release for {versions}")
        }
        Some(Earlier { found, is_cut }) => format!(
            "{}{} more packages had an earlier release for {versions}",
            if is_cut { "At least " } else { "" },
            grouped(i64::try_from(found).unwrap_or(i64::MAX))
        ),
    };
    let other = PackageQuery {
        earlier: !query.earlier,
        page: 1,
        ..query.clone()
    };
    Some(Link {
        text,
        href: links.href(&other),
        is_foreign: false,
    })
}

/// The versions that are asked for, in words.
fn describe_versions(query: &PackageQuery) -> String {
    let of = |facet: Facet| -> Vec<&str> {
        let filters = query.filters.iter().filter(|filter| !filter.excluded);
        filters
            .filter(|filter| filter.facet == facet)
            .map(|filter| filter.value.as_str())
            .collect()
    };
    let (frameworks, pythons) = (of(Facet::Framework), of(Facet::Python));
    let frameworks = (!frameworks.is_empty()).then(|| frameworks.join(" or "));
    let pythons = (!pythons.is_empty()).then(|| format!("Python {}", pythons.join(" or ")));
    let both: Vec<String> = frameworks.into_iter().chain(pythons).collect();
    both.join(" and ")
}
