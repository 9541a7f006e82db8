//! The rank of a package among those that a query matches equally well. Pure; the weights are in
//! `rules/health.toml`, the enricher says what is known.
//!
//! Numbers count by their place among the collection's packages, so that no giant outweighs
//! everything else. What is not known leaves the sum; what nobody should choose any more is lowered.

use super::document_facts::{boolean, integer};
use super::maintenance_facts::is_malicious;
use super::percentiles::Percentiles;
use super::rules::{HIGHEST_RANK, SearchRank};
use crate::model::{Document, RegistryKind};
use crate::transform::development_status;

/// The fields of a document that [`search_rank`] reads.
pub(super) const FIELDS: &[&str] = &[
    "classifiers",
    "download_last_month",
    "github_archived",
    "github_stars",
    "is_malicious",
    "registry",
    "status",
    "yanked",
];

/// The numbers of all packages in the collection, as far as they are known.
#[derive(Debug, Default)]
pub(super) struct Standings {
    pub(super) downloads: Percentiles,
    pub(super) stars: Percentiles,
    pub(super) dependents: Percentiles,
}

/// The rank of the package whose latest release is `document`, from 0 to 1000.
pub(super) fn search_rank(
    weights: &SearchRank,
    document: &Document,
    health: u32,
    dependents: u32,
    standings: &Standings,
) -> u32 {
    let place = |field, all: &Percentiles| all.rank(integer(document, field)?);
    let parts = [
        (weights.health, Some(health)),
        (
            weights.downloads,
            place("download_last_month", &standings.downloads),
        ),
        (
            weights.dependents,
            standings.dependents.rank(dependents.into()),
        ),
        (weights.stars, place("github_stars", &standings.stars)),
    ];
    let (mut points, mut max_points) = (0, 0);
    for (weight, percent) in parts {
        if let Some(percent) = percent {
            points += weight * percent.min(100);
            max_points += weight * 100;
        }
    }
    let mut rank = (points * HIGHEST_RANK + max_points / 2)
        .checked_div(max_points)
        .unwrap_or_default();
    if is_malicious(document) {
        return 0;
    }
    if is_retired(document) {
        rank = rank * weights.retired / 100;
    }
    if document.yanked && !is_deprecated(document) {
        rank = rank * weights.yanked / 100;
    }
    rank
}

/// Whether what stands for a yank is npm's deprecation, which is advice and no defect.
fn is_deprecated(document: &Document) -> bool {
    document.yanked && RegistryKind::Npm.is_named_by(&document.registry)
}

/// Whether the owners have given the package up: at the registry, on GitHub, or by a classifier.
fn is_retired(document: &Document) -> bool {
    let status = document
        .status
        .as_deref()
        // Documents of older programs have no status.
        .or_else(|| development_status(&document.classifiers));
    matches!(status, Some("archived" | "deprecated" | "inactive"))
        || boolean(document, "github_archived").unwrap_or_default()
        || is_deprecated(document)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::rules::Rules;
    use super::{FIELDS, Standings, search_rank};
    use crate::model::Document;

    /// The rank of a package of health 60 that 50 others require, among packages whose numbers go
    /// from 0 to 100.
    fn rank(document: &Value) -> u32 {
        let standings = Standings {
            downloads: (0..=100).collect(),
            stars: (0..=100).collect(),
            dependents: (0..=100).collect(),
        };
        rank_among(document, &standings)
    }

    fn rank_among(document: &Value, standings: &Standings) -> u32 {
        let document: Document = serde_json::from_value(document.clone()).unwrap_or_default();
        search_rank(&Rules::default().search_rank, &document, 60, 50, standings)
    }

    #[test]
    fn what_is_known_counts_by_its_weight() {
        for (document, expected) in [
            (json!({}), 575),
            (json!({"download_last_month": 80}), 650),
            (json!({"download_last_month": 80, "github_stars": 20}), 605),
            (
                json!({"download_last_month": 100, "github_stars": 100}),
                745,
            ),
            (json!({"download_last_month": 0, "github_stars": 0}), 345),
            (json!({"download_last_month": -5, "github_stars": "x"}), 383),
        ] {
            assert_eq!(rank(&document), expected, "{document}");
        }
    }

    #[test]
    fn without_others_to_compare_with_it_is_the_health_alone() {
        let standings = Standings {
            downloads: [80].into_iter().collect(),
            ..Standings::default()
        };
        let document = json!({"download_last_month": 80, "github_stars": 9});
        assert_eq!(rank_among(&document, &standings), 600);
    }

    #[test]
    fn what_nobody_should_choose_is_lowered() {
        for (document, expected) in [
            (json!({"status": "stable", "github_archived": false}), 575),
            (json!({"status": "inactive"}), 172),
            (json!({"status": "archived"}), 172),
            (json!({"status": "deprecated"}), 172),
            (json!({"github_archived": true}), 172),
            (json!({"status": "inactive", "github_archived": true}), 172),
            (
                json!({"classifiers": ["Development Status :: 7 - Inactive"]}),
                172,
            ),
            (json!({"yanked": true}), 57),
            (json!({"yanked": true, "status": "inactive"}), 17),
            (json!({"yanked": true, "registry": "npm"}), 172),
            (json!({"is_malicious": true}), 0),
        ] {
            assert_eq!(rank(&document), expected, "{document}");
        }
    }

    #[test]
    fn the_fields_are_those_that_are_read() {
        let all = json!({
            "classifiers": [], "download_last_month": 80, "github_archived": true,
            "github_stars": 20, "status": "stable", "yanked": true, "name": "a",
            "is_malicious": false, "registry": "npm",
        });
        let mut only = all.clone();
        if let Some(fields) = only.as_object_mut() {
            fields.retain(|field, _| FIELDS.contains(&field.as_str()));
        }
        assert_eq!(rank(&only), rank(&all));
        assert_ne!(rank(&only), rank(&json!({})));
    }
}
