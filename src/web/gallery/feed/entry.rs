//! What a feed says: plain data, in no format yet.

use serde::Serialize;
use xxhash_rust::xxh3::xxh3_128;

use pyfa_readme::{Images, changelog_entry, for_page};

use crate::catalog::PackageSummary;
use crate::model::{Document, PackageKey, RegistryKind, Version, VersionScheme, document_id};
use crate::web::gallery::address::{Address, PackagePart};

/// Bytes of the longest changelog that is looked through for each entry.
const LONGEST_CHANGELOG: usize = 300_000;
/// People of one release.
const MOST_AUTHORS: usize = 10;

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
    /// When something appeared in it last, in Unix seconds.
    pub(super) updated: i64,
    /// The newest first.
    pub(super) entries: Vec<Entry>,
}

/// A release in a feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Entry {
    pub(super) id: String,
    /// The id of the release's document.
    #[serde(skip)]
    pub(super) document: String,
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
}

impl Entry {
    /// The first appearance of a package. `None` if nothing is known of when that was, or if its latest
    /// release was yanked.
    pub(super) fn of_package(package: &PackageSummary, profile: &str, base: &str) -> Option<Self> {
        let seconds = package.first_upload.filter(|seconds| *seconds > 0)?;
        if package.yanked {
            return None;
        }
        let address = Address::package(profile, &package.full_name(), PackagePart::Latest);
        let project = project_key(&package.name, &package.registry);
        let registry = RegistryKind::named(&package.registry).unwrap_or_default();
        Some(Self {
            id: stable_id(&format!("new/{profile}/{project}")),
            document: document_id(registry, &package.name, &package.version),
            version: package.version.clone(),
            title: package.name.clone(),
            address: format!("{base}{address}"),
            seconds,
            summary: package.summary.clone(),
            html: String::new(),
            authors: Vec::new(),
            categories: package.framework_versions.clone(),
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
            document: release.id.clone(),
            version: release.version.clone(),
            title: format!("{} {}", release.name, release.version),
            address: format!("{base}{address}"),
            seconds: release.upload_timestamp,
            summary: release.summary.clone(),
            html: String::new(),
            authors: first(&release.maintainers),
            categories: release.framework_versions.clone(),
        })
    }
}

impl Entry {
    /// Says who maintains the release.
    pub(super) fn add_authors(&mut self, maintainers: &[String]) {
        self.authors = first(maintainers);
    }

    /// Looks up what changed in a changelog, which is safe HTML, and takes at most `longest` bytes of it.
    pub(super) fn add_changes(&mut self, changelog: &str, longest: usize) {
        if changelog.len() > LONGEST_CHANGELOG {
            return;
        }
        let changes = changelog_entry(changelog, &self.version);
        self.html = changes
            .map(|html| for_page(&html, Images::Linked, longest).html)
            .unwrap_or_default();
    }
}

fn first(people: &[String]) -> Vec<String> {
    people.iter().take(MOST_AUTHORS).cloned().collect()
}

/// Whether a release is no pre-release.
pub(super) fn is_stable(version: &str, registry: &str) -> bool {
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
