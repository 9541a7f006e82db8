//! The yanked releases of a project, and what to upgrade to in place of one.
//!
//! An advisory's `fixed_in` is advice, and must not name a yanked release, whatever source the
//! advice is from and however old it is. Made by `plan`, which knows all releases; applied by
//! `build` to every document.

use std::collections::BTreeSet;

use xxhash_rust::xxh3::Xxh3;

use crate::model::{Advisories, Document, VersionScheme};
use crate::registry::ReleaseSummary;
use crate::transform;

/// Yanked releases by the order of their versions, so that `1.1` and `1.1.0` are one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct YankedReleases {
    scheme: VersionScheme,
    yanked: BTreeSet<String>,
    /// Order and version of the releases that may be advised, oldest first: stable ones, unless
    /// there are none. Empty where nothing is yanked.
    offered: Vec<(String, String)>,
}

impl YankedReleases {
    #[must_use]
    pub(super) fn of(releases: &[ReleaseSummary], scheme: VersionScheme) -> Self {
        let order = |version: &str| transform::version_fields(scheme, version).order;
        let yanked: BTreeSet<String> = releases
            .iter()
            .filter(|release| release.is_yanked)
            .map(|release| order(&release.version))
            .collect();
        if yanked.is_empty() {
            return Self::default();
        }
        let others = releases.iter().filter(|release| !release.is_yanked);
        let mut offered: Vec<(String, String)> = others
            .map(|release| (order(&release.version), release.version.clone()))
            .collect();
        if offered.iter().any(|(_, version)| scheme.is_stable(version)) {
            offered.retain(|(_, version)| scheme.is_stable(version));
        }
        offered.sort_unstable();
        Self {
            scheme,
            yanked,
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

    /// Removes yanked versions from the advice that a document carries. Where a yanked release was
    /// the only fix, the lowest release above it takes its place.
    pub(super) fn replace_yanked_fixes(&self, document: &mut Document) {
        if self.yanked.is_empty() {
            return;
        }
        let own = self.order(&document.version);
        if let Some(advisories) = Advisories::of_facts(&document.facts) {
            let mended = advisories.without_yanked_fixes(
                |fix| self.contains(fix),
                |fixes| self.lowest_above(fixes.iter().map(String::as_str), &own),
            );
            document.facts.extend(mended.facts());
        }
        let advice = document.facts.get("fixed_in").and_then(|it| it.as_str());
        if let Some(fix) = advice.filter(|fix| self.contains(fix)) {
            let other = self.lowest_above([fix].into_iter(), &own);
            document
                .facts
                .insert("fixed_in".to_owned(), serde_json::json!(other));
        }
    }

    fn contains(&self, version: &str) -> bool {
        self.yanked.contains(&self.order(version))
    }

    /// The lowest release on offer above the lowest of `fixes` that is above `own`.
    fn lowest_above<'f>(&self, fixes: impl Iterator<Item = &'f str>, own: &str) -> Option<String> {
        let fix = fixes
            .map(|fix| self.order(fix))
            .filter(|fix| fix.as_str() > own)
            .min()?;
        let position = self.offered.partition_point(|(order, _)| *order <= fix);
        let (_, version) = self.offered.get(position)?;
        Some(version.clone())
    }

    fn order(&self, version: &str) -> String {
        transform::version_fields(self.scheme, version).order
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::YankedReleases;
    use crate::model::{Document, VersionScheme};
    use crate::registry::ReleaseSummary;

    /// Releases of which those that end with `!` are yanked.
    fn releases(versions: &[&str]) -> YankedReleases {
        let release = |text: &&str| ReleaseSummary {
            version: text.trim_end_matches('!').to_owned(),
            fingerprint: 1,
            is_yanked: text.ends_with('!'),
            uploaded: None,
        };
        let releases: Vec<ReleaseSummary> = versions.iter().map(release).collect();
        YankedReleases::of(&releases, VersionScheme::Pep440)
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
        releases(versions).replace_yanked_fixes(&mut document);
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
