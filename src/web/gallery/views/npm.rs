//! What only packages of npm have: tags, peer dependencies, how a version was published, and the
//! folder of a monorepo. Also the links between packages of different registries. Pure.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::model::repository::{Forge, own_repository};
use crate::model::{Document, PackageName, RegistryKind};
use crate::web::gallery::address::{Address, PackagePart};

use super::format::file_size;
use super::link::{Link, Requirement, package_href, web_address};

/// Entries that a list on the page shows.
const MOST_TAGS: usize = 30;
const MOST_PEERS: usize = 50;
const MOST_TWINS: usize = 20;
/// What stays as it is in a package URL.
const PURL: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What stands next to the README of a package of npm.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct NpmView {
    /// How the version was published, a sentence each.
    pub publication: Vec<String>,
    /// The page of the registry that has the attestation.
    pub attestation: Option<Link>,
    pub tags: Vec<TagView>,
    pub peers: Vec<Requirement>,
}

/// A tag, and the version that it leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TagView {
    pub name: String,
    pub version: String,
    /// Empty if the gallery does not have the version.
    pub href: String,
}

impl NpmView {
    /// `None` for a package of another registry. `held` has the spellings of packages that the gallery
    /// holds.
    #[must_use]
    pub fn new(
        shown: &Document,
        latest: &Document,
        profile: &str,
        held: &BTreeMap<String, String>,
    ) -> Option<Self> {
        if !RegistryKind::Npm.is_named_by(&shown.registry) {
            return None;
        }
        let peers = shown.peer_dependencies.iter().take(MOST_PEERS);
        let peers = peers.map(|text| {
            let name = text.split(' ').next().unwrap_or_default();
            Requirement {
                text: text.clone(),
                href: held
                    .get(name)
                    .map(|name| package_href(profile, name, &shown.registry)),
            }
        });
        let has_provenance = shown.provenance == Some(true);
        Some(Self {
            publication: publication(shown),
            attestation: has_provenance.then(|| attestation(shown)).flatten(),
            tags: tags(shown, latest, profile),
            peers: peers.collect(),
        })
    }
}

impl NpmView {
    /// Takes the links to versions that the gallery does not have.
    pub fn keep_links(&mut self, has_version: impl Fn(&str) -> bool) {
        for tag in &mut self.tags {
            if !has_version(&tag.version) {
                tag.href.clear();
            }
        }
    }
}

/// The names of the packages among the peer dependencies that a page shows.
pub(super) fn peer_names(document: &Document) -> impl Iterator<Item = &str> {
    let shown = document.peer_dependencies.iter().take(MOST_PEERS);
    shown.filter_map(|text| text.split(' ').next())
}

fn publication(shown: &Document) -> Vec<String> {
    let mut lines = Vec::new();
    match shown.provenance {
        Some(true) => lines.push("Built where its source is, as an attestation says".to_owned()),
        Some(false) => lines.push("No attestation of where it was built".to_owned()),
        None => {}
    }
    let publisher = match shown.trusted_publisher.as_str() {
        "github" => "GitHub",
        "gitlab" => "GitLab",
        "circleci" => "CircleCI",
        other => other,
    };
    if !publisher.is_empty() {
        lines.push(format!("Published by {publisher} without a stored token"));
    }
    if let Some(size) = shown.unpacked_size {
        lines.push(format!("{} when unpacked", file_size(size)));
    }
    lines
}

fn attestation(shown: &Document) -> Option<Link> {
    let page = web_address(&shown.release_url).or_else(|| web_address(&shown.package_url))?;
    Some(Link {
        text: "Attestation on npm".to_owned(),
        href: format!("{}#provenance", page.split('#').next().unwrap_or_default()),
        is_foreign: true,
    })
}

/// The tag and the version in each of the document's tags.
fn read_tags(document: &Document) -> impl Iterator<Item = (&str, &str)> {
    let tags = document.npm_dist_tags.iter();
    tags.filter_map(|tag| tag.split_once(' '))
}

/// The tags that lead to a release, without the one that says what a page says anyway.
pub(super) fn tags_of(release: &Document) -> Vec<String> {
    read_tags(release)
        .filter(|(tag, version)| *tag != "latest" && *version == release.version)
        .map(|(tag, _)| tag.to_owned())
        .take(MOST_TAGS)
        .collect()
}

/// All tags of the package, as far as its releases say.
fn tags(shown: &Document, latest: &Document, profile: &str) -> Vec<TagView> {
    let mut tags: BTreeMap<&str, &str> = read_tags(latest).collect();
    tags.extend(read_tags(shown));
    let name = shown.full_name();
    tags.into_iter()
        .take(MOST_TAGS)
        .map(|(tag, version)| {
            let part = if version == latest.version {
                PackagePart::Latest
            } else {
                PackagePart::Release(version.to_owned())
            };
            TagView {
                name: tag.to_owned(),
                version: version.to_owned(),
                href: Address::package(profile, &name, part).to_string(),
            }
        })
        .collect()
}

/// The package's folder in a monorepo, as a page of its forge; `None` for the root.
pub(super) fn source_folder(document: &Document) -> Option<String> {
    if document.repository_directory.is_empty() {
        return None;
    }
    let own = own_repository([document]).named?;
    let (url, folder) = (own.repository.url(), own.folder);
    if folder.is_empty() {
        return None;
    }
    match own.repository.forge() {
        Forge::GitHub => Some(format!("{url}/tree/HEAD/{folder}")),
        Forge::GitLab => Some(format!("{url}/-/tree/HEAD/{folder}")),
        Forge::Bitbucket => Some(format!("{url}/src/HEAD/{folder}")),
        Forge::Codeberg | Forge::SelfHosted => None,
    }
}

/// The package URL of a release.
pub(super) fn purl(shown: &Document) -> String {
    let registry = RegistryKind::named(&shown.registry).unwrap_or_default();
    let name = registry.project_name(&shown.name);
    let encode = |text: &str| utf8_percent_encode(text, PURL).to_string();
    // A scope is a name space, whose slash stays.
    let parts: Vec<String> = name.as_str().splitn(2, '/').map(encode).collect();
    let version = match registry {
        RegistryKind::PyPi => shown.version.clone(),
        RegistryKind::Npm => encode(&shown.version),
    };
    format!("pkg:{registry}/{}@{version}", parts.join("/"))
}

/// Links to the packages of other registries from the same place.
pub(super) fn twins(facts: &Map<String, Value>, profile: &str) -> Vec<Link> {
    let twins = facts.get("twins").and_then(Value::as_array);
    let texts = twins.into_iter().flatten().filter_map(Value::as_str);
    texts
        .take(MOST_TWINS)
        .map(|twin| twin_link(twin, profile))
        .collect()
}

/// A link to a package that is written `registry:name`.
pub(super) fn twin_link(twin: &str, profile: &str) -> Link {
    let named = PackageName::read(twin);
    let registry = named.registry().unwrap_or_default();
    let word = match registry {
        RegistryKind::PyPi => "PyPI",
        RegistryKind::Npm => "npm",
    };
    Link {
        text: format!("{} on {word}", named.as_str()),
        href: package_href(profile, named.as_str(), registry.as_str()),
        is_foreign: false,
    }
}

#[cfg(test)]
mod tests {
    use super::{purl, source_folder, tags_of, twin_link};
    use crate::model::Document;

    fn package(name: &str, registry: &str) -> Document {
        Document {
            name: name.to_owned(),
            registry: registry.to_owned(),
            version: "1.0.0-rc.1+x".to_owned(),
            ..Document::default()
        }
    }

    #[test]
    fn package_urls_name_the_registry() {
        for (name, registry, expected) in [
            ("Plone_API", "pypi", "pkg:pypi/plone-api@1.0.0-rc.1+x"),
            (
                "@plone/volto",
                "npm",
                "pkg:npm/%40plone/volto@1.0.0-rc.1%2Bx",
            ),
            ("JSONStream", "npm", "pkg:npm/JSONStream@1.0.0-rc.1%2Bx"),
        ] {
            assert_eq!(purl(&package(name, registry)), expected);
        }
    }

    #[test]
    fn folders_of_monorepos_have_pages() {
        let folder = |url: &str, directory: &str| {
            source_folder(&Document {
                repository_url: url.to_owned(),
                repository_directory: directory.to_owned(),
                ..package("a", "npm")
            })
        };
        let github = "git+https://github.com/plone/volto.git";
        assert_eq!(
            folder(github, "packages/volto").as_deref(),
            Some("https://github.com/plone/volto/tree/HEAD/packages/volto")
        );
        for (url, directory) in [
            (github, ""),
            (github, "../x"),
            ("", "packages/volto"),
            ("javascript:alert(1)", "packages/volto"),
        ] {
            assert_eq!(folder(url, directory), None, "{url} {directory}");
        }
    }

    #[test]
    fn tags_stand_at_the_version_that_they_lead_to() {
        let release = Document {
            npm_dist_tags: [
                "latest 1.0.0-rc.1+x",
                "next 1.0.0-rc.1+x",
                "beta 2.0.0",
                "odd",
            ]
            .map(str::to_owned)
            .to_vec(),
            ..package("a", "npm")
        };
        assert_eq!(tags_of(&release), ["next"]);
    }

    #[test]
    fn twins_lead_to_their_pages() {
        let link = |twin| {
            let link = twin_link(twin, "plone");
            (link.text, link.href)
        };
        let expected = |text: &str, href: &str| (text.to_owned(), href.to_owned());
        assert_eq!(
            link("npm:@plone/volto"),
            expected("@plone/volto on npm", "/plone/@plone/volto")
        );
        assert_eq!(
            link("npm:sigstore"),
            expected("sigstore on npm", "/plone/-/npm/sigstore")
        );
        assert_eq!(
            link("pypi:sigstore"),
            expected("sigstore on PyPI", "/plone/sigstore")
        );
    }
}
