//! What a feed says: plain data, in no format yet.

use serde::Serialize;
use xxhash_rust::xxh3::xxh3_128;

use pyfa_readme::{Images, changelog_entry, for_page};

use crate::catalog::PackageSummary;
use crate::model::{Document, PackageKey, RegistryKind, Version, VersionScheme};
use crate::web::gallery::address::{Address, PackagePart};

/// Bytes of what changed in one release.
const LONGEST_HTML: usize = 20_000;

/// A feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Feed {
    pub(super) id: String,
    pub(super) title: String,
    /// The page that shows the same.
    pub(super) home: String,
    /// The feed's own address.
    pub(super) address: String,
    pub(super) author: String,
    /// The newest first.
    pub(super) entries: Vec<Entry>,
}

/// A release in a feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) version: String,
    pub(super) title: String,
    pub(super) address: String,
    /// Unix seconds.
    pub(super) seconds: i64,
    pub(super) summary: String,
    /// What changed, as safe HTML; empty if it is not known.
    pub(super) html: String,
    pub(super) authors: Vec<String>,
    pub(super) categories: Vec<String>,
    pub(super) is_prerelease: bool,
}

impl Feed {
    /// When the newest entry appeared, in Unix seconds; 0 without any.
    pub(super) fn updated(&self) -> i64 {
        self.entries
            .iter()
            .map(|entry| entry.seconds)
            .max()
            .unwrap_or_default()
    }
}

impl Entry {
    /// The latest release of a package, or its first appearance. `None` if nothing is known of when
    /// that was, or if it was yanked.
    pub(super) fn of_package(
        package: &PackageSummary,
        profile: &str,
        base: &str,
        is_new: bool,
    ) -> Option<Self> {
        let seconds = if is_new {
            package.first_upload?
        } else {
            package.upload_timestamp
        };
        if package.yanked || seconds <= 0 {
            return None;
        }
        let address = Address::package(profile, &package.full_name(), PackagePart::Latest);
        let (id, title) = if is_new {
            let project = project_key(&package.name, &package.registry);
            (
                stable_id(&format!("new/{profile}/{project}")),
                package.name.clone(),
            )
        } else {
            (
                release_id(
                    profile,
                    &project_key(&package.name, &package.registry),
                    &package.version,
                ),
                format!("{} {}", package.name, package.version),
            )
        };
        Some(Self {
            id,
            version: package.version.clone(),
            title,
            address: format!("{base}{address}"),
            seconds,
            summary: package.summary.clone(),
            html: String::new(),
            authors: Vec::new(),
            categories: package.framework_versions.clone(),
            is_prerelease: !is_stable(&package.version, &package.registry),
        })
    }

    /// A release.
    pub(super) fn of_release(release: &Document, profile: &str, base: &str) -> Option<Self> {
        if release.upload_timestamp <= 0 {
            return None;
        }
        let address = Address::package(
            profile,
            &release.full_name(),
            PackagePart::Release(release.version.clone()),
        );
        Some(Self {
            id: release_id(
                profile,
                &project_key(&release.name, &release.registry),
                &release.version,
            ),
            version: release.version.clone(),
            title: format!("{} {}", release.name, release.version),
            address: format!("{base}{address}"),
            seconds: release.upload_timestamp,
            summary: release.summary.clone(),
            html: String::new(),
            authors: release.maintainers.clone(),
            categories: release.framework_versions.clone(),
            is_prerelease: !is_stable(&release.version, &release.registry),
        })
    }
}

impl Entry {
    /// Looks up what changed in the package's changelog, which is safe HTML.
    pub(super) fn add_changes(&mut self, changelog: &str) {
        let changes = changelog_entry(changelog, &self.version);
        self.html = changes
            .map(|html| for_page(&html, Images::Linked, LONGEST_HTML).html)
            .unwrap_or_default();
    }
}

fn is_stable(version: &str, registry: &str) -> bool {
    if RegistryKind::Npm.is_named_by(registry) {
        return VersionScheme::Semantic.is_stable(version);
    }
    Version::parse(version).is_none_or(|version| version.is_stable())
}

/// The same for each spelling of a name.
fn release_id(profile: &str, project: &str, version: &str) -> String {
    stable_id(&format!("release/{profile}/{project}/{version}"))
}

/// The same for each spelling of a name, and another for each registry.
pub(super) fn project_key(name: &str, registry: &str) -> String {
    match PackageKey::of_document(name, registry) {
        Some(key) => key.project().into_owned(),
        None => name.to_owned(),
    }
}

/// A URN that depends on nothing but the name of a thing.
#[must_use]
pub(super) fn stable_id(name: &str) -> String {
    let hash = xxh3_128(format!("pyfa gallery {name}").as_bytes());
    let mut bytes = hash.to_be_bytes();
    // Version 8, whose other bits are the maker's, in the variant of RFC 9562.
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = format!("{:032x}", u128::from_be_bytes(bytes));
    let part = |from, to| hex.get(from..to).unwrap_or_default();
    format!(
        "urn:uuid:{}-{}-{}-{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32)
    )
}

#[cfg(test)]
mod tests {
    use super::stable_id;

    #[test]
    fn ids_are_stable_and_well_formed() {
        assert_eq!(stable_id("a"), stable_id("a"));
        assert_ne!(stable_id("a"), stable_id("b"));
        let id = stable_id("release/plone/plone.api/1.0");
        assert!(id.len() == 45 && id.get(23..24) == Some("8"), "{id}");
    }
}
