//! The yanked releases of a project, and what to upgrade to in place of one.
//!
//! An advisory's `fixed_in` is advice, and nobody should be advised to install what was yanked,
//! whoever gave the advice and however old it is. Called by `plan`, which knows all releases, and
//! by `build` for every document.

use std::collections::BTreeSet;

use xxhash_rust::xxh3::Xxh3;

use crate::model::{Advisories, Document, Version, YankedVersions};
use crate::registry::pypi::ReleaseSummary;
use crate::transform;

/// Yanked releases by the order of their versions, so that `1.1` and `1.1.0` are one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct YankedReleases {
    yanked: BTreeSet<String>,
    versions: YankedVersions,
    /// Order and version of the releases that may be advised, oldest first: stable ones, unless
    /// there are none. Empty where nothing is yanked.
    offered: Vec<(String, String)>,
}

impl YankedReleases {
    #[must_use]
    pub(super) fn of(releases: &[ReleaseSummary]) -> Self {
        let versions = || {
            let yanked = releases.iter().filter(|release| release.is_yanked);
            yanked.map(|release| release.version.as_str())
        };
        let yanked: BTreeSet<String> = versions().map(order).collect();
        if yanked.is_empty() {
            return Self::default();
        }
        let is_stable = |version: &str| Version::parse(version).is_some_and(|it| it.is_stable());
        let others = releases.iter().filter(|release| !release.is_yanked);
        let mut offered: Vec<(String, String)> = others
            .map(|release| (order(&release.version), release.version.clone()))
            .collect();
        if offered.iter().any(|(_, version)| is_stable(version)) {
            offered.retain(|(_, version)| is_stable(version));
        }
        offered.sort_unstable();
        Self {
            yanked,
            versions: versions().collect(),
            offered,
        }
    }

    /// Adds what documents take from here to the digest of one.
    pub(super) fn update(&self, hash: &mut Xxh3) {
        for order in &self.yanked {
            hash.update(order.as_bytes());
            hash.update(&[0]);
        }
    }

    /// Takes yanked versions out of the advice that a document carries. The lowest release above
    /// takes the place of a fix that was the only one.
    pub(super) fn mend(&self, document: &mut Document) {
        if self.yanked.is_empty() {
            return;
        }
        let own = order(&document.version);
        if let Some(advisories) = Advisories::of_facts(&document.facts) {
            let mended = advisories.without_yanked_fixes(&self.versions, |fixes| {
                self.above(fixes.iter().map(String::as_str), &own)
            });
            document.facts.extend(mended.facts());
        }
        let advice = document.facts.get("fixed_in").and_then(|it| it.as_str());
        if let Some(fix) = advice.filter(|fix| self.versions.contains(fix)) {
            let other = self.above([fix].into_iter(), &own);
            document
                .facts
                .insert("fixed_in".to_owned(), serde_json::json!(other));
        }
    }

    /// The lowest release on offer above the lowest of `fixes` that is above `own`.
    fn above<'f>(&self, fixes: impl Iterator<Item = &'f str>, own: &str) -> Option<String> {
        let fix = fixes.map(order).filter(|fix| fix.as_str() > own).min()?;
        let position = self.offered.partition_point(|(order, _)| *order <= fix);
        let (_, version) = self.offered.get(position)?;
        Some(version.clone())
    }
}

fn order(version: &str) -> String {
    transform::version_fields(version).order
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::YankedReleases;
    use crate::model::Document;
    use crate::registry::pypi::ReleaseSummary;

    /// Releases of which those that end with `!` are yanked.
    fn releases(versions: &[&str]) -> YankedReleases {
        let release = |text: &&str| ReleaseSummary {
            version: text.trim_end_matches('!').to_owned(),
            fingerprint: 1,
            is_yanked: text.ends_with('!'),
        };
        YankedReleases::of(&versions.iter().map(release).collect::<Vec<_>>())
    }

    /// `fixed_in` of the only advisory of release `own`, and of the package.
    fn mended(versions: &[&str], own: &str, fixes: &[&str]) -> (serde_json::Value, String) {
        let facts = json!({
            "has_vulnerabilities": true, "vulnerabilities_checked": 1, "fixed_in": fixes[0],
            "vulnerabilities": [{"id": "A", "source": "pypi", "fixed_in": fixes}],
        });
        let mut document = Document {
            version: own.to_owned(),
            facts: facts.as_object().cloned().unwrap_or_default(),
            ..Document::default()
        };
        releases(versions).mend(&mut document);
        (
            document.facts["vulnerabilities"][0]["fixed_in"].clone(),
            document.facts["fixed_in"].to_string(),
        )
    }

    #[test]
    fn the_lowest_release_above_replaces_a_yanked_fix() {
        let versions = ["1.0", "1.1.0!", "1.2rc1", "1.2", "1.3"];
        let (of_advisory, of_package) = mended(&versions, "1.0", &["1.1"]);
        assert_eq!(of_advisory, json!(["1.2"]));
        assert_eq!(of_package, "\"1.2\"");
        // Another fix is left.
        let (of_advisory, _) = mended(&versions, "1.0", &["1.1", "1.3"]);
        assert_eq!(of_advisory, json!(["1.3"]));
    }

    #[test]
    fn without_another_release_there_is_no_advice() {
        let (of_advisory, of_package) = mended(&["1.0", "1.1!"], "1.0", &["1.1"]);
        assert_eq!(of_advisory, json!(null));
        assert_eq!(of_package, "null");
    }

    #[test]
    fn the_fix_of_an_older_branch_is_not_advised() {
        let versions = ["1.0", "1.1!", "1.2", "2.0", "2.1!", "2.2"];
        let (of_advisory, _) = mended(&versions, "2.0", &["1.1", "2.1"]);
        assert_eq!(of_advisory, json!(["2.2"]));
    }

    #[test]
    fn nothing_changes_where_nothing_is_yanked() {
        let (of_advisory, of_package) = mended(&["1.0", "1.1"], "1.0", &["1.1"]);
        assert_eq!(of_advisory, json!(["1.1"]));
        assert_eq!(of_package, "\"1.1\"");
    }
}
