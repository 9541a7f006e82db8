//! Releases in a table, and which of them last supported a framework version.

use serde::Serialize;

use crate::model::{Advisory, Document, RegistryKind};
use crate::web::gallery::address::{Address, PackagePart};

use super::facts;
use super::format::{Moment, first_line, version_ranges};
use super::npm::tags_of;

/// One release in the table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReleaseView {
    pub version: String,
    pub href: String,
    pub uploaded: Option<Moment>,
    pub frameworks: Vec<String>,
    pub pythons: Vec<String>,
    pub is_latest: bool,
    pub is_prerelease: bool,
    pub yanked_reason: String,
    pub advisories: usize,
    pub is_malicious: bool,
    /// What its registry calls a release that should not be used; empty for all others.
    pub yanked: &'static str,
    /// The tags that lead to it.
    pub tags: Vec<String>,
}

/// The last release for a framework version that the latest one does not support any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LastReleaseFor {
    pub framework: String,
    pub version: String,
    pub href: String,
}

impl ReleaseView {
    #[must_use]
    pub fn new(release: &Document, profile: &str, now: i64) -> Self {
        Self {
            version: release.version.clone(),
            href: release_href(release, profile),
            uploaded: Moment::new(release.upload_timestamp, now),
            frameworks: version_ranges(&release.framework_versions),
            pythons: python_ranges(&release.python_versions),
            is_latest: release.is_latest,
            is_prerelease: is_prerelease(release),
            yanked_reason: first_line(&release.yanked_reason),
            advisories: facts::list(release, "vulnerabilities")
                .filter(|entry| !Advisory::read(entry).is_some_and(|one| one.is_malware()))
                .count(),
            is_malicious: facts::is_true(release, "is_malicious"),
            yanked: yanked_word(release),
            tags: tags_of(release),
        }
    }
}

/// What its registry calls a release that should not be used; empty for all others.
fn yanked_word(release: &Document) -> &'static str {
    if !release.yanked {
        ""
    } else if RegistryKind::Npm.is_named_by(&release.registry) {
        "deprecated"
    } else {
        "yanked"
    }
}

/// The address of a release's page; the latest one has the package's.
fn release_href(release: &Document, profile: &str) -> String {
    let part = if release.is_latest {
        PackagePart::Latest
    } else {
        PackagePart::Release(release.version.clone())
    };
    Address::package(profile, &release.full_name(), part).to_string()
}

/// Whether the version says that it is not final.
#[must_use]
pub fn is_prerelease(release: &Document) -> bool {
    let postfix = release.version_postfix.as_str();
    if RegistryKind::Npm.is_named_by(&release.registry) {
        return !postfix.is_empty();
    }
    ["a", "b", "rc", "dev", "c"]
        .iter()
        .any(|start| postfix.starts_with(start))
}

/// The last release for each framework version that only older releases support, the highest framework
/// version first. `releases` begin with the highest version.
#[must_use]
pub fn last_releases_for(
    latest: &Document,
    releases: &[Document],
    profile: &str,
) -> Vec<LastReleaseFor> {
    let mut found: Vec<LastReleaseFor> = Vec::new();
    let usable = releases.iter().filter(|release| !release.yanked);
    let (finals, prereleases): (Vec<&Document>, Vec<&Document>) =
        usable.partition(|release| !is_prerelease(release));
    for release in finals.into_iter().chain(prereleases) {
        for framework in &release.framework_versions {
            let is_version = framework.ends_with(|last: char| last.is_ascii_digit());
            let is_known = latest.framework_versions.contains(framework)
                || found.iter().any(|one| one.framework == *framework);
            if is_version && !is_known {
                found.push(LastReleaseFor {
                    framework: framework.clone(),
                    version: release.version.clone(),
                    href: release_href(release, profile),
                });
            }
        }
    }
    found.sort_by_cached_key(|one| std::cmp::Reverse(framework_order(&one.framework)));
    found
}

/// Python versions without the word, which stands next to them: `Python 3.12` as `3.12`.
#[must_use]
pub fn python_ranges(versions: &[String]) -> Vec<String> {
    let versions: Vec<String> = versions
        .iter()
        .map(|version| {
            version
                .strip_prefix("Python ")
                .unwrap_or(version)
                .to_owned()
        })
        .collect();
    version_ranges(&versions)
}

/// Sorts `Plone 5.2` before `Plone 6.0` before `Plone 10.0`.
#[must_use]
pub fn framework_order(framework: &str) -> (String, Vec<u32>) {
    let (family, version) = framework.rsplit_once(' ').unwrap_or(("", framework));
    let numbers: Option<Vec<u32>> = version.split('.').map(|part| part.parse().ok()).collect();
    match numbers {
        Some(numbers) => (family.to_owned(), numbers),
        None => (framework.to_owned(), Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::{framework_order, last_releases_for};
    use crate::model::Document;

    fn release(version: &str, frameworks: &[&str]) -> Document {
        Document {
            name: "a.b".to_owned(),
            version: version.to_owned(),
            version_postfix: if version.contains('a') { "a1" } else { "" }.to_owned(),
            framework_versions: frameworks.iter().map(|&name| name.to_owned()).collect(),
            ..Document::default()
        }
    }

    #[test]
    fn the_last_release_for_an_older_framework_is_a_final_one_that_is_not_yanked() {
        let latest = release("4.0", &["Plone 6.1"]);
        let mut yanked = release("3.9", &["Plone 5.2"]);
        yanked.yanked = true;
        let releases = [
            latest.clone(),
            yanked,
            release("3.1a1", &["Plone 5.2", "Plone 4.3"]),
            release("3.0", &["Plone 5.2", "Plone 6.1", "Plone"]),
            release("2.0", &["Plone 5.2", "Plone 10.0"]),
        ];
        let found = last_releases_for(&latest, &releases, "plone");
        let found: Vec<(&str, &str)> = found
            .iter()
            .map(|one| (one.framework.as_str(), one.version.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                ("Plone 10.0", "2.0"),
                ("Plone 5.2", "3.0"),
                ("Plone 4.3", "3.1a1")
            ]
        );
    }

    #[test]
    fn framework_versions_are_ordered_by_number() {
        assert!(framework_order("Plone 10.0") > framework_order("Plone 6.1"));
        assert!(framework_order("Django 3") < framework_order("Plone 1"));
    }
}
