//! A package as lists show it.

use serde::Serialize;

use crate::catalog::{Hit, PackageSummary, Sort};
use crate::model::RegistryKind;
use crate::web::gallery::address::{Address, PackagePart};

use super::earlier::EarlierView;
use super::facets::needs_label;
use super::format::{Moment, grouped, health_word, short, version_ranges};
use super::link::Link;
use super::npm::twin_link;
use super::release::python_ranges;

const YEAR: i64 = 365 * 86_400;
/// Years without a release that are worth a warning.
const OLD_AFTER: i64 = 3;
/// Warnings that a hit shows.
const MOST_WARNINGS: usize = 3;
/// Peer dependencies and twins that a hit shows.
const MOST_NEEDS: usize = 2;
const MOST_TWINS: usize = 3;

/// One package in a list.
#[derive(Debug, Clone, Serialize)]
pub struct HitView {
    pub href: String,
    pub name: String,
    /// The name in pieces, some of which match.
    pub name_parts: Vec<TextPart>,
    pub version: String,
    pub uploaded: Option<Moment>,
    pub summary_parts: Vec<TextPart>,
    pub is_exact: bool,
    pub warnings: Vec<Warning>,
    pub frameworks: Vec<String>,
    pub pythons: Vec<String>,
    pub license: String,
    pub figures: Vec<Figure>,
    /// The last release that passes the filters, if the latest does not.
    pub earlier: Option<EarlierView>,
    /// The registry, where it is not `PyPI`.
    pub registry: String,
    /// What it asks its user to have: `@plone/volto ≥ 18`.
    pub needs: Vec<String>,
    /// Packages of other registries from the same place.
    pub twins: Vec<Link>,
    /// To a comparison with it; empty where it cannot be added.
    pub compare_href: String,
}

/// A piece of a text, and whether it is marked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TextPart {
    pub text: String,
    pub is_marked: bool,
}

/// Something to know before a package is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// Also the name of its icon: `danger`, `warning` or `info`.
    pub level: &'static str,
    pub text: String,
}

/// A number about a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// `health`, `downloads`, `stars` or `dependents`: the name of its icon too.
    pub kind: &'static str,
    /// In few characters.
    pub value: String,
    /// In words, as in `12,345 downloads last month`.
    pub words: String,
    /// Whether the list is sorted by it.
    pub is_sorted: bool,
}

impl HitView {
    #[must_use]
    pub fn new(hit: &Hit, profile: &str, sort: Option<Sort>, now: i64) -> Self {
        let package = &hit.package;
        Self {
            href: Address::package(profile, &package.full_name(), PackagePart::Latest).to_string(),
            name: package.name.clone(),
            name_parts: parts(&package.name, &hit.name_matches),
            version: package.version.clone(),
            uploaded: Moment::new(package.upload_timestamp, now),
            summary_parts: parts(&package.summary, &hit.summary_matches),
            is_exact: hit.is_exact,
            warnings: warnings(package, now),
            frameworks: version_ranges(&package.framework_versions),
            pythons: python_ranges(&package.python_versions),
            license: package.license_spdx.clone(),
            figures: figures(package, sort),
            earlier: None,
            registry: foreign_registry(&package.registry),
            needs: hit
                .needs
                .iter()
                .take(MOST_NEEDS)
                .map(|value| needs_label(value))
                .collect(),
            twins: package
                .twins
                .iter()
                .take(MOST_TWINS)
                .map(|twin| twin_link(twin, profile))
                .collect(),
            compare_href: String::new(),
        }
    }

    /// The same for a package that was not searched for.
    #[must_use]
    pub fn of_package(package: &PackageSummary, profile: &str, now: i64) -> Self {
        let hit = Hit {
            package: package.clone(),
            ..Hit::default()
        };
        Self::new(&hit, profile, None, now)
    }
}

/// What people call a registry that is not the one of most packages.
fn foreign_registry(registry: &str) -> String {
    if RegistryKind::PyPi.is_named_by(registry) {
        String::new()
    } else {
        registry.to_owned()
    }
}

/// `text` cut at the ranges of bytes that match.
fn parts(text: &str, matches: &[(usize, usize)]) -> Vec<TextPart> {
    let mut parts = Vec::new();
    let mut position = 0;
    let mut push = |text: Option<&str>, is_marked| {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            parts.push(TextPart {
                text: text.to_owned(),
                is_marked,
            });
        }
    };
    for &(start, end) in matches {
        if start < position || text.get(start..end).is_none() {
            continue;
        }
        push(text.get(position..start), false);
        push(text.get(start..end), true);
        position = end;
    }
    push(text.get(position..), false);
    parts
}

/// What to know, the most serious first.
fn warnings(package: &PackageSummary, now: i64) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut warn = |level, text: &str| {
        warnings.push(Warning {
            level,
            text: text.to_owned(),
        });
    };
    if package.is_malicious == Some(true) {
        warn("danger", "Malicious");
    } else if package.has_vulnerabilities == Some(true) {
        warn("danger", "Known vulnerability");
    }
    if package.yanked && RegistryKind::Npm.is_named_by(&package.registry) {
        warn("warning", "Deprecated");
    } else if package.yanked {
        warn("danger", "Yanked");
    }
    let status = package.status.as_deref().unwrap_or_default();
    match status {
        "quarantined" => warn("danger", "Quarantined"),
        "deprecated" => warn("warning", "Deprecated"),
        _ => {}
    }
    if package.github_archived == Some(true) || status == "archived" {
        warn("warning", "Archived");
    }
    if status == "inactive" {
        warn("warning", "Inactive");
    }
    let years = now.saturating_sub(package.upload_timestamp) / YEAR;
    if package.upload_timestamp > 0 && years >= OLD_AFTER {
        warn("info", &format!("No release for {years} years"));
    }
    warnings.truncate(MOST_WARNINGS);
    warnings
}

fn figures(package: &PackageSummary, sort: Option<Sort>) -> Vec<Figure> {
    let mut figures = Vec::new();
    let mut add = |kind: &'static str, value: Option<String>, words: String, by: Option<Sort>| {
        let is_sorted = sort.is_some() && sort == by;
        match value {
            Some(value) => figures.push(Figure {
                kind,
                value,
                words,
                is_sorted,
            }),
            // Why it stands so low.
            None if is_sorted => figures.push(Figure {
                kind,
                value: "not known".to_owned(),
                words: format!("{kind} not known"),
                is_sorted,
            }),
            None => {}
        }
    };
    let health = package.health_score;
    add(
        "health",
        health.map(|score| score.to_string()),
        format!(
            "health {} of 100, {}",
            health.unwrap_or_default(),
            health_word(health.unwrap_or_default())
        ),
        Some(Sort::Health),
    );
    let downloads = package.download_last_month;
    add(
        "downloads",
        downloads.map(short),
        format!(
            "{} downloads last month",
            grouped(downloads.unwrap_or_default())
        ),
        Some(Sort::Downloads),
    );
    let stars = package.github_stars;
    add(
        "stars",
        stars.map(short),
        format!("{} stars on GitHub", grouped(stars.unwrap_or_default())),
        Some(Sort::Stars),
    );
    let dependents = package.dependents.filter(|count| *count > 0);
    add(
        "dependents",
        dependents.map(short),
        match dependents {
            Some(1) => "used by 1 package here".to_owned(),
            count => format!(
                "used by {} packages here",
                grouped(count.unwrap_or_default())
            ),
        },
        None,
    );
    figures
}

#[cfg(test)]
mod tests {
    use super::{TextPart, parts, warnings};
    use crate::catalog::PackageSummary;

    #[test]
    fn texts_are_cut_at_their_matches() {
        let cut = |text: &str, matches: &[(usize, usize)]| {
            let parts = parts(text, matches);
            let show = |part: &TextPart| {
                if part.is_marked {
                    format!("[{}]", part.text)
                } else {
                    part.text.clone()
                }
            };
            parts.iter().map(show).collect::<String>()
        };
        assert_eq!(cut("plone.api", &[(6, 9)]), "plone.[api]");
        assert_eq!(cut("plone.api", &[(0, 5), (6, 9)]), "[plone].[api]");
        // Ranges of another text, or within a character, mark nothing.
        assert_eq!(cut("äpi", &[(1, 2), (0, 99)]), "äpi");
        assert_eq!(cut("", &[]), "");
    }

    #[test]
    fn the_most_serious_warning_comes_first() {
        let package = PackageSummary {
            has_vulnerabilities: Some(true),
            github_archived: Some(true),
            status: Some("archived".to_owned()),
            upload_timestamp: 1,
            yanked: true,
            ..PackageSummary::default()
        };
        let texts: Vec<String> = warnings(&package, 200_000_000)
            .into_iter()
            .map(|warning| warning.text)
            .collect();
        assert_eq!(texts, ["Known vulnerability", "Yanked", "Archived"]);
    }
}
